"""The leader's lock: of several schedulers on one database one ticks, the others stand by.

On PostgreSQL an advisory lock of a session, on a connection of its own (not through a pooler in transaction mode): the
server lets go of it as soon as the holder's connection ends, however that comes about. On SQLite a lock on a file
beside the database. A holder that was frozen may believe in a lock it has lost until it looks again: that what is due
takes effect once is not the lock's work, but that of the rows (see `services.due`).
"""

import fcntl
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol

import psycopg
from sqlalchemy import Engine

from board_hub.store.engine import is_postgres

LOCK = 0x626F617264  # "board"; advisory locks belong to one database
"""The advisory lock's number."""
_OPTIONS = "-c statement_timeout=3000"
_KEEPALIVE = {"keepalives_idle": 2, "keepalives_interval": 1, "keepalives_count": 3, "tcp_user_timeout": 4000}
"""Milliseconds after which a silent server counts as gone, seconds between signs of life."""


class Leadership(Protocol):
    """One process's claim to lead."""

    def lead(self) -> bool:
        """Whether this process leads now: takes the lock if it is free, looks whether it is still held."""

    def resign(self) -> None:
        """Let go of the lock."""


def leadership(engine: Engine) -> Leadership:
    """The claim that fits the database."""
    if is_postgres(engine):
        return SessionLock(engine)
    return FileLock(Path(f"{engine.url.database}.scheduler-lock"))


class SessionLock:
    """An advisory lock of PostgreSQL; each look at it is a round trip on the connection that holds it."""

    def __init__(self, engine: Engine) -> None:
        self._url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._connection: psycopg.Connection | None = None
        self._held = False

    def lead(self) -> bool:
        try:
            return self._look()
        except psycopg.Error:
            self._drop()
            return False

    def _look(self) -> bool:
        if self._connection is None:
            self._connection = psycopg.connect(
                self._url,
                autocommit=True,
                connect_timeout=3,
                options=_OPTIONS,
                application_name="board-hub scheduler",
                **_KEEPALIVE,  # type: ignore[arg-type]
            )
        if self._held:
            self._connection.execute("SELECT 1")
            return True
        row = self._connection.execute("SELECT pg_try_advisory_lock(%s)", (LOCK,)).fetchone()
        self._held = bool(row and row[0])
        return self._held

    def resign(self) -> None:
        if self._connection is not None and self._held:
            # The server ends a closed session only after a while: unlocked by name, the next may lead at once.
            with suppress(psycopg.Error):
                self._connection.execute("SELECT pg_advisory_unlock(%s)", (LOCK,))
        self._drop()

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection, self._held = None, False


class FileLock:
    """A lock on a file; the kernel lets go of it when the process ends, however that comes about."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None

    def lead(self) -> bool:
        if self._file is not None:
            return True
        file = self._path.open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._file = file
        return True

    def resign(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file = None
