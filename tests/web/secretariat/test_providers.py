"""Identity providers, dry runs of their rules and the diagnosis of sign-ins, on the secretariat's pages."""

import json
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from board_hub.domain.openid import Reason, SignInRefused
from board_hub.services.access import Role
from board_hub.services.people import sign_ins
from board_hub.services.people.officials import Held
from board_hub.store.people_tables import SignIn
from tests.support.hub import AIO
from tests.support.officials import AUDITOR, HANDLER_DE, SECRETARIAT, add_official, sign_in
from tests.support.statements import counted_statements
from tests.web.html import read_page
from tests.web.secretariat.forms import take
from tests.web.signing_in.conftest import Stage, stage

__all__ = ["stage"]


@pytest.fixture
def administrator(stage: Stage) -> FlaskClient:
    return sign_in(stage.app, add_official(stage.hub, SECRETARIAT))


def pages_of(stage: Stage) -> list[str]:
    attempts = [f"/secretariat/sign-ins/{one.id}" for one in stage.attempts()]
    return ["/secretariat/providers", "/secretariat/providers/FR", "/secretariat/sign-ins", *attempts]


def play(stage: Stage) -> None:
    """One is let in, one has no role, one comes to a provider that is wrong."""
    stage.signed_in()
    stage.fr.person |= {"sub": "person-2", "groups": ["other"]}
    stage.sign_in(stage.app.test_client())
    stage.de.metadata = {"issuer": "https://evil.example"}
    stage.app.test_client().get("/login/DE")


def test_administrators_and_auditors_read_them_and_nobody_else(stage: Stage, administrator: FlaskClient) -> None:
    play(stage)
    auditor, officer, handler = (
        sign_in(stage.app, add_official(stage.hub, roles))
        for roles in (AUDITOR, (Held(AIO, Role.SECRETARIAT_OFFICER),), HANDLER_DE)
    )
    for path in pages_of(stage):
        for client in (administrator, auditor):
            answer = client.get(path)
            assert answer.status_code == 200, path
            read_page(answer.text)
        assert {officer.get(path).status_code, handler.get(path).status_code} == {403}, path
    for step in ("add", "FR/change", "FR/close", "FR/open", "FR/rules/add", "FR/try"):
        assert auditor.get(f"/secretariat/providers/{step}").status_code == 403
        read_page(administrator.get(f"/secretariat/providers/{step}").text)


def test_the_diagnosis_tells_what_came_and_why_it_was_not_enough(stage: Stage, administrator: FlaskClient) -> None:
    play(stage)
    wrong, unknown, _ = stage.attempts()
    page = administrator.get(f"/secretariat/sign-ins/{unknown.id}").text
    assert "None of the 1 rules matches; they look at: groups." in page
    assert "person-2" in page
    assert "configured is" in administrator.get(f"/secretariat/sign-ins/{wrong.id}").text
    listed = administrator.get("/secretariat/sign-ins?provider=FR&outcome=refused").text
    assert str(unknown.id) in listed
    assert str(wrong.id) not in listed


def test_an_attempt_that_does_not_exist_is_not_found(administrator: FlaskClient) -> None:
    assert administrator.get(f"/secretariat/sign-ins/{uuid4()}").status_code == 404
    assert administrator.get("/secretariat/sign-ins/rubbish").status_code == 404
    assert administrator.get("/secretariat/providers/XX").status_code == 404
    assert administrator.get("/secretariat/sign-ins?cursor=rubbish").status_code in (400, 422)


def test_the_list_of_attempts_costs_the_same_however_long_it_is(stage: Stage, administrator: FlaskClient) -> None:
    def many(uow: object) -> None:
        for _ in range(60):
            sign_ins.note_refusal(uow, "FR", SignInRefused(Reason.DECLINED, "x"))  # type: ignore[arg-type]

    stage.change(many)
    administrator.get("/secretariat/sign-ins")
    with counted_statements(stage.hub.engine) as few:
        page = administrator.get("/secretariat/sign-ins").text
    stage.change(many)
    with counted_statements(stage.hub.engine) as more:
        administrator.get("/secretariat/sign-ins")
    assert len(few) == len(more)
    assert "cursor=" in page


def test_a_check_says_whether_the_provider_is_set_up_as_agreed(stage: Stage, administrator: FlaskClient) -> None:
    take_check = "/secretariat/providers/FR/check"
    token = administrator.get("/secretariat/providers/FR").text.split('name="csrf_token" value="')[1].split('"')[0]
    assert "answers as it should" in administrator.post(take_check, data={"csrf_token": token}).text
    stage.fr.metadata = {"issuer": "https://evil.example"}
    said = administrator.post(take_check, data={"csrf_token": token}).text
    assert "Nobody can sign in by it as it is" in said
    assert "evil.example" in said


def test_a_dry_run_says_what_claims_would_give_and_keeps_nothing(stage: Stage, administrator: FlaskClient) -> None:
    address = "/secretariat/providers/FR/try"
    good = take(administrator, address, 200, claims=json.dumps({"groups": ["hub"], "name": "Eve"})).text
    assert "Would be let in" in good
    assert "Case handler" in good
    assert "Would be refused" in take(administrator, address, 200, claims='{"groups": "x"}').text
    for rubbish in ("[]", "{", '{"a": 1, "a": 2}', '{"a": NaN}'):
        take(administrator, address, 422, claims=rubbish)
    assert stage.attempts() == []


def test_a_dry_run_may_begin_with_an_attempt(stage: Stage, administrator: FlaskClient) -> None:
    play(stage)
    refused: SignIn = stage.attempts()[1]
    assert "Would be refused" in administrator.get(f"/secretariat/providers/FR/try?attempt={refused.id}").text
    assert administrator.get("/secretariat/providers/FR/try?attempt=rubbish").status_code == 400
