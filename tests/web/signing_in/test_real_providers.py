"""Signing in by real implementations: npm oidc-provider (certified) over HTTP and in Chromium, canaille beside it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, expect
from pytest_iam import Server
from sqlalchemy import select
from sqlmodel import col

from board_hub.cli.demo_login import issuer_address
from board_hub.domain.events import HUB
from board_hub.domain.openid import Reason
from board_hub.services.people import providers, sign_ins
from board_hub.services.people.providers import ProviderDraft
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.people_tables import Official, SignIn, WebSession
from tests.support.identity import Scene, real_providers, sign_in_as
from tests.support.provider import query_of
from tests.support.rabbitmq import eventually
from tests.web.browser import WIDTHS, check_page, open_context
from tests.web.signing_in.conftest import Stage


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with real_providers(tmp_path_factory.mktemp("identity")) as scene:
        yield scene


def choose(browser: requests.Session, scene: Scene, code: str, person: str) -> requests.Response:
    return sign_in_as(browser, f"{scene.base}/login/{code}?next=/login/signed-out", person)


def sessions_of(scene: Scene, email: str) -> list[WebSession]:
    with scene.hub.work(HUB) as uow:
        statement = select(WebSession).join(Official, col(Official.id) == col(WebSession.official_id))
        statement = statement.where(col(Official.email) == email, col(WebSession.ended_at).is_(None))
        return list(uow.session.execute(statement).scalars())


@pytest.mark.parametrize(
    ("code", "person", "roles"),
    [
        ("FR", "claire.dubois", {"representative", "case_handler"}),
        ("DE", "jonas.weber", {"case_handler"}),
        ("EU", "sofia.lindqvist", {"secretariat_officer", "secretariat_administrator"}),
        ("EU", "marek.novak", {"auditor"}),
    ],
)
def test_each_person_of_the_demonstration_signs_in(scene: Scene, code: str, person: str, roles: set[str]) -> None:
    with requests.Session() as browser:
        assert choose(browser, scene, code, person).url == f"{scene.base}/login/signed-out"
    with scene.hub.work(HUB) as uow:
        attempt = sign_ins.list_sign_ins(uow).lines[0]
    assert attempt.outcome == "accepted"
    assert {str(match["role"]) for match in attempt.matched} == roles
    row = sessions_of(scene, f"{person}@{code.lower()}.example")[0]
    assert row.provider_session
    assert (row.refresh_sealed is not None) == (code == "FR")


def test_somebody_without_a_role_is_told_so(scene: Scene) -> None:
    with requests.Session() as browser:
        answer = choose(browser, scene, "FR", "luc.moreau")
    assert answer.status_code == 403
    assert "You are known, but not entitled" in answer.text


def test_whoever_cancels_at_the_provider_is_told_so(scene: Scene) -> None:
    with requests.Session() as browser:
        assert "You were not signed in" in choose(browser, scene, "DE", "").text


def test_a_refresh_token_is_used_and_replaced(scene: Scene) -> None:
    with requests.Session() as browser:
        choose(browser, scene, "FR", "claire.dubois")
        before = make_due(scene, "claire.dubois@fr.example")
        assert browser.get(f"{scene.base}/", timeout=20).status_code == 200
    after = sessions_of(scene, "claire.dubois@fr.example")[0]
    assert before.refresh_sealed is not None
    assert after.refresh_sealed is not None
    assert scene.hub.sealer.unseal(after.refresh_sealed) != scene.hub.sealer.unseal(before.refresh_sealed)


def test_a_silent_question_is_answered_by_the_provider_s_own_session(scene: Scene) -> None:
    with requests.Session() as browser:
        choose(browser, scene, "DE", "jonas.weber")
        make_due(scene, "jonas.weber@de.example")
        answer = browser.get(f"{scene.base}/?x=1", timeout=20)
    assert [one.status_code for one in answer.history] == [303, 303, 303]
    assert (answer.status_code, answer.url) == (200, f"{scene.base}/?x=1")


def make_due(scene: Scene, email: str) -> WebSession:
    """Let the newest session of the person be due for a refresh; all older ones end."""
    with scene.hub.work(HUB) as uow:
        newest, *older = sorted(sessions_of(scene, email), key=lambda row: row.started_at, reverse=True)
        for row in older:
            uow.session.get_one(WebSession, row.id).ended_at = uow.now
        uow.session.get_one(WebSession, newest.id).refresh_at = uow.now
        uow.commit()
    return newest


@pytest.mark.parametrize("width", WIDTHS)
def test_in_a_real_browser_somebody_signs_in_and_out_everywhere(scene: Scene, browser: Browser, width: str) -> None:
    said: list[str] = []
    with open_context(browser, width) as context:
        page = context.new_page()
        page.on("console", lambda one: said.append(one.text) if one.location["url"].startswith(scene.base) else None)
        page.goto(scene.base)
        check_page(page)
        page.get_by_role("searchbox").fill("ger")
        expect(page.get_by_role("link", name="France")).to_be_hidden()
        page.get_by_role("link", name="Germany").click()
        page.get_by_role("button", name="Jonas Weber").click()
        page.wait_for_url(f"{scene.base}/")
        kept = {cookie["name"]: cookie for cookie in context.cookies(scene.base)}
        assert (kept["board-hub"]["httpOnly"], kept["board-hub"]["sameSite"]) == (True, "Lax")
        page.locator("summary", has_text="Jonas Weber").click()
        page.get_by_role("button", name="Sign out").click()
        page.get_by_role("button", name="Sign out here too").click()
        page.wait_for_url(f"{scene.base}/login/signed-out*")
        check_page(page)
        page.goto(f"{scene.base}/login/FR")
        page.get_by_role("button", name="Luc Moreau").click()
        expect(page.get_by_text("You are known, but not entitled")).to_be_visible()
        check_page(page)
    assert [line for line in said if "403 (FORBIDDEN)" not in line and "Cleared data types" not in line] == []


def test_the_secretariat_s_pages_say_what_the_real_provider_answers(scene: Scene, browser: Browser) -> None:
    with requests.Session() as stranger:
        choose(stranger, scene, "FR", "luc.moreau")
    with open_context(browser, "phone") as context:
        page = context.new_page()
        page.goto(f"{scene.base}/login/EU?next=/secretariat/providers")
        page.get_by_role("button", name="Sofia Lindqvist").click()
        page.wait_for_url(f"{scene.base}/secretariat/providers")
        page.goto(f"{scene.base}/secretariat/providers/FR/try")
        page.get_by_label("Claims").fill('{"groups": ["hub-handlers", "hub-representatives"]}')
        page.get_by_role("button", name="Try them").click()
        check_page(page)
        page.goto(f"{scene.base}/secretariat/providers/FR")
        page.get_by_role("button", name="Check it now").click()
        expect(page.get_by_text("The provider answers as it should")).to_be_visible()
        check_page(page)
        page.goto(f"{scene.base}/secretariat/sign-ins")
        page.get_by_role("row").filter(has_text="not entitled").get_by_role("link").first.click()
        page.wait_for_url(f"{scene.base}/secretariat/sign-ins/*")
        check_page(page)


def test_signing_out_at_the_provider_ends_the_hub_s_session_by_the_back_channel(scene: Scene) -> None:
    with requests.Session() as browser:
        choose(browser, scene, "EU", "marek.novak")
        before = len(sessions_of(scene, "marek.novak@eu.example"))
        issuer = issuer_address(scene.ports["EU"])
        page = browser.get(f"{issuer}/session/end", timeout=20)
        secret = re.search(r'name="xsrf" value="([^"]+)"', page.text)
        assert secret is not None, page.text
        browser.post(f"{issuer}/session/end/confirm", data={"xsrf": secret[1], "logout": "yes"}, timeout=20)
        eventually(lambda: len(sessions_of(scene, "marek.novak@eu.example")) == before - 1)
        answer = browser.get(f"{scene.base}/", timeout=20, allow_redirects=False)
    assert answer.headers["Location"] == "/login?next=/"


def test_what_the_log_of_attempts_keeps_of_a_real_provider_are_no_tokens(scene: Scene) -> None:
    with scene.hub.work(HUB) as uow:
        attempts = list(uow.session.execute(select(SignIn)).scalars())
    kept: Any = [(one.claims, one.matched, one.explanation) for one in attempts]
    assert attempts
    assert "eyJ" not in str(kept)


def test_canaille_proves_a_person_but_no_level_of_assurance(iam_server: Server, stage: Stage) -> None:
    """Another implementation: other keys (RSA), and a client secret."""
    client = iam_server.models.Client(
        client_id="board-hub",
        client_secret="a secret",
        client_name="board-hub",
        redirect_uris=["http://127.0.0.1:8080/login/IT/callback"],
        scope=["openid", "profile", "email"],
        response_types=["code"],
        grant_types=["authorization_code"],
        token_endpoint_auth_method="client_secret_basic",
    )
    with iam_server.app.app_context():
        iam_server.backend.save(client)
        iam_server.backend.update(client, audience=[client])
        iam_server.backend.save(client)
    user = iam_server.random_user(user_name="chiara", formatted_name="Chiara Rossi")
    iam_server.login(user)
    iam_server.consent(user)
    stage.change(lambda uow: _add_italy(uow, iam_server))
    browser = stage.app.test_client()
    address = browser.get("/login/IT").location
    back = requests.get(address, timeout=20, allow_redirects=False).headers["Location"]
    answer = stage.come_back(browser, query_of(back), "IT")
    attempt = stage.attempts()[0]
    assert (answer.status_code, attempt.reason) == (403, Reason.ASSURANCE), attempt.explanation


def _add_italy(uow: UnitOfWork, server: Server) -> None:
    draft = ProviderDraft(
        name="Italy",
        issuer=server.url.rstrip("/"),
        client_id="board-hub",
        authentication="client_secret_basic",
        secret="a secret",
        acr_values=["high"],
        algorithms=["RS512"],
    )
    providers.add_provider(uow, "IT", draft)
