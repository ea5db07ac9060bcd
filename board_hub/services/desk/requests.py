"""Requests between participants: who asked whom for what, where each stands, who must act, which period runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, true
from sqlmodel import col

from board_hub.domain.clocks import OPEN
from board_hub.domain.errors import NotFound
from board_hub.domain.procedures import By, Trigger
from board_hub.law.catalogue import Catalogue
from board_hub.services.access import Reader, readable
from board_hub.services.cases.next_steps import NextStep, list_next_steps
from board_hub.services.cases.procedure_reads import KnownProcedure, list_procedures
from board_hub.services.clocks.clock_reads import ClockView
from board_hub.services.paging import PAGE, Page, cut, read_id, to_cursor
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.services.visibility import visible_clock
from board_hub.store.case_tables import Case, Clock, Notice, ProcedureRun
from board_hub.store.tables import Delivery, Message


class Show(StrEnum):
    """Which requests a list shows; `closed` are those that have been answered, refused or withdrawn."""

    OPEN = "open"
    IN = "in"
    OUT = "out"
    CLOSED = "closed"


class MustAct(StrEnum):
    ASKED = "asked"
    """Those who were asked."""
    ASKING = "asking"
    """Whoever asked."""
    EITHER = "either"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Request:
    """A request as a reader may know it. own: the reader asked; asked: recipients of the request; clocks: open ones."""

    run_id: UUID
    case_id: UUID
    reference: str
    source: str
    message_id: str
    notice_type: str
    law_version: str
    title: str
    asked_at: datetime
    own: bool
    asked: tuple[str, ...]
    state: KnownProcedure
    must_act: MustAct
    clocks: tuple[ClockView, ...]


def list_requests(
    uow: UnitOfWork, reader: Reader, show: Show = Show.OPEN, *, cursor: str | None = None, limit: int = PAGE
) -> Page[Request]:
    """Requests of, or to, the participants the reader acts for, the newest first. Raises Invalid for a cursor."""
    closed = col(ProcedureRun.closed_at)
    statement = _requests(uow, reader).where(
        _mine(reader, show), closed.is_not(None) if show is Show.CLOSED else closed.is_(None)
    )
    if cursor:
        statement = statement.where(col(ProcedureRun.id) < read_id(cursor))
    rows = uow.session.execute(statement.order_by(col(ProcedureRun.id).desc()).limit(limit + 1)).all()
    page = cut(rows, limit, lambda row: to_cursor(str(row.run_id)))
    return Page(tuple(_told(uow, reader, page.lines)), page.following)


def get_request(uow: UnitOfWork, reader: Reader, source: str, message_id: str) -> Request:
    """The request that this notice made. Raises NotFound: no such notice, or one that is no request."""
    statement = _requests(uow, reader).where(col(Message.source) == source, col(Message.message_id) == message_id)
    found = _told(uow, reader, uow.session.execute(statement).all())
    if not found:
        raise NotFound("There is no such request.")
    return found[0]


def list_answers(uow: UnitOfWork, participants: Sequence[str], request: Request) -> tuple[NextStep, ...]:
    """What these participants may do about the request now, each a notice type of its procedure."""
    steps = list_next_steps(uow, participants, request.case_id)
    key = (request.source, request.message_id)
    return tuple(
        one
        for one in steps
        if one.procedure == request.state.code and one.about and (one.about.source, one.about.id) == key
    )


def _requests(uow: UnitOfWork, reader: Reader) -> Select[Any]:
    codes = sorted({one.code for law in uow.hub.catalogues.values() for one in law.procedures.values() if one.request})
    columns: list[Any] = [
        col(ProcedureRun.id).label("run_id"),
        col(ProcedureRun.case_id),
        col(Case.reference),
        col(Case.law_version),
        col(Message.source),
        col(Message.message_id),
        col(Notice.id).label("notice_id"),
        col(Notice.notice_type),
        col(Notice.title),
        col(Notice.issued_at).label("asked_at"),
    ]
    return (
        select(*columns)
        .select_from(ProcedureRun)
        .join(Case, col(Case.id) == ProcedureRun.case_id)
        .join(Notice, col(Notice.id) == ProcedureRun.opened_by)
        .join(Message, col(Message.id) == Notice.id)
        .where(col(ProcedureRun.code).in_(codes), readable(reader))
    )


def _mine(reader: Reader, show: Show) -> ColumnElement[bool]:
    """The reader's own request, or one made to it; what it may merely read by the marking is another's matter."""
    codes = sorted(reader.participants)
    out = col(Notice.sender).in_(codes)
    here = and_(col(Delivery.message_id) == Notice.id, col(Delivery.recipient).in_(codes))
    to_me = exists(select(true()).select_from(Delivery).where(here).correlate_except(Delivery))
    return {Show.IN: and_(to_me, ~out), Show.OUT: out}.get(show, or_(out, to_me))


def _told(uow: UnitOfWork, reader: Reader, rows: Sequence[Any]) -> list[Request]:
    """The rows as requests; three more statements, however many there are."""
    cases = sorted({row.case_id for row in rows})
    known = {one.id: one for runs in list_procedures(uow, reader, cases).values() for one in runs}
    asked, clocks = _asked(uow, [row.notice_id for row in rows]), _clocks(uow, reader, [row.run_id for row in rows])
    return [
        Request(
            run_id=row.run_id,
            case_id=row.case_id,
            reference=row.reference,
            source=row.source,
            message_id=row.message_id,
            notice_type=row.notice_type,
            law_version=row.law_version,
            title=row.title,
            asked_at=row.asked_at,
            own=row.source in reader.participants,
            asked=tuple(asked.get(row.notice_id, ())),
            state=known[row.run_id],
            must_act=_must_act(uow.hub.catalogues[row.law_version], known[row.run_id]),
            clocks=tuple(clocks.get(row.run_id, ())),
        )
        for row in rows
        if row.run_id in known
    ]


def _must_act(catalogue: Catalogue, state: KnownProcedure) -> MustAct:
    """On which side the law's next steps are; a request under way waits for those who were asked, unless it says so."""
    steps = catalogue.procedures[state.code].states[state.state].transitions
    sides = {one.by for one in steps if one.trigger is Trigger.NOTICE}
    if state.final or not sides:
        return MustAct.NOBODY
    if By.OTHERS in sides:
        return MustAct.ASKED
    return MustAct.ASKING if sides == {By.ORIGINATOR} else MustAct.EITHER


def _asked(uow: UnitOfWork, notices: Sequence[UUID]) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = {}
    columns = (col(Delivery.message_id), col(Delivery.recipient))
    statement = select(*columns).where(col(Delivery.message_id).in_(notices)).order_by(*columns)
    for message_id, recipient in uow.session.execute(statement):
        found.setdefault(message_id, []).append(recipient)
    return found


def _clocks(uow: UnitOfWork, reader: Reader, runs: Sequence[UUID]) -> dict[UUID, list[ClockView]]:
    """Open clocks of these procedures that the reader may see, the earliest end first."""
    statement = (
        select(Clock)
        .where(col(Clock.procedure_id).in_(runs), col(Clock.state).in_(sorted(OPEN)), visible_clock(reader))
        .order_by(col(Clock.end_at).is_(None), col(Clock.end_at), col(Clock.id))
    )
    found: dict[UUID, list[ClockView]] = {}
    for clock in uow.session.execute(statement).scalars():
        if clock.procedure_id is not None:
            rule = uow.hub.catalogues[clock.law_version].clocks[clock.rule]
            found.setdefault(clock.procedure_id, []).append(ClockView(clock, rule, None))
    return found
