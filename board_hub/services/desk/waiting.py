"""What waits at one's own participants: requests, notices that nobody opened or collected, drafts to approve.

Read from the cases that changed last, so that it costs the same however many there are: what waits is there by having
come in, or stands on the case's own page.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, false, func, or_, select, union
from sqlmodel import col

from board_hub.domain.audience import side_of
from board_hub.domain.clocks import ClockKind
from board_hub.domain.deliveries import DeliveryState
from board_hub.domain.procedures import By, Trigger
from board_hub.law.catalogue import Catalogue, NoticeType
from board_hub.services.access import Reader
from board_hub.services.cases.procedure_reads import KnownProcedure, list_procedures
from board_hub.services.cases.timeline_reads import NoticeKey
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.case_tables import Case, Clock, Notice, ProcedureRun
from board_hub.store.desk_tables import Draft
from board_hub.store.people_tables import Official
from board_hub.store.reading_tables import CaseReading
from board_hub.store.tables import Delivery, Message

LATEST = 200
"""Cases that are looked at."""
UNCOLLECTED_AFTER = timedelta(hours=24)
SUBMITTED = "submitted"


@dataclass(frozen=True)
class Waiting:
    """A notice that waits at a participant. since: when it came."""

    participant: str
    case: str
    key: NoticeKey
    notice_type: str
    title: str
    since: datetime
    law_version: str


@dataclass(frozen=True)
class Request:
    """A request to a participant for which no period runs. answers: what it may answer with now."""

    participant: str
    case: str
    about: NoticeKey
    notice_type: NoticeType
    title: str
    state: str
    since: datetime
    answers: tuple[NoticeType, ...]


@dataclass(frozen=True)
class WaitingDraft:
    """A draft that a second person is asked to approve. by: who asks."""

    draft: Draft
    by: str


def latest_cases(reader: Reader) -> Select[Any]:
    """A statement for the cases that changed last, of those that the reader's participants are in themselves."""
    columns: list[Any] = [CaseReading.case_id]
    newest = (col(CaseReading.changed_at).desc(), col(CaseReading.case_id).desc())
    parts = [
        select(select(*columns).where(col(CaseReading.reader_key) == key).order_by(*newest).limit(LATEST).subquery())
        for key in sorted(reader.participants)
    ]
    return select(union(*parts).subquery()) if parts else select(*columns).where(false())


def list_unopened(uow: UnitOfWork, reader: Reader, cases: Select[Any], *, limit: int) -> list[Waiting]:
    """Notices sent to the reader's participants that no official there has opened, the newest first."""
    return _waiting(uow, reader, cases, limit, col(Delivery.opened_at).is_(None), newest_first=True)


def list_uncollected(uow: UnitOfWork, reader: Reader, cases: Select[Any], *, limit: int) -> list[Waiting]:
    """Notices for the reader's participants that their systems have not collected for a day, the oldest first."""
    late = col(Delivery.delivered_at) < uow.now - UNCOLLECTED_AFTER
    in_mailbox = (col(Delivery.state) == DeliveryState.DELIVERED, col(Delivery.collected_at).is_(None), late)
    return _waiting(uow, reader, cases, limit, *in_mailbox, newest_first=False)


def _waiting(
    uow: UnitOfWork, reader: Reader, cases: Select[Any], limit: int, *conditions: Any, newest_first: bool
) -> list[Waiting]:
    order = col(Notice.id).desc() if newest_first else col(Notice.id)
    columns: list[Any] = [Notice.id, Delivery.recipient]
    first = (
        select(*columns)
        .select_from(Notice)
        .join(Delivery, col(Delivery.message_id) == Notice.id)
        .where(col(Notice.case_id).in_(cases), col(Delivery.recipient).in_(sorted(reader.participants)), *conditions)
        .where(col(Notice.replaced_by).is_(None), col(Notice.withdrawn_at).is_(None))
        .order_by(order, col(Delivery.recipient))
        .limit(limit)
        .subquery()
    )
    rows = uow.session.execute(_about(first, first.c.recipient).order_by(order, first.c.recipient))
    return [
        Waiting(
            participant=row.recipient,
            case=row.reference,
            key=NoticeKey(row.sender, row.message_id),
            notice_type=row.notice_type,
            title=row.title,
            since=row.issued_at,
            law_version=row.law_version,
        )
        for row in rows
    ]


def _about(found: Any, *columns: Any) -> Select[Any]:
    """Notices that were found (by `id`) and what a list says of each; what else was found, in `columns`."""
    says: list[Any] = [Case.reference, Case.law_version, Message.message_id, Notice.sender, Notice.notice_type]
    says += [Notice.title, Notice.issued_at]
    return (
        select(*columns, *says)
        .select_from(found)
        .join(Notice, col(Notice.id) == found.c.id)
        .join(Case, col(Case.id) == Notice.case_id)
        .join(Message, col(Message.id) == Notice.id)
    )


def list_requests(uow: UnitOfWork, reader: Reader, cases: Select[Any], *, limit: int) -> list[Request]:
    """Requests that the reader's participants can accept or answer, and for which no period of theirs was started."""
    openings = _openings(uow, reader, cases)
    procedures = list_procedures(uow, reader, sorted({row.case_id for row in openings}))
    known = {one.id: one for many in procedures.values() for one in many if not one.final}
    found = [one for row in openings if row.run_id in known for one in _request(uow, row, known[row.run_id])]
    return sorted(found, key=lambda one: one.since)[:limit]


def _openings(uow: UnitOfWork, reader: Reader, cases: Select[Any]) -> Sequence[Any]:
    """Procedures of these cases whose opening notice was sent to one of the participants, which has no clock there."""
    holder = func.coalesce(Clock.holder, "")  # else SQLite looks through all clocks of the holder, for each procedure
    its_own = (col(Clock.procedure_id) == ProcedureRun.id, holder == Delivery.recipient)
    clock = select(col(Clock.id)).where(*its_own)
    columns: list[Any] = [col(ProcedureRun.opened_by).label("id"), col(ProcedureRun.id).label("run_id")]
    columns += [ProcedureRun.case_id, ProcedureRun.originator, Delivery.recipient]
    opened = (
        select(*columns)
        .select_from(ProcedureRun)
        .join(Delivery, col(Delivery.message_id) == ProcedureRun.opened_by)
        .where(col(ProcedureRun.case_id).in_(cases), col(Delivery.recipient).in_(sorted(reader.participants)))
        .where(~clock.exists())
        .offset(0)  # no database joins what it is about before it knows which are left
        .subquery()
    )
    more = (opened.c.run_id, opened.c.case_id, opened.c.originator, opened.c.recipient)
    return uow.session.execute(_about(opened, *more).order_by(opened.c.id, opened.c.recipient)).all()


def _request(uow: UnitOfWork, row: Any, known: KnownProcedure) -> Iterator[Request]:
    catalogue = uow.hub.catalogues[row.law_version]
    people = uow.directory.participants
    mine, first = people[row.recipient], people[row.originator]
    if side_of(mine.code, mine.member) == side_of(first.code, first.member):
        return
    if answers := tuple(possible_answers(catalogue, known.code, known.state, mine.kinds)):
        yield Request(
            participant=row.recipient,
            case=row.reference,
            about=NoticeKey(row.sender, row.message_id),
            notice_type=catalogue.notice_types[row.notice_type],
            title=row.title,
            state=known.state_title,
            since=row.issued_at,
            answers=answers,
        )


def possible_answers(catalogue: Catalogue, procedure: str, state: str, kinds: Collection[str]) -> Iterator[NoticeType]:
    """Steps that the law leaves to those who are asked. What others get a window for is no request to them."""
    if any(rule.kind is ClockKind.WINDOW for rule in catalogue.clocks_of(procedure)):
        return
    codes: dict[str, None] = {}
    for step in catalogue.procedures[procedure].states[state].transitions:
        if step.trigger is Trigger.NOTICE and step.by is By.OTHERS and not step.within:
            codes |= dict.fromkeys(sorted(step.codes))
    for code in codes:
        if not catalogue.notice_types[code].senders.isdisjoint(kinds):
            yield catalogue.notice_types[code]


def list_drafts_to_approve(
    uow: UnitOfWork, participants: Collection[str], official_id: UUID, *, limit: int
) -> list[WaitingDraft]:
    """Drafts that these participants' officials submitted and somebody else has to approve, the oldest first."""
    statement = (
        select(Draft, col(Official.name))
        .join(Official, col(Official.id) == func.coalesce(Draft.submitted_by, Draft.changed_by))
        .where(col(Draft.participant).in_(sorted(participants)), col(Draft.state) == SUBMITTED)
        .where(or_(col(Draft.submitted_by).is_(None), col(Draft.submitted_by) != official_id))
        .order_by(col(Draft.submitted_at), col(Draft.id))
        .limit(limit)
    )
    return [WaitingDraft(row[0], row[1]) for row in uow.session.execute(statement)]
