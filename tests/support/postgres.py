"""The tests' own PostgreSQL: a private server in a private directory, with durable writes, to be killed at will."""

import contextlib
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from board_hub.store.engine import open_engine
from board_hub.store.migrate import upgrade

_USER = "hub"
_START_SECONDS = 60.0
_STOP_SECONDS = 20.0
# Outside the kernel's ephemeral range (32768-60999): a client that reconnects to a dead server's port there can be
# given that very port as its own, connect to itself, and keep the server from starting again.
_PORTS = range(20_000, 32_000)
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "on",
    "full_page_writes": "on",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class PostgresError(RuntimeError):
    """The private server does not do what it was told; the message ends with its log's last lines."""


def find_postgres() -> Path | None:
    """The directory of the newest server's programs: the distribution's, or what the PATH has."""
    versions = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "postgres").exists()]
    if versions:
        return max(versions, key=lambda path: float(path.parent.name))
    found = shutil.which("postgres")
    return Path(found).resolve().parent if found else None


class PrivatePostgres:
    """One server on loopback; its data survive `stop`, `kill` and a new object on the same directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._data = directory / "data"
        self._log = directory / "postgres.log"
        self._port_file = directory / "port"
        self._process: subprocess.Popen[bytes] | None = None
        self.port = int(self._port_file.read_text()) if self._port_file.exists() else _free_port()

    def start(self) -> None:
        """Returns when the server answers queries; makes the cluster the first time."""
        if not self._data.exists():
            self._make_cluster()
        options = [f"--{name}={value}" for name, value in _SETTINGS.items()]
        server = [str(_programs() / "postgres"), "-D", str(self._data)]
        where = ["-p", str(self.port), "-k", str(self.directory)]
        with self._log.open("ab") as log:
            # A direct child: pg_ctl's would be orphaned, stay a zombie when killed, and block its own restart.
            self._process = subprocess.Popen(
                [*_as_postgres(), *server, *where, *options],
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._await("did not start", _START_SECONDS, self._answers)

    def stop(self) -> None:
        """A fast shutdown: clients are cut off, all is written. Does nothing if the server does not run."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """kill -9 of the server and all its children, as in a crash of the machine but for the disk's cache."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGSTOP)  # it must not start children while they are counted
        pids = _children(self._process.pid)
        self._process.kill()
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(_STOP_SECONDS)
        self._process = None
        self._await("did not die", _STOP_SECONDS, lambda: not any(map(_is_alive, pids)))

    def restart(self) -> None:
        self.stop()
        self.start()

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def url(self, dbname: str = "postgres") -> str:
        """For SQLAlchemy with psycopg 3."""
        return f"postgresql+psycopg://{_USER}@127.0.0.1:{self.port}/{dbname}"

    def create_database(self, name: str, template: str = "template0") -> str:
        """An empty database, or a copy of one that nobody is connected to; returns its URL."""
        self._administer(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Cuts off who is still connected."""
        self._administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _make_cluster(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            shutil.chown(self.directory, "postgres", "postgres")
        initdb = [str(_programs() / "initdb"), "--no-sync", "-k", "-A", "trust", "-U", _USER, "-E", "UTF8"]
        result = subprocess.run(
            [*_as_postgres(), *initdb, "--locale=C.UTF-8", "-D", str(self._data)],
            cwd=self.directory,
            capture_output=True,
            timeout=_START_SECONDS,
            check=False,
        )
        if result.returncode:
            raise PostgresError(f"initdb failed in {self.directory}: {result.stderr.decode(errors='replace')}")
        self._port_file.write_text(str(self.port))

    def _administer(self, statement: str) -> None:
        with self._connect() as connection:
            connection.execute(statement.encode())

    def _connect(self) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user=_USER, dbname="postgres", autocommit=True, connect_timeout=5
        )

    def _answers(self) -> bool:
        if not self.is_running:
            raise PostgresError(f"The server ended at once.\n{self._tail()}")
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _await(self, otherwise: str, seconds: float, condition: Callable[[], bool]) -> None:
        limit = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > limit:
                raise PostgresError(f"The server {otherwise} within {seconds:.0f} s.\n{self._tail()}")
            time.sleep(0.02)

    def _tail(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines() if self._log.exists() else []
        return "\n".join(lines[-20:])


def _programs() -> Path:
    found = find_postgres()
    if found is None:
        raise PostgresError("No PostgreSQL server is installed: apt-get install postgresql")
    return found


def _as_postgres() -> list[str]:
    """The server refuses to run as root; and it must not outlive the test run, however that ends."""
    if shutil.which("setpriv") is None:
        return []
    account = ["--reuid=postgres", "--regid=postgres", "--init-groups"] if os.geteuid() == 0 else []
    return ["setpriv", "--pdeathsig=INT", *account]


def _free_port() -> int:
    for port in random.sample(_PORTS, 50):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise PostgresError(f"No free port between {_PORTS.start} and {_PORTS.stop}.")


def _children(parent: int) -> list[int]:
    """By /proc: each server process leads a session of its own, so there is no group to kill."""
    return [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if _stat(pid)[1:2] == [str(parent)]]


def _is_alive(pid: int) -> bool:
    return _stat(pid)[:1] not in ([], ["Z"])


def _stat(pid: int) -> list[str]:
    """State, parent and more of a process; nothing if there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever uses the server is marked so."""
    for item in items:
        if "postgres_server" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.postgres)


@pytest.fixture(scope="session")
def postgres_directory() -> Iterator[Path]:
    """Not pytest's tmp_path, which the server's account may not enter, and whose path is too long for a socket."""
    if find_postgres() is None:
        reason = "PostgreSQL is not installed, so nothing was tested on it: apt-get install postgresql"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    directory = Path(tempfile.mkdtemp(prefix="hub-postgres-"))
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server(postgres_directory: Path) -> Iterator[PrivatePostgres]:
    """One server per test process; a test that kills it starts it again."""
    server = PrivatePostgres(postgres_directory)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def migrated_template(postgres_server: PrivatePostgres) -> str:
    """The name of a database with the newest tables, to be copied: migrating anew takes a second each time."""
    engine = open_engine(postgres_server.create_database("migrated"))
    upgrade(engine)
    engine.dispose()
    return "migrated"


@pytest.fixture
def migrated_postgres_url(postgres_server: PrivatePostgres, migrated_template: str) -> Iterator[str]:
    """A fresh database with the newest tables for one test."""
    yield from _database(postgres_server, migrated_template)


@pytest.fixture
def postgres_url(postgres_server: PrivatePostgres) -> Iterator[str]:
    """A fresh, empty database for one test."""
    yield from _database(postgres_server, "template0")


def _database(server: PrivatePostgres, template: str) -> Iterator[str]:
    if not server.is_running:  # a test that killed it and then failed must not take the others along
        server.start()
    name = f"test_{secrets.token_hex(8)}"
    yield server.create_database(name, template)
    server.drop_database(name)
