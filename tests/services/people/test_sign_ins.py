"""Signing in as the services see it, on both databases: claims, officials, attempts, sessions."""

from datetime import timedelta
from typing import Any

import pytest

from board_hub.domain.events import HUB
from board_hub.domain.ids import new_secret
from board_hub.domain.openid import Logout, Proof, Reason, SignInRefused
from board_hub.services.directory import directory
from board_hub.services.people import leaving, providers, sessions, sign_ins
from board_hub.services.people.sessions import Limits
from board_hub.services.people.sign_ins import NewSession
from board_hub.services.unit_of_work import Hub
from board_hub.store.people_tables import ClaimRule, SignIn
from tests.support.hub import DE, FR, join_four
from tests.support.officials import add_provider

LIMITS = Limits(timedelta(minutes=30), timedelta(hours=9))
HANDLER = {"sub": "p1", "name": "Camille", "groups": ["hub"]}


@pytest.fixture
def france(hub: Hub) -> Hub:
    """A hub with a provider of France and one rule of it."""
    join_four(hub)
    add_provider(hub, "FR")
    with hub.work(HUB) as uow:
        providers.add_rule(uow, "FR", claim="groups", value="hub", participant=FR, role="case_handler")
        uow.commit()
    return hub


def sign_in(hub: Hub, claims: dict[str, Any] = HANDLER, sid: str | None = "s1", secret: str = "") -> SignIn:
    with hub.work(HUB) as uow:
        provider = providers.get_provider(uow, "FR")
        proof = Proof(provider.issuer, str(claims["sub"]), claims, "high", sid, None, "refresh")
        session = NewSession(secret or new_secret(), LIMITS, timedelta(minutes=10))
        attempt = sign_ins.accept(uow, provider, proof, session)
        uow.commit()
    return attempt


def test_a_sign_in_makes_an_official_with_a_session(france: Hub) -> None:
    secret = new_secret()
    attempt = sign_in(france, secret=secret)
    with france.work(HUB) as uow:
        found = sessions.find_session(uow, secret, LIMITS)
    assert found is not None
    assert found.person is not None
    assert (found.person.id, found.person.participants) == (attempt.official_id, (FR,))
    assert found.row.refresh_sealed is not None
    assert france.sealer.unseal(found.row.refresh_sealed) == b"refresh"


def test_whoever_is_no_longer_vouched_for_loses_roles_and_sessions_at_the_next_attempt(france: Hub) -> None:
    secret = new_secret()
    sign_in(france, secret=secret)
    assert sign_in(france, HANDLER | {"groups": []}).reason == Reason.NO_RULE
    with france.work(HUB) as uow:
        assert sessions.find_session(uow, secret, LIMITS) is None


def test_a_rule_that_reaches_beyond_its_member_gives_nothing_even_if_it_is_there(france: Hub) -> None:
    with france.work(HUB) as uow:
        uow.session.add(ClaimRule(provider="FR", claim="sub", value="p1", participant=DE, role="case_handler"))
        uow.session.add(ClaimRule(provider="FR", claim="sub", value="p1", participant=FR, role="auditor"))
        uow.commit()
    attempt = sign_in(france, {"sub": "p1"})
    assert attempt.outcome == "refused"
    assert [match["counts"] for match in attempt.matched] == [False, False]


def test_a_suspended_participant_has_nobody_signed_in(france: Hub) -> None:
    secret = new_secret()
    sign_in(france, secret=secret)
    with france.work(HUB) as uow:
        directory.suspend_participant(uow, FR)
        uow.commit()
    with france.work(HUB) as uow:
        assert sessions.find_session(uow, secret, LIMITS) is None
    assert sign_in(france).outcome == "refused"


def test_attempts_are_read_page_by_page(france: Hub) -> None:
    with france.work(HUB) as uow:
        for _ in range(120):
            sign_ins.note_refusal(uow, "FR", SignInRefused(Reason.DECLINED, "x"))
        uow.commit()
    seen, cursor = [], None
    with france.work(HUB) as uow:
        while True:
            page = sign_ins.list_sign_ins(uow, provider="FR", cursor=cursor)
            seen += [one.id for one in page.lines]
            cursor = page.following
            if cursor is None:
                break
    assert len(seen) == len(set(seen)) == 120


def test_a_refresh_is_claimed_by_one(france: Hub) -> None:
    secret = new_secret()
    sign_in(france, secret=secret)
    with france.work(HUB) as uow:
        found = sessions.find_session(uow, secret, LIMITS)
        assert found is not None
        assert sign_ins.claim_refresh(uow, found.row)
        assert not sign_ins.claim_refresh(uow, found.row)


def test_a_logout_ends_what_it_names_once(france: Hub) -> None:
    for sid in ("s1", "s2"):
        sign_in(france, sid=sid)
    with france.work(HUB) as uow:
        provider = providers.get_provider(uow, "FR")
        ends = uow.now.timestamp() + 60
        assert leaving.end_by_logout(uow, provider, Logout(None, "s1", "j1", ends)) == 1
        assert leaving.end_by_logout(uow, provider, Logout("p1", None, "j2", ends)) == 1
        with pytest.raises(SignInRefused):
            leaving.end_by_logout(uow, provider, Logout("p1", None, "j2", ends))
