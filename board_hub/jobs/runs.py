"""One run of a job: batch after batch, a unit of work each, on record; a failure is recorded and tried again later."""

import os
import socket
from collections.abc import Callable
from uuid import UUID

import structlog

from board_hub.domain.errors import HubError
from board_hub.domain.events import HUB
from board_hub.jobs.schedule import Job
from board_hub.services.operation import job_runs
from board_hub.services.operation.job_runs import JobOutcome, Tick
from board_hub.services.unit_of_work import Hub

log = structlog.get_logger(__name__)


def this_process() -> str:
    """Host and process id, as runs are signed."""
    return f"{socket.gethostname()}:{os.getpid()}"[:100]


def run_job(hub: Hub, job: Job, stopping: Callable[[], bool] = lambda: False) -> JobOutcome:
    """Run a job until nothing is left or `stopping`; what is left is taken up by the next run. Never raises."""
    run = _Run(hub, job)
    try:
        while not stopping() and run.batch():
            pass
        return run.end()
    except HubError as error:
        return run.failed(str(error))
    except Exception as error:
        log.exception("job failed", job=job.name)
        return run.failed(f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")


class _Run:
    def __init__(self, hub: Hub, job: Job) -> None:
        self.hub, self.job = hub, job
        self.tick = Tick(job.name, this_process(), hub.clock())
        self.run_id: UUID | None = None
        self.done = self.batches = 0

    def batch(self) -> int:
        """One batch with its progress, in one unit of work."""
        outside = self.job.outside(self.hub) if self.job.outside else 0
        with self.hub.work(HUB) as uow:
            total = self.job.total(uow) if self.job.total and self.run_id is None else None
            done = outside + self.job.work(uow)
            if not done:
                uow.commit()  # it may have rung the doorbell
                return 0
            run_id = self.run_id or job_runs.begin_run(uow, self.tick, total=total)
            job_runs.note_progress(uow, run_id, done=self.done + done, batches=self.batches + 1)
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

    def failed(self, error: str) -> JobOutcome:
        log.warning("job failed", job=self.job.name, reason=error)
        try:
            with self.hub.work(HUB) as uow:
                job_runs.note_failure(uow, self.tick, error, self.run_id)
                uow.commit()
        except HubError as again:
            log.warning("job's failure not recorded", job=self.job.name, reason=str(again))
        return JobOutcome.FAILED
