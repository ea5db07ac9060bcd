"""The participant's own memory, one SQLite file: what it got (so that it takes each message once) and what it sent."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TABLES = """
CREATE TABLE IF NOT EXISTS received (
    number INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL,
    body BLOB NOT NULL, signature TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0, UNIQUE (source, id));
CREATE INDEX IF NOT EXISTS waiting ON received (number) WHERE done = 0;
CREATE TABLE IF NOT EXISTS sent (
    id TEXT PRIMARY KEY, body BLOB NOT NULL, signature TEXT NOT NULL, receipt TEXT,
    deliveries TEXT NOT NULL DEFAULT '{}');
CREATE INDEX IF NOT EXISTS unanswered ON sent (id) WHERE receipt IS NULL;
CREATE TABLE IF NOT EXISTS clock (sent TEXT NOT NULL, id TEXT NOT NULL, clock TEXT NOT NULL, PRIMARY KEY (sent, id));
"""


@dataclass(frozen=True)
class Letter:
    """A message as it lies in the inbox."""

    source: str
    id: str
    type: str
    body: bytes
    signature: str


class Inbox:
    """All methods are one transaction each; the file survives the program."""

    def __init__(self, path: Path | str) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.executescript(_TABLES)

    def close(self) -> None:
        self._db.close()

    def store(self, letters: Iterable[Letter], *, done: bool = False) -> int:
        """Keep letters; one that is here already stays as it is. Returns how many were new."""
        rows = [(one.source, one.id, one.type, one.body, one.signature, done) for one in letters]
        before = self._db.total_changes
        self._db.execute("BEGIN IMMEDIATE")
        self._db.executemany(
            "INSERT OR IGNORE INTO received (source, id, type, body, signature, done) VALUES (?, ?, ?, ?, ?, ?)", rows
        )
        self._db.execute("COMMIT")
        return self._db.total_changes - before

    def next_waiting(self) -> Letter | None:
        """The oldest letter that the program has not finished with."""
        row = self._db.execute(
            "SELECT source, id, type, body, signature FROM received WHERE done = 0 ORDER BY number LIMIT 1"
        ).fetchone()
        return Letter(*row) if row else None

    def finish(self, letter: Letter) -> None:
        """The program is done with this letter; it is not given again."""
        self._db.execute("UPDATE received SET done = 1 WHERE source = ? AND id = ?", (letter.source, letter.id))

    def remember_sent(self, id_: str, body: bytes, signature: str) -> None:
        """Keep what is about to be sent, so that it can be sent again until it is answered."""
        self._db.execute("INSERT INTO sent (id, body, signature) VALUES (?, ?, ?)", (id_, body, signature))

    def find_sent(self, id_: str) -> tuple[bytes, str] | None:
        """(body, signature) of what was sent under this id."""
        row = self._db.execute("SELECT body, signature FROM sent WHERE id = ?", (id_,)).fetchone()
        return (row[0], row[1]) if row else None

    def list_unanswered(self) -> list[tuple[str, bytes, str]]:
        """(id, body, signature) of what was sent and has no receipt yet, oldest first."""
        return self._db.execute("SELECT id, body, signature FROM sent WHERE receipt IS NULL ORDER BY rowid").fetchall()

    def answer(self, id_: str, receipt: dict[str, Any]) -> None:
        """Note the accepted or rejected receipt of something sent; the first one stays."""
        self._db.execute("UPDATE sent SET receipt = ? WHERE id = ? AND receipt IS NULL", (json.dumps(receipt), id_))

    def note_deliveries(self, id_: str, deliveries: Sequence[dict[str, Any]]) -> None:
        """Note which recipients have a message of ours since when."""
        known = self.deliveries(id_) | {one["recipient"]: one["received_at"] for one in deliveries}
        self._db.execute("UPDATE sent SET deliveries = ? WHERE id = ?", (json.dumps(known), id_))

    def note_clocks(self, id_: str, clocks: Iterable[dict[str, Any]]) -> None:
        """Note the clocks that a message of ours started or touched; what is heard later of one replaces it."""
        rows = [(id_, one["id"], json.dumps(one)) for one in clocks]
        self._db.executemany("INSERT OR REPLACE INTO clock (sent, id, clock) VALUES (?, ?, ?)", rows)

    def clocks(self, id_: str) -> list[dict[str, Any]]:
        rows = self._db.execute("SELECT clock FROM clock WHERE sent = ? ORDER BY id", (id_,))
        return [json.loads(row[0]) for row in rows]

    def receipt(self, id_: str) -> dict[str, Any] | None:
        row = self._db.execute("SELECT receipt FROM sent WHERE id = ?", (id_,)).fetchone()
        return json.loads(row[0]) if row and row[0] else None

    def deliveries(self, id_: str) -> dict[str, str]:
        row = self._db.execute("SELECT deliveries FROM sent WHERE id = ?", (id_,)).fetchone()
        return dict(json.loads(row[0])) if row else {}
