"""Working days of the place where an action is to be taken, and the instants at which its days end."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)
_TICK = timedelta(microseconds=1)
_SATURDAY = 5

ZONES: Mapping[str, str] = MappingProxyType(
    {
        "AT": "Europe/Vienna",
        "BE": "Europe/Brussels",
        "BG": "Europe/Sofia",
        "CY": "Asia/Nicosia",
        "CZ": "Europe/Prague",
        "DE": "Europe/Berlin",
        "DK": "Europe/Copenhagen",
        "EE": "Europe/Tallinn",
        "ES": "Europe/Madrid",
        "EU": "Europe/Brussels",
        "FI": "Europe/Helsinki",
        "FR": "Europe/Paris",
        "GR": "Europe/Athens",
        "HR": "Europe/Zagreb",
        "HU": "Europe/Budapest",
        "IE": "Europe/Dublin",
        "IS": "Atlantic/Reykjavik",
        "IT": "Europe/Rome",
        "LI": "Europe/Vaduz",
        "LT": "Europe/Vilnius",
        "LU": "Europe/Luxembourg",
        "LV": "Europe/Riga",
        "MT": "Europe/Malta",
        "NL": "Europe/Amsterdam",
        "NO": "Europe/Oslo",
        "PL": "Europe/Warsaw",
        "PT": "Europe/Lisbon",
        "RO": "Europe/Bucharest",
        "SE": "Europe/Stockholm",
        "SI": "Europe/Ljubljana",
        "SK": "Europe/Bratislava",
    }
)
"""IANA zone of each member code: that of the capital, since Regulation 1182/71 does not say whose last hour counts."""


def zone_of(code: str) -> str:
    """IANA zone in which the days of a member begin and end; `EU` is Brussels. ValueError for an unknown code."""
    try:
        return ZONES[code]
    except KeyError:
        raise ValueError(f"no time zone is known for the member {code!r}") from None


@dataclass(frozen=True)
class Calendar:
    """Public holidays of one Member State or of the EU institutions (Regulation 1182/71 Art 2).

    code: member code, or `EU`; zone: IANA zone; holidays: day to its name in English, of the years the caller will
    need; confirmed: years for which the secretariat has compared them with the list in the Official Journal.
    """

    code: str
    zone: str
    holidays: Mapping[date, str] = field(hash=False)
    confirmed: frozenset[int] = frozenset()

    def is_working(self, day: date) -> bool:
        """Not a public holiday, Saturday or Sunday (Art 2(2))."""
        return day.weekday() < _SATURDAY and day not in self.holidays

    def working_days(self, first: date, last: date) -> int:
        """How many working days there are from `first` to `last`, both included; 0 when `last` is earlier."""
        return sum(self.is_working(first + timedelta(days=passed)) for passed in range((last - first).days + 1))

    def next_working(self, day: date) -> date:
        """The day itself where it is a working day, else the first one after it. OverflowError after year 9999."""
        while not self.is_working(day):
            day += ONE_DAY
        return day

    def is_confirmed(self, first_year: int, last_year: int) -> bool:
        """Whether the holidays of all years from the first to the last, both included, are confirmed."""
        return not self.unconfirmed(first_year, last_year)

    def unconfirmed(self, first_year: int, last_year: int) -> tuple[int, ...]:
        """The years from the first to the last, both included, whose holidays nobody has confirmed."""
        return tuple(year for year in range(first_year, last_year + 1) if year not in self.confirmed)


@lru_cache(maxsize=len(ZONES))
def _zone_info(zone: str) -> ZoneInfo:
    """The library itself keeps eight zones and reads the others from their files again and again."""
    return ZoneInfo(zone)


def local_date(moment: datetime, zone: str) -> date:
    """The calendar day of an aware instant in a zone."""
    return moment.astimezone(_zone_info(zone)).date()


def start_of(day: date, zone: str) -> datetime:
    """The instant (aware, UTC) at which the day before is over in the zone. OverflowError before year 1."""
    return end_of(day - ONE_DAY, zone)


@lru_cache(maxsize=4096)
def end_of(day: date, zone: str) -> datetime:
    """The instant (aware, UTC) at which the last hour of the day is over in the zone: local midnight after it.

    Where the clocks change around midnight, so that it does not exist or comes twice, the answer is the reading after
    which the day does not come back. OverflowError after year 9999.
    """
    midnight = datetime.combine(day + ONE_DAY, time.min, _zone_info(zone))
    readings = (midnight.astimezone(UTC), midnight.replace(fold=1).astimezone(UTC))
    early, late = min(readings), max(readings)
    if early == late:
        return early
    is_over = local_date(early, zone) > day and local_date(late - _TICK, zone) > day
    return early if is_over else late
