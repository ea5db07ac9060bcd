"""Runs of jobs are recorded: batches with their progress, idle ones in one row, failures that stop nobody."""

from datetime import timedelta
from typing import Any

import pytest

from board_hub.domain.errors import Conflict, NotFound
from board_hub.domain.events import HUB
from board_hub.jobs.runs import run_job, this_process
from board_hub.jobs.schedule import Job, find_job, jobs_of
from board_hub.services.operation.job_runs import (
    KEPT,
    JobOutcome,
    Tick,
    begin_run,
    close_interrupted,
    find_last_tick,
    forget_old_runs,
    list_runs,
)
from board_hub.services.unit_of_work import Hub, UnitOfWork
from board_hub.settings import Settings
from board_hub.store.work_tables import JobRun
from tests.support.clocks import NOON, Time


def job(*results: int | Exception, name: str = "test") -> Job:
    """A job whose batches come to these numbers, one after the other, then to nothing."""
    left = list(results)

    def _work(uow: UnitOfWork) -> int:
        result = left.pop(0) if left else 0
        if isinstance(result, Exception):
            raise result
        return result

    return Job(name, "A test.", timedelta(seconds=1), _work, lambda uow: 5)


def runs(hub: Hub) -> list[JobRun]:
    with hub.work(HUB) as uow:
        return list(list_runs(uow))


def test_a_run_works_until_nothing_is_left_and_says_how_much_it_did(hub: Hub) -> None:
    assert run_job(hub, job(2, 3)) == JobOutcome.DONE
    (run,) = runs(hub)
    assert (run.done, run.total, run.counts, run.outcome) == (5, 5, {"batches": 2}, "done")
    assert run.process == this_process()
    assert run.ended_at is not None


def test_runs_that_find_nothing_share_one_row(hub: Hub) -> None:
    for _ in range(3):
        assert run_job(hub, job()) == JobOutcome.IDLE
    (run,) = runs(hub)
    assert (run.outcome, run.counts) == ("idle", {"ticks": 3})


def test_each_job_has_its_own_idle_row(hub: Hub) -> None:
    run_job(hub, job(name="one"))
    run_job(hub, job(name="other"))
    assert {run.job for run in runs(hub)} == {"one", "other"}


@pytest.mark.parametrize("error", [Conflict("It went wrong."), RuntimeError("It went wrong.")])
def test_a_failure_is_recorded_and_the_next_run_goes_on(hub: Hub, error: Exception) -> None:
    failing = job(error, 1)
    assert run_job(hub, failing) == JobOutcome.FAILED
    assert run_job(hub, failing) == JobOutcome.DONE
    found = {run.outcome: run for run in runs(hub)}
    assert "It went wrong." in (found["failed"].error or "")


def test_the_same_failure_again_is_counted_in_its_row(hub: Hub) -> None:
    for _ in range(3):
        run_job(hub, job(Conflict("It went wrong.")))
    (run,) = runs(hub)
    assert run.counts == {"times": 3}


def test_what_was_done_before_a_failure_stays_on_record(hub: Hub) -> None:
    run_job(hub, job(4, Conflict("It went wrong.")))
    (run,) = runs(hub)
    assert (run.outcome, run.done) == ("failed", 4)


def test_a_run_ends_after_its_batch_when_the_process_stops(hub: Hub) -> None:
    asked = iter([False, True])
    assert run_job(hub, job(1, 1, 1), lambda: next(asked)) == JobOutcome.DONE
    assert runs(hub)[0].done == 1


def test_a_new_leader_closes_the_runs_of_a_process_that_ended(hub: Hub) -> None:
    with hub.work(HUB) as uow:
        begin_run(uow, Tick("test", "elsewhere:1", uow.now), total=None)
        mine = begin_run(uow, Tick("test", this_process(), uow.now), total=None)
        assert close_interrupted(uow, this_process()) == 1
        uow.commit()
    assert {run.outcome for run in runs(hub) if run.id != mine} == {"interrupted"}


def test_old_runs_are_forgotten(hub: Hub) -> None:
    time = Time()
    timed = time.hub(hub)
    run_job(timed, job(1))
    time.now = NOON + KEPT + timedelta(days=1)
    run_job(timed, job(1))
    with timed.work(HUB) as uow:
        assert forget_old_runs(uow) == 1
        assert find_last_tick(uow) == time.now


def test_every_job_runs_on_an_empty_hub(hub: Hub) -> None:
    outcomes: dict[str, Any] = {one.name: run_job(hub, one) for one in jobs_of(Settings())}
    assert JobOutcome.FAILED not in outcomes.values(), outcomes


def test_a_job_that_does_not_exist_is_named_with_those_that_do() -> None:
    with pytest.raises(NotFound, match="clocks"):
        find_job(Settings(), "none")
