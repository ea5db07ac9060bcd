"""Transition tables are whole: states end or lead on, every notice has its place; Art 79 goes as the law says."""

from collections.abc import Iterator
from typing import Any

import pytest

from board_hub.domain.conditions import Applies
from board_hub.domain.procedures import (
    START,
    By,
    NotPossible,
    Procedure,
    Standing,
    Transition,
    Trigger,
    after_clocks,
    after_withdrawal,
    find_step,
)
from board_hub.law.catalogue import Catalogue, FieldType
from board_hub.law.loader import load_catalogue

CODES = sorted(load_catalogue().procedures)
WINDOWS = frozenset({"E06", "E06_ART5"})


def steps(procedure: Procedure) -> Iterator[tuple[str, Transition]]:
    for state in procedure.states.values():
        for one in state.transitions:
            yield state.code, one


@pytest.fixture
def art79(catalogue: Catalogue) -> Procedure:
    return catalogue.procedures["art79"]


@pytest.mark.parametrize("code", CODES)
def test_a_state_is_final_or_leads_on(catalogue: Catalogue, code: str) -> None:
    for state in catalogue.procedures[code].states.values():
        leads_on = any(one.to not in (None, state.code) for one in state.transitions)
        assert state.final != leads_on, state.code


@pytest.mark.parametrize("code", CODES)
def test_from_every_state_an_end_can_be_reached(catalogue: Catalogue, code: str) -> None:
    states = catalogue.procedures[code].states
    ending = {name for name, state in states.items() if state.final}
    for _ in states:
        ending |= {name for name, state in states.items() if any(one.to in ending for one in state.transitions)}
    assert ending == set(states)


def test_every_notice_type_with_a_procedure_has_its_place_in_it(catalogue: Catalogue) -> None:
    placed = {
        (code, notice)
        for code, procedure in catalogue.procedures.items()
        for _, one in steps(procedure)
        if one.trigger is Trigger.NOTICE
        for notice in one.codes
    }
    assert {(one.procedure, one.code) for one in catalogue.notice_types.values() if one.procedure} == placed


@pytest.mark.parametrize("code", CODES)
def test_a_step_by_clocks_waits_for_clocks_of_its_own_procedure(catalogue: Catalogue, code: str) -> None:
    own = {rule.code for rule in catalogue.clocks_of(code)}
    for state, one in steps(catalogue.procedures[code]):
        clocks = one.codes if one.trigger in (Trigger.EXPIRED, Trigger.MET) else one.within
        assert clocks <= own, state


def test_conditions_compare_with_what_the_field_can_hold(catalogue: Catalogue) -> None:
    for notice, applies in _conditioned(catalogue):
        fields = {one.name: one for one in catalogue.notice_types[notice].fields}
        for condition in (*applies.when, *applies.unless):
            field = fields[condition.field]
            if field.type is FieldType.CODE and field.vocabulary:
                assert condition.values <= field.vocabulary.values, (notice, condition.field)
            else:
                assert field.type is FieldType.BOOLEAN, (notice, condition.field)
                assert all(isinstance(value, bool) for value in condition.values)


@pytest.mark.parametrize("code", CODES)
def test_each_answer_a_notice_can_give_leads_somewhere(catalogue: Catalogue, code: str) -> None:
    """Where one value of a code or truth field has a step in a state, so has every other value of it."""
    exceptions = {
        ("art60", "approved", "testing_decision"),  # the decision is taken; only the tacit approval is still told
        ("art90", "alerted", "launches_measures"),  # the Board is informed first (90(2))
        ("art90", "incomplete", "launches_measures"),
        ("art36", "cessation-planned", "designation_change"),  # a body that ceases is no longer restricted
        ("art36", "designation-withdrawn", "designation_change"),
    }
    procedure = catalogue.procedures[code]
    for state, name, notice, values in _compared(catalogue, procedure):
        if (code, state, name) not in exceptions:
            for value in values:
                assert find_step(procedure, state, notice=notice, fields={name: value}), (state, notice, value)


@pytest.mark.parametrize("opening", ["art79-3", "art80"])
def test_a_shared_finding_leads_to_the_provisional_measure_of_the_same_authority(
    art79: Procedure, opening: str
) -> None:
    assert _to(art79, START, opening) == "finding-shared"
    assert _to(art79, "finding-shared", "art79-5", by=By.ORIGINATOR) == "objection-window"
    with pytest.raises(NotPossible):
        _to(art79, "finding-shared", "art79-5", by=By.OTHERS)


def test_silence_of_all_makes_the_measure_deemed_justified_only_after_the_latest_window(art79: Procedure) -> None:
    assert after_clocks(art79, "objection-window", {"E06": Standing(open=1, expired=26)}) is None
    assert after_clocks(art79, "objection-window", {"E06": Standing(expired=27)}) == "deemed-justified"
    assert after_clocks(art79, "objection-window", {"E06_ART5": Standing(expired=27)}) == "deemed-justified"


def test_one_objection_stops_the_deeming(art79: Procedure) -> None:
    step = find_step(art79, "objection-window", notice="art79-8-objection", fields={}, by=By.OTHERS)
    assert (step.to, step.within) == ("objected", WINDOWS)
    assert after_clocks(art79, "objected", {"E06": Standing(expired=26, met=1)}) is None


def test_further_objections_keep_their_own_windows(art79: Procedure) -> None:
    for state in ("objected", "consultation"):
        step = find_step(art79, state, notice="art79-8-objection", fields={}, by=By.OTHERS)
        assert (step.to, step.within) == (None, WINDOWS)


@pytest.mark.parametrize("state", ["objection-window", "objected"])
def test_the_commission_may_open_the_consultation(art79: Procedure, state: str) -> None:
    assert _to(art79, state, "art81-1-consultation") == "consultation"


def test_the_commission_decides_and_the_member_states_follow_up(art79: Procedure) -> None:
    assert _to(art79, "consultation", "art81-1-decision", decision="justified") == "justified"
    assert _to(art79, "consultation", "art81-1-decision", decision="unjustified") == "unjustified"
    assert _to(art79, "unjustified", "art81-2-withdrawal", by=By.ORIGINATOR) == "closed"
    assert after_clocks(art79, "justified", {"E09": Standing(open=1, met=25)}) is None
    assert after_clocks(art79, "justified", {"E09": Standing(met=26)}) == "closed"
    assert after_clocks(art79, "deemed-justified", {"E10": Standing(met=26)}) == "closed"


def test_no_objection_is_possible_once_the_measure_is_deemed_justified(art79: Procedure) -> None:
    with pytest.raises(NotPossible) as refusal:
        _to(art79, "deemed-justified", "art79-8-objection", by=By.OTHERS)
    assert "art79-9-measures" in refusal.value.instead


def test_a_measure_is_withdrawn_by_the_authority_that_took_it_and_changed_without_a_step(art79: Procedure) -> None:
    for state in ("objection-window", "objected", "consultation", "deemed-justified", "justified", "unjustified"):
        assert _to(art79, state, "art79-5-withdrawal", by=By.ORIGINATOR, withdrawn=True) == "withdrawn"
        assert _to(art79, state, "art79-5-withdrawal", by=By.ORIGINATOR, withdrawn=False) is None
        assert after_withdrawal(art79, state, "art79-5") == "withdrawn"
        with pytest.raises(NotPossible):
            _to(art79, state, "art79-5-withdrawal", by=By.OTHERS, withdrawn=True)


def test_a_matter_of_another_procedure_is_rerouted(art79: Procedure) -> None:
    for state in ("finding-shared", "objection-window", "objected", "consultation", "deemed-justified", "justified"):
        assert _to(art79, state, "art79-rerouted", by=By.ORIGINATOR) == "rerouted"


def test_other_authorities_tell_their_own_measures_at_any_time(art79: Procedure) -> None:
    for state in set(art79.states) - {START}:
        assert _to(art79, state, "art79-7", by=By.OTHERS) is None


def test_measures_on_an_alert_are_launched_only_after_the_board_was_informed(catalogue: Catalogue) -> None:
    art90 = catalogue.procedures["art90"]
    with pytest.raises(NotPossible):
        _to(art90, "alerted", "art90-decision", launches_measures=True)
    assert _to(art90, "alerted", "art90-2-information") == "board-informed"
    assert _to(art90, "board-informed", "art90-decision", launches_measures=True) == "measures-launched"


def test_an_evaluation_of_a_model_begins_with_a_decision_of_the_ai_office_only(catalogue: Catalogue) -> None:
    leading = [
        (state, one.codes)
        for procedure in catalogue.procedures.values()
        for state, one in steps(procedure)
        if one.to == "evaluating" and procedure.code == "art92"
    ]
    assert leading == [("consulted", frozenset({"art92-1-decision"}))]
    assert catalogue.notice_types["art92-1-decision"].senders == {"AIO"}


def _to(procedure: Procedure, state: str, notice: str, *, by: By | None = None, **fields: Any) -> str | None:
    return find_step(procedure, state, notice=notice, fields=fields, by=by).to


def _conditioned(catalogue: Catalogue) -> Iterator[tuple[str, Applies]]:
    for procedure in catalogue.procedures.values():
        for _, one in steps(procedure):
            for notice in one.codes if one.trigger is Trigger.NOTICE else ():
                yield notice, one.applies
    for rule in catalogue.clocks.values():
        for start in rule.starts:
            if start.notice:
                yield start.notice, start.applies
        for match in (*rule.met_by, *rule.ended_by, *rule.suspended_by, *rule.resumed_by):
            yield match.notice, match.applies


def _compared(catalogue: Catalogue, procedure: Procedure) -> Iterator[tuple[str, str, str, list[Any]]]:
    """State, field, notice and all values the field can hold, for each single condition of a step."""
    for state, step in steps(procedure):
        for condition in step.applies.when if step.trigger is Trigger.NOTICE else ():
            (notice,) = step.codes
            field = {one.name: one for one in catalogue.notice_types[notice].fields}[condition.field]
            values = [one.code for one in field.vocabulary.codes] if field.vocabulary else [True, False]
            yield state, condition.field, notice, values
