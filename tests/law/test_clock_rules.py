"""Every period of the law ends when Regulation 1182/71 says: each rule with its own event, worked out by hand."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from board_hub.domain.clocks import Moment
from board_hub.domain.periods import Deadline, Period, deadline, fixed_date
from board_hub.law.catalogue import Catalogue
from board_hub.law.holidays import default_calendar, years_needed

WINTER = timezone(timedelta(hours=1))

ENDS = [
    # rule, calendar, event, end; the reason why it is not simply the event plus the period
    ("E02", "DE", date(2026, 12, 11), date(2027, 1, 5), "25 December and 1 January are no working days"),
    ("E06", "DE", date(2026, 11, 30), date(2027, 3, 1), "no 30 February; the 28th is a Sunday"),
    ("E06_ART5", "FR", date(2026, 11, 26), date(2026, 12, 28), "26 December is a Saturday"),
    ("E08", "EU", date(2027, 8, 31), date(2028, 2, 29), "no 31 February; the 29th is a Tuesday"),
    ("E08_ART5", "EU", date(2026, 10, 26), date(2027, 1, 4), "the institutions are closed from 24 December"),
    ("E20", "DE", date(2026, 12, 10), date(2026, 12, 28), "25 December is a holiday"),
    ("I01", "DE", date(2026, 11, 6), date(2026, 11, 23), "21 November is a Saturday"),
    ("I02", "FR", date(2026, 11, 20), date(2026, 11, 24), "a Sunday; then two working days"),
    ("I03", "DE", date(2026, 11, 24), date(2026, 12, 4), "a Friday"),
    ("I06", "FR", date(2026, 12, 18), date(2026, 12, 28), "25 December is a holiday"),
    ("G01", "EU", date(2026, 12, 14), date(2027, 1, 4), "the institutions are closed on 28 December"),
    ("G03", "EU", date(2026, 10, 31), date(2027, 4, 30), "no 31 April; the 30th is a Friday"),
    ("G10", "EU", date(2026, 10, 31), date(2027, 3, 1), "no 31 February; the 28th is a Sunday"),
    ("G11", "EU", date(2026, 12, 2), date(2027, 1, 4), "1 January is a Friday"),
    ("G20", "EU", date(2026, 12, 17), date(2027, 1, 4), "the institutions are closed on 31 December"),
    ("G23", "EU", date(2027, 7, 7), date(2027, 7, 22), "21 July is a holiday of the institutions"),
    ("G24", "EU", date(2027, 3, 11), date(2027, 3, 30), "from Maundy Thursday to Easter Monday"),
    ("N03_CERT", "DE", date(2026, 12, 11), date(2026, 12, 28), "25 December is a holiday"),
    ("N03_EVID", "DE", date(2026, 12, 31), date(2027, 3, 1), "no 31 February; the 28th is a Sunday"),
    ("N07", "DE", date(2028, 2, 29), date(2027, 2, 28), "backwards: a Sunday stays a Sunday"),
    ("N07_CERT", "FR", date(2026, 5, 31), date(2027, 3, 1), "no 31 February; the 28th is a Sunday"),
    ("N09", "DE", date(2026, 12, 15), date(2026, 12, 28), "25 December is a holiday"),
    ("N10", "FR", date(2026, 11, 15), date(2027, 2, 15), "a Monday"),
    ("N12", "DE", date(2027, 1, 31), date(2027, 3, 1), "no 31 February; the 28th is a Sunday"),
    ("N13", "FR", date(2027, 2, 14), date(2027, 5, 14), "a Friday"),
    ("N14_CERT", "DE", date(2027, 3, 31), date(2027, 12, 31), "a Friday, no public holiday"),
    ("N14_ASSESS", "DE", date(2026, 12, 25), date(2027, 12, 27), "25 December is a Saturday, then a Sunday"),
    ("P03", "FR", date(2026, 11, 25), date(2026, 12, 28), "25 December is a holiday"),
    ("T01", "DE", date(2026, 11, 26), date(2026, 12, 28), "26 December is a Saturday"),
    ("T01_NO_TACIT", "FR", date(2026, 10, 12), date(2026, 11, 12), "11 November is a holiday in France"),
    ("T02", "FR", date(2026, 8, 31), date(2027, 3, 1), "no 31 February; the 28th is a Sunday"),
    ("T07", "DE", date(2026, 10, 3), date(2027, 10, 4), "3 October is a Sunday and a holiday"),
    ("T10", "FR", date(2026, 8, 11), date(2026, 11, 12), "11 November is a holiday in France"),
    ("M22", "DE", date(2026, 9, 3), date(2026, 10, 5), "3 October is a Saturday and a holiday"),
    ("M18", "FR", date(2026, 10, 28), date(2026, 11, 12), "11 November is no working day in France"),
    ("SG1", "DE", date(2026, 12, 23), date(2026, 12, 30), "25 December is no working day"),
    ("SG2", "EU", date(2026, 12, 22), date(2027, 1, 6), "the institutions are closed from 24 December"),
    ("SG3", "FR", date(2026, 11, 6), date(2026, 11, 13), "11 November is no working day in France"),
]
HOURS = [
    # the hour of the event does not count; hours that pass do, whatever the clocks do
    ("P01", "DE", datetime(2026, 11, 2, 14, 30, tzinfo=WINTER), datetime(2026, 11, 3, 14, 0, tzinfo=UTC)),
    ("P05", "DE", datetime(2026, 3, 27, 22, 10, tzinfo=WINTER), datetime(2026, 3, 29, 22, 0, tzinfo=UTC)),
]
EXTENDED = [
    ("N14_CERT", "DE", date(2027, 3, 31), date(2028, 3, 31)),
    ("T02", "FR", date(2026, 8, 31), date(2027, 8, 31)),
]
YEARLY = {"E18", "P04", "R07", "R08"}


def ends(period: Period | None, member: str, event: date | datetime) -> Deadline:
    assert period is not None
    on = event.date() if isinstance(event, datetime) else event
    return deadline(event, period, default_calendar(member, years_needed(on, period)))


@pytest.mark.parametrize(("rule", "member", "event", "end", "why"), ENDS, ids=[one[0] for one in ENDS])
def test_the_period_ends_on_the_day_worked_out_by_hand(
    catalogue: Catalogue, rule: str, member: str, event: date, end: date, why: str
) -> None:
    assert ends(catalogue.clocks[rule].period, member, event).end_on == end, why


@pytest.mark.parametrize(("rule", "member", "event", "end"), HOURS, ids=[one[0] for one in HOURS])
def test_a_period_in_hours_ends_at_its_hour(
    catalogue: Catalogue, rule: str, member: str, event: datetime, end: datetime
) -> None:
    assert ends(catalogue.clocks[rule].period, member, event).end_at == end


@pytest.mark.parametrize(("rule", "member", "event", "end"), EXTENDED, ids=[one[0] for one in EXTENDED])
def test_a_period_extended_as_often_as_allowed_ends_on_the_day_worked_out_by_hand(
    catalogue: Catalogue, rule: str, member: str, event: date, end: date
) -> None:
    period, extension = catalogue.clocks[rule].period, catalogue.clocks[rule].extension
    assert period is not None
    assert extension is not None
    assert extension.period.unit == period.unit
    longest = Period(period.n + extension.times * extension.period.n, period.unit)
    assert longest.n == 12
    assert ends(longest, member, event).end_on == end


@pytest.mark.parametrize("rule", sorted(YEARLY))
def test_a_yearly_report_is_asked_for_by_a_day_that_does_not_roll_over(catalogue: Catalogue, rule: str) -> None:
    (start,) = catalogue.clocks[rule].starts
    assert (start.at, start.month_day) == (Moment.YEARLY, (3, 31))
    easter_sunday_2024 = date(2024, *(start.month_day or ()))
    assert fixed_date(easter_sunday_2024, default_calendar("DE", [2024])).end_on == easter_sunday_2024


def test_every_clock_with_a_number_has_its_own_case_here(catalogue: Catalogue) -> None:
    tested = {one[0] for one in ENDS} | {one[0] for one in HOURS}
    assert tested == {rule.code for rule in catalogue.clocks.values() if rule.period}
    assert {rule.code for rule in catalogue.clocks.values() if rule.procedure is None} == YEARLY
