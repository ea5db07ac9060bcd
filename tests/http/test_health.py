"""Health: live whatever happens; ready only with database, tables and key, and answered fast when one hangs."""

import threading
import time
from dataclasses import replace
from pathlib import Path

from board_hub.domain.errors import Flaw
from board_hub.domain.events import HUB
from board_hub.http.health import Readiness
from board_hub.services.directory import directory
from board_hub.services.exchange.signing import SigningKey
from board_hub.services.operation.bootstrap import prepare
from board_hub.services.unit_of_work import Hub
from board_hub.store.engine import open_engine
from tests.api.calls import Stage, stage
from tests.support.hub import sqlite_settings
from tests.support.postgres import PrivatePostgres


def missing(here: Stage) -> list[str]:
    answer = here.client().get("/health/ready")
    assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
    assert int(answer.headers["Retry-After"]) > 0
    return [error["code"] for error in answer.json["errors"]]


def test_a_prepared_hub_is_live_and_ready(hub: Hub, tmp_path: Path) -> None:
    here = stage(hub, tmp_path)
    assert here.client().get("/health/live").json == {"status": "live"}
    assert here.client().get("/health/ready").json == {"status": "ready"}


def test_a_database_without_tables_is_not_ready_and_says_how_to_make_them(here: Stage, tmp_path: Path) -> None:
    empty = stage(replace(here.hub, engine=open_engine(f"sqlite:///{tmp_path}/empty.sqlite")), tmp_path)
    answer = empty.client().get("/health/ready")
    assert [error["code"] for error in answer.json["errors"]] == ["migrations.missing"]
    assert "board-hub migrate" in answer.json["detail"]
    assert empty.client().get("/health/live").status_code == 200


def test_a_key_that_the_directory_does_not_know_is_not_ready(here: Stage, tmp_path: Path) -> None:
    assert missing(stage(replace(here.hub, key=SigningKey.generate("other")), tmp_path)) == ["key.unknown"]


def test_a_revoked_key_of_the_hub_is_not_ready(here: Stage) -> None:
    with here.hub.work(HUB) as uow:
        directory.revoke_key(uow, here.hub.key.kid, "lost")
        uow.commit()
    assert missing(here) == ["key.unknown"]


def test_an_absent_database_is_not_ready_at_once_and_no_secret_is_shown(here: Stage, tmp_path: Path) -> None:
    engine = open_engine("postgresql+psycopg://hub:secret@127.0.0.1:1/hub")
    absent = stage(replace(here.hub, engine=engine), tmp_path)
    began = time.monotonic()
    answer = absent.client().get("/health/ready")
    assert time.monotonic() - began < 2
    assert [error["code"] for error in answer.json["errors"]] == ["database.away"]
    assert "secret" not in answer.text
    assert "127.0.0.1" not in answer.text


def test_the_hub_is_ready_again_when_its_database_is_back(
    postgres_server: PrivatePostgres, postgres_url: str, tmp_path: Path
) -> None:
    here = stage(prepare(sqlite_settings(tmp_path, database_url=postgres_url)), tmp_path)
    postgres_server.kill()
    assert missing(here) == ["database.away"]
    postgres_server.start()
    assert here.client().get("/health/ready").status_code == 200
    here.hub.engine.dispose()


def test_a_check_that_hangs_is_reported_in_time_and_not_started_again() -> None:
    release = threading.Event()
    started: list[int] = []

    def hang() -> list[Flaw]:
        started.append(1)
        release.wait(20)
        return []

    readiness = Readiness(hang, patience=0.1)
    assert [flaw.code for flaw in readiness.list_missing()] == ["database.away"]
    assert [flaw.code for flaw in readiness.list_missing()] == ["database.away"]
    assert len(started) == 1
    release.set()
    assert any(readiness.list_missing() == [] for _ in range(20))
