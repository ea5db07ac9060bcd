"""Procedures: steps by notices, withdrawals and clocks."""

import pytest

from board_hub.domain.conditions import Applies, Condition
from board_hub.domain.procedures import (
    START,
    By,
    NotPossible,
    Procedure,
    Standing,
    State,
    Transition,
    Trigger,
    after_clocks,
    after_withdrawal,
    find_step,
    possible_notices,
    watched_clocks,
)


def by_notice(code: str, to: str | None, by: By | None = None, **when: str) -> Transition:
    conditions = tuple(Condition(name, frozenset({value})) for name, value in when.items())
    return Transition(Trigger.NOTICE, frozenset({code}), to, Applies(conditions), by)


def by_clocks(trigger: Trigger, to: str, *codes: str) -> Transition:
    return Transition(trigger, frozenset(codes), to)


STATES = {
    START: (by_notice("measure", "window"),),
    "window": (
        by_notice("objection", "objected", By.OTHERS),
        by_notice("change", "ended", By.ORIGINATOR, kind="withdrawn"),
        by_notice("change", None, By.ORIGINATOR),
        by_clocks(Trigger.EXPIRED, "deemed", "E06", "E06_ART5"),
        Transition(Trigger.WITHDRAWN, frozenset({"measure"}), "ended"),
    ),
    "objected": (by_notice("decision", "ended"),),
    "deemed": (by_clocks(Trigger.MET, "ended", "E10"),),
    "ended": (),
}
PROCEDURE = Procedure(
    "safeguard",
    {"en": "Safeguard"},
    "79",
    {code: State(code, {"en": code}, code == "ended", steps) for code, steps in STATES.items()},
)


def step(state: str, notice: str, by: By | None = None, **fields: str) -> str | None:
    return find_step(PROCEDURE, state, notice=notice, fields=fields, by=by).to


def test_a_notice_leads_where_the_table_says() -> None:
    assert step("window", "objection", By.OTHERS) == "objected"


def test_the_first_step_whose_conditions_hold_counts() -> None:
    assert step("window", "change", By.ORIGINATOR, kind="withdrawn") == "ended"
    assert step("window", "change", By.ORIGINATOR, kind="narrowed") is None


def test_a_step_of_others_is_not_open_to_the_originator() -> None:
    with pytest.raises(NotPossible):
        step("window", "objection", By.ORIGINATOR)


def test_a_refused_step_names_what_is_possible_instead() -> None:
    with pytest.raises(NotPossible) as refusal:
        step("window", "decision")
    assert refusal.value.instead == ("change", "objection")


def test_what_leads_out_of_start_opens_the_procedure() -> None:
    assert PROCEDURE.opened_by == {"measure"}
    assert possible_notices(PROCEDURE, "ended") == ()


def test_a_withdrawn_notice_may_move_the_procedure() -> None:
    assert after_withdrawal(PROCEDURE, "window", "measure") == "ended"
    assert after_withdrawal(PROCEDURE, "window", "objection") is None


def test_deeming_waits_for_the_latest_window() -> None:
    assert after_clocks(PROCEDURE, "window", {"E06": Standing(open=1, expired=26)}) is None
    assert after_clocks(PROCEDURE, "window", {"E06": Standing(expired=27)}) == "deemed"


def test_windows_of_either_rule_hold_deeming_up() -> None:
    assert after_clocks(PROCEDURE, "window", {"E06": Standing(expired=1), "E06_ART5": Standing(open=1)}) is None


def test_clocks_that_never_existed_expire_nothing() -> None:
    assert after_clocks(PROCEDURE, "window", {}) is None


def test_all_duties_must_be_met_for_a_step_by_met_clocks() -> None:
    assert after_clocks(PROCEDURE, "deemed", {"E10": Standing(open=1, met=25)}) is None
    assert after_clocks(PROCEDURE, "deemed", {"E10": Standing(expired=1, met=25)}) is None
    assert after_clocks(PROCEDURE, "deemed", {"E10": Standing(met=26)}) == "ended"


def test_the_clocks_to_watch_are_those_of_the_state() -> None:
    assert watched_clocks(PROCEDURE, "window") == {"E06", "E06_ART5"}
    assert watched_clocks(PROCEDURE, "objected") == frozenset()
