"""What a browser brings back from a provider: taken once, from the right one, for the session that asked."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse
from werkzeug.wrappers import Response

from board_hub.domain.openid import Reason
from board_hub.services.people import providers
from board_hub.services.people.providers import ProviderDraft
from tests.support.hub import FR
from tests.support.provider import GONE, LOW, query_of
from tests.web.signing_in.conftest import Stage


@pytest.fixture
def browser(stage: Stage) -> FlaskClient:
    return stage.app.test_client()


def refused(stage: Stage, answer: TestResponse, reason: Reason) -> None:
    """The page says no, gives the reference of an attempt that is on record with this reason, and nobody is in."""
    attempt = stage.attempts()[0]
    assert answer.status_code in (403, 503), answer.text
    assert (attempt.outcome, attempt.reason) == ("refused", reason)
    assert str(attempt.id) in answer.text


def test_a_person_comes_in_with_the_roles_that_its_claims_give(stage: Stage, browser: FlaskClient) -> None:
    answer = stage.sign_in(browser, following="/cases?x=1")
    assert (answer.status_code, answer.location) == (303, "/cases?x=1")
    person = stage.who(browser)
    assert person is not None
    assert [(one.participant, one.role) for one in person.roles] == [(FR, "case_handler")]
    assert stage.attempts()[0].outcome == "accepted"


def test_no_token_code_or_secret_is_kept(stage: Stage, browser: FlaskClient) -> None:
    brought = stage.begin(browser)
    stage.come_back(browser, brought)
    attempt = stage.attempts()[0]
    kept = str(attempt.claims) + str(attempt.matched) + attempt.explanation
    assert brought["code"] not in kept
    assert "access-" not in kept
    assert attempt.claims["values"]["groups"] == ["hub", "other"]


def test_a_state_works_once(stage: Stage, browser: FlaskClient) -> None:
    brought = stage.begin(browser)
    assert stage.come_back(browser, brought).status_code == 303
    brought["code"] = stage.begin(stage.app.test_client())["code"]
    answer = stage.come_back(browser, brought)
    refused(stage, answer, Reason.STATE)


def test_a_state_is_used_up_by_a_failed_answer_too(stage: Stage, browser: FlaskClient) -> None:
    brought = stage.begin(browser)
    refused(stage, stage.come_back(browser, brought | {"iss": "https://evil"}), Reason.RESPONSE_ISSUER)
    refused(stage, stage.come_back(browser, brought), Reason.STATE)


def test_an_answer_brought_to_another_browser_is_refused(stage: Stage, browser: FlaskClient) -> None:
    brought = stage.begin(stage.app.test_client())
    refused(stage, stage.come_back(browser, brought), Reason.STATE)
    stage.begin(browser)
    refused(stage, stage.come_back(browser, brought), Reason.STATE)
    assert stage.who(browser) is None


@pytest.mark.parametrize("state", [None, "", "made-up"])
def test_an_answer_without_the_state_is_refused(stage: Stage, browser: FlaskClient, state: str | None) -> None:
    brought = {name: value for name, value in (stage.begin(browser) | {"state": state}).items() if value is not None}
    refused(stage, stage.come_back(browser, brought), Reason.STATE)


def test_an_attempt_ends_after_fifteen_minutes(stage: Stage, browser: FlaskClient) -> None:
    brought = stage.begin(browser)
    stage.clock.pass_(minutes=16)
    refused(stage, stage.come_back(browser, brought), Reason.STATE)


def test_several_tabs_may_sign_in_at_once(stage: Stage, browser: FlaskClient) -> None:
    first, second = stage.begin(browser, following="/a"), stage.begin(browser, following="/b")
    assert stage.come_back(browser, second).location == "/b"
    refused(stage, stage.come_back(browser, first), Reason.STATE)  # the session is another one now


def test_the_code_of_one_provider_is_no_good_at_another_s_address(stage: Stage, browser: FlaskClient) -> None:
    brought = stage.begin(browser, "FR")
    seen = stage.de.seen["/token"]
    refused(stage, stage.come_back(browser, brought, "DE"), Reason.OTHER_PROVIDER)
    assert stage.de.seen["/token"] == seen


def test_a_mixed_up_code_is_never_sent_to_the_wrong_provider(stage: Stage, browser: FlaskClient) -> None:
    """The attack of RFC 9700 §4.4: the answer of an honest provider arrives under the state of a dishonest one."""
    honest, dishonest = stage.begin(stage.app.test_client(), "DE"), stage.begin(browser, "FR")
    answer = stage.come_back(browser, honest | {"state": dishonest["state"]}, "FR")
    refused(stage, answer, Reason.RESPONSE_ISSUER)
    assert stage.fr.forms == []


def test_the_issuer_of_the_response_must_be_there_where_it_is_promised(stage: Stage, browser: FlaskClient) -> None:
    brought = stage.begin(browser)
    del brought["iss"]
    refused(stage, stage.come_back(browser, brought), Reason.RESPONSE_ISSUER)


def test_a_provider_that_promises_no_issuer_need_not_send_it(stage: Stage, browser: FlaskClient) -> None:
    stage.fr.metadata = {"authorization_response_iss_parameter_supported": GONE}
    brought = stage.begin(browser)
    del brought["iss"]
    assert stage.come_back(browser, brought).status_code == 303


@pytest.mark.parametrize("name", ["state", "code", "iss"])
def test_a_parameter_that_comes_twice_is_refused(stage: Stage, browser: FlaskClient, name: str) -> None:
    brought: dict[str, Any] = dict(stage.begin(browser))
    brought[name] = [brought[name], brought[name]]
    assert stage.come_back(browser, brought).status_code == 403
    assert stage.who(browser) is None


@pytest.mark.parametrize("rest", ["FR/callback/", "FR/callback/x", "XX/callback", "fr/callback"])
def test_no_other_address_takes_answers(stage: Stage, browser: FlaskClient, rest: str) -> None:
    assert browser.get(f"/login/{rest}", query_string=stage.begin(browser)).status_code == 404


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("access_denied", Reason.DECLINED),
        ("login_required", Reason.SIGN_IN_AGAIN),
        ("server_error", Reason.PROVIDER_ERROR),
        ("<script>alert(1)</script>", Reason.PROVIDER_ERROR),
    ],
)
def test_what_the_provider_says_by_an_error_is_told_in_our_words(
    stage: Stage, browser: FlaskClient, error: str, reason: Reason
) -> None:
    brought = {**stage.begin(browser), "error": error, "error_description": "Send your password to evil.example"}
    answer = stage.come_back(browser, brought)
    refused(stage, answer, reason)
    assert "evil.example" not in answer.text
    assert "<script>alert" not in answer.text


def test_an_answer_without_a_code_is_refused(stage: Stage, browser: FlaskClient) -> None:
    brought = stage.begin(browser)
    del brought["code"]
    refused(stage, stage.come_back(browser, brought), Reason.PROVIDER_ERROR)


def test_a_sign_in_that_is_too_weak_is_explained(stage: Stage, browser: FlaskClient) -> None:
    stage.fr.claims = {"acr": LOW}
    answer = stage.sign_in(browser)
    refused(stage, answer, Reason.ASSURANCE)
    assert "level of assurance" in answer.text


def test_a_person_whom_no_rule_knows_is_refused_with_a_reference(stage: Stage, browser: FlaskClient) -> None:
    stage.fr.person["groups"] = ["other"]
    answer = stage.sign_in(browser)
    refused(stage, answer, Reason.NO_RULE)
    assert stage.attempts()[0].explanation == "None of the 1 rules matches; they look at: groups."
    assert stage.who(browser) is None


def test_a_provider_that_is_down_has_a_page_that_says_so(stage: Stage, browser: FlaskClient) -> None:
    stage.fr.before = lambda _path: Response("", 503)
    answer = browser.get("/login/FR")
    assert answer.status_code == 503
    refused(stage, answer, Reason.PROVIDER_AWAY)
    assert stage.sign_in(browser, "DE").status_code == 303  # the others go on


def test_a_provider_whose_metadata_name_another_issuer_is_not_used(stage: Stage, browser: FlaskClient) -> None:
    stage.fr.metadata = {"issuer": "https://evil.example"}
    refused(stage, browser.get("/login/FR"), Reason.PROVIDER_WRONG)
    assert stage.sign_in(browser, "DE").status_code == 303


def test_a_provider_that_was_closed_lets_nobody_in(stage: Stage, browser: FlaskClient) -> None:
    brought, other = stage.begin(browser), stage.signed_in()
    stage.clock.pass_(seconds=1)
    stage.change(lambda uow: providers.change_provider(uow, "FR", ProviderDraft(active=False)))
    refused(stage, stage.come_back(browser, brought), Reason.PROVIDER_CLOSED)
    assert browser.get("/login/FR").status_code == 503
    assert stage.who(other) is None


def test_a_changed_provider_is_used_as_it_is_now(stage: Stage, browser: FlaskClient) -> None:
    assert stage.sign_in(browser).status_code == 303
    stage.clock.pass_(seconds=1)
    stage.change(lambda uow: providers.change_provider(uow, "FR", ProviderDraft(client_id="renamed")))
    answer = stage.app.test_client().get("/login/FR")
    assert query_of(answer.location)["client_id"] == "renamed"


@pytest.mark.parametrize(
    "following", ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)"]
)
def test_nobody_is_led_away_after_signing_in(stage: Stage, browser: FlaskClient, following: str) -> None:
    assert "evil" not in browser.get("/login", query_string={"next": following}).text
    assert stage.sign_in(browser, following=following).location == "/"
    assert browser.get("/login", query_string={"next": following}).location == "/"


def test_the_same_subject_from_two_providers_is_two_officials(stage: Stage) -> None:
    french, german = (stage.who(stage.signed_in(code)) for code in ("FR", "DE"))
    assert french is not None
    assert german is not None
    assert french.official.subject == german.official.subject
    assert french.id != german.id


def test_the_same_person_is_the_same_official_each_time(stage: Stage) -> None:
    ids: set[UUID] = set()
    for name in ("Camille Martin", "Camille Dupont"):
        stage.fr.person["name"] = name
        person = stage.who(stage.signed_in())
        assert person is not None
        assert person.official.name == name
        ids.add(person.id)
    assert len(ids) == 1


def test_forged_host_and_proxy_headers_change_no_address(stage: Stage, browser: FlaskClient) -> None:
    forged = {
        "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Prefix": "/evil",
        "Forwarded": "host=evil.example",
    }
    answer = browser.get("/login/FR", headers=forged)
    assert query_of(answer.location)["redirect_uri"] == "http://127.0.0.1:8080/login/FR/callback"
    assert browser.get("/", headers=forged).location == "/login?next=/"


def test_the_choice_is_remembered_and_offered_first(stage: Stage, browser: FlaskClient) -> None:
    assert "Continue with" not in browser.get("/login").text
    stage.begin(browser, "DE")
    assert "Continue with Login of DE" in browser.get("/login").text


def test_a_token_endpoint_that_hangs_is_given_up(
    stage: Stage, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()
    monkeypatch.setattr("board_hub.http.openid.transport.PATIENCE", 0.2)
    stage.fr.before = lambda path: release.wait(20) and None if path == "/token" else None
    brought = stage.begin(browser)
    answer = stage.come_back(browser, brought)
    release.set()
    refused(stage, answer, Reason.PROVIDER_AWAY)


def test_first_sign_ins_at_the_same_moment_make_one_official(stage: Stage) -> None:
    clients = [stage.app.test_client() for _ in range(4)]
    brought = [stage.begin(client) for client in clients]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda pair: stage.come_back(*pair).status_code, zip(clients, brought, strict=True)))
    people = [stage.who(client) for client in clients]
    assert answers == [303] * 4
    assert len({person.id for person in people if person is not None}) == 1
