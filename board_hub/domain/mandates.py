"""Terms of office on the Board: three years, renewable once (Art 65(3) of Regulation (EU) 2024/1689)."""

from datetime import date, timedelta
from enum import StrEnum

YEARS = 3


class MandateKind(StrEnum):
    REPRESENTATIVE = "representative"
    ALTERNATE = "alternate"


def last_day(begins_on: date) -> date:
    """The last day of a full term that begins on this day: the day before the third anniversary."""
    try:
        anniversary = begins_on.replace(year=begins_on.year + YEARS)
    except ValueError:  # begun on 29 February
        anniversary = date(begins_on.year + YEARS, 3, 1)
    return anniversary - timedelta(days=1)


def may_last(begins_on: date, ends_on: date) -> bool:
    """Whether a term from day to day is one that the Act allows."""
    return begins_on <= ends_on <= last_day(begins_on)
