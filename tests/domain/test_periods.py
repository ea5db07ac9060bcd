"""Legal periods: the vectors of Regulation 1182/71, hours, clock stops, fixed dates, warnings, what is refused."""

from datetime import UTC, date, datetime, timedelta

import pytest

from board_hub.domain.calendars import Calendar
from board_hub.domain.periods import Deadline, Period, Unit, deadline, fixed_date, warnings

NO_HOLIDAYS: dict[date, str] = {}
CHRISTMAS = {date(2026, 12, 25): "Christmas Day", date(2026, 12, 26): "Second Day of Christmas"}
NEW_YEAR = {date(2027, 1, 1): "New Year's Day"}
CLOSURE = {date(2026, 12, day): "End-of-year closure" for day in range(24, 32)} | NEW_YEAR
ALL_YEARS = frozenset(range(1990, 2040))


def a_calendar(
    holidays: dict[date, str] | None = None, code: str = "DE", zone: str = "Europe/Berlin", confirmed: bool = True
) -> Calendar:
    return Calendar(code, zone, holidays or {}, ALL_YEARS if confirmed else frozenset())


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def days(n: int) -> Period:
    return Period(n, Unit.DAY)


VECTORS = [
    ("79(8) 3 m", "2026-11-30", Period(3, Unit.MONTH), NO_HOLIDAYS, "2027-02-28", "2027-03-01"),
    ("79(8) 3 m, leap year", "2027-11-30", Period(3, Unit.MONTH), NO_HOLIDAYS, "2028-02-29", "2028-02-29"),
    ("79(8) 30 d", "2026-11-23", days(30), NO_HOLIDAYS, "2026-12-23", "2026-12-23"),
    ("81(1) 6 m", "2027-08-31", Period(6, Unit.MONTH), NO_HOLIDAYS, "2028-02-29", "2028-02-29"),
    ("81(1) 60 d, Commission", "2026-10-26", days(60), CLOSURE, "2026-12-25", "2027-01-04"),
    ("81(1) 60 d, Member State", "2026-10-26", days(60), CHRISTMAS | NEW_YEAR, "2026-12-25", "2026-12-28"),
    ("79(2) 15 wd", "2026-12-11", Period(15, Unit.WORKING_DAY), CHRISTMAS | NEW_YEAR, "2027-01-05", "2027-01-05"),
    ("46(4) 15 cd", "2026-12-10", Period(15, Unit.CALENDAR_DAY), CHRISTMAS, "2026-12-25", "2026-12-28"),
    ("73(3) 2 d from Friday", "2026-11-20", days(2), NO_HOLIDAYS, "2026-11-22", "2026-11-24"),
    ("73(3) 2 d from Thursday", "2026-11-19", days(2), NO_HOLIDAYS, "2026-11-21", "2026-11-23"),
    ("73(3) 2 d at Christmas", "2026-12-24", days(2), CHRISTMAS, "2026-12-26", "2026-12-29"),
    ("73(4) 10 d", "2026-11-24", days(10), NO_HOLIDAYS, "2026-12-04", "2026-12-04"),
    ("73(8) 7 d", "2026-12-18", days(7), CHRISTMAS, "2026-12-25", "2026-12-28"),
    ("30(4) 2 w", "2026-12-11", Period(2, Unit.WEEK), CHRISTMAS, "2026-12-25", "2026-12-28"),
    ("30(4) 2 m", "2026-12-31", Period(2, Unit.MONTH), NO_HOLIDAYS, "2027-02-28", "2027-03-01"),
    ("75(3) 30 d", "2026-12-02", days(30), CHRISTMAS | NEW_YEAR, "2027-01-01", "2027-01-04"),
    ("75(2a) 4 m", "2026-10-31", Period(4, Unit.MONTH), NO_HOLIDAYS, "2027-02-28", "2027-03-01"),
    ("2025/454 19(2) 2 w, Commission", "2026-12-17", Period(2, Unit.WEEK), CLOSURE, "2026-12-31", "2027-01-04"),
    ("Toeters 3 w", "1998-03-12", Period(3, Unit.WEEK), NO_HOLIDAYS, "1998-04-02", "1998-04-02"),
]


@pytest.mark.parametrize(
    ("event", "period", "holidays", "nominal", "end"), [pytest.param(*case[1:], id=case[0]) for case in VECTORS]
)
def test_a_vector_of_the_regulation_holds(
    event: str, period: Period, holidays: dict[date, str], nominal: str, end: str
) -> None:
    found = deadline(date.fromisoformat(event), period, a_calendar(holidays))
    assert (found.nominal_on.isoformat(), found.end_on.isoformat()) == (nominal, end)


def test_the_fixed_date_of_2_august_2026_stays_on_its_sunday() -> None:
    found = fixed_date(date(2026, 8, 2), a_calendar())
    assert found.nominal_on == found.end_on == date(2026, 8, 2)
    assert found.end_at == at("2026-08-02T22:00:00+00:00")


class TestTheEvent:
    def test_of_a_moment_the_day_in_the_zone_of_the_actor_counts(self) -> None:
        late = at("2026-11-19T23:30:00+00:00")
        assert deadline(late, days(10), a_calendar()).nominal_on == date(2026, 11, 30)
        assert deadline(late, days(10), a_calendar(code="IE", zone="Europe/Dublin")).nominal_on == date(2026, 11, 29)

    def test_a_day_and_any_moment_in_it_give_the_same_end(self) -> None:
        ends = {deadline(at(f"2026-11-20T{hour:02}:00:00+01:00"), days(7), a_calendar()).end_at for hour in range(24)}
        assert ends == {deadline(date(2026, 11, 20), days(7), a_calendar()).end_at}

    def test_it_is_kept_in_utc(self) -> None:
        assert deadline(at("2026-11-20T10:00:00+01:00"), days(7), a_calendar()).event == at("2026-11-20T09:00:00Z")
        assert deadline(date(2026, 11, 20), days(7), a_calendar()).event == at("2026-11-19T23:00:00Z")


class TestTheEnd:
    def test_is_local_midnight_after_the_day_in_winter_and_in_summer(self) -> None:
        assert deadline(date(2026, 10, 20), days(6), a_calendar()).end_at == at("2026-10-26T23:00:00Z")
        assert deadline(date(2026, 10, 13), days(6), a_calendar()).end_at == at("2026-10-19T22:00:00Z")

    def test_of_a_last_day_on_which_the_clocks_change_is_that_day_s_real_end(self) -> None:
        sunday = fixed_date(date(2026, 10, 25), a_calendar())
        assert sunday.end_at - sunday.event == timedelta(hours=25)

    @pytest.mark.parametrize(
        ("event", "n", "unit", "nominal"),
        [
            ("2028-02-29", 1, Unit.YEAR, "2029-02-28"),
            ("2028-02-29", 4, Unit.YEAR, "2032-02-29"),
            ("2027-12-31", 2, Unit.MONTH, "2028-02-29"),
            ("2026-12-31", 1, Unit.DAY, "2027-01-01"),
            ("2026-12-15", 24, Unit.MONTH, "2028-12-15"),
        ],
    )
    def test_knows_leap_days_and_year_ends(self, event: str, n: int, unit: Unit, nominal: str) -> None:
        found = deadline(date.fromisoformat(event), Period(n, unit), a_calendar())
        assert found.nominal_on.isoformat() == nominal

    def test_of_parts_of_a_month_takes_thirty_days_for_a_month(self) -> None:
        half = deadline(date(2026, 11, 2), Period(0, Unit.MONTH, part_days=15), a_calendar())
        one_and_a_half = deadline(date(2027, 1, 31), Period(1, Unit.MONTH, part_days=15), a_calendar())
        assert half.nominal_on == date(2026, 11, 17)
        assert one_and_a_half.nominal_on == date(2027, 3, 15)

    def test_of_one_day_needs_no_second_working_day(self) -> None:
        assert deadline(date(2026, 11, 20), days(1), a_calendar()).end_on == date(2026, 11, 23)

    def test_moves_on_for_a_second_working_day_though_its_own_day_is_one(self) -> None:
        found = deadline(date(2026, 11, 21), days(2), a_calendar())
        assert (found.nominal_on, found.end_on) == (date(2026, 11, 23), date(2026, 11, 24))

    def test_counted_backwards_neither_rolls_over_nor_asks_for_working_days(self) -> None:
        found = deadline(date(2026, 11, 24), Period(2, Unit.DAY, backwards=True), a_calendar())
        assert found.nominal_on == found.end_on == date(2026, 11, 22)

    def test_counted_backwards_in_months_is_the_last_day_where_the_number_is_missing(self) -> None:
        found = deadline(date(2027, 3, 31), Period(1, Unit.MONTH, backwards=True), a_calendar())
        assert found.end_on == date(2027, 2, 28)

    def test_counted_backwards_in_working_days_passes_over_holidays(self) -> None:
        found = deadline(date(2026, 12, 29), Period(2, Unit.WORKING_DAY, backwards=True), a_calendar(CHRISTMAS))
        assert found.end_on == date(2026, 12, 24)


class TestHours:
    def test_begin_after_the_hour_of_the_event(self) -> None:
        assert deadline(at("2026-11-20T14:20:00Z"), Period(24, Unit.HOUR), a_calendar()).end_at == at(
            "2026-11-21T15:00:00Z"
        )

    def test_exclude_the_whole_hour_of_an_event_on_the_hour(self) -> None:
        assert deadline(at("2026-11-20T14:00:00Z"), Period(1, Unit.HOUR), a_calendar()).end_at == at(
            "2026-11-20T16:00:00Z"
        )

    @pytest.mark.parametrize("event", ["2026-10-24T22:20:00+02:00", "2026-03-28T22:20:00+01:00"])
    def test_pass_evenly_through_the_nights_in_which_clocks_change(self, event: str) -> None:
        found = deadline(at(event), Period(24, Unit.HOUR), a_calendar())
        assert found.end_at - found.event == timedelta(hours=24, minutes=40)

    def test_end_on_weekends_and_holidays_as_they_fall(self) -> None:
        found = deadline(at("2026-12-24T10:00:00Z"), Period(48, Unit.HOUR), a_calendar(CHRISTMAS))
        assert found.nominal_on == found.end_on == date(2026, 12, 26)
        assert found.nominal_at == found.end_at == at("2026-12-26T11:00:00Z")

    def test_that_end_at_midnight_end_on_the_day_before(self) -> None:
        found = deadline(at("2026-11-20T22:30:00+01:00"), Period(1, Unit.HOUR), a_calendar())
        assert (found.end_on, found.end_at) == (date(2026, 11, 20), at("2026-11-21T00:00:00+01:00"))

    def test_counted_backwards_end_before_the_hour_of_the_event(self) -> None:
        found = deadline(at("2026-11-20T14:20:00Z"), Period(3, Unit.HOUR, backwards=True), a_calendar())
        assert found.end_at == at("2026-11-20T11:00:00Z")

    def test_heed_no_holidays_so_that_no_year_need_be_confirmed(self) -> None:
        assert deadline(at("2026-11-20T14:20:00Z"), Period(24, Unit.HOUR), a_calendar(confirmed=False)).confirmed


class TestClockStops:
    FIRST, UNTIL = at("2026-12-04T14:30:00Z"), at("2026-12-08T15:47:00Z")

    def stopped(self, period: Period, *stops: tuple[datetime, datetime], event: str = "2026-12-01") -> Deadline:
        return deadline(date.fromisoformat(event), period, a_calendar(CHRISTMAS), suspensions=stops)

    def test_add_each_local_day_they_touch_and_then_the_end_rolls_over(self) -> None:
        found = self.stopped(Period(2, Unit.WEEK), (self.FIRST, self.UNTIL))
        assert (found.nominal_on, found.end_on) == (date(2026, 12, 20), date(2026, 12, 21))

    def test_add_working_days_only_where_working_days_are_counted(self) -> None:
        found = self.stopped(Period(5, Unit.WORKING_DAY), (self.FIRST, self.UNTIL))
        assert found.end_on == date(2026, 12, 11)

    def test_add_their_exact_length_to_hours(self) -> None:
        event, stop = at("2026-12-04T14:20:00Z"), (at("2026-12-04T15:10:00Z"), at("2026-12-04T16:27:00Z"))
        found = deadline(event, Period(24, Unit.HOUR), a_calendar(), suspensions=[stop])
        assert found.end_at == at("2026-12-05T16:17:00Z")

    def test_on_one_day_count_once(self) -> None:
        morning = (at("2026-12-04T08:00:00Z"), at("2026-12-04T09:00:00Z"))
        evening = (at("2026-12-04T17:00:00Z"), at("2026-12-04T18:00:00Z"))
        assert self.stopped(days(10), evening, morning).nominal_on == date(2026, 12, 12)

    def test_that_overlap_count_once(self) -> None:
        once = self.stopped(days(10), (self.FIRST, self.UNTIL))
        assert self.stopped(days(10), (self.FIRST, self.UNTIL), (self.FIRST, at("2026-12-07T10:00:00Z"))) == once

    def test_before_the_event_and_after_the_end_change_nothing(self) -> None:
        before = (at("2026-11-20T10:00:00Z"), at("2026-11-30T22:00:00Z"))
        after = (at("2026-12-15T10:00:00Z"), at("2026-12-20T10:00:00Z"))
        assert self.stopped(days(10), before, after) == self.stopped(days(10))

    def test_of_no_length_change_nothing(self) -> None:
        assert self.stopped(days(10), (self.FIRST, self.FIRST)) == self.stopped(days(10))

    def test_that_reach_midnight_do_not_touch_the_next_day(self) -> None:
        found = self.stopped(days(10), (at("2026-12-04T00:00:00+01:00"), at("2026-12-05T00:00:00+01:00")))
        assert found.nominal_on == date(2026, 12, 12)

    def test_may_begin_between_the_nominal_and_the_real_end(self) -> None:
        weekend = (at("2026-12-12T10:00:00Z"), at("2026-12-14T10:00:00Z"))
        found = self.stopped(days(11), weekend)
        assert (found.nominal_on, found.end_on) == (date(2026, 12, 15), date(2026, 12, 15))

    def test_leave_two_working_days_on_which_the_clock_runs(self) -> None:
        found = self.stopped(days(2), (at("2026-12-04T10:00:00Z"), at("2026-12-07T10:00:00Z")), event="2026-12-03")
        assert found.end_on == date(2026, 12, 9)

    def test_cannot_be_had_by_a_period_counted_backwards(self) -> None:
        with pytest.raises(ValueError, match="backwards"):
            self.stopped(Period(2, Unit.DAY, backwards=True), (self.FIRST, self.UNTIL))

    def test_must_not_end_before_they_begin(self) -> None:
        with pytest.raises(ValueError, match="before it begins"):
            self.stopped(days(10), (self.UNTIL, self.FIRST))


class TestConfirmation:
    def test_is_missing_where_a_year_from_event_to_end_is_not_confirmed(self) -> None:
        only_2026 = Calendar("DE", "Europe/Berlin", {}, frozenset({2026}))
        assert deadline(date(2026, 12, 1), days(10), only_2026).confirmed
        assert not deadline(date(2026, 12, 30), days(10), only_2026).confirmed

    def test_is_not_asked_where_no_holiday_can_move_the_end(self) -> None:
        calendar = a_calendar(confirmed=False)
        assert deadline(date(2026, 12, 1), Period(1, Unit.YEAR, backwards=True), calendar).confirmed
        assert fixed_date(date(2026, 8, 2), calendar).confirmed
        assert not deadline(date(2026, 12, 1), Period(5, Unit.WORKING_DAY, backwards=True), calendar).confirmed


class TestWarnings:
    def test_come_at_the_start_of_the_day_before_the_nominal_end(self) -> None:
        found = deadline(date(2026, 10, 9), days(16), a_calendar())
        assert found.nominal_on == date(2026, 10, 25)
        assert warnings(found, [1, 7]) == (at("2026-10-18T00:00:00+02:00"), at("2026-10-24T00:00:00+02:00"))

    def test_are_sorted_and_distinct_and_none_comes_before_the_event(self) -> None:
        found = deadline(at("2026-11-20T10:00:00Z"), days(10), a_calendar())
        assert warnings(found, [1, 3, 1, 10, 9, 4000]) == (
            at("2026-11-20T23:00:00Z"),
            at("2026-11-26T23:00:00Z"),
            at("2026-11-28T23:00:00Z"),
        )

    def test_may_come_before_an_event_that_a_period_is_counted_back_from(self) -> None:
        found = deadline(date(2027, 6, 15), Period(1, Unit.YEAR, backwards=True), a_calendar())
        assert warnings(found, [30]) == (at("2026-05-16T00:00:00+02:00"),)

    def test_come_before_a_fixed_date(self) -> None:
        assert warnings(fixed_date(date(2026, 8, 2), a_calendar()), [7]) == (at("2026-07-26T00:00:00+02:00"),)

    def test_cannot_come_after_the_end(self) -> None:
        with pytest.raises(ValueError, match="negative"):
            warnings(fixed_date(date(2026, 8, 2), a_calendar()), [-1])


class TestRefusals:
    @pytest.mark.parametrize(
        "values",
        [(0, Unit.DAY), (-1, Unit.DAY), (0, Unit.MONTH), (1, Unit.DAY, False, 5), (1, Unit.MONTH, False, 30)],
    )
    def test_a_period_has_a_length(self, values: tuple[int, Unit]) -> None:
        with pytest.raises(ValueError, match="period"):
            Period(*values)

    def test_a_moment_has_a_time_zone(self) -> None:
        with pytest.raises(ValueError, match="time zone"):
            deadline(datetime(2026, 11, 20, 10), days(2), a_calendar())  # noqa: DTZ001

    def test_hours_need_a_moment(self) -> None:
        with pytest.raises(ValueError, match="moment"):
            deadline(date(2026, 11, 20), Period(24, Unit.HOUR), a_calendar())

    @pytest.mark.parametrize("unit", Unit)
    @pytest.mark.parametrize("backwards", [False, True])
    def test_a_period_ends_within_the_calendar(self, unit: Unit, backwards: bool) -> None:
        edge = datetime(1, 1, 2, tzinfo=UTC) if backwards else datetime(9999, 12, 30, tzinfo=UTC)
        with pytest.raises(ValueError, match="years 1 to 9999"):
            deadline(edge, Period(100, unit, backwards), a_calendar())

    @pytest.mark.parametrize("unit", [unit for unit in Unit if unit is not Unit.WORKING_DAY])
    def test_a_period_of_any_number_of_units_is_refused_rather_than_failing(self, unit: Unit) -> None:
        with pytest.raises(ValueError, match="years 1 to 9999"):
            deadline(datetime(2026, 1, 1, tzinfo=UTC), Period(10**12, unit), a_calendar())

    def test_a_fixed_date_lies_within_the_calendar(self) -> None:
        with pytest.raises(ValueError, match="years 1 to 9999"):
            fixed_date(date(9999, 12, 31), a_calendar())
