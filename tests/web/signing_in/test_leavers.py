"""Who no longer belongs here is out: at the next refresh, at the mandate's end, when the secretariat says so."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.wrappers import Response

from board_hub.domain.calendars import end_of, local_date, zone_of
from board_hub.domain.openid import Reason
from board_hub.services.access import Role
from board_hub.services.people import providers, sessions
from board_hub.store.people_tables import Mandate, WebSession
from tests.support.hub import FR
from tests.support.provider import GONE, query_of
from tests.web.signing_in.conftest import Stage

DUE = {"minutes": 11}
"""Just past the interval of the settings, 10 minutes."""


@pytest.fixture(params=["by refresh token", "by page"])
def way(request: pytest.FixtureRequest, stage: Stage) -> str:
    stage.fr.refresh_tokens = request.param == "by refresh token"
    return str(request.param)


def visit(stage: Stage, client: FlaskClient, path: str = "/") -> Any:
    """Open a page as a browser does: by way of the provider where the hub sends it there."""
    answer = client.get(path)
    if answer.status_code == 303 and answer.location.startswith(stage.fr.issuer):
        brought = stage.fr.authorize(answer.location)
        answer = stage.come_back(client, brought)
        if answer.status_code == 303 and answer.location == path:
            answer = client.get(path)
    return answer


def test_who_still_belongs_here_notices_nothing(stage: Stage, way: str) -> None:
    client = stage.signed_in()
    for _ in range(3):
        stage.clock.pass_(**DUE)
        assert visit(stage, client).status_code == 200
    assert stage.who(client) is not None


def test_the_provider_is_asked_once_in_an_interval(stage: Stage, way: str) -> None:
    client = stage.signed_in()
    stage.clock.pass_(**DUE)
    for _ in range(4):
        visit(stage, client)
    assert stage.fr.seen["/token"] == 2


def test_a_leaver_is_out_at_the_next_refresh_everywhere(stage: Stage, way: str) -> None:
    client, elsewhere = stage.signed_in(), stage.signed_in()
    stage.fr.person["groups"] = ["other"]
    stage.clock.pass_(**DUE)
    assert visit(stage, client).status_code in (303, 403)
    assert stage.who(client) is None
    assert stage.who(elsewhere) is None
    assert stage.attempts()[0].reason == Reason.NO_RULE


def test_roles_follow_the_claims(stage: Stage, way: str) -> None:
    stage.change(lambda uow: providers.add_rule(uow, "FR", claim="groups", value="x", participant=FR, role="expert"))
    client = stage.signed_in()
    stage.fr.person["groups"] = ["x"]
    stage.clock.pass_(**DUE)
    visit(stage, client)
    person = stage.who(client)
    assert person is not None
    assert [one.role for one in person.roles] == [Role.EXPERT]


def test_a_rule_that_was_removed_takes_its_role_at_the_next_refresh(stage: Stage, way: str) -> None:
    client = stage.signed_in()

    def remove(uow: Any) -> None:
        for rule in providers.list_rules(uow, "FR"):
            providers.remove_rule(uow, "FR", rule.id)

    stage.change(remove)
    stage.clock.pass_(**DUE)
    visit(stage, client)
    assert stage.who(client) is None


def test_while_the_provider_is_down_the_session_lives_and_it_is_asked_again_soon(stage: Stage, way: str) -> None:
    client = stage.signed_in()
    stage.fr.before = lambda _path: Response("", 503)
    stage.clock.pass_(**DUE)
    assert client.get("/").status_code == 200
    stage.clock.pass_(minutes=2)
    assert client.get("/").status_code == 200
    stage.fr.before = lambda _path: None
    stage.fr.person["groups"] = ["other"]
    stage.clock.pass_(minutes=2)
    visit(stage, client)
    assert stage.who(client) is None


def test_however_long_the_provider_is_down_the_session_ends_at_its_limit(stage: Stage, way: str) -> None:
    client = stage.signed_in()
    stage.fr.before = lambda _path: Response("", 503)
    for _ in range(20):
        stage.clock.pass_(minutes=29)
        client.get("/")
    assert stage.who(client) is None


def test_a_provider_that_takes_the_refresh_token_back_ends_the_session(stage: Stage) -> None:
    stage.fr.refresh_tokens = True
    client = stage.signed_in()
    stage.fr._refreshes.clear()
    stage.clock.pass_(**DUE)
    assert client.get("/?x=1").location == "/login?next=/?x%3D1"
    assert stage.who(client) is None


def test_a_refresh_without_news_keeps_what_is_known(stage: Stage) -> None:
    stage.fr.refresh_tokens, stage.fr.metadata = True, {"userinfo_endpoint": GONE}
    client = stage.signed_in()
    stage.fr.answer = {"id_token": GONE}
    stage.clock.pass_(**DUE)
    assert client.get("/").status_code == 200


def test_refresh_tokens_are_kept_sealed(stage: Stage) -> None:
    stage.fr.refresh_tokens = True
    client = stage.signed_in()
    cookie = client.get_cookie("board-hub")
    assert cookie is not None

    def look(uow: Any) -> None:
        row = uow.session.get(WebSession, sessions.session_id(cookie.value))
        assert b"refresh-" not in row.refresh_sealed
        assert stage.hub.sealer.unseal(row.refresh_sealed).startswith(b"refresh-")

    stage.change(look)


def test_the_silent_question_asks_the_person_nothing(stage: Stage) -> None:
    client = stage.signed_in()
    stage.clock.pass_(**DUE)
    answer = client.get("/?page=2")
    assert query_of(answer.location)["prompt"] == "none"
    back = stage.come_back(client, stage.fr.authorize(answer.location))
    assert back.location == "/?page=2"


def test_whose_session_at_the_provider_is_over_signs_in_again(stage: Stage) -> None:
    client = stage.signed_in()
    stage.clock.pass_(**DUE)
    brought = stage.fr.authorize(client.get("/").location) | {"error": "login_required"}
    answer = stage.come_back(client, brought)
    assert answer.status_code == 403
    assert "Please sign in again" in answer.text
    assert stage.who(client) is None


def test_a_silent_answer_about_somebody_else_ends_the_session(stage: Stage) -> None:
    client = stage.signed_in()
    stage.clock.pass_(**DUE)
    stage.fr.person |= {"sub": "person-2"}
    answer = visit(stage, client)
    assert "Somebody else" in answer.text
    assert stage.who(client) is None


def test_a_silent_answer_opens_no_session_for_whoever_has_none(stage: Stage) -> None:
    client = stage.signed_in()
    stage.clock.pass_(**DUE)
    brought = stage.fr.authorize(client.get("/").location)
    stranger = stage.app.test_client()
    assert stage.come_back(stranger, brought).status_code == 403
    assert stage.who(stranger) is None


def test_forms_and_parts_of_pages_go_on_for_a_while_but_not_for_ever(stage: Stage) -> None:
    client = stage.signed_in()
    part = {"HX-Request": "true", "HX-Current-URL": "http://127.0.0.1:8080/cases?x=1"}
    for _ in range(3):
        stage.clock.pass_(minutes=12)
        assert client.get("/", headers=part).status_code == 200
    stage.clock.pass_(minutes=12)
    answer = client.get("/", headers=part)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/login?next=/cases?x%3D1")


def add_mandate(stage: Stage, *, email: str = "Camille.Martin@example.fr", kind: str = "representative") -> Mandate:
    today = local_date(stage.clock(), zone_of("FR"))
    mandate = Mandate(member="FR", kind=kind, name="C", email=email, begins_on=today, ends_on=today + timedelta(days=1))
    stage.change(lambda uow: uow.session.add(mandate))
    return mandate


@pytest.fixture
def representative(stage: Stage) -> Stage:
    """The French person has the claim of a representative, and no other."""
    stage.fr.person |= {"groups": ["rep"], "email": "camille.martin@example.fr"}
    stage.change(
        lambda uow: providers.add_rule(uow, "FR", claim="groups", value="rep", participant=FR, role="representative")
    )
    return stage


@pytest.mark.parametrize(
    ("mandate", "person"),
    [
        ({"email": "other@example.fr"}, {}),
        ({"kind": "alternate"}, {}),
        ({}, {"email_verified": False}),
        ({}, {"email": ""}),
        (None, {}),
    ],
)
def test_a_claim_makes_no_representative_without_a_mandate(
    representative: Stage, mandate: dict[str, str] | None, person: dict[str, object]
) -> None:
    if mandate is not None:
        add_mandate(representative, **mandate)
    representative.fr.person |= person
    answer = representative.sign_in(representative.app.test_client())
    assert answer.status_code == 403
    assert representative.attempts()[0].reason == Reason.NO_MANDATE


def test_a_representative_is_out_with_the_end_of_the_mandate_s_last_day_at_home(representative: Stage) -> None:
    mandate = add_mandate(representative)
    client = representative.signed_in()
    ends = end_of(mandate.ends_on, "Europe/Paris")
    person = representative.who(client)
    assert person is not None
    assert person.roles[0].until == ends
    representative.clock.now = ends - timedelta(minutes=20)
    client = representative.signed_in()
    assert representative.who(client) is not None
    representative.clock.now = ends
    assert representative.who(client) is None
    assert representative.sign_in(client).status_code == 403
