"""Who may read what: the rule for one item and the condition for lists say the same, on both databases."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlmodel import col

from board_hub.domain.events import HUB
from board_hub.domain.markings import Marking, may_pass_on
from board_hub.services.access import WITHOUT_CONTENT, Reader, Role, can_read, readable, reader_of
from board_hub.services.unit_of_work import Hub, UnitOfWork
from board_hub.services.visibility import readable_attachment
from board_hub.store.case_tables import Notice
from board_hub.store.work_tables import NoticeAttachment
from tests.services.rows import add_case, add_notice
from tests.support.hub import join

PARTICIPANTS = {
    "FR-CNIL": ("MSA", "SPOC"),
    "DE-BNETZA": ("MSA",),
    "DE-BFDI": ("DPA",),
    "EU-AIO": ("AIO",),
    "EU-RUNNER": ("RUNNER",),
    "IT-LAB": ("PARTNER",),
    "NO-NKOM": ("MSA",),
}
BOUNDED = settings(
    max_examples=20, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
codes = st.sampled_from(sorted(PARTICIPANTS))


@dataclass(frozen=True)
class Item:
    """A notice, whom it was addressed to, and with whom it was shared later."""

    marking: Marking
    sender: str
    to: frozenset[str]
    shared: frozenset[str]
    file: Marking

    @property
    def recipients(self) -> frozenset[str]:
        """Sharing a notice is owing it to one more."""
        return self.to | self.shared if may_pass_on(self.marking, is_originator=True) else self.to


items = st.builds(
    Item,
    marking=st.sampled_from(Marking),
    sender=codes,
    to=st.frozensets(codes, max_size=4),
    shared=st.frozensets(codes, max_size=2),
    file=st.sampled_from(Marking),
)


@pytest.fixture
def joined(hub: Hub) -> Hub:
    for code, kinds in PARTICIPANTS.items():
        join(hub, code, kinds=kinds)
    return hub


def reader(uow: UnitOfWork, acting_for: Collection[str], role: Role) -> Reader:
    return reader_of([uow.directory.participants[code] for code in sorted(acting_for)], role)


def put(uow: UnitOfWork, wanted: list[Item]) -> dict[UUID, Item]:
    case_id = add_case(uow)
    found = {}
    for one in wanted:
        row_id = add_notice(uow, case_id, sender=one.sender, to=one.recipients, marking=one.marking)
        uow.add(NoticeAttachment, _file(row_id, one))
        found[row_id] = one
    uow.write()
    return found


def _file(row_id: UUID, one: Item) -> dict[str, object]:
    given = {"name": "a.pdf", "sha256": "0" * 64, "size": 1, "media_type": "application/pdf", "pointer": None}
    return {"notice_id": row_id, "position": 0, "marking": one.file, **given}


def test_the_rule_and_the_condition_agree(joined: Hub) -> None:
    @given(st.lists(items, min_size=1, max_size=8), st.frozensets(codes, max_size=3), st.sampled_from(Role))
    @BOUNDED
    def agree(wanted: list[Item], acting_for: frozenset[str], role: Role) -> None:
        with joined.work(HUB) as uow:  # never committed
            found, who = put(uow, wanted), reader(uow, acting_for, role)
            listed = set(uow.session.execute(select(col(Notice.id)).where(readable(who))).scalars())
        assert listed == {
            row_id
            for row_id, one in found.items()
            if can_read(who, marking=one.marking, sender=one.sender, recipients=one.recipients)
        }

    agree()


def test_an_attachment_needs_the_right_to_its_notice_and_to_its_own_marking(joined: Hub) -> None:
    @given(st.lists(items, min_size=1, max_size=8), st.frozensets(codes, max_size=3))
    @BOUNDED
    def agree(wanted: list[Item], acting_for: frozenset[str]) -> None:
        with joined.work(HUB) as uow:
            found, who = put(uow, wanted), reader(uow, acting_for, Role.SYSTEM)
            statement = select(col(NoticeAttachment.notice_id)).join(
                Notice, col(Notice.id) == NoticeAttachment.notice_id
            )
            listed = set(uow.session.execute(statement.where(readable_attachment(who))).scalars())
        assert listed == {
            row_id
            for row_id, one in found.items()
            if all(
                can_read(who, marking=marking, sender=one.sender, recipients=one.recipients)
                for marking in (one.marking, one.file)
            )
        }

    agree()


@pytest.mark.parametrize("role", sorted(WITHOUT_CONTENT))
def test_administering_and_auditing_read_nothing_but_what_is_public(sqlite_hub: Hub, role: Role) -> None:
    join(sqlite_hub)
    with sqlite_hub.work(HUB) as uow:
        who = reader(uow, ["FR-CNIL"], role)
    assert [one for one in Marking if can_read(who, marking=one, sender="FR-CNIL", recipients=["FR-CNIL"])] == [
        Marking.PUBLIC
    ]


def test_an_observer_reads_what_is_open_to_authorities_only_when_addressed(sqlite_hub: Hub) -> None:
    join(sqlite_hub, "NO-NKOM")
    with sqlite_hub.work(HUB) as uow:
        who = reader(uow, ["NO-NKOM"], Role.SYSTEM)
    assert not can_read(who, marking=Marking.AUTHORITIES, sender="FR-CNIL", recipients=[])
    assert can_read(who, marking=Marking.AUTHORITIES, sender="FR-CNIL", recipients=["NO-NKOM"])


def test_an_empty_audience_means_nobody_but_the_sender() -> None:
    stranger = Reader(frozenset({"DE-BNETZA"}), authority=True)
    assert not can_read(stranger, marking=Marking.RESTRICTED, sender="FR-CNIL", recipients=[])
