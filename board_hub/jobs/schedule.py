"""The table of jobs: name, interval, and the service that does one batch of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Protocol

from board_hub.domain.errors import NotFound
from board_hub.jobs.mail_server import mail_server_of
from board_hub.jobs.post import gather_mails, post_all
from board_hub.services.cases.attachments import purge_orphans
from board_hub.services.clocks.calendars import fill_calendars
from board_hub.services.clocks.expiry import DUE_KINDS, expire_due
from board_hub.services.clocks.yearly_clocks import begin_yearly_clocks
from board_hub.services.desk.mails import is_mail_due
from board_hub.services.desk.mandate_mails import remind_of_mandates
from board_hub.services.operation.due import count_due
from board_hub.services.operation.proposals import expire_proposals
from board_hub.services.operation.reminders import (
    purge,
    remind_of_dates,
    remind_of_keys,
    report_overdue,
    ring_for_waiting,
    send_head,
)
from board_hub.services.operation.verification import is_verification_due, verify_log
from board_hub.services.people.leaving import purge_people
from board_hub.services.unit_of_work import Hub, UnitOfWork
from board_hub.settings import Settings
from board_hub.store.attachment_files import AttachmentFiles

_MINUTE = timedelta(minutes=1)
UPLOADS_END = timedelta(hours=6)
"""An upload under way is over by then."""


@dataclass(frozen=True)
class Job:
    """work: does one batch within a unit of work and says how much it did; called again until that is 0.

    total: how much there is to do, for its progress. Each job may run late, twice, or in two processes at once.
    """

    name: str
    says: str
    every: timedelta
    work: Callable[[UnitOfWork], int]
    total: Callable[[UnitOfWork], int] | None = None


class Progress(Protocol):
    """How far a long run has come, told now and then; false if it is to stop."""

    def __call__(self, done: int, total: int) -> bool: ...


@dataclass(frozen=True)
class LongJob:
    """A job that opens its own units of work: it takes long, or does its work elsewhere.

    run: does all of it and says how much there was, by kind; raises one of the five errors if something is wrong.
    due: whether a tick runs it; asked for by somebody it runs whatever this says.
    """

    name: str
    says: str
    every: timedelta
    run: Callable[[Hub, Progress], Mapping[str, int]]
    due: Callable[[UnitOfWork], bool]


AnyJob = Job | LongJob


def jobs_of(settings: Settings) -> tuple[AnyJob, ...]:
    """All jobs of the hub."""
    tick = timedelta(seconds=settings.tick_seconds)
    overdue = partial(report_overdue, after=timedelta(hours=settings.overdue_hours))
    return (
        Job("clocks", "Clocks that end, warnings, reminders of duties.", tick, expire_due, _due_clocks),
        Job("relay-sweep", "Wakes the relay for deliveries that wait too long.", tick, ring_for_waiting),
        Job("overdue", "Tells senders what is not collected, and who must act.", 5 * _MINUTE, overdue),
        Job("keys", "Tells participants that a key of theirs ends soon.", 10 * _MINUTE, remind_of_keys),
        Job("heads", "Signs the evidence log's head and sends it to all, daily.", 10 * _MINUTE, send_head),
        Job("dates", "Reminds of the law's fixed dates.", 10 * _MINUTE, remind_of_dates),
        Job("yearly", "Begins the clocks of yearly reports.", 10 * _MINUTE, begin_yearly_clocks),
        Job("calendars", "Writes the public holidays of the years to come.", 60 * _MINUTE, fill_calendars),
        Job("files", "Removes files of uploads that were cut off.", 60 * _MINUTE, partial(_purge_files, settings)),
        Job("people", "Ends sessions that are over; removes old sessions and sign-ins.", 10 * _MINUTE, purge_people),
        Job("proposals", "Ends proposals that nobody decided on in time.", 60 * _MINUTE, expire_proposals),
        LongJob("evidence", "Verifies the whole evidence log, daily.", 10 * _MINUTE, verify_log, is_verification_due),
        Job("purge", "Removes answers, assertions and runs that are no longer kept.", 60 * _MINUTE, purge),
        *_mail_jobs(settings, tick),
    )


def _mail_jobs(settings: Settings, tick: timedelta) -> tuple[AnyJob, ...]:
    """Nothing without a mail server."""
    server, public_url = mail_server_of(settings), settings.public_url.rstrip("/")
    if server is None:
        return ()
    gather, post = partial(gather_mails, public_url), partial(post_all, server, public_url)
    return (
        Job("mail-items", "Reads what officials are to be told by mail, and writes the mails.", tick, gather),
        Job("mail-mandates", "Reminds of mandates that end.", 60 * _MINUTE, remind_of_mandates),
        LongJob("mails", "Hands mails to the mail server.", tick, post, is_mail_due),
    )


def find_job(settings: Settings, name: str) -> AnyJob:
    """The job of this name. Raises NotFound, with the names there are."""
    jobs = {job.name: job for job in jobs_of(settings)}
    if name not in jobs:
        raise NotFound(f"There is no job {name}; there are: {', '.join(jobs)}.")
    return jobs[name]


def _purge_files(settings: Settings, uow: UnitOfWork) -> int:
    return purge_orphans(uow, AttachmentFiles(settings.attachments), uow.now - UPLOADS_END)


def _due_clocks(uow: UnitOfWork) -> int:
    return count_due(uow, DUE_KINDS, uow.now)
