"""Clocks for tests: procedures under way with their clocks put straight into the tables, a hub whose clock is set."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlmodel import SQLModel, col

from board_hub.domain.clocks import ClockKind, ClockState, Moment
from board_hub.domain.events import HUB
from board_hub.domain.ids import uuid7
from board_hub.domain.markings import Marking
from board_hub.law.members import MEMBERS
from board_hub.services.clocks.clock_terms import calendars_of, ends, next_moment
from board_hub.services.clocks.expiry import expire_due
from board_hub.services.unit_of_work import Hub
from board_hub.store.case_tables import Case, Clock, Notice, ProcedureRun
from board_hub.store.tables import Delivery, Message, row_of, table_of
from board_hub.store.work_tables import DueItem
from tests.support.hub import AIO, FR, Party, join

STATES = [one.code for one in MEMBERS if one.kind == "member_state" and one.code != "FR"]
OTHERS = [f"{code}-MSA" for code in STATES]
"""26 authorities of the other Member States."""
NOON = datetime(2027, 3, 10, 12, tzinfo=UTC)


def join_union(hub: Hub) -> dict[str, Party]:
    """France, the AI Office, and an authority of each other Member State; by code."""
    parties = {FR: join(hub, FR), AIO: join(hub, AIO)}
    return parties | {code: join(hub, code, kinds=("MSA", "SPOC")) for code in OTHERS}


@dataclass
class Time:
    """The moment that a hub of a test believes it is."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def hub(self, hub: Hub) -> Hub:
        """The same hub by this clock."""
        return replace(hub, clock=self)


def expire_all(hub: Hub) -> int:
    """What the job does: batches until nothing is due."""
    done = 0
    while True:
        with hub.work(HUB) as uow:
            count = expire_due(uow)
            uow.commit()
        if not count:
            return done
        done += count


class Rows:
    """Rows gathered for tables, inserted at once in the order of their references."""

    ORDER: Sequence[type[SQLModel]] = (Message, Case, ProcedureRun, Notice, Delivery, Clock, DueItem)

    def __init__(self) -> None:
        self.by_model: dict[type[SQLModel], list[dict[str, Any]]] = {}

    def add(self, model: type[SQLModel], **values: Any) -> dict[str, Any]:
        row = row_of(model, **values)
        self.by_model.setdefault(model, []).append(row)
        return row

    def insert(self, hub: Hub) -> None:
        with hub.engine.begin() as connection:
            for model in self.ORDER:
                rows = self.by_model.get(model, [])
                for start in range(0, len(rows), 5000):
                    connection.execute(insert(table_of(model)), rows[start : start + 5000])


def add_procedure(
    rows: Rows, number: int, *, recipients: Sequence[str], code: str = "art79", state: str = "objection-window"
) -> dict[str, Any]:
    """A case of France's with its opening notice, addressed to `recipients`; the row of the procedure."""
    id_ = uuid7()
    rows.add(
        Message,
        id=id_,
        source=FR,
        message_id=str(id_),
        type="eu.aiboard.notice.issued.v1",
        time=NOON,
        received_at=NOON,
        sha256="0" * 64,
        body=b"{}",
        signature="",
    )
    case = rows.add(
        Case,
        id=uuid7(),
        reference=f"AIB-2020-{number:06}",
        law_version="2026-07-27",
        opened_by=id_,
        originator=FR,
        opened_at=NOON,
        changed_at=NOON,
    )
    run = rows.add(
        ProcedureRun,
        id=uuid7(),
        case_id=case["id"],
        code=code,
        state=state,
        originator=FR,
        opened_by=id_,
        opened_at=NOON,
        changed_at=NOON,
    )
    rows.add(
        Notice,
        id=id_,
        case_id=case["id"],
        procedure_id=run["id"],
        notice_type="art79-5",
        sender=FR,
        marking=Marking.RESTRICTED,
        title="A system",
        issued_at=NOON,
    )
    for recipient in recipients:
        rows.add(Delivery, message_id=id_, recipient=recipient, via="mailbox", state="collected", collected_at=NOON)
    return run


def add_clock(
    rows: Rows, columns: dict[str, Any], *, rule: str, holder: str, run: dict[str, Any] | None = None, **changes: Any
) -> UUID:
    """A running clock with these columns (see `columns_of`), not yet on the list of due work; its id."""
    values = {
        "id": uuid7(),
        "rule": rule,
        "law_version": "2026-07-27",
        "kind": ClockKind.WINDOW,
        "holder": holder,
        "holder_member": "EU" if holder == AIO else holder[:2],
        "event": Moment.RECEIVED,
        "state": ClockState.RUNNING,
        **columns,
    }
    if run is not None:
        values |= {"case_id": run["case_id"], "procedure_id": run["id"], "started_by": run["opened_by"]}
    row = rows.add(Clock, **(values | changes))
    found: UUID = row["id"]
    return found


def columns_of(hub: Hub, rule: str, member: str, started_at: datetime) -> dict[str, Any]:
    """started_at, ends and explanation of a clock of this rule, by the hub's own reckoning."""
    with hub.work(HUB) as uow:
        found = hub.catalogues["2026-07-27"].clocks[rule]
        return {"kind": found.kind, **ends(calendars_of(uow), found, member, started_at, extensions=0)}


def add_due_item(rows: Rows, clock: UUID, due_at: datetime, kind: str = "clock") -> None:
    rows.add(DueItem, kind=kind, subject=str(clock), due_at=due_at)


def add_scheduled(
    rows: Rows, hub: Hub, *, rule: str, holder: str, started_at: datetime, run: dict[str, Any] | None = None
) -> UUID:
    """A running clock on the list of due work, as the hub would have begun it at `started_at`."""
    member = "EU" if holder == AIO else holder[:2]
    columns = columns_of(hub, rule, member, started_at)
    clock = add_clock(rows, columns, rule=rule, holder=holder, run=run)
    kind, moment = next_moment(hub.catalogues["2026-07-27"].clocks[rule], columns, started_at)
    add_due_item(rows, clock, moment, kind)
    return clock


def fill(hub: Hub, count: int, due: int, *, now: datetime) -> None:
    """`count` running objection windows in procedures of 27 holders each, `due` of them over, the rest in months."""
    rows, holders, made = Rows(), [*OTHERS, AIO], 0
    ended, ahead = (_columns(hub, now - timedelta(days=days)) for days in (120, 5))
    while made < count:
        run = add_procedure(rows, made, recipients=holders)
        columns = ended if made < due else ahead
        for holder in holders[: count - made]:
            clock = add_clock(rows, columns, rule="E06", holder=holder, run=run)
            add_due_item(rows, clock, columns["end_at"])
            made += 1
    rows.insert(hub)


def _columns(hub: Hub, started_at: datetime) -> dict[str, Any]:
    return columns_of(hub, "E06", "DE", started_at)


def clock_of(hub: Hub, clock: UUID) -> Clock:
    with hub.work(HUB) as uow:
        return uow.session.get_one(Clock, clock)


def states_of(hub: Hub) -> list[str]:
    """Distinct states of all procedures, sorted."""
    with hub.work(HUB) as uow:
        return sorted(uow.session.execute(select(col(ProcedureRun.state)).distinct()).scalars())
