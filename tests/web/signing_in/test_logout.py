"""Signing out: here, at the provider, and by the provider's word."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse
from werkzeug.wrappers import Response

from board_hub.services.people.leaving import purge_people
from tests.support.officials import form_token
from tests.support.provider import GONE, new_key, query_of
from tests.web.signing_in.conftest import Stage

EVENT = "http://schemas.openid.net/event/backchannel-logout"


def tell(stage: Stage, token: str, code: str = "FR", browser: FlaskClient | None = None) -> TestResponse:
    client = browser or stage.app.test_client()
    return client.post(f"/login/{code}/backchannel-logout", data={"logout_token": token})


def test_signing_out_ends_the_session_here_and_goes_on_to_the_provider(stage: Stage) -> None:
    client = stage.signed_in()
    token = form_token(client, "/")
    cookie = client.get_cookie("board-hub")
    answer = client.post("/logout", data={"csrf_token": token})
    assert answer.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    target = answer.headers["Refresh"].removeprefix("0; url=")
    assert target.startswith(f"{stage.fr.issuer}/end?")
    asked = query_of(target)
    assert asked == {
        "client_id": "board-hub",
        "post_logout_redirect_uri": "http://127.0.0.1:8080/login/signed-out",
    }
    assert cookie is not None
    client.set_cookie("board-hub", cookie.value)  # whoever kept a copy of the cookie has nothing
    assert stage.who(client) is None


def test_a_provider_that_ends_no_sessions_is_not_visited(stage: Stage) -> None:
    stage.fr.metadata = {"end_session_endpoint": GONE}
    client = stage.signed_in()
    answer = client.post("/logout", data={"csrf_token": form_token(client, "/")})
    assert answer.status_code == 200
    assert "Refresh" not in answer.headers


def test_another_site_cannot_sign_anybody_out(stage: Stage) -> None:
    client = stage.signed_in()
    assert client.post("/logout").status_code == 400
    assert client.post("/logout", headers={"Origin": "https://evil.example"}).status_code == 400
    assert client.get("/logout").status_code == 405
    assert stage.who(client) is not None


def test_the_provider_s_word_ends_the_session_at_the_next_request(stage: Stage) -> None:
    client = stage.signed_in()
    answer = tell(stage, stage.fr.logout_token())
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert stage.who(client) is None
    assert client.get("/").location == "/login?next=/"


def test_a_session_id_ends_that_session_alone(stage: Stage) -> None:
    first = stage.signed_in()
    stage.fr.claims = {"sid": "provider-session-2"}
    second = stage.signed_in()
    tell(stage, stage.fr.logout_token(sid="provider-session-2"))
    assert stage.who(first) is not None
    assert stage.who(second) is None


def test_a_subject_alone_ends_all_sessions_of_that_person_at_that_provider(stage: Stage) -> None:
    first, second, german = stage.signed_in(), stage.signed_in(), stage.signed_in("DE")
    stage.fr.person |= {"sub": "person-2"}
    other = stage.signed_in()
    tell(stage, stage.fr.logout_token(sid=GONE, sub="person-1"))
    assert stage.who(first) is None
    assert stage.who(second) is None
    assert stage.who(other) is not None
    assert stage.who(german) is not None


def test_a_session_id_of_one_provider_ends_nothing_of_another(stage: Stage) -> None:
    german = stage.signed_in("DE")
    assert tell(stage, stage.fr.logout_token(sub=GONE)).status_code == 200
    assert stage.who(german) is not None


def test_a_session_id_under_another_subject_ends_nothing(stage: Stage) -> None:
    client = stage.signed_in()
    assert tell(stage, stage.fr.logout_token(sub="person-2")).status_code == 200
    assert stage.who(client) is not None


def test_a_logout_token_works_once(stage: Stage) -> None:
    token = stage.fr.logout_token()
    assert tell(stage, token).status_code == 200
    client = stage.signed_in()
    answer = tell(stage, token)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")  # type: ignore[index]
    assert stage.who(client) is not None


def test_a_used_token_is_remembered_until_it_is_over_anyhow(stage: Stage) -> None:
    token = stage.fr.logout_token()
    tell(stage, token)
    stage.change(purge_people)
    assert tell(stage, token).status_code == 400
    stage.clock.pass_(minutes=5)
    stage.change(purge_people)
    assert tell(stage, token).status_code == 400  # by its exp


FORGED: list[dict[str, Any]] = [
    {"typ": "JWT"},
    {"typ": GONE},
    {"iss": "https://evil.example"},
    {"aud": "other"},
    {"iat": GONE},
    {"iat": 2**32},
    {"exp": 1},
    {"exp": GONE},
    {"jti": GONE},
    {"events": GONE},
    {"events": {"http://schemas.openid.net/event/other": {}}},
    {"sub": GONE, "sid": GONE},
    {"nonce": "n"},
]


@pytest.mark.parametrize("changes", FORGED, ids=str)
def test_a_token_with_a_flaw_ends_nothing(stage: Stage, changes: dict[str, Any]) -> None:
    client = stage.signed_in()
    answer = tell(stage, stage.fr.logout_token(**changes))
    assert answer.status_code == 400
    assert answer.json["error_description"].startswith("The token is refused: ")  # type: ignore[index]
    assert stage.who(client) is not None


def test_a_token_that_the_provider_did_not_sign_ends_nothing(stage: Stage) -> None:
    client = stage.signed_in()
    good = list(stage.fr.keys)
    stage.fr.keys = [new_key("first")]
    forged = stage.fr.logout_token()
    stage.fr.keys = good
    of_other = stage.de.logout_token()
    id_token = stage.fr.id_token(None, "x")
    for token in (forged, of_other, id_token, "rubbish", "a.b.c", ""):
        assert tell(stage, token).status_code == 400
    for algorithm in ("none", "HS256"):
        stage.fr.header = {"alg": algorithm}
        assert tell(stage, stage.fr.logout_token()).status_code == 400
    assert stage.who(client) is not None


def test_one_token_is_needed_and_an_unknown_provider_has_none(stage: Stage) -> None:
    client = stage.app.test_client()
    assert client.post("/login/FR/backchannel-logout").status_code == 400
    assert client.post("/login/FR/backchannel-logout", json={"logout_token": "x"}).status_code == 400
    assert tell(stage, stage.fr.logout_token(), "XX").status_code == 400
    assert client.get("/login/FR/backchannel-logout").status_code == 405


def test_when_the_keys_cannot_be_had_the_provider_is_asked_to_come_again(stage: Stage) -> None:
    stage.fr.before = lambda _path: Response("", 503)
    assert tell(stage, stage.fr.logout_token()).status_code == 503
