"""The table of jobs: name, interval, and the service that does one batch of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from board_hub.domain.errors import NotFound
from board_hub.jobs.mail_server import mail_server_of
from board_hub.jobs.post import gather_mails, post_mails
from board_hub.services.cases.attachments import purge_orphans
from board_hub.services.clocks.calendars import fill_calendars
from board_hub.services.clocks.expiry import DUE_KINDS, expire_due
from board_hub.services.clocks.yearly_clocks import begin_yearly_clocks
from board_hub.services.desk.mandate_mails import remind_of_mandates
from board_hub.services.operation.due import count_due
from board_hub.services.operation.reminders import (
    purge,
    remind_of_dates,
    remind_of_keys,
    report_overdue,
    ring_for_waiting,
    send_head,
)
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

    outside: done before that, in units of work of its own: what speaks with others must not hold a transaction.
    total: how much there is to do, for its progress. Each job may run late, twice, or in two processes at once.
    """

    name: str
    says: str
    every: timedelta
    work: Callable[[UnitOfWork], int]
    total: Callable[[UnitOfWork], int] | None = None
    outside: Callable[[Hub], int] | None = None


def jobs_of(settings: Settings) -> tuple[Job, ...]:
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
        Job("purge", "Removes answers, assertions and runs that are no longer kept.", 60 * _MINUTE, purge),
        *_mail_jobs(settings, tick),
    )


def _mail_jobs(settings: Settings, tick: timedelta) -> tuple[Job, ...]:
    """Nothing without a mail server."""
    server, public_url = mail_server_of(settings), settings.public_url.rstrip("/")
    if server is None:
        return ()
    gather, post = partial(gather_mails, public_url), partial(post_mails, server, public_url)
    return (
        Job("mail-items", "Reads what officials are to be told by mail, and writes the mails.", tick, gather),
        Job("mail-mandates", "Reminds of mandates that end.", 60 * _MINUTE, remind_of_mandates),
        Job("mails", "Hands mails to the mail server.", tick, lambda uow: 0, outside=post),
    )


def find_job(settings: Settings, name: str) -> Job:
    """The job of this name. Raises NotFound, with the names there are."""
    jobs = {job.name: job for job in jobs_of(settings)}
    if name not in jobs:
        raise NotFound(f"There is no job {name}; there are: {', '.join(jobs)}.")
    return jobs[name]


def _purge_files(settings: Settings, uow: UnitOfWork) -> int:
    return purge_orphans(uow, AttachmentFiles(settings.attachments), uow.now - UPLOADS_END)


def _due_clocks(uow: UnitOfWork) -> int:
    return count_due(uow, DUE_KINDS, uow.now)
