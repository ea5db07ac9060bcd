"""Clock rules: which notice or state starts a legal period, for whom, what stops it and what its end means."""

from dataclasses import dataclass
from enum import StrEnum

from board_hub.domain.conditions import ALWAYS, Applies
from board_hub.domain.periods import Period


class ClockState(StrEnum):
    """waiting: the event that starts it has not happened (a recipient has not received the notice)."""

    WAITING = "waiting"
    RUNNING = "running"
    SUSPENDED = "suspended"
    MET = "met"
    EXPIRED = "expired"
    ENDED = "ended"
    """No longer needed: the procedure went another way."""


OPEN = frozenset({ClockState.WAITING, ClockState.RUNNING, ClockState.SUSPENDED})


class ClockKind(StrEnum):
    """What the end of the period means to its holder."""

    LIMIT = "limit"
    """Act by then."""
    WINDOW = "window"
    """A right that may be used until then; silence has the effect the law gives it."""
    EARLIEST = "earliest"
    """Not before then."""
    DUTY = "duty"
    """Without undue delay: the law gives no number; time is measured, never called late."""


class Moment(StrEnum):
    """When the period's event happened."""

    SENT = "sent"
    """The hub accepted the notice."""
    RECEIVED = "received"
    """The notice was in the holder's mailbox."""
    FIELD = "field"
    """The day or moment that a field of the notice gives."""
    ENTERED = "entered"
    """The procedure entered a state."""
    YEARLY = "yearly"
    """A fixed day of each year."""


class Holder(StrEnum):
    """Whose action the period is for; its public holidays are those of the place where the holder acts."""

    SENDER = "sender"
    RECIPIENTS = "recipients"
    ORIGINATOR = "originator"
    """The participant that opened the procedure."""
    COMMISSION = "commission"
    MEMBER_STATES = "member_states"
    """One authority of each Member State."""
    OPERATOR = "operator"
    """Nobody on the hub: an operator, a notified body; shown to the sender, by the holidays of its state."""
    PARTICIPANTS = "participants"
    """Every participant of the holder's kinds (yearly reports)."""


@dataclass(frozen=True)
class NoticeMatch:
    """A notice type, under conditions; field: the day in the notice that counts instead of the notice's own."""

    notice: str
    applies: Applies = ALWAYS
    field: str | None = None


@dataclass(frozen=True)
class ClockStart:
    """What starts a clock: a notice (`at` says when its event happened), the entry into a state, a day of the year."""

    at: Moment
    notice: str | None = None
    state: str | None = None
    field: str | None = None
    month_day: tuple[int, int] | None = None
    applies: Applies = ALWAYS


@dataclass(frozen=True)
class ClockHolder:
    """kinds: only holders of these kinds (recipients, participants), or, per Member State, the first kind it has.

    members: `others` leaves out the originator's Member State.
    """

    who: Holder
    kinds: tuple[str, ...] = ()
    members: str = "all"


@dataclass(frozen=True)
class Extension:
    """A notice that makes the period longer by `period`, at most `times`."""

    by: NoticeMatch
    period: Period
    times: int


@dataclass(frozen=True, eq=False)
class ClockRule:
    """One row of law.md §10 as data.

    period: None for a duty without a number; procedure: None for clocks outside cases (yearly reports);
    met_by: notices of the holder that end it well; ended_by: notices that make it needless; leaves: states on whose
    entry it is needless; restart: resuming starts the period anew (the complete alert) instead of going on;
    effect: a code of the vocabulary of effects; escalate: its expiry is shown to the secretariat; warn: days before the
    nominal end; repeats: the next period begins at the end of this one; source, note: row and caveat of law.md.
    """

    code: str
    act: str
    article: str
    title: dict[str, str]
    kind: ClockKind
    period: Period | None
    procedure: str | None
    starts: tuple[ClockStart, ...]
    holder: ClockHolder
    effect: str
    escalate: bool = False
    met_by: tuple[NoticeMatch, ...] = ()
    ended_by: tuple[NoticeMatch, ...] = ()
    ended_in: frozenset[str] = frozenset()
    suspended_by: tuple[NoticeMatch, ...] = ()
    resumed_by: tuple[NoticeMatch, ...] = ()
    restart: bool = False
    extension: Extension | None = None
    warn: tuple[int, ...] = ()
    repeats: bool = False
    rows: tuple[str, ...] = ()
    note: dict[str, str] | None = None
