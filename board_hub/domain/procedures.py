"""Procedures: where a notice or an expired clock leads; transition tables as values, from the catalogue."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from board_hub.domain.conditions import ALWAYS, Applies

START = "start"
"""The state before anything was issued; whatever leads out of it opens the procedure."""


class Trigger(StrEnum):
    """What moves a procedure: a notice, its withdrawal, the last of certain clocks expiring or being met."""

    NOTICE = "notice"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    MET = "met"


class By(StrEnum):
    """Who may take a step, seen from the procedure: a Member State's authorities count as one."""

    ORIGINATOR = "originator"
    OTHERS = "others"


@dataclass(frozen=True)
class Transition:
    """One step. codes: notice types, or clock rules (all of them together); to: None where the state stays.

    by: who may take it (None: whoever may issue the notice); within: clock rules one of whose clocks must still be
    open for the sender.
    """

    trigger: Trigger
    codes: frozenset[str]
    to: str | None
    applies: Applies = ALWAYS
    by: "By | None" = None
    within: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False)
class State:
    """A position in a procedure. title: words by language; a final state has no way out."""

    code: str
    title: Mapping[str, str]
    final: bool
    transitions: tuple[Transition, ...]


@dataclass(frozen=True, eq=False)
class Procedure:
    """A legal life cycle of the catalogue. request: somebody asks somebody, who answers or refuses."""

    code: str
    title: Mapping[str, str]
    cite: str
    states: Mapping[str, State]
    request: bool = False

    @property
    def opened_by(self) -> frozenset[str]:
        """Notice types that open the procedure."""
        return frozenset(possible_notices(self, START))


class NotPossible(Exception):
    """A step that the procedure does not know in its present state; `instead` are the notice types that it does."""

    def __init__(self, procedure: Procedure, state: str, notice: str) -> None:
        super().__init__(f"{notice} in {procedure.code} at {state}")
        self.state = procedure.states[state]
        self.instead = possible_notices(procedure, state)


def possible_notices(procedure: Procedure, state: str) -> tuple[str, ...]:
    """Notice types that may be issued in this state, sorted."""
    transitions = procedure.states[state].transitions
    return tuple(sorted({code for one in transitions if one.trigger is Trigger.NOTICE for code in one.codes}))


def find_step(
    procedure: Procedure, state: str, *, notice: str, fields: Mapping[str, Any], by: By | None = None
) -> Transition:
    """The step that this notice takes, the first that applies. Raises NotPossible.

    by: whether the sender is the originator of the procedure; None while there is none.
    """
    for one in procedure.states[state].transitions:
        if one.trigger is Trigger.NOTICE and notice in one.codes and one.applies.to(fields) and by_fits(one, by):
            return one
    raise NotPossible(procedure, state, notice)


def by_fits(step: Transition, by: By | None) -> bool:
    return step.by is None or by is None or step.by is by


def after_withdrawal(procedure: Procedure, state: str, notice: str) -> str | None:
    """The state that the withdrawal of such a notice leads to, or None."""
    for one in procedure.states[state].transitions:
        if one.trigger is Trigger.WITHDRAWN and notice in one.codes:
            return one.to
    return None


_BY_CLOCKS = frozenset({Trigger.EXPIRED, Trigger.MET})


@dataclass(frozen=True)
class Standing:
    """How the clocks of one rule stand in one procedure: numbers of open, expired and met ones."""

    open: int = 0
    expired: int = 0
    met: int = 0


def after_clocks(procedure: Procedure, state: str, standing: Mapping[str, Standing]) -> str | None:
    """The state that the clocks lead to now, or None. standing: by clock rule.

    `expired` waits for the last: none of its rules' clocks is open any more, and one has expired (law.md finding 8:
    "deemed justified" only after the latest window). `met` waits until none is open or expired, and one was met.
    """
    for one in procedure.states[state].transitions:
        if one.trigger in _BY_CLOCKS and _fires(one, standing):
            return one.to
    return None


def watched_clocks(procedure: Procedure, state: str) -> frozenset[str]:
    """Clock rules whose end may lead out of this state."""
    transitions: Collection[Transition] = procedure.states[state].transitions
    return frozenset(code for one in transitions if one.trigger in _BY_CLOCKS for code in one.codes)


def _fires(transition: Transition, standing: Mapping[str, Standing]) -> bool:
    counts = [standing.get(code, Standing()) for code in transition.codes]
    if any(one.open for one in counts):
        return False
    if transition.trigger is Trigger.EXPIRED:
        return any(one.expired for one in counts)
    return any(one.met for one in counts) and not any(one.expired for one in counts)
