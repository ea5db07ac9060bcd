"""Two schedulers, one killed or frozen: the other takes over at once, and whatever is due takes effect exactly once."""

import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import func, select
from sqlmodel import col

from board_hub.domain.clocks import ClockState
from board_hub.domain.envelope import MessageType
from board_hub.domain.events import HUB
from board_hub.jobs.leader import LOCK
from board_hub.services.unit_of_work import Hub
from board_hub.settings import Settings
from board_hub.store.case_tables import Clock, ProcedureStep
from board_hub.store.engine import is_postgres
from board_hub.store.tables import Message
from tests.services.clocks.test_expiry import told
from tests.support.clocks import fill, join_union
from tests.support.hub import hub, hub_settings
from tests.support.schedulers import Schedulers, await_true

__all__ = ["hub", "hub_settings"]
TAKE_OVER = 5.0
FROZEN = float(os.environ.get("FROZEN_SECONDS", "10"))
"""How long the leader is stopped; a minute by hand."""


@pytest.fixture
def schedulers(hub: Hub, hub_settings: Settings, tmp_path: Path) -> Iterator[Schedulers]:
    """Two schedulers, `first` leading."""
    join_union(hub)
    found = Schedulers(hub, hub_settings, tmp_path)
    try:
        found.start("first")
        found.await_leader("first")
        found.start("second")
        await_true(lambda: found.says("second", "standing by"))
        yield found
    finally:
        found.end()


def expired(hub: Hub) -> int:
    with hub.work(HUB) as uow:
        statement = select(func.count()).select_from(Clock).where(col(Clock.state) == ClockState.EXPIRED)
        return int(uow.session.execute(statement).scalar_one())


def add_due_clocks(hub: Hub, count: int) -> None:
    fill(hub, count, count, now=datetime.now(UTC))


def check_once(hub: Hub, count: int) -> None:
    """Each clock expired, was told once, and each procedure moved once."""
    await_true(lambda: expired(hub) == count)
    items = [item["id"] for _, item in told(hub, MessageType.CLOCK_EXPIRED)]
    assert len(items) == len(set(items)) == count
    with hub.work(HUB) as uow:
        steps = uow.session.execute(select(col(ProcedureStep.procedure_id))).scalars().all()
    assert len(steps) == len(set(steps)) == count // 27


def test_one_leads_and_the_other_stands_by(schedulers: Schedulers) -> None:
    before = schedulers.ticks("first")
    await_true(lambda: schedulers.ticks("first") >= before + 3)
    assert schedulers.ticks("second") == 0


def test_when_the_leader_is_killed_the_other_ticks_within_five_seconds(schedulers: Schedulers) -> None:
    schedulers.signal("first", signal.SIGKILL)
    assert schedulers.await_leader("second") < TAKE_OVER
    add_due_clocks(schedulers.hub, 54)
    check_once(schedulers.hub, 54)


def test_what_the_killed_leader_was_at_takes_effect_once(schedulers: Schedulers) -> None:
    count = 27 * 20
    add_due_clocks(schedulers.hub, count)
    await_true(lambda: schedulers.ticks("first") > 1)
    schedulers.signal("first", signal.SIGKILL)
    check_once(schedulers.hub, count)


def test_the_leader_that_is_told_to_end_hands_over(schedulers: Schedulers) -> None:
    assert schedulers.stop("first") == 0
    assert schedulers.await_leader("second") < TAKE_OVER


def test_a_frozen_leader_doubles_nothing_when_it_wakes(schedulers: Schedulers) -> None:
    freeze_between_transactions(schedulers, "first")
    add_due_clocks(schedulers.hub, 54)
    with pytest.raises(AssertionError):  # its lock lives, so that nobody takes over; and nothing expires twice
        await_true(lambda: schedulers.ticks("second") > 0, FROZEN)
    schedulers.signal("first", signal.SIGCONT)
    check_once(schedulers.hub, 54)


@pytest.mark.postgres
def test_a_frozen_leader_whose_session_was_ended_steps_down_when_it_wakes(schedulers: Schedulers) -> None:
    if not is_postgres(schedulers.hub.engine):
        return  # a lock on a file ends with its process only
    schedulers.signal("first", signal.SIGSTOP)
    end_lock_session(schedulers.hub)
    assert schedulers.await_leader("second") < TAKE_OVER
    add_due_clocks(schedulers.hub, 54)
    schedulers.signal("first", signal.SIGCONT)
    await_true(lambda: schedulers.says("first", "the leader's lock was lost"))
    check_once(schedulers.hub, 54)
    before = schedulers.ticks("second")
    await_true(lambda: schedulers.ticks("second") >= before + 2)


def freeze_between_transactions(schedulers: Schedulers, name: str) -> None:
    """On SQLite a process that is frozen within one holds the only write lock: nobody writes until it wakes."""
    for _ in range(50):
        schedulers.signal(name, signal.SIGSTOP)
        if is_postgres(schedulers.hub.engine) or is_writable(str(schedulers.hub.engine.url.database)):
            return
        schedulers.signal(name, signal.SIGCONT)
    raise AssertionError(f"{name} is in a transaction whenever it is frozen")


def is_writable(database: str) -> bool:
    with closing(sqlite3.connect(database, timeout=0.2)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        return True


def end_lock_session(hub: Hub) -> None:
    url = hub.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        holder = (
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND granted "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        assert connection.execute(holder, (LOCK & 0xFFFFFFFF,)).fetchall() == [(True,)]


def test_news_of_expiries_are_signed_messages_of_the_hub(schedulers: Schedulers) -> None:
    add_due_clocks(schedulers.hub, 27)
    check_once(schedulers.hub, 27)
    with schedulers.hub.work(HUB) as uow:
        statement = select(Message).where(col(Message.type) == MessageType.CLOCK_EXPIRED)
        messages = uow.session.execute(statement).scalars().all()
    assert all(message.source == "EU-HUB" and message.signature for message in messages)
