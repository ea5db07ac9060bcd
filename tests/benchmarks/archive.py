"""A hub with 100,000 cases and 1,000,000 messages, as if some years had passed; made once, used again."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from board_hub.domain.deliveries import Transport
from board_hub.domain.events import HUB
from board_hub.domain.ids import uuid7
from board_hub.services.directory import directory
from board_hub.services.unit_of_work import Hub
from board_hub.store.bulk import insert_rows
from board_hub.store.case_tables import Case, Change, Clock, Notice, ProcedureRun, ProcedureStep
from board_hub.store.engine import is_postgres
from board_hub.store.readings_fill import fill_readings
from board_hub.store.tables import Delivery, Message, row_of
from tests.benchmarks.scene import STATES

READER = "DE-BNETZA"
CODES = [READER if state == "DE" else f"{state}-MSA" for state in STATES]
LARGE = 100_000
AT_ONCE = 1_000
"""Cases in one transaction."""
_NAMES = ("Argus", "Borealis", "Cicero", "Éclair", "Förster", "Gærde", "Ikarus", "Kraków", "Merkur", "Niké", "Orkan",
          "Quidé", "Rhône", "Señal", "Tycho", "Umbrië", "Wächter", "Xenon", "Ysaÿe", "Zürich")  # fmt: skip
_TRADES = ("Recruit", "Credit", "Triage", "Vision", "Border", "Exam", "Court", "Grid", "Emotion", "Claims", "Dose")
_WORDS = ("accuracy", "applicants", "assessment", "biometric", "bias", "conformity", "deployer", "documentation",
          "error", "harm", "health", "human", "injury", "insurance", "logging", "market", "oversight", "patients",
          "persons", "police", "recall", "records", "refusal", "risk", "robustness", "score", "sensor", "software",
          "students", "training", "transparency", "update", "withdrawal", "workers")  # fmt: skip
_OPENINGS = (("art79-5", "art79"), ("art73-11", "art73"), ("art46-3", "art46"), ("msr22-request", "msr22"))
_LATER = ("art79-3", "art79-8-objection", "informal-message", "informal-message", "msr22-answer")
_MARKINGS = ("restricted",) * 7 + ("authorities", "originator-controlled", "public")


@dataclass
class _Rows:
    """Rows by table, in the order in which they refer to each other."""

    of: dict[type[SQLModel], list[dict[str, Any]]] = field(
        default_factory=lambda: {
            model: [] for model in (Message, Delivery, Case, ProcedureRun, Notice, ProcedureStep, Clock, Change)
        }
    )

    def add(self, model: type[SQLModel], **values: Any) -> None:
        self.of[model].append(row_of(model, **values))


class _Writer:
    """Makes up cases, always the same ones for the same number."""

    def __init__(self, hub: Hub, cases: int) -> None:
        self.hub, self.cases = hub, cases
        self.chance = random.Random(20261127)
        self.now = hub.clock()
        self.position = 0
        self.law = max(hub.catalogues)
        self.final = {
            code: next(state for state, one in found.states.items() if one.final)
            for code, found in hub.catalogues[self.law].procedures.items()
        }
        self.first = {
            code: next(state for state in found.states if state != "start")
            for code, found in hub.catalogues[self.law].procedures.items()
        }

    def rows(self, first: int, last: int) -> _Rows:
        rows = _Rows()
        for number in range(first, last):
            self.case(rows, number)
        return rows

    def case(self, rows: _Rows, number: int) -> None:
        chance = self.chance
        opened = self.now - timedelta(days=900) * (1 - number / self.cases) - timedelta(minutes=5)
        case_id, sender = uuid7(opened), chance.choice(CODES)
        notice_type, procedure = chance.choices(_OPENINGS, (40, 30, 20, 10))[0]
        name = f"{chance.choice(_NAMES)} {chance.choice(_TRADES)} {number % 997}"
        to = self.recipients(sender, broad=0.3, certain=0.42)
        run_id = uuid7(opened)
        opening = self.notice(rows, case_id, opened, sender, to, notice_type, name)
        closed = opened + timedelta(days=60) < self.now and chance.random() < 0.85
        state = self.final[procedure] if closed else self.first[procedure]
        ended = opened + timedelta(days=50) if closed else None
        rows.add(Case, id=case_id, reference=f"AIB-{opened.year}-{number:06d}", law_version=self.law, opened_by=opening,
                 originator=sender, opened_at=opened, changed_at=opened)  # fmt: skip
        rows.add(ProcedureRun, id=run_id, case_id=case_id, code=procedure, state=state, originator=sender,
                 opened_by=opening, opened_at=opened, changed_at=ended or opened, closed_at=ended)  # fmt: skip
        rows.add(ProcedureStep, id=uuid7(opened), procedure_id=run_id, state=self.first[procedure], notice_id=opening,
                 cause="a notice", at=opened)  # fmt: skip
        if ended:
            rows.add(ProcedureStep, id=uuid7(ended), procedure_id=run_id, state=state, cause="clocks", at=ended)
            self.change(rows, "procedure", case_id, opening, ended)
        self.clocks(rows, case_id, run_id, opening, opened, to, closed=closed, procedure=procedure)
        for _ in range(chance.choice((0, 1, 2, 2, 3, 5))):
            at = min(opened + timedelta(hours=chance.uniform(1, 1000)), self.now)
            answering = chance.choice(to)
            to_these = self.recipients(answering, broad=0.03, certain=0.1)
            self.notice(rows, case_id, at, answering, [sender, *to_these], chance.choice(_LATER), name)

    def recipients(self, sender: str, *, broad: float, certain: float) -> list[str]:
        others = [code for code in CODES if code != sender]
        if self.chance.random() < broad:
            return others
        chosen = set(self.chance.sample(others, self.chance.randint(1, 4)))
        if self.chance.random() < certain:
            chosen.add(READER)
        return sorted(chosen - {sender}) or [others[0]]

    def notice(
        self, rows: _Rows, case_id: UUID, at: datetime, sender: str, to: Sequence[str], type_: str, name: str
    ) -> UUID:
        row_id, chance = uuid7(at), self.chance
        marking = chance.choice(_MARKINGS)
        fields = {
            "system": {"name": name, "version": f"{chance.randint(1, 9)}.{chance.randint(0, 9)}"},
            "provider": {"name": f"{chance.choice(_NAMES)} {chance.choice(('AG', 'SA', 'Oy', 's.r.l.'))}"},
            "reasons": " ".join(chance.choices(_WORDS, k=25)),
        }
        data = {"notice_type": type_, "law_version": self.law, "fields": fields}
        self.message(rows, row_id, at, sender, "eu.aiboard.notice.issued.v1", data, type_, marking)
        rows.add(Notice, id=row_id, case_id=case_id, notice_type=type_, sender=sender, marking=marking, title=name,
                 informal=type_.startswith("informal"), issued_at=at)  # fmt: skip
        for code in sorted({*to} - {sender}):
            rows.add(Delivery, message_id=row_id, recipient=code, via="amqp", state="collected", attempts=1,
                     delivered_at=at, collected_at=at,
                     opened_at=at if self.now - at > timedelta(days=3) else None)  # fmt: skip
        self.change(rows, "notice", case_id, row_id, at)
        for _ in range(2 + (chance.random() < 0.35)):
            about = {"about": {"source": sender, "id": str(row_id)}, "stage": "accepted"}
            self.message(rows, uuid7(at), at, "EU-HUB", "eu.aiboard.receipt.accepted.v1", about, None, None, row_id)
        return row_id

    def message(
        self,
        rows: _Rows,
        row_id: UUID,
        at: datetime,
        source: str,
        type_: str,
        data: dict[str, Any],
        notice_type: str | None,
        marking: str | None,
        about: UUID | None = None,
    ) -> None:
        rows.add(Message, id=row_id, source=source, message_id=str(row_id), type=type_, notice_type=notice_type,
                 marking=marking, about=about, time=at, received_at=at, sha256="0" * 64,
                 body=_body(row_id, at, source, type_, data), signature="e30..c2ln")  # fmt: skip

    def change(self, rows: _Rows, kind: str, case_id: UUID, notice_id: UUID, at: datetime) -> None:
        self.position += 1
        rows.add(Change, position=self.position, number=0, kind=kind, subject=str(notice_id), case_id=case_id,
                 notice_id=notice_id, at=at)  # fmt: skip

    def clocks(
        self,
        rows: _Rows,
        case_id: UUID,
        run_id: UUID,
        opening: UUID,
        opened: datetime,
        to: Sequence[str],
        *,
        closed: bool,
        procedure: str,
    ) -> None:
        """Windows of an art79 case, else a duty: those of closed cases are over."""
        rule = "E06" if procedure == "art79" else "M23"
        kind = self.hub.catalogues[self.law].clocks[rule].kind
        end = opened + timedelta(days=92) if rule == "E06" else None
        for code in to:
            running = not closed and (end is None or end > self.now)
            rows.add(Clock, id=uuid7(opened), case_id=case_id, procedure_id=run_id, rule=rule, law_version=self.law,
                     kind=kind, holder=code, holder_member=code[:2], started_by=opening, cycle=code,
                     state="running" if running else "expired", event="received", started_at=opened, end_at=end,
                     end_on=end and end.date(), nominal_at=end,
                     nominal_on=end and end.date(), calendar=code[:2], explanation="Received + 3 months.")  # fmt: skip


def _body(row_id: UUID, at: datetime, source: str, type_: str, data: dict[str, Any]) -> bytes:
    """A CloudEvent as participants send it."""
    event = {"specversion": "1.0", "id": str(row_id), "source": f"urn:aiboard:participant:{source}", "type": type_}
    return json.dumps({**event, "time": at.isoformat(), "datacontenttype": "application/json", "data": data}).encode()


def is_filled(hub: Hub, cases: int) -> bool:
    with hub.engine.connect() as connection:
        return bool(connection.execute(text("SELECT count(*) FROM case_file")).scalar() == cases)


def fill(hub: Hub, cases: int = LARGE) -> None:
    """Store the cases, unless they are there already."""
    if is_filled(hub, cases):
        return
    with hub.work(HUB) as uow:
        for code in CODES:
            directory.add_participant(
                uow, code, name=f"Authority {code}", kinds=("MSA", "SPOC"), transport=Transport.AMQP
            )
        uow.commit()
    writer = _Writer(hub, cases)
    for chunk in _chunks(cases):
        rows = writer.rows(*chunk)
        with Session(hub.engine) as session:
            for model, values in rows.of.items():
                if values:
                    insert_rows(session, model, values)
            session.commit()
    _index(hub)


def _chunks(cases: int) -> Iterator[tuple[int, int]]:
    for first in range(0, cases, AT_ONCE):
        yield first, min(first + AT_ONCE, cases)


def _index(hub: Hub) -> None:
    with Session(hub.engine) as session:
        fill_readings(session)
        closed = (
            "UPDATE case_reading SET standing = CASE WHEN EXISTS (SELECT 1 FROM procedure_run AS p "
            "WHERE p.case_id = case_reading.case_id AND p.closed_at IS NOT NULL) THEN 2 ELSE 1 END"
        )
        session.execute(text(closed))
        session.commit()
    analyze = hub.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    with analyze as connection:
        connection.exec_driver_sql("VACUUM ANALYZE" if is_postgres(hub.engine) else "ANALYZE")
