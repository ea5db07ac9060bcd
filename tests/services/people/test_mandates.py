"""Mandates last three years, are renewed once, never overlap, and what hangs on them ends with them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from board_hub.domain.errors import Conflict, Invalid, NotFound
from board_hub.domain.events import HUB
from board_hub.domain.ids import uuid7
from board_hub.domain.mandates import last_day
from board_hub.services.access import Role
from board_hub.services.people import mandates
from board_hub.services.people.access_changes import list_roles
from board_hub.services.people.officials import Held
from board_hub.services.unit_of_work import Hub, UnitOfWork
from board_hub.store.people_tables import Mandate
from tests.support.hub import FR, join
from tests.support.officials import add_official

BEGIN = date(2026, 3, 1)


def add(uow: UnitOfWork, *, member: str = "FR", kind: str = "representative", **changes: object) -> Mandate:
    values = {"name": "Camille Martin", "email": "camille.martin@example.eu", "begins_on": BEGIN} | changes
    return mandates.add_mandate(uow, member, kind, **values)  # type: ignore[arg-type]


def test_a_full_term_ends_the_day_before_the_third_anniversary() -> None:
    assert last_day(date(2026, 3, 1)) == date(2029, 2, 28)
    assert last_day(date(2028, 2, 29)) == date(2031, 2, 28)


def test_a_mandate_is_found_on_each_of_its_days_and_on_no_other(hub: Hub) -> None:
    with hub.work(HUB) as uow:
        made = add(uow)
        for day, found in ((BEGIN - timedelta(1), None), (BEGIN, made), (made.ends_on, made)):
            assert mandates.find_mandate(uow, "FR", "Camille.Martin@example.EU", day) is found
        assert mandates.find_mandate(uow, "FR", made.email, made.ends_on + timedelta(1)) is None
        assert mandates.find_mandate(uow, "DE", made.email, BEGIN) is None


def test_its_last_moment_is_the_end_of_the_day_where_the_member_is(sqlite_hub: Hub) -> None:
    with sqlite_hub.work(HUB) as uow:
        finland = add(uow, member="FI", ends_on=date(2026, 6, 30))
        assert mandates.ends_at(finland) == datetime(2026, 6, 30, 21, tzinfo=UTC)


def test_it_is_renewed_once_and_begins_when_the_first_ends(sqlite_hub: Hub) -> None:
    with sqlite_hub.work(HUB) as uow:
        first = add(uow)
        second = mandates.renew_mandate(uow, first.id)
        assert (second.begins_on, second.ends_on) == (date(2029, 3, 1), date(2032, 2, 29))
        for one in (first, second):
            with pytest.raises(Conflict, match="renewable once"):
                mandates.renew_mandate(uow, one.id)
        with pytest.raises(Conflict, match="two terms on end"):
            add(uow, begins_on=date(2032, 3, 1))


def test_a_member_has_one_representative_at_a_time_and_any_number_of_alternates(sqlite_hub: Hub) -> None:
    with sqlite_hub.work(HUB) as uow:
        add(uow)
        with pytest.raises(Conflict, match="Camille Martin represents FR"):
            add(uow, email="other@example.eu", begins_on=date(2027, 1, 1))
        add(uow, kind="alternate", email="one@example.eu")
        add(uow, kind="alternate", email="two@example.eu")
        (france,) = [seat for seat in mandates.list_seats(uow) if seat.member.code == "FR"]
    assert (france.gap, len(france.alternates)) == (False, 2)


@pytest.mark.parametrize(("changes", "path"), [
    ({"ends_on": date(2029, 3, 1)}, "/ends_on"),
    ({"ends_on": date(2026, 2, 1)}, "/ends_on"),
    ({"name": " "}, "/name"),
    ({"email": "camille"}, "/email"),
    ({"kind": "king"}, "/kind"),
    ({"member": "EU"}, "/member"),
])  # fmt: skip
def test_what_the_act_does_not_know_is_refused(sqlite_hub: Hub, changes: dict[str, object], path: str) -> None:
    with sqlite_hub.work(HUB) as uow, pytest.raises(Invalid, match=path):
        add(uow, **changes)  # type: ignore[arg-type]


def test_members_without_a_representative_are_gaps_and_observers_are_not(sqlite_hub: Hub) -> None:
    with sqlite_hub.work(HUB) as uow:
        gaps = [seat.member.code for seat in mandates.list_seats(uow) if seat.gap]
    assert len(gaps) == 27
    assert "NO" not in gaps


def test_one_that_ends_within_ninety_days_is_said_to_end(sqlite_hub: Hub) -> None:
    with sqlite_hub.work(HUB) as uow:
        today = mandates.today(uow, "FR")
        for member, days in (("FR", 89), ("DE", 90)):
            add(uow, member=member, begins_on=today, ends_on=today + timedelta(days))
        ending = {one.mandate.member: one.is_ending for one in mandates.list_mandates(uow)}
    assert ending == {"FR": True, "DE": False}


def test_ending_it_ends_what_the_person_does_for_the_member(sqlite_hub: Hub) -> None:
    join(sqlite_hub, FR)
    with sqlite_hub.work(HUB) as uow:
        today = mandates.today(uow, "FR")
        mandate = add(uow, begins_on=today - timedelta(10))
        uow.commit()
    held = [Held(FR, Role.REPRESENTATIVE, mandates.ends_at(mandate)), Held(FR, Role.CASE_HANDLER)]
    person = add_official(sqlite_hub, held)
    with sqlite_hub.work(HUB) as uow:
        mandates.end_mandate(uow, mandate.id, on=today - timedelta(1), because="Another office.")
        uow.commit()
    with sqlite_hub.work(HUB) as uow:
        until = {row.role: row.until for row in list_roles(uow, [person.id])[person.id]}
        assert until["case_handler"] is None
        assert until["representative"] is not None
        assert until["representative"] <= uow.now


def test_an_end_after_its_end_or_before_its_beginning_is_refused(sqlite_hub: Hub) -> None:
    with sqlite_hub.work(HUB) as uow:
        made = add(uow)
        for day in (made.ends_on + timedelta(1), BEGIN - timedelta(1)):
            with pytest.raises(Invalid, match="/on"):
                mandates.end_mandate(uow, made.id, on=day, because="x")
        with pytest.raises(NotFound):
            mandates.end_mandate(uow, uuid7(), on=BEGIN, because="x")
