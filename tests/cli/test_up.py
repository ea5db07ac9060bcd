"""`board-hub up --demo`: authorities' systems exchange notices, a second start goes on, and no process stays behind."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
import requests

from tests.support.identity import sign_in_as
from tests.support.rabbitmq import eventually

pytestmark = pytest.mark.faults
PATIENCE = 240
"""Seconds for anything to happen: a dozen processes start on what may be one busy core."""
END = 45


@dataclass
class Demo:
    """A demonstration in a directory of the test's own. `marker` tells its processes from all others."""

    directory: Path
    environment: dict[str, str]
    marker: str = field(default_factory=lambda: f"demo-{uuid4()}")
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("BOARD_HUB_")}
        with (self.directory / "output").open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "board_hub.cli", "up", "--demo"],
                cwd=self.directory,
                env={**clean, **self.environment, "MARKER": self.marker},
                stdout=output,
                stderr=output,
            )

    def output(self) -> str:
        return (self.directory / "output").read_text(errors="replace")

    def await_output(self, pattern: str) -> str:
        """The first match; AssertionError, with the output, when it does not come."""
        assert self.process is not None
        deadline = time.monotonic() + PATIENCE
        while not (found := re.search(pattern, self.output())):
            assert self.process.poll() is None, self.output()
            assert time.monotonic() < deadline, self.output()
            time.sleep(0.1)
        return found[0]

    def end(self, number: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(END)

    def processes(self) -> list[int]:
        """All processes that belong to it: by the marker in their environment, or its directory in their arguments."""
        return [int(path.name) for path in Path("/proc").glob("[0-9]*") if self._is_ours(path)]

    def _is_ours(self, process: Path) -> bool:
        try:
            known = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
            is_zombie = b"\nState:\tZ" in (process / "status").read_bytes()
        except OSError:
            return False
        return not is_zombie and (self.marker.encode() in known or str(self.directory).encode() in known)

    def run(self, *arguments: str) -> str:
        """`board-hub …` on the demonstration's data."""
        place = self.directory / "var"
        environment = {
            **os.environ,
            "BOARD_HUB_DATABASE_URL": f"sqlite:///{place / 'board-hub.sqlite'}",
            "BOARD_HUB_HUB_KEY_FILE": str(place / "hub-key.pem"),
        }
        command = [sys.executable, "-m", "board_hub.cli", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60).stdout

    def messages(self, *filters: str) -> list[str]:
        return [row["id"] for row in json.loads(self.run("messages", "list", "--limit", "200", "--json", *filters))]


@pytest.fixture
def new_demo(tmp_path: Path) -> Iterator[Callable[..., Demo]]:
    """Makes a demonstration, and kills what is left of it after the test."""
    made: list[Demo] = []

    def make(**environment: str) -> Demo:
        made.append(Demo(tmp_path, environment))
        return made[-1]

    yield make
    for demo in made:
        for pid in demo.processes():
            os.kill(pid, signal.SIGKILL)


@pytest.mark.broker
def test_notices_go_round_through_rabbitmq_and_a_second_start_keeps_them(new_demo: Callable[..., Demo]) -> None:
    demo = new_demo()
    demo.start()
    demo.await_output("over RabbitMQ")
    address = demo.await_output(r"http://127\.0\.0\.1:\d+")
    assert 8080 <= int(address.rpartition(":")[2]) < 8180
    demo.await_output("FR-CNIL +receives art79-7 from DE-BNETZA")
    demo.await_output(r"DE-BNETZA +is told: clock started AIB-\d{4}-\d{6}: AIA 79\(8\) until")
    demo.await_output("Germany: Jonas Weber")
    with requests.Session() as browser:
        page = sign_in_as(browser, f"{address}/login/DE", "jonas.weber")
        assert "Jonas Weber" in page.text
        assert "AIB-" in browser.get(f"{address}/cases", timeout=30).text
    eventually(lambda: demo.messages("--stage", "handled"), timeout=PATIENCE)
    assert demo.end(signal.SIGINT) == 0
    assert demo.processes() == []
    before = demo.messages()

    demo.start()
    demo.await_output(r"accepted in case AIB-\d{4}-\d{6}, owed to")
    assert set(before) < set(demo.messages())
    assert demo.end(signal.SIGTERM) == 0
    assert demo.processes() == []
    assert "Clean" in demo.run("evidence", "verify")


def test_without_a_broker_the_mailbox_does_the_same_and_it_is_said(new_demo: Callable[..., Demo]) -> None:
    demo = new_demo(BROKER="none")
    demo.start()
    demo.await_output("no RabbitMQ")
    demo.await_output("FR-CNIL +receives art79-7 from DE-BNETZA")
    assert demo.end(signal.SIGINT) == 0
    assert demo.processes() == []


@pytest.mark.broker
def test_when_the_supervisor_is_killed_everything_ends(new_demo: Callable[..., Demo]) -> None:
    demo = new_demo()
    demo.start()
    demo.await_output(r"accepted in case AIB-\d{4}-\d{6}, owed to")
    demo.end(signal.SIGKILL)
    eventually(lambda: not demo.processes(), timeout=END)


def test_when_one_process_ends_all_do_and_it_is_named(new_demo: Callable[..., Demo]) -> None:
    demo = new_demo(BROKER="none")
    demo.start()
    demo.await_output(r"accepted in case AIB-\d{4}-\d{6}, owed to")
    systems = [pid for pid in demo.processes() if b"EE-TTJA" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    os.kill(systems[0], signal.SIGKILL)
    assert demo.process is not None
    assert demo.process.wait(END) == 1
    assert "EE-TTJA ended by itself" in demo.output()
    assert demo.processes() == []


def test_a_taken_port_is_passed_over_and_a_second_demonstration_refused(new_demo: Callable[..., Demo]) -> None:
    demo = new_demo(BROKER="none")
    demo.start()
    first = demo.await_output(r"http://127\.0\.0\.1:\d+")
    second = subprocess.run(
        [sys.executable, "-m", "board_hub.cli", "up", "--demo"],
        cwd=demo.directory,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (second.returncode, "runs in" in second.stderr) == (6, True)
    elsewhere = demo.directory / "elsewhere"
    elsewhere.mkdir()
    other = Demo(elsewhere, {"BROKER": "none"}, demo.marker)
    other.start()
    assert other.await_output(r"http://127\.0\.0\.1:\d+") != first
    assert other.end(signal.SIGINT) == 0
    assert demo.end(signal.SIGINT) == 0
    assert demo.processes() == []
