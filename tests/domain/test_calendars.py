"""Working days, zones, and the instants at which local days begin and end."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from board_hub.domain.calendars import ZONES, Calendar, end_of, local_date, start_of, zone_of

CHRISTMAS = {date(2026, 12, 25): "Christmas Day"}
CALENDAR = Calendar("DE", "Europe/Berlin", CHRISTMAS, frozenset({2026}))
TICK = timedelta(microseconds=1)


def test_saturdays_sundays_and_holidays_are_not_working_days() -> None:
    week = [date(2026, 12, day) for day in range(21, 28)]
    assert [day.day for day in week if CALENDAR.is_working(day)] == [21, 22, 23, 24]


def test_working_days_are_counted_with_both_ends() -> None:
    assert CALENDAR.working_days(date(2026, 12, 24), date(2026, 12, 28)) == 2
    assert CALENDAR.working_days(date(2026, 12, 24), date(2026, 12, 24)) == 1
    assert CALENDAR.working_days(date(2026, 12, 24), date(2026, 12, 23)) == 0


def test_the_next_working_day_may_be_the_day_itself() -> None:
    assert CALENDAR.next_working(date(2026, 12, 24)) == date(2026, 12, 24)
    assert CALENDAR.next_working(date(2026, 12, 25)) == date(2026, 12, 28)


def test_a_span_is_confirmed_where_each_of_its_years_is() -> None:
    assert CALENDAR.is_confirmed(2026, 2026)
    assert not CALENDAR.is_confirmed(2026, 2027)
    assert CALENDAR.unconfirmed(2025, 2027) == (2025, 2027)


def test_a_calendar_is_a_value_that_can_be_a_key() -> None:
    assert {CALENDAR: 1}[Calendar("DE", "Europe/Berlin", dict(CHRISTMAS), frozenset({2026}))] == 1


def test_every_zone_exists() -> None:
    assert all(ZoneInfo(zone_of(code)) for code in ZONES)
    assert zone_of("EU") == "Europe/Brussels"


def test_an_unknown_member_has_no_zone() -> None:
    with pytest.raises(ValueError, match="'XX'"):
        zone_of("XX")


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 7, 1), 24), (date(2026, 12, 31), 24)],
)
def test_a_day_is_as_long_as_its_clocks_say(day: date, hours: int) -> None:
    assert end_of(day, "Europe/Berlin") - start_of(day, "Europe/Berlin") == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("zone", "day", "end"),
    [
        pytest.param("Africa/Cairo", date(2024, 4, 25), datetime(2024, 4, 25, 22, tzinfo=UTC), id="0 h skipped"),
        pytest.param("Africa/Cairo", date(2024, 10, 31), datetime(2024, 10, 31, 22, tzinfo=UTC), id="23 h twice"),
        pytest.param(
            "Atlantic/Azores", date(2026, 3, 28), datetime(2026, 3, 29, 1, tzinfo=UTC), id="0 h skipped, west"
        ),
        pytest.param("Atlantic/Azores", date(2026, 10, 24), datetime(2026, 10, 25, tzinfo=UTC), id="0 h twice"),
        pytest.param(
            "America/St_Johns", date(2010, 11, 6), datetime(2010, 11, 7, 3, 30, tzinfo=UTC), id="0:01 to 23:01"
        ),
    ],
)
def test_a_day_ends_right_where_clocks_change_around_midnight(zone: str, day: date, end: datetime) -> None:
    assert end_of(day, zone) == end


@given(day=st.dates(date(1980, 1, 1), date(2060, 1, 1)), zone=st.sampled_from(sorted(set(ZONES.values()))))
def test_a_day_ends_at_the_first_instant_that_is_no_longer_part_of_it(day: date, zone: str) -> None:
    end = end_of(day, zone)
    assert local_date(end - TICK, zone) == day
    assert local_date(end, zone) == day + timedelta(days=1)
    assert start_of(day + timedelta(days=1), zone) == end
