"""Statements over many deliveries at once, in the form each database does quickly.

A notice has up to a few dozen recipients, so rows come in groups that share all but the recipient. PostgreSQL gets
each group as joined strings and takes them apart itself: building and sending thousands of typed parameters costs
more than the insert.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import JSON, Table, bindparam, case, func, insert, text, update
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from board_hub.domain.deliveries import DeliveryState, Transport
from board_hub.store.tables import Delivery, table_of
from board_hub.store.work_tables import DueItem

_TABLE = table_of(Delivery)

_PAIRS = """
    SELECT CAST(o.id AS uuid) AS id, o.via, r AS recipient
    FROM unnest(string_to_array(:ids, ','), string_to_array(:vias, ','), string_to_array(:recipients, ','))
             AS o(id, via, recipients),
         unnest(string_to_array(o.recipients, ' ')) AS r
"""

_INSERT = text(
    f"""
    INSERT INTO delivery (message_id, recipient, via, state, attempts, next_attempt_at, delivered_at)
    SELECT x.id, x.recipient, x.via, CASE x.via WHEN 'mailbox' THEN 'delivered' ELSE 'owed' END, 0,
           CAST(:now AS timestamptz), CASE x.via WHEN 'mailbox' THEN CAST(:now AS timestamptz) END
    FROM ({_PAIRS}) AS x
    """  # noqa: S608 (a constant)
)

_UPDATE = text(
    f"""
    UPDATE delivery AS d SET
        attempts = d.attempts + 1,
        state = CASE WHEN :confirmed AND d.state = 'owed' THEN 'delivered' ELSE d.state END,
        delivered_at = CASE WHEN :confirmed THEN COALESCE(d.delivered_at, CAST(:now AS timestamptz))
                            ELSE d.delivered_at END,
        next_attempt_at = CASE WHEN d.collected_at IS NULL THEN CAST(:next AS timestamptz) END,
        last_error = CAST(:error AS text)
    FROM ({_PAIRS}) AS x
    WHERE d.message_id = x.id AND d.recipient = x.recipient
    """  # noqa: S608 (a constant)
)


@dataclass(frozen=True, slots=True)
class Owed:
    """A message owed to recipients that are reached the same way."""

    message_id: UUID
    via: Transport
    recipients: Sequence[str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an attempt changes: a confirmed one sets `delivered`, none takes back what came meanwhile."""

    confirmed: bool
    next_attempt_at: datetime
    error: str | None


def insert_deliveries(session: Session, owed: Sequence[Owed], now: datetime) -> None:
    """Owe messages from `now` on; what goes to a mailbox over HTTPS is delivered by it."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_INSERT, {"now": now, **_pairs(owed)})
        return
    session.execute(insert(_TABLE), [_row(one, recipient, now) for one in owed for recipient in one.recipients])


def update_deliveries(session: Session, outcomes: Iterable[tuple[UUID, str, Outcome]], now: datetime) -> None:
    """Apply the outcomes of attempts, as (message, recipient, outcome)."""
    groups: dict[Outcome, dict[UUID, list[str]]] = defaultdict(lambda: defaultdict(list))
    for message_id, recipient, outcome in outcomes:
        groups[outcome][message_id].append(recipient)
    for outcome, messages in groups.items():
        owed = [Owed(message_id, Transport.AMQP, recipients) for message_id, recipients in messages.items()]
        _update_group(session, owed, outcome, now)


def _update_group(session: Session, owed: Sequence[Owed], outcome: Outcome, now: datetime) -> None:
    values = {"confirmed": outcome.confirmed, "next": outcome.next_attempt_at, "error": outcome.error, "now": now}
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_UPDATE, values | _pairs(owed))
        return
    keys = [{"of_message": one.message_id, "of_recipient": code} for one in owed for code in one.recipients]
    session.execute(_one_by_one(outcome, now), keys)


def _pairs(owed: Sequence[Owed]) -> dict[str, str]:
    return {
        "ids": ",".join(one.message_id.hex for one in owed),
        "vias": ",".join(one.via for one in owed),
        "recipients": ",".join(" ".join(one.recipients) for one in owed),
    }


def _row(one: Owed, recipient: str, now: datetime) -> dict[str, Any]:
    mailbox = one.via == Transport.MAILBOX
    return {
        "message_id": one.message_id,
        "recipient": recipient,
        "via": one.via,
        "state": DeliveryState.DELIVERED if mailbox else DeliveryState.OWED,
        "attempts": 0,
        "next_attempt_at": now,
        "delivered_at": now if mailbox else None,
    }


def _one_by_one(outcome: Outcome, now: datetime) -> Any:
    reached = DeliveryState.DELIVERED if outcome.confirmed else DeliveryState.OWED
    return (
        update(_TABLE)
        .where(_TABLE.c.message_id == bindparam("of_message"), _TABLE.c.recipient == bindparam("of_recipient"))
        .values(
            attempts=_TABLE.c.attempts + 1,
            state=case((_TABLE.c.state == DeliveryState.OWED, reached), else_=_TABLE.c.state),
            delivered_at=func.coalesce(_TABLE.c.delivered_at, now if outcome.confirmed else None),
            next_attempt_at=case((_TABLE.c.collected_at.is_(None), outcome.next_attempt_at), else_=None),
            last_error=outcome.error,
        )
    )


def insert_rows(session: Session, model: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows (all columns); due work that is on the list already stays as it is."""
    on_postgres = session.get_bind().dialect.name == "postgresql"
    if model is DueItem:
        insert_due(session, rows)
    elif on_postgres and len(rows) >= WORTH_COPYING:
        _copy(session, table_of(model), rows)
    else:
        session.execute(insert(table_of(model)), rows)


WORTH_COPYING = 8
"""Rows from which COPY beats one prepared statement a row, which is what executemany sends."""


def _copy(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """COPY rows into a table; errors come as SQLAlchemy's own, as from any other statement."""
    names = [name for name in rows[0] if any(row[name] is not None for row in rows)]
    encoded = frozenset(column.name for column in table.c if isinstance(column.type, JSON))
    connection = session.connection()
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    statement = SQL("COPY {} ({}) FROM STDIN").format(
        Identifier(table.name), SQL(", ").join(Identifier(name) for name in names)
    )
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row([_copied(row[name], name in encoded) for name in names])
    except psycopg.Error as error:
        raise DBAPIError.instance(str(statement), None, error, psycopg.Error, dialect=connection.dialect) from error


def _copied(value: Any, encode: bool) -> Any:
    """A value as COPY takes it: JSON as text, codes as their words."""
    if encode:
        return json.dumps(value) if value else EMPTY.get(type(value), "null")
    return value.value if isinstance(value, Enum) else value


EMPTY: dict[type, str] = {list: "[]", dict: "{}"}
"""Most JSON columns are empty; there are thousands."""


_INSERT_DUE = text(
    """
    INSERT INTO due_item (id, kind, subject, due_at)
    SELECT CAST(o.id AS uuid), o.kind, o.subject, CAST(o.due_at AS timestamptz)
    FROM unnest(string_to_array(:ids, ','), string_to_array(:kinds, ','), string_to_array(:subjects, ','),
                string_to_array(:moments, ',')) AS o(id, kind, subject, due_at)
    ON CONFLICT (kind, subject, due_at) DO NOTHING
    """
)


def insert_due(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put due work on the list; what has the same kind, subject and moment is the same work."""
    if session.get_bind().dialect.name != "postgresql":
        ignoring = sqlite_insert(table_of(DueItem)).on_conflict_do_nothing(index_elements=["kind", "subject", "due_at"])
        session.execute(ignoring, rows)
        return
    columns = {
        "ids": [row["id"].hex for row in rows],
        "kinds": [row["kind"] for row in rows],
        "subjects": [row["subject"] for row in rows],
        "moments": [row["due_at"].isoformat() for row in rows],
    }
    session.execute(_INSERT_DUE, {name: ",".join(values) for name, values in columns.items()})
