"""Sessions of one's own: ended one by one or all but this one; nobody ends another's."""

from datetime import timedelta

import pytest

from board_hub.domain.errors import NotFound
from board_hub.domain.events import HUB
from board_hub.services.people import sessions
from board_hub.services.people.browsers import browser_words
from board_hub.services.people.officials import Person
from board_hub.services.people.sessions import Limits
from board_hub.services.unit_of_work import Hub
from board_hub.store.people_tables import Official
from tests.support.hub import DE, FR, join
from tests.support.officials import HANDLER_DE, REPRESENTATIVE_FR, add_official

LIMITS = Limits(timedelta(minutes=30), timedelta(hours=9))


@pytest.fixture
def person(sqlite_hub: Hub) -> Person:
    for code in (DE, FR):
        join(sqlite_hub, code)
    return add_official(sqlite_hub, HANDLER_DE)


def sign_in(hub: Hub, person: Person, secret: str) -> str:
    with hub.work(HUB) as uow:
        official = uow.session.get(Official, person.id)
        assert official is not None
        row = sessions.sign_in(uow, secret, official, limits=LIMITS)
        uow.commit()
        return row.id


def in_force(hub: Hub, person: Person) -> set[str]:
    with hub.work(HUB) as uow:
        return {row.id for row in sessions.list_sessions(uow, person.id, LIMITS)}


def test_one_session_is_ended_and_the_others_stay(sqlite_hub: Hub, person: Person) -> None:
    first, second = (sign_in(sqlite_hub, person, secret) for secret in ("one", "two"))
    with sqlite_hub.work(person.actor) as uow:
        sessions.end_own_session(uow, person.id, first[:16])
        uow.commit()
    assert in_force(sqlite_hub, person) == {second}


def test_all_other_sessions_are_ended(sqlite_hub: Hub, person: Person) -> None:
    own, *_ = (sign_in(sqlite_hub, person, secret) for secret in ("one", "two", "three"))
    with sqlite_hub.work(person.actor) as uow:
        assert sessions.end_other_sessions(uow, person.id, own) == 2
        uow.commit()
    assert in_force(sqlite_hub, person) == {own}


def test_a_session_of_somebody_else_is_unknown(sqlite_hub: Hub, person: Person) -> None:
    foreign = sign_in(sqlite_hub, add_official(sqlite_hub, REPRESENTATIVE_FR), "foreign")
    with sqlite_hub.work(person.actor) as uow, pytest.raises(NotFound):
        sessions.end_own_session(uow, person.id, foreign[:16])


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) AppleWebKit/605 Version/19 Mobile Safari/604", "Safari on iPhone"),
        ("curl/8.1", ""),
    ],
)
def test_a_browser_is_called_as_people_call_it(user_agent: str, words: str) -> None:
    assert browser_words(user_agent) == words
