"""Who may read what: one rule with two faces, for one item and for a list. Not readable is as if it did not exist.

Everything a reader can see hangs on a notice: a case on any of its notices, a clock on the notice that started it, a
step of a procedure, an attachment, a change likewise. Recipients are those the notice is owed to, sharing included.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select, true

from board_hub.domain.markings import AUTHORITY_KINDS, Marking
from board_hub.law.members import MEMBERS
from board_hub.store.case_tables import Notice
from board_hub.store.tables import Delivery, MemberKind, Participant, table_of


class Role(StrEnum):
    """What someone does for a participant (design.md §5); a participant's own system is `system`."""

    SYSTEM = "system"
    CASE_HANDLER = "case_handler"
    REPRESENTATIVE = "representative"
    ALTERNATE = "alternate"
    EXPERT = "expert"
    SECRETARIAT_OFFICER = "secretariat_officer"
    SECRETARIAT_ADMINISTRATOR = "secretariat_administrator"
    AUDITOR = "auditor"


WITHOUT_CONTENT = frozenset({Role.SECRETARIAT_ADMINISTRATOR, Role.AUDITOR})
"""Administering and auditing give no right to read (design.md §5)."""
WRITERS = frozenset({Role.CASE_HANDLER, Role.REPRESENTATIVE, Role.ALTERNATE, Role.SECRETARIAT_OFFICER})
"""Who writes notices in the name of a participant; experts read only."""


@dataclass(frozen=True)
class Reader:
    """Who asks: the participants it acts for in a role that reads content, and whether one is an authority."""

    participants: frozenset[str]
    authority: bool


NOBODY = Reader(frozenset(), authority=False)


OBSERVERS = frozenset(one.code for one in MEMBERS if one.kind == MemberKind.OBSERVER)
"""Members of the Board without a vote; they see non-confidential items only (law.md finding 14)."""


def reader_of(participants: Collection[Participant], role: Role = Role.SYSTEM) -> Reader:
    """The reader that acts for these participants in this role."""
    if role in WITHOUT_CONTENT:
        return NOBODY
    active = [one for one in participants if one.active]
    full = any(one.member not in OBSERVERS and not one.kinds.isdisjoint(AUTHORITY_KINDS) for one in active)
    return Reader(frozenset(one.code for one in active), authority=full)


def reader_in_roles(held: Iterable[tuple[Participant, Role]]) -> Reader:
    """The reader that acts for several participants, in each in a role of its own."""
    readers = [reader_of([participant], role) for participant, role in held]
    codes = frozenset[str]().union(*(one.participants for one in readers))
    return Reader(codes, authority=any(one.authority for one in readers))


def can_read(reader: Reader, *, marking: str, sender: str, recipients: Collection[str]) -> bool:
    """Whether the reader may see a notice, and with it whatever hangs on it."""
    if marking == Marking.PUBLIC or (marking == Marking.AUTHORITIES and reader.authority):
        return True
    return sender in reader.participants or not reader.participants.isdisjoint(recipients)


def readable(reader: Reader, notice: Any = Notice) -> ColumnElement[bool]:
    """The same rule as a condition on `notice` (the table, or an alias of it)."""
    open_to = [Marking.PUBLIC, Marking.AUTHORITIES] if reader.authority else [Marking.PUBLIC]
    if not reader.participants:
        return notice.marking.in_(open_to)  # type: ignore[no-any-return]
    codes, delivery = sorted(reader.participants), table_of(Delivery).c
    mine = select(true()).where(delivery.message_id == notice.id, delivery.recipient.in_(codes))
    named = exists(mine.correlate_except(table_of(Delivery)))
    return or_(notice.marking.in_(open_to), notice.sender.in_(codes), named)
