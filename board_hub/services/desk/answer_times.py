"""How long requests take: the figures the Commission scores authorities by in IMI, of one's own requests.

Accepted within 7 days, median days to the complete answer, answered by the agreed date, answered within the legal
period (law.md §9.1). Only requests that the reader's participants sent or were sent.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from statistics import median
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlmodel import col

from board_hub.domain.calendars import local_date, zone_of
from board_hub.domain.clocks import ClockKind, Holder
from board_hub.law.catalogue import Catalogue
from board_hub.services.access import Reader
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.case_tables import Clock, Notice
from board_hub.store.tables import Message

SOON = timedelta(days=7)
MOST = 5000
"""Requests that are looked at, the newest first."""


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def percent(self) -> float | None:
        return 100 * self.part / self.whole if self.whole else None


@dataclass(frozen=True)
class AnswerTimes:
    """number: requests begun in the time looked at; answered: completely; median_days: from receipt to that answer."""

    number: int
    answered: int
    median_days: float | None
    accepted_soon: Share
    by_agreed_date: Share
    within_legal_period: Share


@dataclass(frozen=True)
class RequestTypes:
    """Of one law: notices that ask, the clocks of those asked, notices that accept and name a date."""

    asking: frozenset[str]
    rules: frozenset[str]
    accepting: frozenset[str]


@cache
def request_types(catalogue: Catalogue) -> RequestTypes:
    """As the catalogue says: what opens a procedure of asking, or begins a limit or a duty of its recipients."""
    rules = [
        rule
        for rule in catalogue.clocks.values()
        if rule.holder.who is Holder.RECIPIENTS and rule.kind in (ClockKind.LIMIT, ClockKind.DUTY)
    ]
    accepting = {
        one.code for one in catalogue.notice_types.values() if {"request", "reply_by"} <= set(one.required_fields)
    }
    asking = frozenset(start.notice for rule in rules for start in rule.starts if start.notice)
    asking |= {code for one in catalogue.procedures.values() if one.request for code in one.opened_by}
    return RequestTypes(asking, frozenset(rule.code for rule in rules), frozenset(accepting))


@dataclass(frozen=True)
class _Request:
    """One request to one authority."""

    procedure_id: UUID
    holder: str
    asked: datetime
    done: datetime | None
    end: datetime | None
    mine: bool


@dataclass(frozen=True)
class _Acceptance:
    at: datetime
    agreed_on: date | None


def answer_times(uow: UnitOfWork, reader: Reader, since: datetime) -> tuple[AnswerTimes, AnswerTimes]:
    """Of requests that others sent to the reader's participants, and of those that these sent."""
    types = [request_types(catalogue) for catalogue in uow.hub.catalogues.values()]
    requests = _requests(uow, reader, since, types)
    acceptances = _acceptances(uow, {one.procedure_id for one in requests}, types)
    received, sent = ([one for one in requests if one.mine is mine] for mine in (True, False))
    return _figures(uow, received, acceptances), _figures(uow, sent, acceptances)


def _requests(uow: UnitOfWork, reader: Reader, since: datetime, types: Iterable[RequestTypes]) -> list[_Request]:
    mine = sorted(reader.participants)
    columns: list[Any] = [Clock.procedure_id, Clock.holder, Clock.started_at, Clock.done_at, Clock.end_at]
    own = and_(col(Clock.procedure_id) == Notice.procedure_id, col(Clock.started_by) == Notice.id)
    statement = (
        select(*columns)
        .select_from(Notice)
        .join(Clock, own)
        .where(
            col(Notice.issued_at) >= since,
            col(Notice.notice_type).in_(sorted(set().union(*(one.asking for one in types)))),
            col(Notice.withdrawn_at).is_(None),
            col(Clock.rule).in_(sorted(set().union(*(one.rules for one in types)))),
            col(Clock.started_at).is_not(None),
            or_(col(Clock.holder).in_(mine), col(Notice.sender).in_(mine)),
        )
        .order_by(col(Notice.issued_at).desc())
        .limit(MOST)
    )
    return [
        _Request(*row[:5], mine=row.holder in reader.participants)  # type: ignore[misc]
        for row in uow.session.execute(statement)
    ]


def _acceptances(
    uow: UnitOfWork, procedures: Iterable[UUID], types: Iterable[RequestTypes]
) -> dict[tuple[UUID, str], _Acceptance]:
    """The first acceptance by each authority in each of these procedures."""
    statement = (
        select(col(Notice.procedure_id), col(Notice.sender), col(Notice.issued_at), col(Message.body))
        .join(Message, col(Message.id) == Notice.id)
        .where(
            col(Notice.procedure_id).in_(sorted(procedures)),
            col(Notice.notice_type).in_(sorted(set().union(*(one.accepting for one in types)))),
            col(Notice.withdrawn_at).is_(None),
        )
        .order_by(col(Notice.id))
    )
    found: dict[tuple[UUID, str], _Acceptance] = {}
    for procedure_id, sender, at, body in uow.session.execute(statement):
        assert procedure_id is not None
        found.setdefault((procedure_id, sender), _Acceptance(at, _agreed(body)))
    return found


def _agreed(body: bytes) -> date | None:
    day = json.loads(body)["data"]["fields"].get("reply_by")
    return date.fromisoformat(day[:10]) if isinstance(day, str) else None


def _figures(
    uow: UnitOfWork, requests: Sequence[_Request], acceptances: Mapping[tuple[UUID, str], _Acceptance]
) -> AnswerTimes:
    done = [one.done - one.asked for one in requests if one.done]
    soon, agreed, legal = [], [], []
    for one in requests:
        acceptance = acceptances.get((one.procedure_id, one.holder))
        first = min((moment for moment in (acceptance and acceptance.at, one.done) if moment), default=None)
        if first or uow.now - one.asked > SOON:
            soon.append(first is not None and first - one.asked <= SOON)
        if acceptance and acceptance.agreed_on:
            kept = _kept(uow, one, acceptance.agreed_on)
            agreed += [] if kept is None else [kept]
        if one.end and (one.done or one.end <= uow.now):
            legal.append(one.done is not None and one.done <= one.end)
    return AnswerTimes(
        number=len(requests),
        answered=len(done),
        median_days=median(span / timedelta(days=1) for span in done) if done else None,
        accepted_soon=_share(soon),
        by_agreed_date=_share(agreed),
        within_legal_period=_share(legal),
    )


def _kept(uow: UnitOfWork, request: _Request, agreed_on: date) -> bool | None:
    """Whether the answer came by the agreed day, where the authority is; None as long as both are open."""
    zone = zone_of(uow.directory.participants[request.holder].member)
    if request.done:
        return local_date(request.done, zone) <= agreed_on
    return False if local_date(uow.now, zone) > agreed_on else None


def _share(outcomes: Sequence[bool]) -> Share:
    return Share(sum(outcomes), len(outcomes))
