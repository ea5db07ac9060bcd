"""The state diagrams show every state and every step of the transition tables."""

import re

import pytest

from board_hub.domain.procedures import Procedure
from board_hub.law.catalogue import Catalogue, title_in
from board_hub.law.diagrams import state_diagram, state_id
from board_hub.law.loader import load_catalogue

CODES = sorted(load_catalogue().procedures)
LINE = re.compile(r'stateDiagram-v2|  state "[^"]+" as \w+|  (\w+|\[\*\]) --> (\w+|\[\*\])(: [^;"]+)?')


@pytest.fixture
def procedure(catalogue: Catalogue, request: pytest.FixtureRequest) -> Procedure:
    return catalogue.procedures[request.param]


@pytest.mark.parametrize("procedure", CODES, indirect=True)
def test_every_state_is_in_its_diagram_with_its_title(procedure: Procedure) -> None:
    diagram = state_diagram(procedure)
    for code, state in procedure.states.items():
        assert f'state "{title_in(state.title)}" as {state_id(code)}\n' in diagram


@pytest.mark.parametrize("procedure", CODES, indirect=True)
def test_every_step_is_an_arrow_with_its_codes(procedure: Procedure) -> None:
    arrows = [line for line in state_diagram(procedure).splitlines() if "-->" in line]
    for code, state in procedure.states.items():
        for one in state.transitions:
            start = f"  {state_id(code)} --> {state_id(one.to or code)}: "
            assert any(line.startswith(start) and all(name in line for name in one.codes) for line in arrows)


@pytest.mark.parametrize("procedure", CODES, indirect=True)
def test_a_diagram_has_only_lines_that_mermaid_reads(procedure: Procedure) -> None:
    lines = state_diagram(procedure).splitlines()
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    assert len({state_id(code) for code in procedure.states}) == len(procedure.states)


@pytest.mark.parametrize("procedure", CODES, indirect=True)
def test_a_diagram_begins_at_the_start_and_ends_in_the_final_states(procedure: Procedure) -> None:
    lines = state_diagram(procedure).splitlines()
    ending = {line.split()[0] for line in lines if line.endswith("--> [*]")}
    assert "  [*] --> start" in lines
    assert ending == {state_id(code) for code, state in procedure.states.items() if state.final}
