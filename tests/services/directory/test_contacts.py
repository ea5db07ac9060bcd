"""Contact points by member: what is missing, who is reached instead, who represents it."""

from datetime import UTC, date, datetime, timedelta

import pytest

from board_hub.domain.audience import Kind
from board_hub.domain.errors import NotFound
from board_hub.domain.events import HUB
from board_hub.services.directory.contacts import ContactFilter, Contacts, get_contacts, list_contacts
from board_hub.services.unit_of_work import Hub
from board_hub.store.people_tables import Mandate
from tests.support.hub import DE, FR, join
from tests.support.statements import counted_statements

TODAY = datetime.now(UTC).date()


@pytest.fixture
def hub_with_two(sqlite_hub: Hub) -> Hub:
    join(sqlite_hub, FR, kinds=("MSA", "SPOC", "NA", "SLO", "FRA77", "BREP"))
    join(sqlite_hub, DE, kinds=("MSA",))
    join(sqlite_hub, "GR-REP", kinds=("BREP",))
    return sqlite_hub


def add_mandate(hub: Hub, member: str, begins: date, ends: date, kind: str = "representative") -> None:
    with hub.work(HUB) as uow:
        uow.session.add(
            Mandate(
                member=member, kind=kind, name=f"{kind} of {member}", email="a@b.eu", begins_on=begins, ends_on=ends
            )
        )
        uow.commit()


def contacts(hub: Hub, **wanted: object) -> dict[str, Contacts]:
    with hub.work(HUB) as uow:
        found = list_contacts(uow, [FR])
    narrowed = ContactFilter(**wanted)  # type: ignore[arg-type]
    return {one.member.code: one for one in found if one.matches(narrowed)}


def test_what_the_law_wants_and_the_directory_lacks_is_named(hub_with_two: Hub) -> None:
    found = contacts(hub_with_two)
    assert found["FR"].complete
    assert found["DE"].missing == (Kind.SPOC, Kind.NA, Kind.SLO, Kind.FRA77, Kind.BREP)
    assert found["NO"].complete, "an observer owes nothing"


def test_whom_a_notice_reaches_instead_is_said(hub_with_two: Hub) -> None:
    used = {one.gap.used for one in contacts(hub_with_two)["GR"].instead if "SPOC" in one.gap.wanted}
    assert "BREP" in used


def test_a_mandate_in_force_fills_the_representatives_place(hub_with_two: Hub) -> None:
    add_mandate(hub_with_two, "DE", TODAY - timedelta(days=9), TODAY + timedelta(days=9))
    add_mandate(hub_with_two, "DE", TODAY - timedelta(days=900), TODAY - timedelta(days=9), "alternate")
    germany = contacts(hub_with_two)["DE"]
    assert Kind.BREP not in germany.missing
    assert [one.name for one in germany.representatives] == ["representative of DE"]


def test_a_mandate_to_come_is_shown_and_fills_no_place_yet(hub_with_two: Hub) -> None:
    add_mandate(hub_with_two, "DE", TODAY + timedelta(days=9), TODAY + timedelta(days=900))
    germany = contacts(hub_with_two)["DE"]
    assert Kind.BREP in germany.missing
    assert [one.in_force for one in germany.representatives] == [False]


@pytest.mark.parametrize(
    ("wanted", "codes"),
    [
        ({"text": "cnil"}, {"FR"}),
        ({"text": "GREECE"}, {"GR"}),
        ({"text": "EL", "kind": "BREP"}, {"GR"}),
        ({"kind": "BREP"}, {"FR", "GR"}),
        ({"text": "de-", "incomplete": True}, {"DE"}),
        ({"text": "%"}, set()),
    ],
)
def test_the_list_is_narrowed(hub_with_two: Hub, wanted: dict[str, object], codes: set[str]) -> None:
    assert set(contacts(hub_with_two, **wanted)) == codes


def test_a_member_is_found_by_the_code_that_is_shown(hub_with_two: Hub) -> None:
    with hub_with_two.work(HUB) as uow:
        assert get_contacts(uow, [FR], "EL").member.code == "GR"
        with pytest.raises(NotFound):
            get_contacts(uow, [FR], "GR")


def test_the_number_of_statements_does_not_grow_with_the_directory(hub_with_two: Hub) -> None:
    counts = []
    for code in ("IT-A", "IT-B"):
        contacts(hub_with_two)
        with counted_statements(hub_with_two) as statements:
            contacts(hub_with_two)
        counts.append(len(statements))
        for number in range(3):
            join(hub_with_two, f"{code}{number}")
    assert counts[0] == counts[1] <= 5
