"""Jobs that somebody asked for on the pages: put on the list of due work, and run by the scheduler within seconds."""

from board_hub.domain.events import Event, EventName
from board_hub.services.operation.due import add_due, count_due, mark_done, take_due
from board_hub.services.unit_of_work import UnitOfWork

KIND = "job"
MOST = 20


def ask_for_run(uow: UnitOfWork, job: str) -> None:
    """Let the scheduler run this job at its next look, whether it is due or not; safe to ask for twice."""
    add_due(uow, KIND, job, uow.now)
    uow.record(Event(EventName.JOB_REQUESTED, job))


def is_asked(uow: UnitOfWork) -> bool:
    """Whether anything was asked for; a look that holds nobody up."""
    return count_due(uow, [KIND], uow.now) > 0


def take_requests(uow: UnitOfWork) -> list[str]:
    """Names of the jobs asked for, each once; they are on the list no more when this unit of work commits."""
    items = take_due(uow, [KIND], MOST)
    mark_done(uow, items, "handed to the scheduler")
    return sorted({item.subject for item in items})
