"""My actions: what needs an official now, by the legal clock; what waits; what is new since the last visit."""

from dataclasses import dataclass
from datetime import timedelta

from board_hub.services.desk.digest import Digest, list_news
from board_hub.services.desk.periods import Day, Period, count_ends, list_own
from board_hub.services.desk.waiting import (
    Request,
    Waiting,
    WaitingDraft,
    latest_cases,
    list_drafts_to_approve,
    list_requests,
    list_uncollected,
    list_unopened,
)
from board_hub.services.paging import Page
from board_hub.services.people.officials import Person
from board_hub.services.unit_of_work import UnitOfWork

SHOWN = 15
"""Lines of one list."""
AHEAD = 14
"""Days of which the ends are counted."""
FIRST_VISIT = timedelta(days=7)
"""What is new for who was never here before."""
LONGEST_AWAY = timedelta(days=90)


@dataclass(frozen=True)
class Actions:
    """All of the page. periods: the earliest end first; everything else: what waits longest, or came last."""

    missed: list[Period]
    periods: Page[Period]
    duties: list[Period]
    requests: list[Request]
    drafts: list[WaitingDraft]
    unopened: list[Waiting]
    uncollected: list[Waiting]
    ends: list[Day]
    digest: Digest

    @property
    def is_empty(self) -> bool:
        """Whether nothing needs the official."""
        lists = (self.missed, self.periods.lines, self.duties, self.requests, self.drafts, self.unopened)
        return not any(lists) and not self.uncollected


def get_actions(uow: UnitOfWork, person: Person, *, cursor: str | None = None) -> Actions:
    """What needs this person. Raises Invalid for a cursor no page gave."""
    reader = person.reader
    own = list_own(uow, reader, cursor=cursor, limit=SHOWN)
    cases = latest_cases(reader)
    visited = person.official.visited_at or uow.now - FIRST_VISIT
    return Actions(
        missed=own.missed,
        periods=own.running,
        duties=own.duties,
        requests=list_requests(uow, reader, cases, limit=SHOWN),
        drafts=list_drafts_to_approve(uow, person.writes_for, person.id, limit=SHOWN),
        unopened=list_unopened(uow, reader, cases, limit=SHOWN),
        uncollected=list_uncollected(uow, reader, cases, limit=SHOWN),
        ends=count_ends(uow, reader, days=AHEAD),
        digest=list_news(uow, reader, max(visited, uow.now - LONGEST_AWAY), limit=SHOWN),
    )
