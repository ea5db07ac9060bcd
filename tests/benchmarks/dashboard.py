"""The pages with 100,000 cases and 1,000,000 messages: server time of each, p50 and p95, on SQLite and PostgreSQL.

`BOARD_HUB_BENCH_ARCHIVE` names a folder in which the filled databases stay, to be used again.
"""

import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from flask.testing import FlaskClient
from sqlalchemy import text

from board_hub.cli.opening import spare_the_collector
from board_hub.services.access import Role
from board_hub.services.operation.bootstrap import prepare
from board_hub.services.people.officials import Held
from board_hub.services.unit_of_work import Hub
from board_hub.wsgi import create_app
from tests.benchmarks.archive import LARGE, READER, fill
from tests.benchmarks.scene import report
from tests.support.hub import sqlite_settings
from tests.support.officials import add_official, sign_in
from tests.support.postgres import PrivatePostgres

REQUESTS = 100
BOUND = 150.0
"""Milliseconds, p95."""
_WORDS = ("bias", "harm", "Kraków", "vision", "xenon", "rec", "police records", "zzzz", "Quidé Exam", "oversight ris")
_FILTERS = (
    ("state", ("open", "closed")),
    ("part", ("sent", "addressed")),
    ("procedure", ("art79", "art46", "msr22", "art30")),
    ("type", ("art79-5", "msr22-answer", "art79-8-objection", "art30-2")),
    ("member", ("FR", "MT", "FI")),
    ("marking", ("public", "restricted", "pointer-only")),
)


@contextmanager
def folder() -> Iterator[Path]:
    if kept := os.environ.get("BOARD_HUB_BENCH_ARCHIVE"):
        Path(kept).mkdir(parents=True, exist_ok=True)
        yield Path(kept)
        return
    with tempfile.TemporaryDirectory(prefix="board-hub-archive-") as name:
        yield Path(name)


@contextmanager
def hubs(place: Path, cases: int) -> Iterator[Iterator[tuple[str, Hub, FlaskClient]]]:
    place.chmod(0o755)  # PostgreSQL runs as a user of its own
    server = PrivatePostgres(place / "postgres")
    (place / "sqlite").mkdir(exist_ok=True)
    server.start()
    try:
        yield _each(place, server, cases)
    finally:
        server.stop()


def _each(place: Path, server: PrivatePostgres, cases: int) -> Iterator[tuple[str, Hub, FlaskClient]]:
    settings = sqlite_settings(place / "sqlite")
    for name, url in (("sqlite", settings.database_url), ("postgres", _database(server))):
        own = replace(settings, database_url=url)
        hub = prepare(own)
        fill(hub, cases)
        app = create_app(own, hub)
        spare_the_collector()  # as `board-hub web` does
        yield name, hub, sign_in(app, add_official(hub, [Held(READER, Role.CASE_HANDLER)]))
        hub.engine.dispose()


def _database(server: PrivatePostgres) -> str:
    """The archive's database, made the first time."""
    with psycopg.connect(server.url().replace("+psycopg", "")) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'archive'").fetchone()
    return server.url("archive") if known else server.create_database("archive")


def addresses(hub: Hub, chance: random.Random) -> dict[str, list[str]]:
    """Addresses by page, each varied."""
    with hub.engine.connect() as connection:
        rows = connection.execute(
            text("SELECT c.reference FROM case_reading r JOIN case_file c ON c.id = r.case_id "
                 "WHERE r.reader_key = :reader ORDER BY r.changed_at DESC LIMIT 2000"),
            {"reader": READER},
        )  # fmt: skip
        references = [row[0] for row in rows]
    soon = (datetime.now(UTC) + timedelta(days=14)).date()
    filtered = [f"/cases?{name}={value}" for name, values in _FILTERS for value in values]
    pairs = [chance.sample(_FILTERS, 2) for _ in range(80)]
    joined = ["&".join(f"{name}={chance.choice(values)}" for name, values in pair) for pair in pairs]
    return {
        "my_actions": ["/"],
        "cases": ["/cases"],
        "cases_filtered": [*filtered, f"/cases?ends={soon}", *(f"/cases?{one}" for one in joined)],
        "cases_searched": [f"/cases?q={word}" for word in _WORDS] + [f"/cases?q={word}&state=open" for word in _WORDS],
        "case": [f"/cases/{reference}" for reference in references],
    }


def measure(
    client: FlaskClient, pages: list[str], chance: random.Random
) -> tuple[list[float], list[tuple[float, str]]]:
    times = []
    for number in range(REQUESTS + 5):
        address = pages[number % len(pages)] if len(pages) <= REQUESTS else chance.choice(pages)
        began, worked = time.perf_counter(), time.thread_time()
        answer = client.get(address)
        if answer.status_code != 200:
            raise SystemExit(f"{address}: {answer.status}")
        times.append(((time.perf_counter() - began) * 1000, (time.thread_time() - worked) * 1000, address))
    times = times[5:]
    return [one[1] for one in times], [(one[0], one[2]) for one in times]


def main(cases: int = LARGE) -> None:
    chance = random.Random(1)
    with folder() as place, hubs(place, cases) as each:
        for database, hub, client in each:
            for page, pages in addresses(hub, chance).items():
                worked, waited = measure(client, pages, chance)
                walls = sorted(one[0] for one in waited)
                slowest = max(waited)
                more = {"p50": round(statistics.median(walls), 1), "cpu_p95": round(sorted(worked)[94], 1)}
                report(f"page_{page}_{database}_p95", walls[94], "ms", bound=BOUND, **more, slowest=slowest[1])


if __name__ == "__main__":
    main(int(os.environ.get("BOARD_HUB_BENCH_CASES", LARGE)))
