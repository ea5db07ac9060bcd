"""The doorbell: lets a process wait for new work in the database instead of asking all the time.

A missed ring does no harm: every wait has a time limit, and what is due is read from the tables.
"""

import sqlite3
import time
from types import TracebackType

import psycopg
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from board_hub.domain.errors import Unavailable
from board_hub.store.engine import is_postgres

CHANNEL = "board_hub_work"
SQLITE_POLL = 0.01
"""Seconds between looks at SQLite's change counter: one small read of shared memory."""


def ring(session: Session) -> None:
    """Wake whoever waits, when this transaction commits. On SQLite the commit itself is the signal."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"NOTIFY {CHANNEL}"))


class Doorbell:
    """One waiter. Not to be shared between threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._listener: psycopg.Connection | None = None
        self._watcher: sqlite3.Connection | None = None
        self._seen: int | None = None

    def __enter__(self) -> "Doorbell":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def wait(self, seconds: float) -> bool:
        """Wait until somebody rings, `seconds` at most; true if there was a ring.

        Raises Unavailable when the database is away; the next call connects anew.
        """
        try:
            return self._wait_postgres(seconds) if is_postgres(self._engine) else self._wait_sqlite(seconds)
        except (psycopg.Error, sqlite3.Error) as error:
            self.close()
            raise Unavailable(f"The database is away: {type(error).__name__}.") from error

    def close(self) -> None:
        for connection in (self._listener, self._watcher):
            if connection is not None:
                connection.close()
        self._listener = self._watcher = self._seen = None

    def _wait_postgres(self, seconds: float) -> bool:
        if self._listener is None:
            url = self._engine.url.set(drivername="postgresql")
            self._listener = psycopg.connect(
                url.render_as_string(hide_password=False), autocommit=True, connect_timeout=5
            )
            self._listener.execute(f"LISTEN {CHANNEL}")
            return True  # something may have come before we listened
        rung = any(True for _ in self._listener.notifies(timeout=seconds, stop_after=1))
        if rung:
            list(self._listener.notifies(timeout=0))  # several rings, one waking
        return rung

    def _wait_sqlite(self, seconds: float) -> bool:
        if self._watcher is None:
            self._watcher = sqlite3.connect(str(self._engine.url.database), check_same_thread=False)
        deadline = time.monotonic() + seconds
        while True:
            version = self._watcher.execute("PRAGMA data_version").fetchone()[0]
            if version != self._seen:
                self._seen = version
                return True
            if time.monotonic() >= deadline:
                return False
            time.sleep(SQLITE_POLL)
