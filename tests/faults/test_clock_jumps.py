"""The machine's clock is set while the scheduler runs: a legal clock expires once, never early, and stays expired."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from board_hub.domain.clocks import ClockState
from board_hub.domain.envelope import MessageType
from board_hub.services.unit_of_work import Hub
from board_hub.settings import Settings
from tests.services.clocks.test_expiry import told
from tests.support.clocks import OTHERS, Rows, add_clock, add_due_item, add_procedure, clock_of, columns_of, join_union
from tests.support.hub import migrated_sqlite, sqlite_hub, sqlite_settings
from tests.support.schedulers import Schedulers, await_true

__all__ = ["migrated_sqlite", "sqlite_hub"]
FAKETIME = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class MachineClock:
    """The scheduler's wall clock, set by rewriting a file that libfaketime reads at every call."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self.move(timedelta())

    def move(self, by: timedelta) -> None:
        """So far from the real time from now on."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{by.total_seconds():+.0f}\n")
        os.replace(new, self._file)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "LD_PRELOAD": str(FAKETIME[0]),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }


@pytest.fixture
def machine(tmp_path: Path) -> MachineClock:
    assert FAKETIME, "libfaketime is not installed: apt-get install libfaketime"
    return MachineClock(tmp_path)


@pytest.fixture
def schedulers(sqlite_hub: Hub, machine: MachineClock, tmp_path: Path) -> Iterator[Schedulers]:
    join_union(sqlite_hub)
    settings: Settings = sqlite_settings(tmp_path)
    found = Schedulers(sqlite_hub, settings, tmp_path, extra_environment=machine.environment)
    try:
        found.start("only")
        found.await_leader("only")
        yield found
    finally:
        found.end()


def add_window(hub: Hub, end_at: datetime) -> UUID:
    """A running objection window that is over at `end_at`."""
    rows = Rows()
    run = add_procedure(rows, 1, recipients=OTHERS[:1])
    columns = columns_of(hub, "E06", OTHERS[0][:2], end_at - timedelta(days=90)) | {"end_at": end_at}
    clock = add_clock(rows, columns, rule="E06", holder=OTHERS[0], run=run)
    add_due_item(rows, clock, end_at)
    rows.insert(hub)
    return clock


def await_ticks(schedulers: Schedulers) -> None:
    """The scheduler has looked at its clock at least once from beginning to end."""
    before = schedulers.ticks("only")
    await_true(lambda: schedulers.ticks("only") >= before + 2)


def test_a_clock_of_a_machine_that_is_set_to_and_fro_expires_once_and_never_early(
    schedulers: Schedulers, machine: MachineClock
) -> None:
    hub = schedulers.hub
    end_at = datetime.now(UTC) + HOUR
    clock = add_window(hub, end_at)
    for early in (HOUR - timedelta(minutes=1), -DAY):
        machine.move(early)
        await_ticks(schedulers)
        assert clock_of(hub, clock).state == ClockState.RUNNING
    machine.move(HOUR)
    await_true(lambda: clock_of(hub, clock).state == ClockState.EXPIRED)
    expired_at = clock_of(hub, clock).expired_at
    assert expired_at is not None
    assert expired_at >= end_at
    for later in (-HOUR, DAY):
        machine.move(later)
        await_ticks(schedulers)
        assert (clock_of(hub, clock).state, clock_of(hub, clock).expired_at) == (ClockState.EXPIRED, expired_at)
    assert [item["id"] for _, item in told(hub, MessageType.CLOCK_EXPIRED)] == [str(clock)]
