"""The job of expiring clocks with 100,000 open: 1,000 of them over, and all of them over at once; on both databases."""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from board_hub.services.operation.bootstrap import prepare
from board_hub.services.unit_of_work import Hub
from board_hub.store.engine import is_postgres
from tests.benchmarks.scene import report
from tests.support.clocks import expire_all, fill, join_union
from tests.support.hub import sqlite_settings
from tests.support.postgres import PrivatePostgres

OPEN = int(os.environ.get("BENCH_CLOCKS", "100000"))
SOME = OPEN // 100
BOUND = 5.0


@contextmanager
def hubs(count: int) -> Iterator[list[tuple[str, Hub]]]:
    """Empty hubs with 28 participants: `count` on SQLite, as many on PostgreSQL."""
    with tempfile.TemporaryDirectory(prefix="board-hub-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as a user of its own
        server = PrivatePostgres(folder / "postgres")
        server.start()
        made = []
        try:
            for number in range(count):
                (place := folder / str(number)).mkdir()
                server.create_database(f"hub{number}")
                made.append(("sqlite", prepare(sqlite_settings(place))))
                settings = sqlite_settings(place, database_url=server.url(f"hub{number}"))
                made.append(("postgresql", prepare(settings)))
            yield made
        finally:
            for _, hub in made:
                hub.engine.dispose()
            server.stop()


def measure(database: str, hub: Hub, due: int, name: str, bound: float | None) -> None:
    join_union(hub)
    fill(hub, OPEN, due, now=datetime.now(UTC))
    if is_postgres(hub.engine):
        with hub.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    began = time.perf_counter()
    done = expire_all(hub)
    seconds = time.perf_counter() - began
    more = {"bound": bound} if bound else {}
    report(name, seconds, "s", database=database, open=OPEN, done=done, **more)


def main() -> None:
    with hubs(2) as made:
        for database, hub in made[:2]:
            measure(database, hub, SOME, "expiry_of_a_hundredth", BOUND)
        for database, hub in made[2:]:
            measure(database, hub, OPEN, "expiry_of_all_at_once", None)


if __name__ == "__main__":
    main()
