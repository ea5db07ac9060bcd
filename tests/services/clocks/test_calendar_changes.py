"""A changed calendar moves the running clocks that it counts for, and no others."""

from datetime import date, datetime

import pytest

from board_hub.domain.events import HUB
from board_hub.services.access import reader_of
from board_hub.services.clocks.calendar_changes import recompute_calendar
from board_hub.services.clocks.calendars import get_calendar_year, set_calendar_year
from board_hub.services.clocks.clock_reads import list_clocks
from board_hub.services.operation.snapshot import look
from board_hub.services.unit_of_work import Hub
from tests.support.hub import DE, EE, FR, join_four, notice, send


@pytest.fixture
def running(hub: Hub) -> Hub:
    """An objection window runs for each of three recipients."""
    send(hub, join_four(hub)[FR].arrival(notice(hub)))
    return hub


def end_of(hub: Hub, code: str) -> date:
    with look(hub, HUB) as uow:
        clocks = list_clocks(uow, reader_of([uow.directory.participants[code]])).lines
    [window] = [one for one in clocks if one["holder"] == code and one["kind"] == "window"]
    return datetime.fromisoformat(window["end"]).date()


def declare_holiday(hub: Hub, calendar: str, day: date) -> int:
    with hub.work(HUB) as uow:
        holidays = get_calendar_year(uow, calendar, day.year).holidays
        of_year = {one: name for one, name in holidays.items() if one.year == day.year}
        set_calendar_year(uow, calendar, day.year, holidays=of_year | {day: "New"}, confirmed=True, source="a test")
        moved = recompute_calendar(uow, calendar)
        uow.commit()
    return moved


def test_a_new_holiday_on_its_last_day_moves_a_clock_and_leaves_those_of_other_states(running: Hub) -> None:
    germany, estonia = end_of(running, DE), end_of(running, EE)
    assert declare_holiday(running, "DE", germany) == 1
    assert end_of(running, DE) > germany
    assert end_of(running, EE) == estonia


def test_confirming_a_calendar_moves_nothing(running: Hub) -> None:
    before = end_of(running, DE)
    assert declare_holiday(running, "DE", date(before.year, 6, 30)) == 0
    assert end_of(running, DE) == before
