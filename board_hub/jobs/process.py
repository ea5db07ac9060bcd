"""The scheduler's process: stands by until it leads, then ticks; APScheduler only calls, nothing is kept in it."""

import logging
import signal
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from types import FrameType
from typing import Any

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from board_hub.domain.errors import HubError
from board_hub.domain.events import HUB
from board_hub.jobs.leader import leadership
from board_hub.jobs.runs import run_due, run_job, this_process
from board_hub.jobs.schedule import AnyJob, jobs_of
from board_hub.services.operation.job_requests import is_asked, take_requests
from board_hub.services.operation.job_runs import close_interrupted
from board_hub.services.operation.snapshot import look
from board_hub.services.unit_of_work import Hub
from board_hub.settings import Settings

log = structlog.get_logger(__name__)

LOOK_EVERY = 0.5
"""Seconds between looks at the leader's lock, and at most until a signal is heeded."""
THREADS = 3
"""Jobs that run at once: a long one must not keep clocks waiting."""
JUMP = 2.0
"""Seconds by which the machine's clock must move against the steady one to count as set."""


class SchedulerProcess:
    """Run it in the main thread. A second one on the same database stands by."""

    def __init__(self, hub: Hub, settings: Settings, more_jobs: Sequence[AnyJob] = ()) -> None:
        self._hub = hub
        self._jobs = (*jobs_of(settings), *more_jobs)
        self._leadership = leadership(hub.engine)
        self._stopping = threading.Event()
        logging.getLogger("apscheduler").setLevel(logging.WARNING)  # every tick would be two lines
        self._signalled = False

    def stop_on_signals(self) -> None:
        """A signal only leaves a note: a handler that took a lock could wait for the very thread it interrupted."""

        def _note(_number: int, _frame: FrameType | None) -> None:
            self._signalled = True

        signal.signal(signal.SIGTERM, _note)
        signal.signal(signal.SIGINT, _note)

    def run(self) -> None:
        """Stand by, lead, stand by again when the lock is lost, until SIGTERM or SIGINT."""
        log.info("standing by", process=this_process())
        try:
            while not self._signalled:
                if self._leadership.lead():
                    self._lead()
                else:
                    self._stopping.wait(LOOK_EVERY)
        finally:
            self._leadership.resign()
        log.info("stopped", process="scheduler")

    def _lead(self) -> None:
        """Tick until the lock is lost or a signal came; jobs in hand end their batch."""
        log.info("leading", process=this_process())
        stepping_down = threading.Event()
        scheduler = self.make_scheduler(stepping_down.is_set)
        self._close_interrupted()
        scheduler.start()
        watch = ClockWatch()
        try:
            while not self._signalled and self._leadership.lead():
                if watch.jumped():
                    log.warning("the machine's clock was set", seconds=round(watch.last, 1))
                    self.tick_now(scheduler)
                self.run_requested(scheduler, stepping_down.is_set)
                self._stopping.wait(LOOK_EVERY)
        finally:
            stepping_down.set()
            scheduler.shutdown(wait=True)
        if not self._signalled:
            log.warning("standing by", process=this_process(), reason="the leader's lock was lost")

    def make_scheduler(self, stopping: Callable[[], bool]) -> Any:
        """Interval ticks in UTC only: dates and wall-clock times would be dropped, or doubled, when clocks change."""
        scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(THREADS)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        for job in self._jobs:
            scheduler.add_job(
                self._tick,
                IntervalTrigger(seconds=int(job.every.total_seconds()), timezone=UTC),
                args=(job, stopping),
                id=job.name,
                next_run_time=datetime.now(UTC),
            )
        return scheduler

    def _tick(self, job: AnyJob, stopping: Callable[[], bool]) -> None:
        run_due(self._hub, job, stopping)

    def run_requested(self, scheduler: Any, stopping: Callable[[], bool]) -> None:
        """Run at once what somebody asked for on the pages, whether it is due or not."""
        by_name = {job.name: job for job in self._jobs}
        try:
            with look(self._hub, HUB) as uow:
                if not is_asked(uow):
                    return
            with self._hub.work(HUB) as uow:
                names = take_requests(uow)
                uow.commit()
        except HubError as error:
            log.warning("requested jobs not looked at", reason=str(error))
            return
        for job in (by_name[name] for name in names if name in by_name):
            options: dict[str, Any] = {"id": f"{job.name}, asked for", "replace_existing": True}
            scheduler.add_job(run_job, args=(self._hub, job, stopping), **options)

    @staticmethod
    def tick_now(scheduler: Any) -> None:
        """Let every job run at once, and every interval count from now."""
        for job in scheduler.get_jobs():
            job.modify(next_run_time=datetime.now(UTC))

    def _close_interrupted(self) -> None:
        try:
            with self._hub.work(HUB) as uow:
                close_interrupted(uow, this_process())
                uow.commit()
        except HubError as error:
            log.warning("interrupted runs not closed", reason=str(error))


class ClockWatch:
    """Whether the machine's clock was set: APScheduler reckons its next run by it, and would wait out an hour."""

    def __init__(self) -> None:
        self._apart = self._difference()
        self.last = 0.0

    def jumped(self) -> bool:
        """Whether it was set since the last call; `last` says by how many seconds."""
        now = self._difference()
        self.last, before = now - self._apart, self._apart
        self._apart = now
        return abs(now - before) > JUMP

    @staticmethod
    def _difference() -> float:
        return time.time() - time.monotonic()
