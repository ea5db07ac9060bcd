"""Identity providers, their rules, dry runs and the diagnosis of sign-ins, on the secretariat's pages."""

import json
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from board_hub.domain.openid import Reason, SignInRefused
from board_hub.services.access import Role
from board_hub.services.people import providers, sign_ins
from board_hub.services.people.officials import Held
from board_hub.store.people_tables import SignIn
from tests.support.hub import AIO, FR
from tests.support.officials import AUDITOR, HANDLER_DE, SECRETARIAT, add_official, sign_in
from tests.support.provider import HIGH, SUBSTANTIAL
from tests.support.statements import counted_statements
from tests.web.html import read_page
from tests.web.secretariat.forms import follow, take
from tests.web.signing_in.conftest import Stage, stage

__all__ = ["stage"]

NEW = {
    "code": "IT",
    "issuer": "https://login.example.it",
    "name": "Login of Italy",
    "client_id": "board-hub",
    "authentication": "private_key_jwt",
    "acr_values": f"{SUBSTANTIAL}\n{HIGH}",
    "algorithms": "ES256 PS256",
    "scopes": "openid profile",
    "most_age": "0",
    "claim_email": "mail",
}


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
    for step in ("add", "FR/change", "FR/close", "FR/rules/add", "FR/try"):
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


def test_a_provider_is_added_changed_closed_and_opened(stage: Stage, administrator: FlaskClient) -> None:
    page = follow(administrator, take(administrator, "/secretariat/providers/add", **NEW))
    assert "http://127.0.0.1:8080/login/IT/callback" in page
    changed = {**NEW, "name": "Login of all Italy", "authentication": "client_secret_post", "secret": "hush-hush"}
    page = follow(administrator, take(administrator, "/secretariat/providers/IT/change", **changed))
    assert "Login of all Italy" in page
    assert "hush-hush" not in administrator.get("/secretariat/providers/IT/change").text
    assert "Closed" in follow(administrator, take(administrator, "/secretariat/providers/IT/close"))
    assert administrator.get("/login/IT").status_code == 503
    assert "Closed" not in follow(administrator, take(administrator, "/secretariat/providers/IT/open"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("code", "Italy"),
        ("code", "XX"),
        ("issuer", "http://login.example.it"),
        ("name", ""),
        ("client_id", ""),
        ("acr_values", ""),
        ("algorithms", "none"),
        ("algorithms", "HS256"),
        ("scopes", "profile"),
        ("most_age", "-5"),
        ("most_age", "x"),
    ],
)
def test_a_wrong_field_is_named_and_what_was_typed_stays(administrator: FlaskClient, name: str, value: str) -> None:
    answer = take(administrator, "/secretariat/providers/add", 422, **(NEW | {name: value}))
    assert f'href="#{name}"' in answer.text
    assert "login.example.it" in answer.text


def test_rules_are_added_and_removed_and_must_fit(stage: Stage, administrator: FlaskClient) -> None:
    rule = {"claim": "groups", "value": "boss", "participant": FR, "role": "expert"}
    page = follow(administrator, take(administrator, "/secretariat/providers/FR/rules/add", **rule))
    assert "boss" in page
    take(administrator, "/secretariat/providers/FR/rules/add", 409, **rule)
    for misfit in ({"participant": AIO}, {"role": "secretariat_administrator"}, {"role": "system"}, {"value": ""}):
        take(administrator, "/secretariat/providers/FR/rules/add", 422, **(rule | misfit))
    with stage.hub.work(add_official(stage.hub, SECRETARIAT).actor) as uow:
        added = next(one for one in providers.list_rules(uow, "FR") if one.value == "boss")
    page = follow(administrator, take(administrator, f"/secretariat/providers/FR/rules/{added.id}/remove"))
    assert "boss" not in page
    assert administrator.get(f"/secretariat/providers/FR/rules/{added.id}/remove").status_code == 404


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
