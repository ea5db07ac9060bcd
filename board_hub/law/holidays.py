"""Public holidays per member and year: what the hub assumes until the secretariat confirms or corrects it.

National holidays of the 27 Member States and of Iceland, Liechtenstein and Norway come from the `holidays` library,
those of the EU institutions from `eu-institutions.yaml`. Regulation 1182/71 Art 2(1) means the lists of the Official
Journal; those in force were not found, so nothing here is confirmed. Holidays of one region only (such as All Saints'
Day in Bavaria) are left out: whether they count is open. Days that replace a holiday at a weekend (Bulgaria, Greece,
Latvia) and days off that a government exchanged for a Saturday (Hungary, Latvia) are included: authorities are closed
on them.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from board_hub.domain.calendars import Calendar, zone_of
from board_hub.domain.periods import Period, Unit

EU = "EU"
_EU_FILE = Path(__file__).with_name("eu-institutions.yaml")
_CATEGORIES: Mapping[str, tuple[str, ...]] = {"LI": ("public", "bank")}
"""Where the Official Journal's list names more than the library calls public (Liechtenstein: OJ C 455/2014, p. 9)."""
_NOT_LISTED = frozenset({("LI", 12, 24)})
_AMERICAN_DATE = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")
_LONGEST = {Unit.HOUR: 1 / 24, Unit.WORKING_DAY: 3, Unit.WEEK: 7, Unit.MONTH: 31, Unit.YEAR: 366}
_MARGIN = 60
"""Days a period may at most be moved by roll-over and a run of holidays, generously."""


def split_names(name: str) -> list[str]:
    """The holidays that fall on one day."""
    return name.split("; ")


def default_calendar(code: str, years: Iterable[int]) -> Calendar:
    """The assumed calendar of a member (`DE`, or `EU` for the institutions) with the holidays of the years given.

    Cached per member and years, and read-only. ValueError for a code without a known time zone.
    """
    return _calendar(code, tuple(sorted(set(years))))


def public_holidays(code: str, year: int) -> Mapping[date, str]:
    """Day to its name in English, of one member in one year, in order; read-only. ValueError for an unknown code."""
    zone_of(code)
    return _of_institutions(year) if code == EU else _national(code, year)


def years_needed(event_on: date, period: Period) -> range:
    """The years whose holidays can matter to a period from the day of its event, with a margin; stops add more."""
    days = int(period.n * _LONGEST.get(period.unit, 1)) + period.part_days + _MARGIN
    if period.backwards:
        return range(max(event_on.year - days // 365 - 1, date.min.year), min(event_on.year + 1, date.max.year) + 1)
    last = date.fromordinal(min(event_on.toordinal() + days, date.max.toordinal()))
    return range((event_on - timedelta(days=1)).year, last.year + 1)


@lru_cache(maxsize=1024)
def _calendar(code: str, years: tuple[int, ...]) -> Calendar:
    holidays = {day: name for year in years for day, name in public_holidays(code, year).items()}
    confirmed = frozenset(_institutions()["confirmed"]).intersection(years) if code == EU else frozenset[int]()
    return Calendar(code, zone_of(code), MappingProxyType(holidays), confirmed)


@cache
def _national(code: str, year: int) -> Mapping[date, str]:
    import holidays as library  # 15 to 20 MB and 0.2 s with its countries: for processes that ask only

    categories = _CATEGORIES.get(code, ("public",))
    found = library.country_holidays(code, years=year, expand=False, language="en_US", categories=categories)
    return MappingProxyType(
        {day: _in_english(name) for day, name in sorted(found.items()) if (code, day.month, day.day) not in _NOT_LISTED}
    )


def _in_english(name: str) -> str:
    """The library's American words in the English of the Official Journal, dates unmistakable."""
    return _AMERICAN_DATE.sub(r"\3-\1-\2", name).replace("Labor", "Labour").replace("substituted from", "in place of")


@cache
def _of_institutions(year: int) -> Mapping[date, str]:
    rules, easter = _institutions(), _easter(year)
    days = {
        date(year, rule["month"], day): rule["name"]
        for rule in rules["fixed"]
        for day in range(rule["day"], rule.get("until", rule["day"]) + 1)
    }
    days |= {easter + timedelta(days=rule["days"]): rule["name"] for rule in rules["easter"]}
    return MappingProxyType(dict(sorted(days.items())))


@cache
def _institutions() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(_EU_FILE.read_text(encoding="utf-8"))
    return content


def _easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Meeus, Astronomical Algorithms, chapter 8)."""
    century, rest = divmod(year, 100)
    correction = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * (year % 19) + century - century // 4 - correction + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (year % 19 + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)
