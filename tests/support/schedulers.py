"""Schedulers as real processes on a hub of the test's own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select
from sqlmodel import col

from board_hub.domain.events import HUB
from board_hub.services.unit_of_work import Hub
from board_hub.settings import PREFIX, Settings
from board_hub.store.work_tables import JobRun

BOARD_HUB = Path(sys.executable).with_name("board-hub")
PATIENCE = 30.0
"""Seconds for a process to start on what may be a busy machine."""


def await_true(condition: Callable[[], bool], seconds: float = PATIENCE) -> float:
    """Seconds until the condition holds; AssertionError when it does not in time."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, f"not within {seconds} s"
        time.sleep(0.05)
    return time.monotonic() - began


@dataclass
class Schedulers:
    """Processes by name; each signs its runs with its process id."""

    hub: Hub
    settings: Settings
    folder: Path
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    extra_environment: dict[str, str] = field(default_factory=dict)

    def start(self, name: str) -> None:
        values = {
            "DATABASE_URL": self.settings.database_url,
            "HUB_KEY_FILE": str(self.settings.hub_key_file),
            "TICK_SECONDS": "1",
        }
        clean = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
        environment = clean | {PREFIX + key: value for key, value in values.items()} | self.extra_environment
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [str(BOARD_HUB), "scheduler"], env=environment, stdout=log, stderr=log, cwd=self.folder
            )

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def says(self, name: str, words: str) -> bool:
        return words in self.log(name)

    def signal(self, name: str, number: signal.Signals) -> None:
        self.processes[name].send_signal(number)

    def ticks(self, name: str) -> int:
        """Idle runs of the clocks' job, as far as this process was the last to run it."""
        with self.hub.work(HUB) as uow:
            rows = uow.session.execute(select(JobRun).where(col(JobRun.job) == "clocks")).scalars().all()
        pid = f":{self.processes[name].pid}"
        return sum(row.counts.get("ticks", 1) for row in rows if row.process.endswith(pid))

    def await_leader(self, name: str) -> float:
        """Wait until this process ticks."""
        return await_true(lambda: self.ticks(name) > 0)

    def stop(self, name: str) -> int:
        """SIGTERM, and its exit code."""
        self.signal(name, signal.SIGTERM)
        return self.processes.pop(name).wait(20)

    def end(self) -> None:
        for process in self.processes.values():
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait(10)
