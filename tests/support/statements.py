"""Counting what a piece of work asks of the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from board_hub.services.unit_of_work import Hub


@contextmanager
def counted_statements(hub: Hub) -> Iterator[list[str]]:
    """The SQL statements executed meanwhile; one for many rows (executemany) is one."""
    statements: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(hub.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(hub.engine, "before_cursor_execute", note)
