"""The session's cookie and its secret: new at sign-in, bound to the host, small, worth nothing when it is over."""

from pathlib import Path

import pytest

from board_hub.domain.events import HUB
from board_hub.services.people import sessions
from board_hub.services.people.leaving import purge_people
from board_hub.services.unit_of_work import Hub
from board_hub.store.people_tables import SignIn, WebSession
from tests.support.provider import Providers
from tests.web.signing_in.conftest import Stage, open_stage


@pytest.fixture
def secure(sqlite_hub: Hub, fake_providers: Providers, tmp_path: Path) -> Stage:
    return open_stage(sqlite_hub, fake_providers, tmp_path, public_url="https://hub.example")


def test_a_secret_planted_before_sign_in_is_worth_nothing_after_it(stage: Stage) -> None:
    attacker = stage.app.test_client()
    stage.begin(attacker)
    planted = attacker.get_cookie("board-hub")
    assert planted is not None
    victim = stage.app.test_client()
    victim.set_cookie("board-hub", planted.value)
    assert stage.sign_in(victim).status_code == 303
    fresh = victim.get_cookie("board-hub")
    assert fresh is not None
    assert fresh.value != planted.value
    assert stage.who(victim) is not None
    attacker.set_cookie("board-hub", planted.value)
    assert stage.who(attacker) is None


def test_a_secret_that_the_hub_did_not_give_is_not_taken_up(stage: Stage) -> None:
    client = stage.app.test_client()
    client.set_cookie("board-hub", "chosen-by-an-attacker")
    stage.begin(client)
    cookie = client.get_cookie("board-hub")
    assert cookie is not None
    assert cookie.value != "chosen-by-an-attacker"


def test_the_cookie_is_bound_to_the_host_and_to_tls(secure: Stage) -> None:
    client = secure.app.test_client()
    brought = secure.fr.authorize(client.get("/login/FR", base_url="https://hub.example").location)
    answer = client.get("/login/FR/callback", query_string=brought, base_url="https://hub.example")
    cookies = answer.headers.getlist("Set-Cookie")
    assert len(cookies) == 1
    name, _, rest = cookies[0].partition("=")
    assert name == "__Host-board-hub"
    assert {part.strip() for part in rest.split(";")[1:]} == {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}
    assert len(cookies[0]) < 200
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]


def test_cookies_stay_far_below_what_browsers_take(stage: Stage) -> None:
    client = stage.app.test_client()
    for _ in range(10):
        answer = client.get("/login/FR", query_string={"next": "/" + "x" * 1400})
        assert sum(map(len, answer.headers.getlist("Set-Cookie"))) < 4096
    assert stage.sign_in(client).status_code == 303


def test_the_database_holds_no_secret_that_opens_a_session(stage: Stage) -> None:
    client = stage.signed_in()
    cookie = client.get_cookie("board-hub")
    assert cookie is not None
    with stage.hub.work(HUB) as uow:
        assert uow.session.get(WebSession, cookie.value) is None
        row = uow.session.get(WebSession, sessions.session_id(cookie.value))
        assert row is not None
        assert cookie.value not in str(row.model_dump())


def test_somebody_who_leaves_the_browser_open_is_out_after_half_an_hour(stage: Stage) -> None:
    client = stage.signed_in()
    stage.clock.pass_(minutes=31)
    assert stage.who(client) is None


def test_what_is_over_is_removed_in_time(stage: Stage) -> None:
    stage.signed_in()
    stage.begin(stage.app.test_client())
    stage.clock.pass_(hours=2)
    stage.change(purge_people)
    assert count(stage) == (1, 1)  # the visitor who never signed in is gone
    stage.clock.pass_(days=32)
    stage.change(purge_people)
    assert count(stage) == (0, 1)
    stage.clock.pass_(days=60)
    stage.change(purge_people)
    assert count(stage) == (0, 0)


def count(stage: Stage) -> tuple[int, int]:
    """Sessions and attempts that are on record."""
    with stage.hub.work(HUB) as uow:
        return uow.session.query(WebSession).count(), uow.session.query(SignIn).count()
