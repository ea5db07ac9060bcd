"""A private RabbitMQ node in a directory of its own, for the demonstration and for the tests (never for production)."""

import atexit
import fcntl
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import IO
from urllib.parse import quote

import requests
import structlog

from board_hub.domain.errors import Unavailable
from messaging.node_layout import ADMINISTRATOR, LOOPBACK, Ports, configuration, environment, find_server

__all__ = ["Ports", "PrivateNode", "find_server", "run"]

# How long a node may take to stop in order; it needs about 6 s.
ENDING = 20.0

log = structlog.get_logger(__name__)


class PrivateNode:
    """One RabbitMQ node that keeps everything (data, cookie, password, ports, logs) in `directory`.

    It dies with the process that started it. The kernel watches the *thread* that called `start`, so start it from
    one that lasts. A second node on the same directory waits for the first to end, then refuses.
    """

    def __init__(self, directory: Path, *, ports: Ports | None = None) -> None:
        self.directory = directory.resolve()
        self.directory.mkdir(parents=True, exist_ok=True)
        self.directory.chmod(0o700)  # messages lie in it as they came
        self.ports, self.administrator_password = self._recall(ports)
        self._node: subprocess.Popen[bytes] | None = None
        self._epmd: subprocess.Popen[bytes] | None = None
        self._lock: IO[bytes] | None = None

    @property
    def administrator(self) -> str:
        return ADMINISTRATOR

    @property
    def is_running(self) -> bool:
        return self._node is not None and self._node.poll() is None

    @property
    def pid(self) -> int | None:
        """Process id of the Erlang machine, None when it is not running."""
        return self._node.pid if self._node is not None and self.is_running else None

    @property
    def management_url(self) -> str:
        """Address of the management API, with the administrator's credentials in it."""
        return f"http://{ADMINISTRATOR}:{self.administrator_password}@{LOOPBACK}:{self.ports.management}"

    def amqp_url(self, user: str, password: str, vhost: str = "/") -> str:
        """AMQP address for one user and virtual host, each part quoted."""
        name, secret, place = (quote(part, safe="") for part in (user, password, vhost))
        return f"amqp://{name}:{secret}@{LOOPBACK}:{self.ports.amqp}/{place}"

    def start(self, timeout: float = 60) -> None:
        """Start and wait until AMQP and the management API answer; Unavailable, with the log's end, if they do not."""
        if self.is_running:
            return
        server = find_server()
        if server is None:
            raise Unavailable("RabbitMQ is not installed: install the package rabbitmq-server, or run without a broker")
        lock = self._take_lock(min(timeout, ENDING))
        atexit.register(self.stop)
        for name, text in configuration(self.ports, self.administrator_password).items():
            _write_private(self.directory / name, text)
        self._start_epmd()
        with (self.directory / "console.log").open("ab") as output:
            self._node = subprocess.Popen(  # noqa: S603 - our own command
                _dying_with_parent([str(server)]),
                env=environment(self.directory, self.ports),
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C in the terminal is for the supervisor, which stops the node in order
                pass_fds=[lock],
            )
        self._await_answer(timeout)

    def stop(self, timeout: float = ENDING) -> None:
        """Stop in order, by force after `timeout` seconds; does nothing when it is not running."""
        _end(self._node, timeout)
        _end(self._epmd, 5)
        self._node = self._epmd = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None
        atexit.unregister(self.stop)

    def kill(self) -> None:
        """End it at once (SIGKILL), as a crash would; the data directory stays as it was at that moment."""
        if self._node is not None:
            self._node.kill()
            self._node.wait()
            self._node = None

    def restart(self, timeout: float = 60) -> None:
        self.stop()
        self.start(timeout)

    def log_tail(self, lines: int = 30) -> str:
        """The last lines the node wrote, to its console and to its log."""
        written = [self.directory / "console.log", *sorted((self.directory / "log").glob("*.log"))]
        return "\n".join(
            "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) for path in written if path.exists()
        )

    def _recall(self, ports: Ports | None) -> tuple[Ports, str]:
        """What the first start decided, or decide it now: data belongs to its ports and its password."""
        memory = self.directory / "node.json"
        if memory.exists():
            known = json.loads(memory.read_text())
            return Ports(**known["ports"]), str(known["password"])
        chosen, password = ports or Ports.pick(), secrets.token_urlsafe(24)
        _write_private(memory, json.dumps({"ports": asdict(chosen), "password": password}))
        return chosen, password

    def _take_lock(self, timeout: float) -> int:
        """Hold the directory. The node inherits the lock, so it is free only when that node too is gone."""
        if self._lock is None:
            self._lock = (self.directory / "node.lock").open("ab")
        lock = self._lock
        if not _await(lambda: _is_locked_by_us(lock), timeout):
            lock.close()
            self._lock = None
            raise Unavailable(f"another process runs the node in {self.directory}: stop that one first")
        return lock.fileno()

    def _start_epmd(self) -> None:
        """Erlang's port mapper, as our child; left to itself Erlang would start a daemon that outlives the node."""
        if self._epmd is not None and self._epmd.poll() is None:
            return
        epmd = shutil.which("epmd")
        if epmd is None:
            raise Unavailable("Erlang's epmd is not on the search path: install erlang-base")
        command = [epmd, "-port", str(self.ports.epmd), "-address", LOOPBACK]
        quiet = subprocess.DEVNULL
        self._epmd = subprocess.Popen(  # noqa: S603 - our own command
            _dying_with_parent(command), stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
        )
        _await(lambda: _answers(self.ports.epmd), 5)

    def _await_answer(self, timeout: float) -> None:
        _await(lambda: not self.is_running or self._is_ready(), timeout)
        if not self.is_running or not self._is_ready():
            tail = self.log_tail()
            self.stop(timeout=5)
            raise Unavailable(f"the RabbitMQ node in {self.directory} did not start; its log ends:\n{tail}")

    def _is_ready(self) -> bool:
        """Whether it is *our* node that listens: another's behind the same port would answer as well."""
        check = f"{self.management_url}/api/health/checks/port-listener/{self.ports.amqp}"
        try:
            return requests.get(check, timeout=2).ok
        except requests.RequestException:
            return False


LOOK_EVERY = 0.2
"""Seconds between looks whether a node in the foreground is to end."""


def run(directory: Path) -> int:
    """Run the node in the foreground until SIGTERM, SIGINT or the end of our parent; 1 when the node died by itself."""
    ending, parent = False, os.getppid()

    def end(_signal: int, _frame: FrameType | None) -> None:
        nonlocal ending  # a plain note: the lock of an Event could be held by the very code that is interrupted
        ending = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    node = PrivateNode(directory)
    node.start()
    log.info("node.started", directory=str(node.directory), **asdict(node.ports))
    try:
        while node.is_running and os.getppid() == parent and not ending:
            time.sleep(LOOK_EVERY)
        return 0 if node.is_running else 1
    finally:
        node.stop()


def _dying_with_parent(command: list[str]) -> list[str]:
    """Ask the kernel (Linux) to end the process in order when we are gone, however that came about."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--", *command] if setpriv else command


def _end(process: subprocess.Popen[bytes] | None, timeout: float) -> None:
    if process is None or process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _await(condition: Callable[[], bool], timeout: float) -> bool:
    deadline = time.monotonic() + timeout
    while not (met := condition()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return met


def _is_locked_by_us(lock: IO[bytes]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _answers(port: int) -> bool:
    try:
        socket.create_connection((LOOPBACK, port), timeout=1).close()
    except OSError:
        return False
    return True


def _write_private(path: Path, text: str) -> None:
    """Mode 0600 from the first byte: these files hold the administrator's password."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1])))
