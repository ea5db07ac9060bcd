"""How a legal period stands, in words and a shape: what a reader has to see at a glance."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from board_hub.domain.clocks import ClockKind, ClockState
from board_hub.web.languages import gettext, ngettext

SOON = timedelta(days=7)
"""From here on a period is shown as about to end."""


@dataclass(frozen=True)
class ClockMark:
    """shape: a name of `marks.icon`; urgent: whether it calls for action now."""

    shape: str
    text: str
    urgent: bool = False


def clock_mark(state: str, kind: str, end: datetime | None, now: datetime | None) -> ClockMark:
    """The mark of a clock. A duty without a number is never late; a window that ends is no lateness either."""
    if state == ClockState.RUNNING:
        return _running(kind, end, now)
    texts = {
        ClockState.WAITING: ("waiting", gettext("Begins with receipt")),
        ClockState.SUSPENDED: ("suspended", gettext("Suspended")),
        ClockState.MET: ("handled", _met(kind)),
        ClockState.ENDED: ("ended", gettext("No longer needed")),
        ClockState.EXPIRED: ("over", _expired(kind)),
    }
    return ClockMark(*texts[ClockState(state)])


def _met(kind: str) -> str:
    """A duty without a number is neither in time nor late."""
    if kind == ClockKind.WINDOW:
        return gettext("Used")
    return gettext("Done in time") if kind == ClockKind.LIMIT else gettext("Done")


def _expired(kind: str) -> str:
    if kind == ClockKind.LIMIT:
        return gettext("Overdue")
    return gettext("From now on possible") if kind == ClockKind.EARLIEST else gettext("Period over")


def _running(kind: str, end: datetime | None, now: datetime | None) -> ClockMark:
    if kind == ClockKind.DUTY or end is None or now is None:
        return ClockMark("running", gettext("Without undue delay") if kind == ClockKind.DUTY else gettext("Running"))
    left = end - now
    if left <= timedelta(0):
        return ClockMark("over", _expired(kind), urgent=kind == ClockKind.LIMIT)
    if left < timedelta(hours=24):
        hours = max(1, round(left / timedelta(hours=1)))
        text = ngettext("%(num)s hour left", "%(num)s hours left", hours)
        return ClockMark("urgent", text, urgent=True)
    text = ngettext("%(num)s day left", "%(num)s days left", left.days)
    return ClockMark("soon" if left <= SOON else "running", text)
