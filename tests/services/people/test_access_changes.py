"""The secretariat sees who is signed in, ends sessions and access, and cannot lock itself out."""

from datetime import timedelta

import pytest

from board_hub.domain.errors import Conflict, NotFound
from board_hub.domain.events import HUB
from board_hub.services.clocks.calendar_links import make_link
from board_hub.services.people import access_changes, sessions
from board_hub.services.people.officials import Person
from board_hub.services.people.sessions import Limits, find_session
from board_hub.services.unit_of_work import Hub
from board_hub.store.work_tables import CalendarLink
from tests.support.hub import join_four
from tests.support.officials import HANDLER_DE, REPRESENTATIVE_FR, SECRETARIAT, add_official

LIMITS = Limits(timedelta(minutes=30), timedelta(hours=9))


def sign_in(hub: Hub, person: Person, secret: str = "a secret") -> str:
    with hub.work(HUB) as uow:
        row = sessions.sign_in(uow, secret, person.official, limits=LIMITS, provider="FR")
        uow.commit()
    return row.id


def is_signed_in(hub: Hub, secret: str = "a secret") -> bool:
    with hub.work(HUB) as uow:
        return find_session(uow, secret, LIMITS) is not None


def test_officials_are_listed_with_roles_and_sessions_and_found_by_name(hub: Hub) -> None:
    join_four(hub)
    add_official(hub, HANDLER_DE, name="Anna Schmidt")
    camille = add_official(hub, REPRESENTATIVE_FR)
    sign_in(hub, camille)
    with hub.work(HUB) as uow:
        page = access_changes.list_officials(uow, LIMITS)
        assert {(one.official.name, len(one.roles), one.sessions) for one in page.lines} == {
            ("Anna Schmidt", 1, 0),
            ("Camille Martin", 2, 1),
        }
        for wanted in ({"text": "SCHMIDT"}, {"text": "anna.schmidt@"}, {"participant": "DE-BNETZA"}):
            found = access_changes.list_officials(uow, LIMITS, **wanted)
            assert [one.official.name for one in found.lines] == ["Anna Schmidt"]
        assert access_changes.list_officials(uow, LIMITS, text="%").lines == ()


def test_the_list_goes_on_where_a_page_ended(hub: Hub) -> None:
    join_four(hub)
    for number in range(5):
        add_official(hub, HANDLER_DE, name=f"Official {number}")
    seen, cursor = [], None
    with hub.work(HUB) as uow:
        for _ in range(3):
            page = access_changes.list_officials(uow, LIMITS, cursor=cursor, limit=2)
            seen += [one.official.name for one in page.lines]
            cursor = page.following
    assert (sorted(seen), cursor) == ([f"Official {number}" for number in range(5)], None)


def test_one_session_or_all_can_be_ended(sqlite_hub: Hub) -> None:
    join_four(sqlite_hub)
    person, other = add_official(sqlite_hub, HANDLER_DE), add_official(sqlite_hub, REPRESENTATIVE_FR)
    row_id = sign_in(sqlite_hub, person)
    sign_in(sqlite_hub, person, "another")
    with sqlite_hub.work(HUB) as uow:
        with pytest.raises(NotFound):
            access_changes.end_one_session(uow, other.id, row_id, "Left open in a library.")
        access_changes.end_one_session(uow, person.id, row_id, "Left open in a library.")
        uow.commit()
    assert (is_signed_in(sqlite_hub), is_signed_in(sqlite_hub, "another")) == (False, True)
    with sqlite_hub.work(HUB) as uow:
        assert access_changes.end_all_sessions(uow, person.id, "To be sure.") == 1
        uow.commit()
    assert not is_signed_in(sqlite_hub, "another")


def test_ended_access_ends_sessions_and_calendar_links_until_it_is_restored(sqlite_hub: Hub) -> None:
    join_four(sqlite_hub)
    person, admin = add_official(sqlite_hub, HANDLER_DE), add_official(sqlite_hub, SECRETARIAT)
    sign_in(sqlite_hub, person)
    with sqlite_hub.work(HUB) as uow:
        link = make_link(uow, uow.directory.participants["DE-BNETZA"], official=str(person.id)).link
        uow.commit()
    with sqlite_hub.work(admin.actor) as uow:
        assert access_changes.end_access(uow, person.id, "Left the authority.") == 1
        uow.commit()
    assert not is_signed_in(sqlite_hub)
    with sqlite_hub.work(admin.actor) as uow:
        found = uow.session.get(CalendarLink, link.id)
        assert found is not None
        assert found.revoked_at is not None
        with pytest.raises(Conflict, match="has ended already"):
            access_changes.end_access(uow, person.id, "again")
        access_changes.restore_access(uow, person.id, "Came back.")
        uow.commit()
    sign_in(sqlite_hub, person, "new")
    assert is_signed_in(sqlite_hub, "new")


def test_nobody_ends_its_own_access_nor_that_of_the_last_administrator(sqlite_hub: Hub) -> None:
    join_four(sqlite_hub)
    admin = add_official(sqlite_hub, SECRETARIAT)
    with sqlite_hub.work(admin.actor) as uow, pytest.raises(Conflict, match="your own"):
        access_changes.end_access(uow, admin.id, "x")
    with sqlite_hub.work(HUB) as uow, pytest.raises(Conflict, match="only administrator"):
        access_changes.end_access(uow, admin.id, "x")
