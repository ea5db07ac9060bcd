"""A legal period told to people: why it ends when it does, in one line and step by step; whose holidays count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

from board_hub.domain.clocks import ClockKind, ClockState
from board_hub.domain.period_steps import Step, StepCode
from board_hub.domain.periods import explain
from board_hub.law.catalogue import title_in
from board_hub.services.clocks.clock_reads import ClockView
from board_hub.web.languages import format_day, gettext, holiday_in_language, in_language, language, ngettext
from board_hub.web.languages import lazy as _

KINDS: dict[str, Any] = {
    ClockKind.LIMIT: _("Deadline"),
    ClockKind.WINDOW: _("Window"),
    ClockKind.EARLIEST: _("Not before"),
    ClockKind.DUTY: _("Duty"),
}
KINDS_EXPLAINED: dict[str, Any] = {
    ClockKind.LIMIT: _("to be done by then"),
    ClockKind.WINDOW: _("a right that can be used until then; silence has the effect the law gives it"),
    ClockKind.EARLIEST: _("possible from then on, not before"),
    ClockKind.DUTY: _("without undue delay: the law gives no number, so it is measured and never called late"),
}
UNITS: dict[str, Any] = {
    "hour": lambda n: ngettext("%(num)s hour", "%(num)s hours", n),
    "day": lambda n: ngettext("%(num)s day", "%(num)s days", n),
    "calendar_day": lambda n: ngettext("%(num)s calendar day", "%(num)s calendar days", n),
    "working_day": lambda n: ngettext("%(num)s working day", "%(num)s working days", n),
    "week": lambda n: ngettext("%(num)s week", "%(num)s weeks", n),
    "month": lambda n: ngettext("%(num)s month", "%(num)s months", n),
    "year": lambda n: ngettext("%(num)s year", "%(num)s years", n),
}


@dataclass(frozen=True)
class ShownClock:
    """A clock for a page, told as far as the page asks. member: whose holidays count."""

    view: ClockView
    title: str
    article: str
    effect: str
    note: str
    is_mine: bool

    @property
    def row(self) -> Any:
        return self.view.row

    @cached_property
    def explanation(self) -> str:
        """Why it ends then, in one line."""
        return explained(self.row.steps, self.row.explanation)

    @cached_property
    def steps(self) -> tuple[str, ...]:
        """The same one by one."""
        return tuple(_step(Step.of(one)) for one in self.row.steps)

    @property
    def kind(self) -> Any:
        return KINDS[self.view.row.kind]

    @property
    def kind_explained(self) -> Any:
        return KINDS_EXPLAINED[self.view.row.kind]

    @property
    def is_duty(self) -> bool:
        return self.view.row.kind == ClockKind.DUTY

    @property
    def is_open(self) -> bool:
        return self.view.row.state in (ClockState.WAITING, ClockState.RUNNING, ClockState.SUSPENDED)

    @property
    def moved(self) -> bool:
        """Whether the end is another day than the nominal one."""
        return self.view.row.nominal_on != self.view.row.end_on

    @property
    def unconfirmed(self) -> bool:
        """Whether it has an end that rests on holidays nobody has confirmed."""
        return self.view.row.end_on is not None and not self.view.row.calendar_confirmed


def show_clock(view: ClockView, mine: frozenset[str], effects: Mapping[str, str]) -> ShownClock:
    """effects: words for the codes of what an end means."""
    row, rule = view.row, view.rule
    return ShownClock(
        view=view,
        title=in_language(title_in(rule.title)),
        article=f"{rule.act} {rule.article}",
        effect=in_language(effects.get(rule.effect, "")),
        note=in_language(title_in(rule.note)) if rule.note else "",
        is_mine=row.holder in mine,
    )


def explained(steps: Sequence[Mapping[str, Any]], otherwise: str) -> str:
    """Why a clock ends then, in one line; otherwise: what is said of one that has no steps."""
    return explain([_worded(Step.of(one)) for one in steps], language()) if steps else in_language(otherwise)


def _worded(step: Step) -> Step:
    """With a holiday's name in the reader's language."""
    holiday = step.values.get("holiday")
    return replace(step, values={**step.values, "holiday": holiday_in_language(str(holiday))}) if holiday else step


def _step(step: Step) -> str:
    return str(_TELLERS[StepCode(step.code)](step.values))


def _day(value: object) -> str:
    return format_day(date.fromisoformat(str(value)))


def _length(values: Mapping[str, Any]) -> str:
    unit = UNITS.get(str(values["unit"]))
    length = str(unit(int(values["n"]))) if unit else f"{values['n']} {values['unit']}"
    if parts := int(values.get("part_days", 0)):
        return gettext("%(length)s and %(days)s", length=length, days=UNITS["day"](parts))
    return length


def _event(values: Mapping[str, Any]) -> str:
    if "at" in values:
        at = datetime.fromisoformat(str(values["at"])).strftime("%H:%M")
        words = gettext(
            "It counts from %(day)s, %(time)s (%(zone)s).", day=_day(values["on"]), time=at, zone=values["zone"]
        )
    else:
        words = gettext("It counts from %(day)s (%(zone)s).", day=_day(values["on"]), zone=values["zone"])
    return words


def _period(values: Mapping[str, Any]) -> str:
    end = _day(values["on"])
    return gettext(
        "%(length)s later is %(day)s; the day or hour of the event does not count.", length=_length(values), day=end
    )


def _backwards(values: Mapping[str, Any]) -> str:
    end = _day(values["on"])
    return gettext("Counted back %(length)s: %(day)s; such an end does not move.", length=_length(values), day=end)


def _month_end(values: Mapping[str, Any]) -> str:
    return gettext("The month has no such day, so it is its last one: %(day)s.", day=_day(values["on"]))


def _suspended(values: Mapping[str, Any]) -> str:
    return gettext("The clock stood still meanwhile, which moves the end to %(day)s.", day=_day(values["on"]))


def _rolled(values: Mapping[str, Any]) -> str:
    why = holiday_in_language(str(values["holiday"])) if "holiday" in values else gettext("weekend")
    words = {"day": _day(values["on"]), "why": why, "to": _day(values["to"])}
    return gettext("%(day)s is not a working day (%(why)s), so it ends on the next one: %(to)s.", **words)


def _two_working_days(values: Mapping[str, Any]) -> str:
    return gettext("A period has at least two working days, so it ends on %(to)s.", to=_day(values["to"]))


def _fixed(values: Mapping[str, Any]) -> str:
    return gettext("A fixed date: %(day)s, to its last hour; it does not move.", day=_day(values["on"]))


def _unconfirmed(values: Mapping[str, Any]) -> str:
    words = {"calendar": values["calendar"], "years": values["years"]}
    return gettext("The secretariat has not confirmed the holidays of %(calendar)s for %(years)s yet.", **words)


_TELLERS = {
    StepCode.EVENT: _event,
    StepCode.PERIOD: _period,
    StepCode.BACKWARDS: _backwards,
    StepCode.MONTH_END: _month_end,
    StepCode.SUSPENDED: _suspended,
    StepCode.ROLLED: _rolled,
    StepCode.TWO_WORKING_DAYS: _two_working_days,
    StepCode.FIXED: _fixed,
    StepCode.UNCONFIRMED: _unconfirmed,
}
