"""One run of a job: batch after batch, a unit of work each, on record; a failure is recorded and tried again later."""

import os
import socket
from collections.abc import Callable
from uuid import UUID

import structlog

from board_hub.domain.errors import HubError
from board_hub.domain.events import HUB
from board_hub.jobs.schedule import AnyJob, Job, LongJob
from board_hub.services.operation import job_runs
from board_hub.services.operation.job_runs import JobOutcome, Tick
from board_hub.services.unit_of_work import Hub

log = structlog.get_logger(__name__)


def this_process() -> str:
    """Host and process id, as runs are signed."""
    return f"{socket.gethostname()}:{os.getpid()}"[:100]


def run_due(hub: Hub, job: AnyJob, stopping: Callable[[], bool] = lambda: False) -> JobOutcome:
    """What a tick does: run a job, but a long one only if it is due."""
    if isinstance(job, LongJob) and not _is_due(hub, job):
        return JobOutcome.IDLE
    return run_job(hub, job, stopping)


def run_job(hub: Hub, job: AnyJob, stopping: Callable[[], bool] = lambda: False) -> JobOutcome:
    """Run a job until nothing is left or `stopping`; what is left is taken up by the next run. Never raises."""
    run: _Run | _LongRun = _LongRun(hub, job, stopping) if isinstance(job, LongJob) else _Run(hub, job)
    try:
        while not stopping() and run.batch():
            pass
        return run.end()
    except HubError as error:
        return run.failed(str(error))
    except Exception as error:
        log.exception("job failed", job=job.name)
        return run.failed(f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")


def _is_due(hub: Hub, job: LongJob) -> bool:
    """Whether it is due; a look at it that fails says so on record, like a run."""
    try:
        with hub.work(HUB) as uow:
            if job.due(uow):
                return True
            job_runs.note_idle(uow, Tick(job.name, this_process(), hub.clock()))
            uow.commit()
    except HubError as error:
        log.warning("job not looked at", job=job.name, reason=str(error))
    return False


class _Recorded:
    """A run on record, from its first row to its outcome."""

    def __init__(self, hub: Hub, job: AnyJob) -> None:
        self.hub, self.job = hub, job
        self.tick = Tick(job.name, this_process(), hub.clock())
        self.run_id: UUID | None = None

    def failed(self, error: str) -> JobOutcome:
        log.warning("job failed", job=self.job.name, reason=error)
        try:
            with self.hub.work(HUB) as uow:
                job_runs.note_failure(uow, self.tick, error, self.run_id)
                uow.commit()
        except HubError as again:
            log.warning("job's failure not recorded", job=self.job.name, reason=str(again))
        return JobOutcome.FAILED


class _LongRun(_Recorded):
    """A long job: on record from its first word on its progress."""

    def __init__(self, hub: Hub, job: LongJob, stopping: Callable[[], bool]) -> None:
        super().__init__(hub, job)
        self.long, self.stopping = job, stopping
        self.counts: dict[str, int] = {}

    def batch(self) -> int:
        """All of it; returns 0: there is no second one."""
        self.counts = dict(self.long.run(self.hub, self._note))
        return 0

    def _note(self, done: int, total: int) -> bool:
        with self.hub.work(HUB) as uow:
            run_id = self.run_id or job_runs.begin_run(uow, self.tick, total=total)
            job_runs.note_progress(uow, run_id, done=done, total=total)
            uow.commit()
        self.run_id = run_id
        return not self.stopping()

    def end(self) -> JobOutcome:
        worked = self.run_id is not None or any(self.counts.values())
        with self.hub.work(HUB) as uow:
            if worked:
                run_id = self.run_id or job_runs.begin_run(uow, self.tick, total=None)
                job_runs.end_run(uow, run_id, counts=self.counts)
            else:
                job_runs.note_idle(uow, self.tick)
            uow.commit()
        return JobOutcome.DONE if worked else JobOutcome.IDLE


class _Run(_Recorded):
    def __init__(self, hub: Hub, job: Job) -> None:
        super().__init__(hub, job)
        self.short = job
        self.done = self.batches = 0

    def batch(self) -> int:
        """One batch with its progress, in one unit of work."""
        with self.hub.work(HUB) as uow:
            total = self.short.total(uow) if self.short.total and self.run_id is None else None
            done = self.short.work(uow)
            if not done:
                uow.commit()  # it may have rung the doorbell
                return 0
            run_id = self.run_id or job_runs.begin_run(uow, self.tick, total=total)
            job_runs.note_progress(uow, run_id, done=self.done + done, counts={"batches": self.batches + 1})
            uow.commit()
        self.run_id, self.done, self.batches = run_id, self.done + done, self.batches + 1
        return done

    def end(self) -> JobOutcome:
        with self.hub.work(HUB) as uow:
            if self.run_id is None:
                job_runs.note_idle(uow, self.tick)
            else:
                job_runs.end_run(uow, self.run_id)
            uow.commit()
        return JobOutcome.IDLE if self.run_id is None else JobOutcome.DONE
