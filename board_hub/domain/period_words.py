"""Tells the steps of a legal period in words, with the provisions of Regulation 1182/71 that made the difference."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from board_hub.domain.period_phrases import ENGLISH, SPOKEN, Phrases
from board_hub.domain.period_steps import Step, StepCode

Values = Mapping[str, str | int]
_DAYS = ("day", "calendar_day")


def explain(steps: Sequence[Step], language: str = "en") -> str:
    """The steps of a deadline in one line, such as "Fri 20 Nov 2026 + 2 days = Sun 22 Nov, not a working day →
    Tue 24 Nov, Art 3(4), (5) of Regulation 1182/71"; in English where the hub does not speak the language yet.
    """
    return _Telling(steps, SPOKEN.get(language, ENGLISH)).told


class _Telling:
    """One telling; remembers the year last named, where the end moved to, and which provisions mattered."""

    def __init__(self, steps: Sequence[Step], say: Phrases) -> None:
        self._say = say
        self._year = ""
        self._reached = ""
        self._target = ""
        self._articles: list[str] = []
        self._ordinary = ""
        self._tail = ""
        self._in_hours = any(step.values.get("unit") == "hour" for step in steps)
        self._clocks_change = len({str(step.values["at"])[16:] for step in steps if "at" in step.values}) > 1
        telling: dict[str, Callable[[Values], str]] = {
            StepCode.EVENT: self._event,
            StepCode.PERIOD: self._period,
            StepCode.BACKWARDS: self._backwards,
            StepCode.MONTH_END: self._month_end,
            StepCode.SUSPENDED: self._suspended,
            StepCode.ROLLED: self._rolled,
            StepCode.TWO_WORKING_DAYS: self._two_working_days,
            StepCode.FIXED: self._fixed,
            StepCode.UNCONFIRMED: self._unconfirmed,
        }
        told = "".join(telling[step.code](step.values) for step in steps)
        arrow = f" → {self._day(self._target)}" if self._target else ""
        self.told = f"{told}{arrow}, {self._law()}{say.of_regulation}{self._tail}"

    def _event(self, values: Values) -> str:
        if self._in_hours or values.get("utc", values["on"]) != values["on"]:
            return self._moment(values, str(values["zone"]))
        return self._day(values["on"])

    def _period(self, values: Values) -> str:
        return f" + {self._length(values)} = {self._end(values)}"

    def _backwards(self, values: Values) -> str:
        if not self._in_hours and values["unit"] != "working_day":
            self._articles.append("(4)")
        return f" − {self._length(values)} = {self._end(values)}{self._say.backwards}"

    def _month_end(self, values: Values) -> str:
        self._articles.append("(2)(c)")
        whence = "" if values["on"] == self._reached else f" {self._day(values['on'])},"
        return f",{whence} {self._say.month_end}"

    def _suspended(self, values: Values) -> str:
        if "seconds" in values:
            hours, seconds = divmod(int(values["seconds"]), 3600)
            return f"{self._say.stood_still % f'{hours} h {seconds // 60} min'}: {self._moment(values)}"
        stood = self._say.counted(int(values["days"]), str(values["unit"]))
        return f"{self._say.stood_still % stood}: {self._day(values['on'])}"

    def _rolled(self, values: Values) -> str:
        self._articles.append("(4)")
        self._target = str(values["to"])
        holiday = f" ({values['holiday']})" if "holiday" in values else ""
        return f"{holiday}{self._say.not_working}"

    def _two_working_days(self, values: Values) -> str:
        self._articles.append("(5)")
        rolled, self._target = bool(self._target), str(values["to"])
        told = self._say.one_working_day if values["count"] else self._say.no_working_day
        return "" if rolled else told

    def _fixed(self, values: Values) -> str:
        return f"{self._day(values['on'])}{self._say.fixed}"

    def _unconfirmed(self, values: Values) -> str:
        self._tail = self._say.unconfirmed % (values["calendar"], values["years"])
        return ""

    def _length(self, values: Values) -> str:
        unit, n, parts = str(values["unit"]), int(values["n"]), int(values.get("part_days", 0))
        self._ordinary = "(2)(b)" if unit in _DAYS else "(2)(c)"
        self._articles += {"hour": ["(1)", "(2)(a)"], "working_day": ["(3)"]}.get(unit, [])
        if parts:
            self._articles.append("(2)(d)")
        lengths = [self._say.counted(n, unit)] * bool(n) + [self._say.counted(parts, "day")] * bool(parts)
        return f" {self._say.and_} ".join(lengths)

    def _end(self, values: Values) -> str:
        if not self._in_hours:
            self._reached = str(values["on"])
            return self._day(self._reached)
        return f"{self._moment(values)}{self._say.hour_not_counted}"

    def _moment(self, values: Values, zone: str = "") -> str:
        """Wall time; with its distance from UTC where the clocks change in the period, else 02:30 may be said twice.

        The end of a last hour at midnight is told as 24:00 of the day that the hour is part of.
        """
        at, on = str(values["at"]), str(values["on"])
        time = "24:00" if at[11:16] == "00:00" and on != at[:10] else at[11:16]
        notes = [zone] * bool(zone) + [f"UTC{at[16:]}"] * self._clocks_change
        return f"{self._day(on if time == '24:00' else at[:10])} {time}" + (f" ({', '.join(notes)})" if notes else "")

    def _day(self, on: str | int) -> str:
        """A day, with its year where that is not the year named last."""
        day = date.fromisoformat(str(on))
        year = "" if str(day.year) == self._year else f" {day.year}"
        self._year = str(day.year)
        weekday, month = self._say.weekdays[day.weekday()], self._say.months[day.month - 1]
        return self._say.day.format(weekday=weekday, number=day.day, month=month) + year

    def _law(self) -> str:
        if not self._ordinary:
            return f"{self._say.article} 4, 5"
        return f"{self._say.article} 3" + ", ".join(sorted(set(self._articles)) or [self._ordinary])
