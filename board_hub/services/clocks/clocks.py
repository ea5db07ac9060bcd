"""Clocks: legal periods begun by notices, receipts and states, one for each actor, with the end and its explanation."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from board_hub.domain.clocks import ClockRule, ClockStart, ClockState, Moment
from board_hub.domain.envelope import MessageType
from board_hub.domain.events import Event, EventName
from board_hub.domain.ids import uuid7
from board_hub.law.catalogue import Catalogue
from board_hub.services.clocks.clock_holders import Who, holders_of
from board_hub.services.clocks.clock_terms import (
    begin,
    calendars_of,
    describe,
    next_moment,
    read_instant,
    read_moment,
    schedule,
)
from board_hub.services.unit_of_work import News, Seen, UnitOfWork
from board_hub.store.bulk_clocks import Windows, begin_clocks
from board_hub.store.case_tables import Case, Clock
from board_hub.store.tables import Participant, row_of, table_of
from board_hub.store.work_tables import DueItem


@dataclass(frozen=True)
class Setting:
    """What the clocks of one notice or one state have in common."""

    catalogue: Catalogue
    case_id: UUID
    reference: str
    procedure_id: UUID
    originator: Participant
    started_by: UUID
    """The message on whose readers' right the clock can be seen."""


@dataclass(frozen=True)
class Cause:
    """The notice that starts or touches a clock. message_id: its row."""

    notice_type: str
    fields: Mapping[str, Any]
    sender: Participant
    message_id: UUID


def start_by_notice(
    uow: UnitOfWork,
    setting: Setting,
    cause: Cause,
    *,
    recipients: Sequence[str],
    at_once: Sequence[str],
    procedure: str,
) -> list[dict[str, Any]]:
    """Start, or set waiting, the clocks that this notice starts; returns descriptions of those that run."""
    notice_type, fields = cause.notice_type, cause.fields
    started = []
    for rule in setting.catalogue.clocks_of(procedure):
        start = next((one for one in rule.starts if one.notice == notice_type and one.applies.to(fields)), None)
        if start is None:
            continue
        done = done_by_itself(rule, notice_type, fields, uow.now)
        common = _common(uow, rule, setting, start.at)
        holders = holders_of(uow, rule, setting.originator, sender=cause.sender, recipients=recipients)
        if start.at is Moment.RECEIVED:
            _await_receipt(uow, common, [one for one in holders if one.code not in at_once])
            holders = [one for one in holders if one.code in at_once]
        for holder in holders:
            moment = uow.now if start.at is Moment.RECEIVED else _moment(uow, start, fields)
            row = _new_clock(uow, rule, common, holder=holder, at=moment, done=done, reference=setting.reference)
            if row["state"] != ClockState.WAITING:
                started.append(describe(row, setting.reference, rule))
    return started


def done_by_itself(rule: ClockRule, notice_type: str, fields: Mapping[str, Any], now: datetime) -> datetime | None:
    """The moment a notice says that the clock it starts was met: passing on what an operator did on a day."""
    for match in rule.met_by:
        if match.notice == notice_type and match.applies.to(fields):
            return read_instant(fields.get(match.field), "EU", now) if match.field else now
    return None


def start_by_state(uow: UnitOfWork, setting: Setting, *, procedure: str, state: str) -> list[dict[str, Any]]:
    """Start the clocks and duties that begin when the procedure enters this state."""
    started = []
    for rule in setting.catalogue.clocks_of(procedure):
        if any(start.state == state for start in rule.starts):
            common = _common(uow, rule, setting, Moment.ENTERED)
            for holder in holders_of(uow, rule, setting.originator, sender=setting.originator, recipients=()):
                row = _new_clock(uow, rule, common, holder=holder, at=uow.now, done=None, reference=setting.reference)
                started.append(describe(row, setting.reference, rule))
    return started


def start_received(
    uow: UnitOfWork, arrivals: Sequence[tuple[UUID, str, datetime]]
) -> dict[tuple[UUID, str], list[dict[str, Any]]]:
    """Start the clocks that waited for these messages to reach these mailboxes (message id, recipient, moment).

    Returns their descriptions by (message id, recipient); each holder is told.
    """
    if not arrivals:
        return {}
    moments = {(message_id, recipient): at for message_id, recipient, at in arrivals}
    rows = _waiting(uow, list(moments))
    if not rows:
        return {}
    found: dict[tuple[UUID, str], list[dict[str, Any]]] = {}
    references = _references(uow, {row["case_id"] for row in rows})
    started: dict[UUID, dict[str, object]] = {}
    begun: list[tuple[Sequence[UUID], Mapping[str, Any]]] = []
    for key, same in _alike(rows, moments).items():
        rule = uow.hub.catalogues[key.law_version].clocks[key.rule]
        values = begin(calendars_of(uow), rule, key.member, key.at)
        kind, due_at = next_moment(rule, values, uow.now)
        terms = describe({**same[0], **values}, None, rule)
        begun.append(([row["id"] for row in same], values))
        for row in same:
            own = {**terms, "id": str(row["id"]), "case": references[row["case_id"]], "holder": row["holder"]}
            uow.add(DueItem, row_of(DueItem, id=uuid7(uow.now), kind=kind, subject=own["id"], due_at=due_at))
            uow.tell([row["holder"]], MessageType.CLOCK_STARTED, News(own))
            found.setdefault((row["started_by"], row["holder"]), []).append(own)
            started.setdefault(row["started_by"], {})[own["id"]] = terms["end_at"]
    begin_clocks(uow.session, begun)
    case_of = {row["started_by"]: row["case_id"] for row in rows}
    for message_id, clocks in started.items():
        # one entry for all its windows: whoever holds one has the notice, and reads there what it may see
        seen = [Seen("clocks", str(message_id), case_of[message_id], message_id)]
        uow.record(Event(EventName.CLOCK_STARTED, str(message_id), {}, {"clocks": clocks}), seen)
    return found


class _Terms(NamedTuple):
    """What clocks have in common that end at the same time for the same reasons."""

    law_version: str
    rule: str
    member: str
    at: datetime


def _alike(
    rows: Iterable[Mapping[str, Any]], moments: Mapping[tuple[UUID, str], datetime]
) -> dict[_Terms, list[Mapping[str, Any]]]:
    """Clocks by what makes their ends equal: a batch of receipts holds few different ones."""
    alike: dict[_Terms, list[Mapping[str, Any]]] = {}
    for row in rows:
        at = moments[row["started_by"], row["holder"]]
        alike.setdefault(_Terms(row["law_version"], row["rule"], row["holder_member"], at), []).append(row)
    return alike


_NEEDED = (
    "id",
    "case_id",
    "rule",
    "law_version",
    "kind",
    "holder",
    "holder_member",
    "started_by",
    "event",
    "done_at",
    "expired_at",
)


def _waiting(uow: UnitOfWork, keys: Sequence[tuple[UUID, str]]) -> Sequence[Mapping[str, Any]]:
    uow.write()
    columns = table_of(Clock).c
    statement = (
        select(*(columns[name] for name in _NEEDED))
        .where(
            columns.state == ClockState.WAITING,
            columns.event == Moment.RECEIVED,
            columns.started_by.in_({message_id for message_id, _ in keys}),
            columns.holder.in_({holder for _, holder in keys}),
        )
        .order_by(columns.id)
        .with_for_update()
    )
    wanted = set(keys)  # two short lists are planned in a tenth of the time that a list of pairs takes
    rows = uow.session.execute(statement).mappings()
    return [dict(row) for row in rows if (row["started_by"], row["holder"]) in wanted]


def _references(uow: UnitOfWork, ids: Iterable[UUID]) -> dict[UUID, str]:
    rows = uow.session.execute(select(col(Case.id), col(Case.reference)).where(col(Case.id).in_(sorted(ids))))
    return {row.id: row.reference for row in rows}


def _moment(uow: UnitOfWork, start: ClockStart, fields: Mapping[str, Any]) -> datetime | date | None:
    """The event of the period; None while it is not known yet."""
    return read_moment(fields.get(start.field)) if start.field else uow.now


def _common(uow: UnitOfWork, rule: ClockRule, setting: Setting, event: Moment) -> dict[str, Any]:
    """The columns that the clocks of a rule have in common when one event starts them for many."""
    return row_of(
        Clock,
        id=None,
        case_id=setting.case_id,
        procedure_id=setting.procedure_id,
        rule=rule.code,
        law_version=setting.catalogue.law_version,
        kind=rule.kind,
        holder=None,
        holder_member=None,
        started_by=setting.started_by,
        event=event,
        cycle=uow.now.isoformat() if event is Moment.ENTERED else "",
    )


def _await_receipt(uow: UnitOfWork, common: Mapping[str, Any], holders: Sequence[Who]) -> None:
    """Windows that begin when the notice is in their holders' mailboxes."""
    if holders:
        ids = [uuid7(uow.now) for _ in holders]
        uow.await_receipt(Windows(common, ids, [(one.code, one.member) for one in holders]))


def _new_clock(
    uow: UnitOfWork,
    rule: ClockRule,
    common: Mapping[str, Any],
    *,
    holder: Who,
    at: datetime | date | None,
    done: datetime | None,
    reference: str,
) -> dict[str, Any]:
    row = {**common, "id": uuid7(uow.now), "holder": holder.code, "holder_member": holder.member}
    if at is not None:
        row |= begin(calendars_of(uow), rule, holder.member, at)
        if done:
            row |= _done(row, row["started_by"], done, uow.now)
        else:
            schedule(uow, rule, row)
            uow.tell([holder.code], MessageType.CLOCK_STARTED, News(describe(row, reference, rule)))
    uow.add(Clock, row)
    return row


def _done(row: Mapping[str, Any], message_id: UUID, at: datetime, now: datetime) -> dict[str, Any]:
    """Met; or done after its end, which shows as expired and done."""
    if row["end_at"] is not None and at > row["end_at"]:
        return {"state": ClockState.EXPIRED, "expired_at": now, "done_at": at, "done_by": message_id}
    return {"state": ClockState.MET, "done_at": at, "done_by": message_id}
