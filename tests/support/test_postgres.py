"""The private PostgreSQL server does what fault tests rely on."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.support.postgres import PrivatePostgres


def connect(url: str) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


@pytest.fixture
def own_server(postgres_directory: Path) -> Iterator[PrivatePostgres]:
    """One that a test may kill without harm to the others."""
    server = PrivatePostgres(postgres_directory / "own")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def filled(postgres_server: PrivatePostgres, postgres_url: str) -> str:
    with connect(postgres_url) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("INSERT INTO kept SELECT generate_series(1, 500)")
    return postgres_url


def kept(url: str) -> int:
    with connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM kept").fetchone()
    assert row is not None
    return int(str(row[0]))


def test_committed_rows_survive_kill_9_and_restart(postgres_server: PrivatePostgres, filled: str) -> None:
    postgres_server.kill()
    assert not postgres_server.is_running
    postgres_server.start()
    assert kept(filled) == 500


def test_kill_9_cuts_open_connections(postgres_server: PrivatePostgres, postgres_url: str) -> None:
    with connect(postgres_url) as connection:
        postgres_server.kill()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    postgres_server.start()


def test_restart_keeps_data_and_port(postgres_server: PrivatePostgres, filled: str) -> None:
    postgres_server.restart()
    assert kept(filled) == 500


def test_a_new_object_on_the_same_directory_finds_data_and_port(postgres_server: PrivatePostgres, filled: str) -> None:
    postgres_server.stop()
    successor = PrivatePostgres(postgres_server.directory)
    successor.start()
    try:
        assert kept(filled) == 500
    finally:
        successor.stop()
        postgres_server.start()


def test_each_test_gets_an_empty_database(postgres_url: str) -> None:
    with connect(postgres_url) as connection:
        row = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert row == (0,)


def test_writes_are_durable_and_only_loopback_listens(postgres_server: PrivatePostgres) -> None:
    with connect(postgres_server.url()) as connection:
        settings = {str(name): value for name, value in connection.execute("SELECT name, setting FROM pg_settings")}
    assert settings["fsync"] == "on"
    assert settings["synchronous_commit"] == "on"
    assert settings["listen_addresses"] == "127.0.0.1"


def test_its_port_lies_outside_the_ephemeral_range(postgres_server: PrivatePostgres) -> None:
    assert not 32768 <= postgres_server.port <= 60999


def test_two_servers_run_side_by_side(postgres_server: PrivatePostgres, own_server: PrivatePostgres) -> None:
    assert own_server.port != postgres_server.port
    assert own_server.is_running
    assert postgres_server.is_running


def test_stopping_what_does_not_run_does_nothing(own_server: PrivatePostgres) -> None:
    own_server.stop()
    own_server.stop()
    own_server.kill()
    assert not own_server.is_running


def test_a_connected_client_does_not_delay_the_stop(own_server: PrivatePostgres) -> None:
    with connect(own_server.url()) as connection:
        own_server.stop()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")


def test_no_process_is_left_after_a_kill(own_server: PrivatePostgres) -> None:
    own_server.kill()
    working = [path for path in Path("/proc").glob("[0-9]*/cwd") if _target(path).startswith(str(own_server.directory))]
    assert working == []


def test_the_server_ends_with_the_process_that_started_it(postgres_directory: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from tests.support.postgres import PrivatePostgres;"
        "PrivatePostgres(Path(sys.argv[1])).start(); print('up', flush=True); sys.stdin.read()"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", program, str(postgres_directory / "orphan")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with starter:
        assert starter.stdout is not None
        assert starter.stdout.readline() == b"up\n"
        starter.kill()
    port = int((postgres_directory / "orphan" / "port").read_text())
    limit = time.monotonic() + 20
    while _listens(port):
        assert time.monotonic() < limit, "the server still answers"


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def _target(link: Path) -> str:
    try:
        return os.readlink(link)
    except OSError:
        return ""
