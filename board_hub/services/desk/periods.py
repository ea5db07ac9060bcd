"""Legal periods of one's own participants that run: what they are about, until when, and what answers them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, func, select, union_all
from sqlmodel import col

from board_hub.domain.clocks import ClockKind, ClockRule, ClockState
from board_hub.domain.procedures import Trigger
from board_hub.law.catalogue import Catalogue, NoticeType
from board_hub.services.access import Reader, readable
from board_hub.services.cases.timeline_reads import NoticeKey
from board_hub.services.paging import Page, Place, cut, place_cursor, read_place
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.case_tables import Case, Clock, Notice
from board_hub.store.tables import Message

STILL_SHOWN = timedelta(days=30)
"""How long a limit that passed without an answer stays on the list."""


@dataclass(frozen=True)
class Period:
    """A clock of one of the reader's participants. about: the notice that started it, title: what that is called.

    answers: notice types by which the catalogue says it is met and that the holder may issue.
    """

    clock: Clock
    rule: ClockRule
    case: str | None
    title: str
    about: NoticeKey | None
    about_type: NoticeType | None
    answers: tuple[NoticeType, ...]


@dataclass(frozen=True)
class Day:
    """How many periods end on a day, and of which kinds."""

    on: date
    count: int


@dataclass(frozen=True)
class OwnPeriods:
    """What runs for the reader's participants.

    missed: limits that passed lately without the answer they ask for, the latest first; running: limits and windows,
    the earliest end first; duties: what is to be done without undue delay, what is open longest first.
    """

    missed: list[Period]
    running: Page[Period]
    duties: list[Period]


def list_own(uow: UnitOfWork, reader: Reader, *, cursor: str | None = None, limit: int) -> OwnPeriods:
    """All three, up to `limit` of each; cursor: where `running` goes on. Raises Invalid for one that no page gave."""
    wanted = (_missed(uow, reader, limit), _running(uow, reader, cursor, limit + 1), _duties(reader, limit))
    found = _read(uow, reader, union_all(*(select(one.subquery()) for one in wanted)))
    ended: list[tuple[datetime, Period]] = []
    running: list[tuple[datetime, Period]] = []
    duties: list[Period] = []
    for one in found:
        if one.clock.end_at is None:
            duties.append(one)
        else:
            (ended if one.clock.end_at <= uow.now else running).append((one.clock.end_at, one))
    ended.sort(key=lambda pair: (uow.now - pair[0], pair[1].clock.id))
    running.sort(key=lambda pair: (pair[0], pair[1].clock.id))
    duties.sort(key=lambda one: (one.clock.started_at or uow.now, one.clock.id))
    page = cut(running, limit, lambda pair: place_cursor(Place(pair[0], pair[1].clock.id)))
    lines = tuple(one for _, one in page.lines)
    return OwnPeriods([one for _, one in ended], Page(lines, page.following), duties)


def _running(uow: UnitOfWork, reader: Reader, cursor: str | None, limit: int) -> Select[Any]:
    mine = (*_mine(reader, ClockState.RUNNING), col(Clock.end_at) > uow.now)
    kinds = col(Clock.kind).in_([ClockKind.LIMIT, ClockKind.WINDOW])
    statement = select(col(Clock.id)).where(*mine, kinds).order_by(col(Clock.end_at), col(Clock.id)).limit(limit)
    if cursor:
        place = read_place(cursor)
        later = and_(col(Clock.end_at) == place.at, col(Clock.id) > place.id)
        statement = statement.where(col(Clock.end_at) >= place.at, (col(Clock.end_at) > place.at) | later)
    return statement


def _missed(uow: UnitOfWork, reader: Reader, limit: int) -> Select[Any]:
    since = (col(Clock.end_at) > uow.now - STILL_SHOWN, col(Clock.end_at) <= uow.now)
    passed = select(col(Clock.id)).where(
        *_mine(reader, ClockState.RUNNING, ClockState.EXPIRED), *since, col(Clock.kind) == ClockKind.LIMIT
    )
    return passed.order_by(col(Clock.end_at).desc(), col(Clock.id)).limit(limit)


def _duties(reader: Reader, limit: int) -> Select[Any]:
    endless = (col(Clock.end_at).is_(None), col(Clock.started_at).is_not(None))  # as the index says it
    duties = select(col(Clock.id)).where(
        *_mine(reader, ClockState.RUNNING), *endless, col(Clock.kind) == ClockKind.DUTY
    )
    return duties.order_by(col(Clock.started_at), col(Clock.id)).limit(limit)


def count_ends(uow: UnitOfWork, reader: Reader, *, days: int) -> list[Day]:
    """How many periods of the reader's own end on each of the next days; days without one are left out."""
    until = uow.now + timedelta(days=days)
    rows = uow.session.execute(
        select(col(Clock.end_on), func.count())
        .where(*_mine(reader, ClockState.RUNNING), col(Clock.end_at) > uow.now, col(Clock.end_at) <= until)
        .group_by(col(Clock.end_on))
        .order_by(col(Clock.end_on))
    )
    return [Day(row[0], row[1]) for row in rows if row[0]]


def _mine(reader: Reader, *states: ClockState) -> tuple[Any, ...]:
    return col(Clock.holder).in_(sorted(reader.participants)), col(Clock.state).in_(states)


def _read(uow: UnitOfWork, reader: Reader, ids: Any) -> list[Period]:
    """These clocks with what they are about; the holder knows of its clock even where it cannot read the notice."""
    about: list[Any] = [Notice.title, Notice.notice_type, Notice.sender, Message.message_id]
    rows = uow.session.execute(
        select(Clock, col(Case.reference), *about)
        .outerjoin(Case, col(Case.id) == Clock.case_id)
        .outerjoin(Notice, and_(col(Notice.id) == Clock.started_by, readable(reader)))
        .outerjoin(Message, col(Message.id) == Notice.id)
        .where(col(Clock.id).in_(select(ids.subquery().c.id)))
    )
    return [_period(uow, row[0], row) for row in rows]


def _period(uow: UnitOfWork, clock: Clock, row: Any) -> Period:
    catalogue = uow.hub.catalogues[clock.law_version]
    rule = catalogue.clocks[clock.rule]
    kinds = uow.directory.participants[clock.holder].kinds
    return Period(
        clock=clock,
        rule=rule,
        case=row.reference,
        title=row.title or "",
        about=NoticeKey(row.sender, row.message_id) if row.message_id else None,
        about_type=catalogue.notice_types.get(row.notice_type) if row.notice_type else None,
        answers=answers_to(catalogue, rule, kinds),
    )


def answers_to(catalogue: Catalogue, rule: ClockRule, kinds: Collection[str]) -> tuple[NoticeType, ...]:
    """Notice types that meet a clock of this rule, or that need it to run, and that these kinds may issue."""
    codes = dict.fromkeys(match.notice for match in rule.met_by)
    if rule.procedure:
        for state in catalogue.procedures[rule.procedure].states.values():
            for step in state.transitions:
                if step.trigger is Trigger.NOTICE and rule.code in step.within:
                    codes |= dict.fromkeys(sorted(step.codes))
    types = (catalogue.notice_types[code] for code in codes)
    return tuple(one for one in types if not one.senders.isdisjoint(kinds))
