"""Runs of scheduled jobs: recorded for the secretariat; what found nothing to do is counted in one row per job."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlmodel import col

from board_hub.domain.errors import NotFound
from board_hub.domain.ids import uuid7
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.tables import row_of
from board_hub.store.work_tables import JobRun

KEPT = timedelta(days=30)
"""How long runs stay on record."""
MAX_ERROR = 500


class JobOutcome(StrEnum):
    RUNNING = "running"
    DONE = "done"
    IDLE = "idle"
    """Found nothing to do; `counts.ticks` says how often."""
    FAILED = "failed"
    """Tried again at the next tick; `counts.times` says how often the same happened."""
    INTERRUPTED = "interrupted"
    """Its process ended in the middle; what it had done is done, the rest was taken up by a later run."""


@dataclass(frozen=True)
class Tick:
    """One run of a job in one process. process: host and process id."""

    job: str
    process: str
    started_at: datetime


def begin_run(uow: UnitOfWork, tick: Tick, *, total: int | None) -> UUID:
    """Put a run on record that has found work; total: how much there is, where that is known."""
    row = JobRun(
        **row_of(
            JobRun,
            id=uuid7(uow.now),
            job=tick.job,
            process=tick.process,
            started_at=tick.started_at,
            total=total,
        )
    )
    uow.session.add(row)
    uow.session.flush()
    return row.id


def note_progress(
    uow: UnitOfWork, run_id: UUID, *, done: int, counts: Mapping[str, int] | None = None, total: int | None = None
) -> None:
    """How far a run has come; a run in batches notes it in the unit of work that did the batch."""
    values: dict[str, Any] = {"done": done}
    values |= {"counts": dict(counts)} if counts is not None else {}
    values |= {"total": total} if total is not None else {}
    uow.session.execute(update(JobRun).where(col(JobRun.id) == run_id).values(**values))


def end_run(uow: UnitOfWork, run_id: UUID, *, counts: Mapping[str, int] | None = None) -> None:
    """A run that had work is over; counts: what there was, where they are other than its progress said."""
    values: dict[str, Any] = {"outcome": JobOutcome.DONE, "ended_at": uow.now}
    values |= {"counts": dict(counts)} if counts is not None else {}
    uow.session.execute(update(JobRun).where(col(JobRun.id) == run_id).values(**values))


def note_idle(uow: UnitOfWork, tick: Tick) -> None:
    """A run that found nothing to do: counted in the job's one idle row."""
    row = _last(uow, tick.job, JobOutcome.IDLE)
    if row is None:
        row = JobRun(**row_of(JobRun, id=uuid7(uow.now), job=tick.job, process=tick.process, started_at=uow.now))
        row.outcome = JobOutcome.IDLE
        uow.session.add(row)
    row.process, row.started_at, row.ended_at = tick.process, tick.started_at, uow.now
    row.counts = {"ticks": row.counts.get("ticks", 0) + 1}


def note_failure(uow: UnitOfWork, tick: Tick, error: str, run_id: UUID | None = None) -> None:
    """A run that failed: in its own row if it had one, else in the job's last such row if the error is the same."""
    error = error[:MAX_ERROR]
    row = uow.session.get(JobRun, run_id) if run_id else _last(uow, tick.job, JobOutcome.FAILED)
    if row is None or (run_id is None and row.error != error):
        row = JobRun(
            **row_of(JobRun, id=uuid7(uow.now), job=tick.job, process=tick.process, started_at=tick.started_at)
        )
        uow.session.add(row)
    row.outcome, row.error, row.ended_at, row.process = JobOutcome.FAILED, error, uow.now, tick.process
    row.counts = {**row.counts, "times": row.counts.get("times", 0) + 1}


def close_interrupted(uow: UnitOfWork, process: str) -> int:
    """A new leader closes the rows of runs whose process ended in the middle; returns how many there were."""
    found = uow.session.execute(
        update(JobRun)
        .where(col(JobRun.outcome) == JobOutcome.RUNNING, col(JobRun.process) != process)
        .values(outcome=JobOutcome.INTERRUPTED, ended_at=uow.now)
    )
    return int(found.rowcount)  # type: ignore[attr-defined]


def list_runs(uow: UnitOfWork, *, job: str | None = None, limit: int = 25) -> Sequence[JobRun]:
    """Runs, the last first."""
    statement = select(JobRun).order_by(col(JobRun.started_at).desc(), col(JobRun.id).desc()).limit(limit)
    if job:
        statement = statement.where(col(JobRun.job) == job)
    return uow.session.execute(statement).scalars().all()


def get_run(uow: UnitOfWork, run_id: UUID) -> JobRun:
    """Raises NotFound."""
    found = uow.session.get(JobRun, run_id)
    if found is None:
        raise NotFound("There is no such run.")
    return found


def find_last_run(uow: UnitOfWork, job: str) -> JobRun | None:
    """The last run of a job that had work, whatever it came to."""
    statement = select(JobRun).where(col(JobRun.job) == job, col(JobRun.outcome) != JobOutcome.IDLE)
    newest = statement.order_by(col(JobRun.started_at).desc(), col(JobRun.id).desc()).limit(1)
    return uow.session.execute(newest).scalar_one_or_none()


def list_last_runs(uow: UnitOfWork) -> dict[str, JobRun]:
    """The last run of each job, by job; those that found nothing to do too."""
    newest = select(col(JobRun.job), func.max(col(JobRun.started_at)).label("at")).group_by(col(JobRun.job)).subquery()
    matches = (col(JobRun.job) == newest.c.job) & (col(JobRun.started_at) == newest.c.at)
    rows = uow.session.execute(select(JobRun).join(newest, matches).order_by(col(JobRun.id))).scalars()
    return {row.job: row for row in rows}


def find_last_tick(uow: UnitOfWork) -> datetime | None:
    """When any job last ran, or None."""
    return uow.session.execute(select(func.max(func.coalesce(JobRun.ended_at, JobRun.started_at)))).scalar_one()


def forget_old_runs(uow: UnitOfWork) -> int:
    """Remove runs that are no longer kept; returns how many."""
    gone = delete(JobRun).where(col(JobRun.ended_at) < uow.now - KEPT)
    return int(uow.session.execute(gone).rowcount)  # type: ignore[attr-defined]


def _last(uow: UnitOfWork, job: str, outcome: JobOutcome) -> JobRun | None:
    statement = (
        select(JobRun)
        .where(col(JobRun.job) == job, col(JobRun.outcome) == outcome)
        .order_by(col(JobRun.started_at).desc())
        .limit(1)
    )
    return uow.session.execute(statement).scalar_one_or_none()
