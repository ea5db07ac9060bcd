"""Engines for SQLite and PostgreSQL, set so that what is committed is on disk and no writer loses an update."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.orm import Session

SQLITE_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000")

_READS_ONLY = "board_hub_reads_only"

POSTGRES_OPTIONS = " ".join(
    (
        "-c statement_timeout=60000",
        "-c lock_timeout=30000",
        "-c idle_in_transaction_session_timeout=120000",
        "-c timezone=UTC",
        "-c jit=off",  # compiling the statement of a filtered list took 18 s, running it 0.07 s
    )
)


def open_engine(database_url: str) -> Engine:
    """Engine for `sqlite:///path` or `postgresql+psycopg://…`; makes the folder of an SQLite file."""
    url = make_url(database_url)
    return _sqlite(url) if url.get_backend_name() == "sqlite" else _postgres(url)


def _sqlite(url: URL) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, hide_parameters=True)  # an error's text must not hold messages' bodies

    @event.listens_for(engine, "connect")
    def _set(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # the driver must not open transactions of its own
        for pragma in SQLITE_PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A deferred transaction that reads, then writes, fails or loses updates under load; this one waits its turn.
        reads_only = connection.get_execution_options().get(_READS_ONLY, False)
        connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")

    return engine


_QUICK_COMPRESSION = """
    SELECT set_config(name, 'lz4', false) FROM pg_settings
    WHERE name = 'default_toast_compression' AND 'lz4' = ANY(enumvals)
"""
"""Bodies of messages are compressed with a tenth of the work where the server can (PostgreSQL 14 and later)."""


def _postgres(url: URL) -> Engine:
    keepalive: dict[str, Any] = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,
        pool_size=10,
        max_overflow=5,
        pool_timeout=5,
        connect_args={"options": POSTGRES_OPTIONS, "connect_timeout": 5, "tcp_user_timeout": 15000, **keepalive},
    )

    @event.listens_for(engine, "connect")
    def _set(connection: psycopg.Connection[Any], _: object) -> None:
        connection.execute(_QUICK_COMPRESSION)
        connection.commit()

    return engine


@contextmanager
def snapshot(engine: Engine) -> Iterator[Session]:
    """A session that sees one moment of the database for as long as it likes, holds nobody up, and is not to write."""
    options: dict[str, Any] = {_READS_ONLY: True}
    if is_postgres(engine):
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**options) as connection, Session(connection) as session:
        yield session


def is_postgres(engine: Engine) -> bool:
    return engine.dialect.name == "postgresql"
