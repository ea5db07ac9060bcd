"""The engines: no lost update, durable settings, migrations that survive being run again."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from board_hub.services.unit_of_work import Hub
from board_hub.store.engine import is_postgres, open_engine
from board_hub.store.migrate import upgrade


def test_sqlite_is_set_so_that_a_commit_is_on_disk(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/new/folder/hub.sqlite")
    with engine.connect() as connection:
        values = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    engine.dispose()
    assert values == ["wal", 2, 1]


def test_concurrent_changes_of_one_row_lose_no_update(hub: Hub) -> None:
    """Read, then write: what SQLite's default transactions lose without an error."""

    def _count() -> None:
        for _ in range(25):
            with hub.engine.begin() as connection:
                lock = " FOR UPDATE" if is_postgres(hub.engine) else ""
                version = connection.execute(text(f"SELECT version FROM directory_version{lock}")).scalar_one()
                connection.execute(text("UPDATE directory_version SET version = :v"), {"v": version + 1})

    with hub.engine.connect() as connection:
        before = connection.execute(text("SELECT version FROM directory_version")).scalar_one()
    threads = [threading.Thread(target=_count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with hub.engine.connect() as connection:
        assert connection.execute(text("SELECT version FROM directory_version")).scalar_one() == before + 100


def test_migrating_again_changes_nothing(hub: Hub) -> None:
    upgrade(hub.engine)
    with hub.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM evidence_tree")).scalar_one() == 1


@pytest.mark.postgres
def test_postgresql_bounds_every_wait(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    with engine.connect() as connection:
        waits = [
            connection.execute(text(f"SHOW {name}")).scalar_one()
            for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "TimeZone")
        ]
    engine.dispose()
    assert waits == ["1min", "30s", "2min", "UTC"]
