"""One leads at a time; a lock that is gone is noticed; the next one gets it."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from board_hub.jobs.leader import leadership
from board_hub.jobs.process import JUMP, ClockWatch, SchedulerProcess
from board_hub.services.unit_of_work import Hub
from board_hub.settings import Settings
from board_hub.store.engine import is_postgres


def test_one_leads_until_it_resigns(hub: Hub) -> None:
    first, second = leadership(hub.engine), leadership(hub.engine)
    assert first.lead()
    assert first.lead()
    assert not second.lead()
    first.resign()
    assert second.lead()
    assert not first.lead()
    second.resign()


@pytest.mark.postgres
def test_a_leader_whose_session_ended_notices_it_and_may_lead_again(hub: Hub) -> None:
    if not is_postgres(hub.engine):
        return  # a lock on a file ends with its process only
    leader = leadership(hub.engine)
    assert leader.lead()
    url = hub.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'board-hub scheduler' "
            "AND datname = current_database()"
        )
    assert not leader.lead()
    assert leader.lead()
    leader.resign()


def test_a_clock_that_was_set_is_noticed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    apart = 0.0
    monkeypatch.setattr(ClockWatch, "_difference", staticmethod(lambda: apart))
    watch = ClockWatch()
    assert not watch.jumped()
    apart = -3600.0
    assert watch.jumped()
    assert watch.last == -3600
    assert not watch.jumped()
    apart += JUMP / 2
    assert not watch.jumped()


def test_after_the_clock_was_set_every_job_runs_at_once(sqlite_hub: Hub) -> None:
    process = SchedulerProcess(sqlite_hub, Settings(tick_seconds=3600))
    scheduler = process.make_scheduler(lambda: True)
    scheduler.start(paused=True)
    ahead = datetime.now(UTC) + timedelta(hours=1)
    for job in scheduler.get_jobs():
        job.modify(next_run_time=ahead)
    process.tick_now(scheduler)
    assert all(job.next_run_time <= datetime.now(UTC) for job in scheduler.get_jobs())
    scheduler.shutdown()


def test_ticks_are_intervals_in_utc_that_are_never_dropped_or_doubled(sqlite_hub: Hub) -> None:
    scheduler = SchedulerProcess(sqlite_hub, Settings()).make_scheduler(lambda: True)
    scheduler.start(paused=True)
    for job in scheduler.get_jobs():
        assert type(job.trigger).__name__ == "IntervalTrigger"
        assert str(job.trigger.timezone) == "UTC"
        assert (job.misfire_grace_time, job.coalesce, job.max_instances) == (None, True, 1)
    scheduler.shutdown()
