"""Assumed holidays of all members, and what holds for every period in every one of their calendars."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from board_hub.domain.calendars import ZONES, Calendar, end_of, local_date
from board_hub.domain.periods import Deadline, Period, Unit, deadline, explain, warnings
from board_hub.law.catalogue import Catalogue
from board_hub.law.holidays import default_calendar, public_holidays, years_needed

YEARS = range(2024, 2035)
CODES = sorted(ZONES)
ROLLED = (Unit.DAY, Unit.CALENDAR_DAY, Unit.WEEK, Unit.MONTH, Unit.YEAR)
DAYS = (Unit.DAY, Unit.CALENDAR_DAY)
MOST = {Unit.HOUR: 200, Unit.WEEK: 30, Unit.MONTH: 24, Unit.YEAR: 3}


@cache
def calendar_of(code: str) -> Calendar:
    return default_calendar(code, range(2019, 2042))


calendars = st.sampled_from(CODES).map(calendar_of)
any_day = st.dates(date(YEARS[0], 1, 1), date(YEARS[-1], 12, 31))
moments = st.builds(datetime.combine, any_day, st.times(), st.just(UTC))


def periods(*units: Unit) -> st.SearchStrategy[Period]:
    return st.sampled_from(units).flatmap(
        lambda unit: st.builds(Period, n=st.integers(1, MOST.get(unit, 90)), unit=st.just(unit))
    )


def running_from(first: datetime, hours: int) -> tuple[datetime, datetime]:
    return first, first + timedelta(hours=hours)


class TestEveryPeriodInEveryCalendar:
    @given(calendar=calendars, event=moments, period=periods(*Unit))
    def test_ends_no_earlier_than_its_nominal_end_and_after_its_event(
        self, calendar: Calendar, event: datetime, period: Period
    ) -> None:
        found = deadline(event, period, calendar)
        assert found.event < found.nominal_at <= found.end_at
        assert found.nominal_on <= found.end_on

    @given(calendar=calendars, event=any_day, period=periods(*ROLLED, Unit.WORKING_DAY))
    def test_ends_on_a_working_day(self, calendar: Calendar, event: date, period: Period) -> None:
        assert calendar.is_working(deadline(event, period, calendar).end_on)

    @given(calendar=calendars, event=any_day, period=periods(*ROLLED))
    def test_moves_no_further_than_the_law_makes_it(self, calendar: Calendar, event: date, period: Period) -> None:
        """Any earlier day from the nominal end on is no working day, or leaves fewer than two working days."""
        found = deadline(event, period, calendar)
        for passed in range((found.end_on - found.nominal_on).days):
            day = found.nominal_on + timedelta(days=passed)
            too_few = period.needs_two_working_days and calendar.working_days(event + timedelta(days=1), day) < 2
            assert too_few or not calendar.is_working(day)

    @given(calendar=calendars, event=any_day, period=periods(*ROLLED))
    def test_of_two_days_or_more_has_two_working_days(self, calendar: Calendar, event: date, period: Period) -> None:
        found = deadline(event, period, calendar)
        if period.unit not in DAYS or period.n >= 2:
            assert calendar.working_days(event + timedelta(days=1), found.end_on) >= 2

    @given(calendar=calendars, event=any_day, n=st.integers(1, 90))
    def test_of_n_working_days_has_just_so_many(self, calendar: Calendar, event: date, n: int) -> None:
        found = deadline(event, Period(n, Unit.WORKING_DAY), calendar)
        assert calendar.working_days(event + timedelta(days=1), found.end_on) == n

    @given(calendar=calendars, event=moments, period=periods(*Unit))
    def test_ends_no_earlier_with_one_unit_more(self, calendar: Calendar, event: datetime, period: Period) -> None:
        longer = Period(period.n + 1, period.unit)
        assert deadline(event, period, calendar).end_at <= deadline(event, longer, calendar).end_at

    @given(calendar=calendars, event=moments, period=periods(*Unit), later=st.integers(0, 2000))
    def test_ends_no_earlier_for_a_later_event(
        self, calendar: Calendar, event: datetime, period: Period, later: int
    ) -> None:
        after = event + timedelta(hours=later)
        assert deadline(event, period, calendar).end_at <= deadline(after, period, calendar).end_at

    @given(calendar=calendars, event=any_day, period=periods(*ROLLED))
    def test_counted_backwards_never_rolls_over(self, calendar: Calendar, event: date, period: Period) -> None:
        found = deadline(event, Period(period.n, period.unit, backwards=True), calendar)
        assert found.end_on == found.nominal_on < event
        assert found.confirmed

    @given(calendar=calendars, event=moments, period=periods(*ROLLED, Unit.WORKING_DAY))
    def test_ends_with_the_last_hour_of_its_day(self, calendar: Calendar, event: datetime, period: Period) -> None:
        found = deadline(event, period, calendar)
        assert found.end_at == end_of(found.end_on, calendar.zone)
        assert local_date(found.end_at - timedelta(microseconds=1), calendar.zone) == found.end_on
        assert local_date(found.end_at, calendar.zone) == found.end_on + timedelta(days=1)

    @given(calendar=calendars, event=moments, n=st.integers(1, 200))
    def test_in_hours_takes_its_hours_and_what_was_left_of_the_first(
        self, calendar: Calendar, event: datetime, n: int
    ) -> None:
        passed = deadline(event, Period(n, Unit.HOUR), calendar).end_at - event
        assert timedelta(hours=n) < passed <= timedelta(hours=n + 1)

    @given(
        calendar=calendars, event=any_day, period=periods(*ROLLED), starts=st.integers(0, 90), lasts=st.integers(1, 500)
    )
    def test_that_stood_still_ends_later_by_at_least_as_many_days(
        self, calendar: Calendar, event: date, period: Period, starts: int, lasts: int
    ) -> None:
        running = deadline(event, period, calendar)
        first, until = running_from(running.event + timedelta(hours=starts), lasts)
        found = deadline(event, period, calendar, suspensions=[(first, until)])
        if first < running.end_at:
            an_hour_of_clock_change = timedelta(hours=1)
            assert found.nominal_at - running.nominal_at >= timedelta(hours=lasts) - an_hour_of_clock_change
            assert calendar.is_working(found.end_on)
        else:
            assert found == running

    @given(
        calendar=calendars, event=moments, n=st.integers(1, 99), starts=st.integers(0, 90), lasts=st.integers(0, 500)
    )
    def test_in_hours_that_stood_still_ends_later_by_exactly_as_long(
        self, calendar: Calendar, event: datetime, n: int, starts: int, lasts: int
    ) -> None:
        running = deadline(event, Period(n, Unit.HOUR), calendar)
        stop = running_from(event + timedelta(minutes=starts), lasts)
        found = deadline(event, Period(n, Unit.HOUR), calendar, suspensions=[stop])
        assert found.end_at - running.end_at == (timedelta(hours=lasts) if stop[0] < running.end_at else timedelta())

    @given(
        calendar=calendars, event=any_day, n=st.integers(1, 60), starts=st.integers(0, 90), lasts=st.integers(1, 500)
    )
    def test_in_working_days_that_stood_still_keeps_all_of_them(
        self, calendar: Calendar, event: date, n: int, starts: int, lasts: int
    ) -> None:
        running = deadline(event, Period(n, Unit.WORKING_DAY), calendar)
        first, until = running_from(running.event + timedelta(hours=starts), lasts)
        found = deadline(event, Period(n, Unit.WORKING_DAY), calendar, suspensions=[(first, until)])
        stopped_from, stopped_to = (
            local_date(first, calendar.zone),
            local_date(until - timedelta(seconds=1), calendar.zone),
        )
        days = [event + timedelta(days=1 + passed) for passed in range((found.end_on - event).days)]
        kept = [day for day in days if calendar.is_working(day) and not stopped_from <= day <= stopped_to]
        assert len(kept) == n or first >= running.end_at

    @given(calendar=calendars, event=moments, period=periods(*Unit))
    def test_is_explained_with_both_dates_where_they_differ(
        self, calendar: Calendar, event: datetime, period: Period
    ) -> None:
        found = deadline(event, period, calendar)
        told = explain(found.steps)
        assert all(f" {day.day} {day:%b}" in told for day in (found.nominal_on, found.end_on))
        assert told.count("→") == (found.nominal_on != found.end_on)

    @given(calendar=calendars, event=moments, period=periods(*Unit), days=st.lists(st.integers(0, 400), max_size=6))
    def test_warns_after_its_event_and_before_its_nominal_end(
        self, calendar: Calendar, event: datetime, period: Period, days: list[int]
    ) -> None:
        found = deadline(event, period, calendar)
        moments = warnings(found, days)
        assert all(found.event < moment < found.nominal_at for moment in moments)
        assert list(moments) == sorted(set(moments))

    @given(code=st.sampled_from(CODES), event=moments, period=periods(*Unit))
    def test_needs_no_other_years_than_said(self, code: str, event: datetime, period: Period) -> None:
        few = default_calendar(code, years_needed(event.date(), period))
        assert ends(deadline(event, period, few)) == ends(deadline(event, period, calendar_of(code)))


def ends(found: Deadline) -> tuple[datetime, datetime]:
    return found.nominal_at, found.end_at


class TestAssumedHolidays:
    @pytest.mark.parametrize("code", CODES)
    def test_every_member_has_its_own_in_every_year(self, code: str) -> None:
        for year in YEARS:
            found = public_holidays(code, year)
            assert 5 <= sum(day.weekday() < 5 for day in found) <= 20
            assert all(day.year == year for day in found)
            assert not calendar_of(code).is_working(date(year, 1, 1))

    def test_every_member_state_of_the_catalogue_has_a_calendar(self, catalogue: Catalogue) -> None:
        states = {code.code for code in catalogue.vocabularies["member-states"].codes}
        assert states | {"EU", "IS", "LI", "NO"} == set(CODES)

    def test_nothing_is_confirmed_until_the_secretariat_does_so(self) -> None:
        assert not any(calendar_of(code).confirmed for code in CODES)

    @pytest.mark.parametrize(
        ("code", "day"),
        [
            ("DE", "2026-05-14"),
            ("GR", "2026-04-13"),
            ("IE", "2026-02-02"),
            ("BG", "2026-05-25"),
            ("LV", "2029-11-19"),
            ("LI", "2026-04-03"),
            ("NO", "2026-04-02"),
        ],
    )
    def test_days_off_are_known(self, code: str, day: str) -> None:
        assert date.fromisoformat(day) in calendar_of(code).holidays

    @pytest.mark.parametrize(("code", "day"), [("DE", "2026-11-01"), ("DK", "2026-05-01"), ("LI", "2026-12-24")])
    def test_days_of_one_region_or_custom_are_not_among_them(self, code: str, day: str) -> None:
        assert date.fromisoformat(day) not in calendar_of(code).holidays

    def test_names_are_in_english_with_plain_dates(self) -> None:
        assert calendar_of("DE").holidays[date(2026, 5, 1)] == "Labour Day"
        assert calendar_of("HU").holidays[date(2026, 1, 2)] == "Day off (in place of 2026-01-10)"
        assert calendar_of("EU").holidays[date(2026, 5, 15)] == "Day after Ascension Day"

    def test_those_of_the_institutions_in_2014_are_those_of_the_official_journal(self) -> None:
        found = {f"{day.month}-{day.day}" for day in public_holidays("EU", 2014) if day.weekday() < 5}
        listed = "1-1 1-2 4-17 4-18 4-21 5-1 5-9 5-29 5-30 6-9 7-21 8-15 12-24 12-25 12-26 12-29 12-30 12-31"
        assert found == set(listed.split())

    def test_the_commission_comes_back_on_4_january_2027(self) -> None:
        found = deadline(date(2026, 10, 26), Period(60, Unit.DAY), default_calendar("EU", (2026, 2027)))
        assert (found.nominal_on, found.end_on) == (date(2026, 12, 25), date(2027, 1, 4))

    def test_a_calendar_is_made_once_and_read_only(self) -> None:
        found = default_calendar("FR", (2026, 2027))
        assert default_calendar("FR", [2027, 2026, 2026]) is found
        with pytest.raises(TypeError):
            found.holidays[date(2026, 1, 2)] = "Bridge day"  # type: ignore[index]

    def test_an_unknown_member_is_refused(self) -> None:
        with pytest.raises(ValueError, match="'XX'"):
            default_calendar("XX", (2026,))

    def test_importing_the_module_does_not_load_the_library(self) -> None:
        """It costs 15 to 20 MB, which only a process that asks for national holidays should pay."""
        asked = "import sys, board_hub.law.holidays; sys.exit('holidays' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", asked], check=False, timeout=60).returncode == 0
