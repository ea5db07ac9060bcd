"""What the page of a case shows, read at one moment; the number of statements does not grow with the case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from uuid import UUID

from board_hub.law.catalogue import Catalogue, NoticeType, title_in
from board_hub.services.access import Reader
from board_hub.services.cases.audience_reads import Seat, count_markings, list_audiences
from board_hub.services.cases.case_reads import CaseView, get_case
from board_hub.services.cases.case_subject import Subject, find_subject
from board_hub.services.cases.history_reads import Progress, Shown, list_history, list_progress
from board_hub.services.cases.next_steps import NextStep, list_formal_requests, list_informal_types, list_next_steps
from board_hub.services.cases.procedure_paths import ProcedurePath, list_paths
from board_hub.services.cases.sharing import list_shares
from board_hub.services.cases.timeline_reads import ListedNotice, TimelineEntry
from board_hub.services.clocks.clock_reads import ClockFilter, list_clock_views
from board_hub.services.paging import LONGEST_PAGE, Page
from board_hub.services.people.officials import Person
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.case_tables import CaseShare
from board_hub.web.clock_steps import ShownClock, show_clock

HISTORY = 20
"""Entries of the history on one page."""


@dataclass(frozen=True)
class ClockGroup:
    """The clocks of one rule: of everybody who holds one, the earliest end first."""

    rule: str
    first: ShownClock
    clocks: tuple[ShownClock, ...]

    @property
    def open(self) -> int:
        return sum(one.is_open for one in self.clocks)

    @property
    def next_end(self) -> date | None:
        """The earliest day on which one that is open ends."""
        return min((one.row.end_on for one in self.clocks if one.is_open and one.row.end_on), default=None)


@dataclass(frozen=True)
class Clocks:
    """The clocks of a case. mine: those of the reader's own; periods, duties: all, by rule; following: a cursor."""

    mine: tuple[ShownClock, ...]
    periods: tuple[ClockGroup, ...]
    duties: tuple[ClockGroup, ...]
    following: str | None


@dataclass(frozen=True)
class Steps:
    """What the official may do next. requests: formal types that begin a request; informal: kinds of messages."""

    next: tuple[NextStep, ...]
    informal: tuple[NoticeType, ...]
    requests: tuple[NoticeType, ...]


@dataclass(frozen=True)
class CasePage:
    """A case as its page shows it. shares: for who opened it, else None."""

    case: CaseView
    subject: Subject | None
    catalogue: Catalogue
    markings: Mapping[str, int]
    paths: tuple[ProcedurePath, ...]
    clocks: Clocks
    history: Page[TimelineEntry]
    progress: Mapping[UUID, Progress]
    audiences: Mapping[UUID, Sequence[Seat]]
    steps: Steps
    shares: Sequence[CaseShare] | None

    @property
    def notices(self) -> list[ListedNotice]:
        return [one for one in self.history.lines if isinstance(one, ListedNotice)]


def read_case(
    uow: UnitOfWork, person: Person, reference: str, shown: Shown, *, older: str | None, clocks: str | None
) -> CasePage:
    """older, clocks: cursors into the history and the clocks. Raises NotFound; Invalid for a cursor no page gave."""
    reader = person.reader
    case = get_case(uow, reader, reference)
    header, catalogue = case.header, uow.hub.catalogues[case.header.law_version]
    history = list_history(uow, reader, header.id, shown, cursor=older, limit=HISTORY)
    notices = [one for one in history.lines if isinstance(one, ListedNotice)]
    return CasePage(
        case=case,
        subject=find_subject(uow, reader, header.id),
        catalogue=catalogue,
        markings=count_markings(uow, reader, header.id),
        paths=list_paths(uow, reader, header.id),
        clocks=_clocks(uow, reader, catalogue, reference, cursor=clocks),
        history=history,
        progress=list_progress(uow, reader, notices),
        audiences=list_audiences(uow, reader, header.id, [one.row_id for one in notices]),
        steps=_steps(uow, person, header.id, catalogue),
        shares=_shares(uow, person, case),
    )


def words_of_effects(catalogue: Catalogue) -> dict[str, str]:
    """What the end of a period means, by code, in English."""
    return {one.code: title_in(one.label) for one in catalogue.effects.codes} if catalogue.effects else {}


def _clocks(uow: UnitOfWork, reader: Reader, catalogue: Catalogue, reference: str, *, cursor: str | None) -> Clocks:
    effects = words_of_effects(catalogue)
    page = list_clock_views(uow, reader, ClockFilter(case=reference), cursor=cursor, limit=LONGEST_PAGE)
    shown = [show_clock(one, reader.participants, effects) for one in page.lines]
    duties = [one for one in shown if one.is_duty]
    mine = tuple(sorted((one for one in shown if one.is_mine), key=lambda one: not one.is_open))
    return Clocks(mine, _grouped([one for one in shown if not one.is_duty]), _grouped(duties), page.following)


def _grouped(clocks: Sequence[ShownClock]) -> tuple[ClockGroup, ...]:
    """By rule, those groups first in which something runs, then by their earliest end."""
    order = {one.view.rule.code: place for place, one in reversed(list(enumerate(clocks)))}
    by_rule = sorted(clocks, key=lambda one: order[one.view.rule.code])
    groups = []
    for rule, found in groupby(by_rule, key=lambda one: one.view.rule.code):
        some = tuple(found)
        groups.append(ClockGroup(rule, some[0], some))
    return tuple(sorted(groups, key=lambda one: not one.open))


def _steps(uow: UnitOfWork, person: Person, case_id: UUID, catalogue: Catalogue) -> Steps:
    if not person.writes_for:
        return Steps((), (), ())
    writers = [uow.directory.participants[code] for code in person.writes_for]
    requests = {one.code: one for writer in writers for one in list_formal_requests(catalogue, writer)}
    return Steps(
        next=list_next_steps(uow, person.writes_for, case_id),
        informal=list_informal_types(catalogue, writers),
        requests=tuple(requests.values()),
    )


def _shares(uow: UnitOfWork, person: Person, case: CaseView) -> Sequence[CaseShare] | None:
    """With whom the case is shared, for an official of whoever opened it."""
    originator = case.header.originator
    if originator not in person.reader.participants:
        return None
    return list_shares(uow, uow.directory.participants[originator], case.header.reference)
