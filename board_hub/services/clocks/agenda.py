"""What lies ahead for a reader: the periods it holds, the fixed dates of the Act, the holidays that count."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from board_hub.domain.calendars import end_of, start_of, zone_of
from board_hub.domain.clocks import ClockKind
from board_hub.law.catalogue import FixedDate
from board_hub.services.access import Reader
from board_hub.services.clocks.calendars import get_calendar_year
from board_hub.services.clocks.clock_reads import ClockFilter, ClockView, list_clock_views
from board_hub.services.paging import LONGEST_PAGE
from board_hub.services.unit_of_work import UnitOfWork

AROUND = timedelta(days=1)
"""A day of a member begins and ends within a day of the same day elsewhere in the Union."""


@dataclass(frozen=True)
class Month:
    """One month. clocks: the reader's own that end in it, by day; more: whether there are more than are shown;
    holidays: of the calendar asked for, by day; confirmed: whether the secretariat confirmed that year's.
    """

    first: date
    clocks: dict[date, list[ClockView]]
    more: bool
    holidays: dict[date, str]
    confirmed: bool

    @property
    def last(self) -> date:
        return next_month(self.first) - timedelta(days=1)


def next_month(day: date) -> date:
    """The first day of the month after."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def get_month(
    uow: UnitOfWork, reader: Reader, first: date, *, member: str, holder: str | None, kind: ClockKind | None
) -> Month:
    """The month that begins on `first`; member: whose holidays are shown."""
    zone = zone_of(member)
    since, until = start_of(first, zone) - AROUND, end_of(next_month(first), zone) + AROUND
    wanted = ClockFilter(mine=True, holder=holder, kind=kind, since=since, until=until)
    page = list_clock_views(uow, reader, wanted, limit=LONGEST_PAGE)
    clocks: dict[date, list[ClockView]] = {}
    for one in page.lines:
        if one.row.end_on and one.row.end_on.replace(day=1) == first:
            clocks.setdefault(one.row.end_on, []).append(one)
    calendar = get_calendar_year(uow, member, first.year)
    holidays = {day: name for day, name in calendar.holidays.items() if day.replace(day=1) == first}
    return Month(first, clocks, page.following is not None, holidays, first.year in calendar.confirmed)


def list_fixed_dates(uow: UnitOfWork, since: date, until: date | None = None) -> Sequence[FixedDate]:
    """The fixed dates of the newest law from `since` on, before `until`, in order."""
    catalogue = uow.hub.catalogues[max(uow.hub.catalogues)]
    ahead = (one for one in catalogue.fixed_dates if one.day >= since and (until is None or one.day < until))
    return sorted(ahead, key=lambda one: one.day)


def concerns(fixed: FixedDate, kinds: Collection[str]) -> bool:
    """Whether participants of one of these kinds are reminded of the date."""
    return not fixed.kinds.isdisjoint(kinds)
