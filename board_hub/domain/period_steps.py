"""The steps by which a legal period was computed, for machines: stored with a clock, told in words elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class StepCode(StrEnum):
    EVENT = "event"
    """`on`: local day that counts, `calendar`, `zone`; of a moment also `at`: wall time, and `utc`: its day in UTC."""
    PERIOD = "period"
    """`n`, `unit`, `on`: the day n units after the event; of months `part_days`; of hours `at`: wall time."""
    BACKWARDS = "backwards"
    """As `period`, counted back from the event."""
    MONTH_END = "month_end"
    """`wanted`: number of the day that the last month does not have, `on`: its last day (Art 3(2)(c))."""
    SUSPENDED = "suspended"
    """`days` added because the clock stood still, `unit` (day or working_day), `on`; of hours `seconds` and `at`."""
    ROLLED = "rolled"
    """`on`: day that is not a working day, `holiday`: its name (absent at weekends), `to`: next one (Art 3(4))."""
    TWO_WORKING_DAYS = "two_working_days"
    """`count`: working days the period had, `to`: day that gives it two (Art 3(5))."""
    FIXED = "fixed"
    """`on`, `calendar`, `zone`: a date of its own, open to its last hour (Art 4, 5)."""
    UNCONFIRMED = "unconfirmed"
    """`calendar`, `years`: years, comma-separated, whose holidays matter and are not confirmed."""


@dataclass(frozen=True)
class Step:
    """One step: what was done, with which values. Days are `2026-11-20`, local wall times `2026-11-20T14:20+01:00`."""

    code: str
    values: Mapping[str, str | int]

    def as_dict(self) -> dict[str, Any]:
        """The step as JSON can hold it; `Step.of` reads it again."""
        return {"code": str(self.code), "values": dict(self.values)}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "Step":
        return cls(StepCode(stored["code"]), dict(stored["values"]))
