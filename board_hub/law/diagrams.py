"""State diagrams of procedures in Mermaid, from the transition tables of the catalogue."""

from collections.abc import Iterator

from board_hub.domain.conditions import Applies, Condition
from board_hub.domain.procedures import START, Procedure, State, Transition, Trigger
from board_hub.law.catalogue import title_in

_WORDS = {
    Trigger.NOTICE: "{}",
    Trigger.WITHDRAWN: "withdrawal of {}",
    Trigger.EXPIRED: "{} expired",
    Trigger.MET: "{} met",
}


def state_diagram(procedure: Procedure) -> str:
    """The `stateDiagram-v2` of a procedure: every state, and each step with its conditions as an arrow's label."""
    states = procedure.states.values()
    return "\n".join(
        [
            "stateDiagram-v2",
            *(f'  state "{_title(one)}" as {state_id(one.code)}' for one in states),
            f"  [*] --> {state_id(START)}",
            *(arrow for one in states for arrow in _arrows(one)),
            *(f"  {state_id(one.code)} --> [*]" for one in states if one.final),
            "",
        ]
    )


def state_id(code: str) -> str:
    """The state's name in the diagram: Mermaid takes no hyphens or dots there."""
    return code.replace("-", "_").replace(".", "_")


def step_words(step: Transition) -> str:
    """A step as one reads it: `art81-1-decision [decision = justified]`, `E06, E06_ART5 expired`."""
    words = _WORDS[step.trigger].format(", ".join(sorted(step.codes)))
    conditions = list(_conditions(step.applies))
    if step.by:
        conditions.append(f"by {step.by}")
    if step.within:
        conditions.append(f"within {', '.join(sorted(step.within))}")
    return f"{words} [{'; '.join(conditions)}]" if conditions else words


def _title(state: State) -> str:
    return title_in(state.title).replace('"', "'")


def _arrows(state: State) -> Iterator[str]:
    """One arrow for each state that one can come to, with all steps that lead there."""
    steps: dict[str, list[str]] = {}
    for one in state.transitions:
        steps.setdefault(one.to or state.code, []).append(step_words(one).replace(";", ","))
    for to, words in steps.items():
        yield f"  {state_id(state.code)} --> {state_id(to)}: {'<br>'.join(words)}"


def _conditions(applies: Applies) -> Iterator[str]:
    for one in applies.when:
        yield f"{one.field} = {_values(one)}"
    for one in applies.unless:
        yield f"{one.field} not {_values(one)}"


def _values(condition: Condition) -> str:
    shown = (str(value).lower() if isinstance(value, bool) else str(value) for value in condition.values)
    return " or ".join(sorted(shown))
