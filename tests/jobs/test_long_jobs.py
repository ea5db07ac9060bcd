"""Long jobs: due or asked for, with their progress on record; the evidence log verified by one."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from board_hub.domain.errors import Conflict
from board_hub.domain.events import HUB
from board_hub.jobs.process import SchedulerProcess
from board_hub.jobs.runs import run_due, run_job
from board_hub.jobs.schedule import LongJob, Progress, find_job
from board_hub.services.operation.job_requests import ask_for_run, is_asked, take_requests
from board_hub.services.operation.job_runs import JobOutcome, find_last_run, list_last_runs
from board_hub.services.unit_of_work import Hub
from board_hub.settings import Settings
from board_hub.store.tables import Message
from board_hub.store.work_tables import JobRun
from tests.support.clocks import NOON, Time
from tests.support.hub import FR, join_four, notice, send
from tests.support.schedulers import await_true


def job(*, due: bool = True, error: str = "", words: int = 2) -> LongJob:
    def _run(hub: Hub, tell: Progress) -> Mapping[str, int]:
        for number in range(words):
            tell(number + 1, words)
        if error:
            raise Conflict(error)
        return {"things": words}

    return LongJob("long", "A test.", timedelta(seconds=1), _run, lambda uow: due)


def last(hub: Hub, name: str = "long") -> JobRun:
    with hub.work(HUB) as uow:
        found = find_last_run(uow, name)
    assert found is not None
    return found


def test_a_long_run_is_on_record_with_its_progress_and_counts(hub: Hub) -> None:
    assert run_job(hub, job()) == JobOutcome.DONE
    run = last(hub)
    assert (run.outcome, run.done, run.total, run.counts) == ("done", 2, 2, {"things": 2})


def test_a_tick_runs_it_only_when_it_is_due(sqlite_hub: Hub) -> None:
    assert run_due(sqlite_hub, job(due=False)) == JobOutcome.IDLE
    with sqlite_hub.work(HUB) as uow:
        assert list_last_runs(uow)["long"].outcome == "idle"
    assert run_due(sqlite_hub, job()) == JobOutcome.DONE


def test_a_failure_is_in_the_row_of_its_progress(sqlite_hub: Hub) -> None:
    assert run_job(sqlite_hub, job(error="It went wrong.")) == JobOutcome.FAILED
    assert (last(sqlite_hub).outcome, last(sqlite_hub).error) == ("failed", "It went wrong.")


def test_one_that_did_nothing_is_idle(sqlite_hub: Hub) -> None:
    assert run_job(sqlite_hub, job(words=0)) == JobOutcome.IDLE


def test_what_is_asked_for_is_taken_once(hub: Hub) -> None:
    for _ in range(2):
        with hub.work(HUB) as uow:
            ask_for_run(uow, "evidence")
            uow.commit()
    with hub.work(HUB) as uow:
        assert is_asked(uow)
        assert take_requests(uow) == ["evidence"]
        uow.commit()
    with hub.work(HUB) as uow:
        assert not is_asked(uow)


def test_the_scheduler_runs_what_is_asked_for_whether_it_is_due_or_not(sqlite_hub: Hub) -> None:
    process = SchedulerProcess(sqlite_hub, Settings(), [job(due=False)])
    scheduler = process.make_scheduler(lambda: False)
    scheduler.remove_all_jobs()
    scheduler.start()
    try:
        with sqlite_hub.work(HUB) as uow:
            ask_for_run(uow, "long")
            ask_for_run(uow, "no such job")
            uow.commit()
        process.run_requested(scheduler, lambda: False)
        await_true(lambda: is_done(sqlite_hub))
    finally:
        scheduler.shutdown(wait=True)


def is_done(hub: Hub) -> bool:
    with hub.work(HUB) as uow:
        found = find_last_run(uow, "long")
        return found is not None and found.outcome == JobOutcome.DONE


@pytest.fixture
def sent(hub: Hub) -> Hub:
    send(hub, join_four(hub)[FR].arrival(notice(hub)))
    return hub


def test_the_log_is_verified_and_what_was_looked_at_is_counted(sent: Hub) -> None:
    assert run_job(sent, find_job(Settings(), "evidence")) == JobOutcome.DONE
    run = last(sent, "evidence")
    with sent.work(HUB) as uow:
        messages = len(uow.session.execute(select(col(Message.id))).all())
    assert (run.counts["messages"], run.counts["refused"]) == (messages, 0)
    assert run.done == run.total


def test_a_log_that_does_not_hold_is_a_failure_that_names_what_differs(sent: Hub) -> None:
    with sent.work(HUB) as uow:
        uow.session.execute(update(Message).where(col(Message.source) == FR).values(body=b"{}"))
        uow.session.commit()
    assert run_job(sent, find_job(Settings(), "evidence")) == JobOutcome.FAILED
    assert "its bytes are not those" in (last(sent, "evidence").error or "")


def test_the_log_is_verified_once_a_day(sqlite_hub: Hub) -> None:
    time = Time()
    hub = time.hub(sqlite_hub)
    verifying = find_job(Settings(), "evidence")
    assert run_due(hub, verifying) == JobOutcome.DONE
    assert run_due(hub, verifying) == JobOutcome.IDLE
    time.now = NOON + timedelta(days=1)
    assert run_due(hub, verifying) == JobOutcome.DONE
