"""Who can see what of a case: whom a notice reaches, and how the audience changes when it is shared."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from board_hub.domain.markings import AUTHORITY_KINDS
from board_hub.services.access import OBSERVERS, Reader, readable, reader_of
from board_hub.services.cases.sharing import check_target, get_own_case, get_shareable_notice
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.case_tables import CaseShare, Change, Notice
from board_hub.store.tables import Delivery, Participant


@dataclass(frozen=True)
class Seat:
    """A participant that a notice reaches. passed_on: it was not addressed, the notice was shared with it later."""

    participant: str
    passed_on: bool = False


class Unusual(StrEnum):
    """Why a new member of an audience deserves a second look (peers.md P6)."""

    NOT_AN_AUTHORITY = "not_an_authority"
    OBSERVER = "observer"


@dataclass(frozen=True)
class AudiencePreview:
    """An audience before and after sharing with one more participant.

    there: notices of the case that whoever shares it reads; sees_now: those of them that the participant reads already.
    """

    participant: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    unusual: tuple[Unusual, ...]
    there: int = 0
    sees_now: int = 0

    @property
    def changes(self) -> bool:
        return self.before != self.after


def list_audiences(
    uow: UnitOfWork, reader: Reader, case_id: UUID, notice_ids: Collection[UUID]
) -> dict[UUID, tuple[Seat, ...]]:
    """Whom these notices of a case reach beside their sender: those that the reader reads, in two statements.

    Who reads a notice may know who else it was sent to, as in any letter; only its sender learns who passed it on.
    """
    delivery: Any = aliased(Delivery)  # the rule of `readable` has deliveries of its own
    statement = (
        select(delivery.message_id, delivery.recipient, col(Notice.sender))
        .join(Notice, col(Notice.id) == delivery.message_id)
        .where(col(Notice.id).in_(sorted(notice_ids)), readable(reader))
        .order_by(delivery.message_id, delivery.recipient)
    )
    passed_on = _passed_on(uow, case_id, notice_ids)
    seats: dict[UUID, list[Seat]] = {}
    for notice_id, recipient, sender in uow.session.execute(statement):
        later = sender in reader.participants and (notice_id, recipient) in passed_on
        seats.setdefault(notice_id, []).append(Seat(recipient, later))
    return {notice_id: tuple(found) for notice_id, found in seats.items()}


def _passed_on(uow: UnitOfWork, case_id: UUID, notice_ids: Collection[UUID]) -> set[tuple[UUID, str]]:
    """(notice, participant) of notices that were passed on: each left a change of its own."""
    statement = select(col(Change.notice_id), col(Change.participant)).where(
        col(Change.case_id) == case_id,
        col(Change.kind) == "notice",
        col(Change.participant).is_not(None),
        col(Change.notice_id).in_(sorted(notice_ids)),
    )
    return {(row[0], row[1]) for row in uow.session.execute(statement) if row[0] and row[1]}


def count_markings(uow: UnitOfWork, reader: Reader, case_id: UUID) -> dict[str, int]:
    """How many readable notices of a case bear each marking."""
    statement = (
        select(col(Notice.marking), func.count())
        .where(col(Notice.case_id) == case_id, readable(reader))
        .group_by(col(Notice.marking))
        .order_by(col(Notice.marking))
    )
    return {row[0]: row[1] for row in uow.session.execute(statement)}


def preview_case_share(uow: UnitOfWork, actor: Participant, reference: str, with_: str) -> AudiencePreview:
    """Who is sent what is added to the actor's case, before and after sharing it. Raises as `share_case`."""
    case = get_own_case(uow, actor, reference)
    check_target(uow, actor, with_)
    statement = select(col(CaseShare.participant)).where(col(CaseShare.case_id) == case.id)
    before = tuple(sorted(uow.session.execute(statement).scalars()))
    target = uow.directory.participants[with_]
    return AudiencePreview(
        participant=with_,
        before=before,
        after=tuple(sorted({*before, with_})),
        unusual=_unusual(target),
        there=_count(uow, case.id, readable(reader_of([actor]))),
        sees_now=_count(uow, case.id, readable(reader_of([actor])), readable(reader_of([target]))),
    )


def _count(uow: UnitOfWork, case_id: UUID, *conditions: ColumnElement[bool]) -> int:
    statement = select(func.count()).select_from(Notice).where(col(Notice.case_id) == case_id, *conditions)
    return uow.session.execute(statement).scalar_one()


def preview_notice_share(uow: UnitOfWork, actor: Participant, key: tuple[str, str], with_: str) -> AudiencePreview:
    """Whom a notice reaches, before and after passing it on. Raises as `share_notice`."""
    notice = get_shareable_notice(uow, actor, key)
    check_target(uow, actor, with_)
    statement = select(col(Delivery.recipient)).where(col(Delivery.message_id) == notice.row.id)
    before = tuple(sorted({notice.row.sender, *uow.session.execute(statement).scalars()}))
    after = tuple(sorted({*before, with_}))
    return AudiencePreview(with_, before, after, _unusual(uow.directory.participants[with_]))


def _unusual(target: Participant) -> tuple[Unusual, ...]:
    found = []
    if target.kinds.isdisjoint(AUTHORITY_KINDS):
        found.append(Unusual.NOT_AN_AUTHORITY)
    if target.member in OBSERVERS:
        found.append(Unusual.OBSERVER)
    return tuple(found)
