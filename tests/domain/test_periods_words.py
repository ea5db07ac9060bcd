"""Steps of a legal period: told in words, kept as JSON."""

import json
from datetime import date, datetime

import pytest

from board_hub.domain.calendars import Calendar
from board_hub.domain.period_phrases import SPOKEN
from board_hub.domain.period_steps import Step, StepCode
from board_hub.domain.periods import Deadline, Period, Unit, deadline, explain, fixed_date

CHRISTMAS = {date(2026, 12, 25): "Christmas Day", date(2026, 12, 26): "Second Day of Christmas"}
CONFIRMED = Calendar("DE", "Europe/Berlin", CHRISTMAS, frozenset({2025, 2026, 2027}))
UNCONFIRMED = Calendar("DE", "Europe/Berlin", CHRISTMAS, frozenset({2026}))
LAW = "of Regulation 1182/71"


def words(found: Deadline) -> str:
    return explain(found.steps).removesuffix(f" {LAW}")


@pytest.mark.parametrize(
    ("event", "period", "told"),
    [
        (
            "2026-11-20",
            Period(2, Unit.DAY),
            "Fri 20 Nov 2026 + 2 days = Sun 22 Nov, not a working day → Tue 24 Nov, Art 3(4), (5)",
        ),
        ("2026-11-24", Period(10, Unit.DAY), "Tue 24 Nov 2026 + 10 days = Fri 4 Dec, Art 3(2)(b)"),
        (
            "2026-12-18",
            Period(7, Unit.DAY),
            "Fri 18 Dec 2026 + 7 days = Fri 25 Dec (Christmas Day), not a working day → Mon 28 Dec, Art 3(4)",
        ),
        (
            "2026-11-21",
            Period(2, Unit.DAY),
            "Sat 21 Nov 2026 + 2 days = Mon 23 Nov, with only one working day → Tue 24 Nov, Art 3(5)",
        ),
        (
            "2026-11-30",
            Period(3, Unit.MONTH),
            "Mon 30 Nov 2026 + 3 months = Sun 28 Feb 2027, the last day of the month, not a working day → Mon 1 Mar, "
            "Art 3(2)(c), (4)",
        ),
        ("2026-11-02", Period(2, Unit.WEEK), "Mon 2 Nov 2026 + 2 weeks = Mon 16 Nov, Art 3(2)(c)"),
        ("2026-11-02", Period(15, Unit.WORKING_DAY), "Mon 2 Nov 2026 + 15 working days = Mon 23 Nov, Art 3(3)"),
        ("2026-11-02", Period(1, Unit.CALENDAR_DAY), "Mon 2 Nov 2026 + 1 calendar day = Tue 3 Nov, Art 3(2)(b)"),
        (
            "2027-06-15",
            Period(1, Unit.YEAR, backwards=True),
            "Tue 15 Jun 2027 − 1 year = Mon 15 Jun 2026, counted backwards, no roll-over, Art 3(4)",
        ),
        (
            "2027-01-31",
            Period(1, Unit.MONTH, part_days=15),
            "Sun 31 Jan 2027 + 1 month and 15 days = Mon 15 Mar, Sun 28 Feb, the last day of the month, "
            "Art 3(2)(c), (2)(d)",
        ),
    ],
)
def test_a_period_is_told_in_one_line(event: str, period: Period, told: str) -> None:
    assert words(deadline(date.fromisoformat(event), period, CONFIRMED)) == told


def test_hours_are_told_with_their_wall_times_and_zone() -> None:
    found = deadline(datetime.fromisoformat("2026-11-20T14:20:00+01:00"), Period(24, Unit.HOUR), CONFIRMED)
    assert words(found) == (
        "Fri 20 Nov 2026 14:20 (Europe/Berlin) + 24 hours = Sat 21 Nov 15:00, the hour of the event not counted, "
        "Art 3(1), (2)(a)"
    )


def test_hours_over_a_night_in_which_clocks_change_are_told_with_their_distance_from_utc() -> None:
    found = deadline(datetime.fromisoformat("2026-10-24T16:20:00+02:00"), Period(24, Unit.HOUR), CONFIRMED)
    assert "16:20 (Europe/Berlin, UTC+02:00)" in words(found)
    assert "Sun 25 Oct 16:00 (UTC+01:00)" in words(found)


def test_an_hour_that_ends_at_midnight_is_told_as_the_last_of_its_day() -> None:
    found = deadline(datetime.fromisoformat("2026-11-20T14:20:00+01:00"), Period(9, Unit.HOUR), CONFIRMED)
    assert " + 9 hours = Fri 20 Nov 24:00, " in words(found)


def test_a_moment_is_told_with_its_zone_where_it_falls_on_another_day_in_utc() -> None:
    assert words(deadline(datetime.fromisoformat("2026-11-19T23:30:00Z"), Period(7, Unit.DAY), CONFIRMED)).startswith(
        "Fri 20 Nov 2026 00:30 (Europe/Berlin) + 7 days = Fri 27 Nov"
    )
    assert words(deadline(datetime.fromisoformat("2026-11-20T10:30:00Z"), Period(7, Unit.DAY), CONFIRMED)).startswith(
        "Fri 20 Nov 2026 + 7 days"
    )


def test_a_clock_stop_is_told_with_the_days_it_added() -> None:
    stop = (datetime.fromisoformat("2026-12-04T14:30:00Z"), datetime.fromisoformat("2026-12-08T15:47:00Z"))
    found = deadline(date(2026, 12, 1), Period(2, Unit.WEEK), CONFIRMED, suspensions=[stop])
    assert words(found) == (
        "Tue 1 Dec 2026 + 2 weeks = Tue 15 Dec, the clock stood still for 5 days: Sun 20 Dec, not a working day "
        "→ Mon 21 Dec, Art 3(4)"
    )


def test_a_clock_stop_in_hours_is_told_to_the_minute() -> None:
    event, first = datetime.fromisoformat("2026-11-24T14:20:00Z"), datetime.fromisoformat("2026-11-24T14:30:00Z")
    stop = (first, datetime.fromisoformat("2026-11-24T15:47:00Z"))
    found = deadline(event, Period(24, Unit.HOUR), CONFIRMED, suspensions=[stop])
    assert "the clock stood still for 1 h 17 min: Wed 25 Nov 17:17" in words(found)


def test_a_fixed_date_is_told_as_one() -> None:
    told = words(fixed_date(date(2026, 8, 2), CONFIRMED))
    assert told == "Sun 2 Aug 2026, a fixed date, to its last hour, no roll-over, Art 4, 5"


def test_years_whose_holidays_nobody_confirmed_are_named() -> None:
    found = deadline(date(2026, 12, 29), Period(10, Unit.DAY), UNCONFIRMED)
    assert explain(found.steps).endswith(f"{LAW}; calendar DE, not confirmed for 2027")


def test_a_language_that_is_not_spoken_yet_is_told_in_english() -> None:
    steps = fixed_date(date(2026, 8, 2), CONFIRMED).steps
    assert explain(steps, "el") == explain(steps)


@pytest.mark.parametrize(("language", "told"), [
    ("fr", "ven. 20 nov. 2026 + 2 jours = dim. 22 nov., jour non ouvrable → mar. 24 nov., "
           "art. 3(4), (5) du règlement nº 1182/71"),
    ("de", "Fr., 20. Nov. 2026 + 2 Tage = So., 22. Nov., kein Arbeitstag → Di., 24. Nov., "
           "Art. 3(4), (5) der Verordnung Nr. 1182/71"),
])  # fmt: skip
def test_a_period_is_told_in_the_languages_that_are_spoken(language: str, told: str) -> None:
    assert explain(deadline(date(2026, 11, 20), Period(2, Unit.DAY), CONFIRMED).steps, language) == told


@pytest.mark.parametrize("language", SPOKEN)
def test_every_language_has_all_words(language: str) -> None:
    say = SPOKEN[language]
    assert (len(say.weekdays), len(set(say.weekdays)), len(say.months), len(set(say.months))) == (7, 7, 12, 12)
    assert set(say.units) == set(Unit)
    for pieces, wanted in ((say.stood_still, 1), (say.unconfirmed, 2)):
        assert pieces.count("%s") == wanted


@pytest.mark.parametrize("language", SPOKEN)
@pytest.mark.parametrize("unit", Unit)
def test_every_step_is_told_in_every_language(language: str, unit: Unit) -> None:
    event = datetime.fromisoformat("2026-12-24T14:20:00Z")
    told = explain(deadline(event, Period(2, unit), UNCONFIRMED).steps, language)
    assert "1182/71" in told
    assert "%s" not in told
    assert (" of Regulation" in told) == (language == "en")


@pytest.mark.parametrize("unit", Unit)
def test_steps_survive_json_and_are_told_alike(unit: Unit) -> None:
    event = datetime.fromisoformat("2026-12-24T14:20:00Z")
    steps = deadline(event, Period(2, unit), UNCONFIRMED).steps
    kept = json.loads(json.dumps([step.as_dict() for step in steps]))
    assert tuple(Step.of(one) for one in kept) == steps
    assert explain([Step.of(one) for one in kept]) == explain(steps)


def test_the_first_step_says_whose_day_in_which_zone_counts() -> None:
    first = deadline(datetime.fromisoformat("2026-11-19T23:30:00Z"), Period(2, Unit.DAY), CONFIRMED).steps[0]
    assert first == Step(
        StepCode.EVENT,
        {
            "on": "2026-11-20",
            "at": "2026-11-20T00:30+01:00",
            "utc": "2026-11-19",
            "calendar": "DE",
            "zone": "Europe/Berlin",
        },
    )
