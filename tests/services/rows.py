"""Rows put straight into a unit of work: notices with any marking and recipients, steps, clocks."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from board_hub.domain.deliveries import Transport
from board_hub.domain.envelope import MessageType, encode
from board_hub.domain.ids import uuid7
from board_hub.domain.markings import Marking
from board_hub.services.exchange.hub_messages import digest
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.bulk import Owed, insert_deliveries
from board_hub.store.case_tables import Case, Clock, Notice, ProcedureRun, ProcedureStep
from board_hub.store.tables import Message, row_of
from tests.support.hub import FR, catalogue_of, envelope


def add_case(uow: UnitOfWork, *, reference: str = "AIB-2026-900001", originator: str = FR) -> UUID:
    case_id = uuid7(uow.now)
    row = row_of(
        Case,
        id=case_id,
        reference=reference,
        law_version=catalogue_of(uow.hub).law_version,
        opened_by=uuid7(uow.now),
        originator=originator,
        opened_at=uow.now,
        changed_at=uow.now,
    )
    uow.add(Case, row)
    return case_id


def add_notice(
    uow: UnitOfWork,
    case_id: UUID,
    *,
    sender: str = FR,
    to: Collection[str] = (),
    marking: str = Marking.RESTRICTED,
    notice_type: str = "art79-5",
    title: str = "A notice",
) -> UUID:
    """A notice with its message and its deliveries; returns its row id."""
    row_id = uuid7(uow.now)
    body = encode(envelope(sender, data={"notice_type": notice_type, "fields": {}}, id_=str(row_id)))
    uow.add_message(_message(uow, row_id, sender, body) | {"notice_type": notice_type, "marking": marking})
    notice = {"case_id": case_id, "notice_type": notice_type, "sender": sender, "marking": marking, "title": title}
    uow.add(Notice, row_of(Notice, id=row_id, issued_at=uow.now, **notice))
    uow.write()
    if to:
        insert_deliveries(uow.session, [Owed(row_id, Transport.MAILBOX, sorted(to))], uow.now)
    return row_id


def _message(uow: UnitOfWork, row_id: UUID, sender: str, body: bytes) -> dict[str, Any]:
    return row_of(
        Message,
        id=row_id,
        source=sender,
        message_id=str(row_id),
        type=MessageType.NOTICE_ISSUED,
        time=uow.now,
        received_at=uow.now,
        sha256=digest(body),
        body=body,
        signature="e30..c2ln",
    )


def add_procedure(uow: UnitOfWork, case_id: UUID, opened_by: UUID, *, code: str = "art79") -> UUID:
    run_id = uuid7(uow.now)
    values = {"case_id": case_id, "code": code, "state": "never-shown", "originator": FR, "opened_by": opened_by}
    uow.add(ProcedureRun, row_of(ProcedureRun, id=run_id, opened_at=uow.now, changed_at=uow.now, **values))
    return run_id


def add_step(uow: UnitOfWork, run_id: UUID, state: str, *, notice_id: UUID | None) -> None:
    values = {"procedure_id": run_id, "state": state, "notice_id": notice_id, "cause": "a test"}
    uow.add(ProcedureStep, row_of(ProcedureStep, id=uuid7(uow.now), at=uow.now, **values))


def add_clock(uow: UnitOfWork, case_id: UUID, started_by: UUID, *, holder: str, rule: str = "E06") -> UUID:
    clock_id = uuid7(uow.now)
    end = datetime(2027, 2, 1, tzinfo=UTC) + timedelta(seconds=clock_id.int % 1000)
    found = catalogue_of(uow.hub)
    values = {
        "case_id": case_id,
        "rule": rule,
        "law_version": found.law_version,
        "kind": found.clocks[rule].kind,
        "holder": holder,
        "holder_member": holder[:2],
        "started_by": started_by,
        "state": "running",
        "event": "sent",
        "started_at": uow.now,
        "end_at": end,
        "end_on": end.date(),
        "cycle": str(clock_id),
    }
    uow.add(Clock, row_of(Clock, id=clock_id, **values))
    return clock_id
