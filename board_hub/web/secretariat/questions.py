"""Steps that change something: a page that says what will happen and asks why, then the step, then what was done."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from board_hub.domain.errors import Conflict, Flaw, Forbidden, Invalid
from board_hub.services.operation.proposals import Step, Wanted, propose
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.web.languages import gettext as _
from board_hub.web.pages import done, writing

Crumb = tuple[str | None, Any]


@dataclass(frozen=True)
class Question:
    """What the page says before the step. what: paragraphs; cancel: where to go instead; current: the menu's entry.

    fields: a template with fields of its own, which gets `values`; asks_why: whether a reason is wanted; two_people:
    see `ask_to_propose`, which says yes in its own words.
    """

    title: str
    what: Sequence[str]
    cancel: str
    crumbs: Sequence[Crumb]
    current: str
    yes: str = ""
    kind: str = "primary"
    fields: str = ""
    asks_why: bool = True
    two_people: bool = False
    values: Mapping[str, Any] = field(default_factory=dict)


def ask(question: Question, act: Callable[[], ResponseReturnValue]) -> ResponseReturnValue:
    """Show the question; on its form's return take the step, or show what stands against it."""
    if request.method != "POST":
        return _show(question)
    try:
        return act()
    except Invalid as refusal:
        return _show(question, refusal.flaws), 422
    except (Conflict, Forbidden) as error:
        return _show(question, said=str(error)), 409 if isinstance(error, Conflict) else 403


def ask_to_propose(question: Question, step: Step, wanted: Callable[[UnitOfWork], Wanted]) -> ResponseReturnValue:
    """Show the question; on its form's return put the step before a second administrator, or show what is wrong."""

    def act() -> ResponseReturnValue:
        with writing() as uow:
            made = propose(uow, step, wanted(uow), because=because())
            uow.commit()
        said = _("Proposed. Another administrator confirms or declines it.")
        return done(said, "secretariat.proposal", proposal_id=made.id)

    return ask(replace(question, two_people=True, yes=_("Propose it")), act)


def because() -> str:
    """The reason given in the form."""
    return request.form.get("because", "")


def _show(question: Question, flaws: Sequence[Flaw] = (), said: str = "") -> str:
    wrong = {_name(flaw): flaw.message for flaw in flaws}
    items = [(_name(flaw), flaw.message) for flaw in flaws]
    values = dict(question.values) | request.form.to_dict()
    return render_template(
        "secretariat/step.html", question=question, wrong=wrong, items=items, said=said, values=values
    )


def _name(flaw: Flaw) -> str:
    """The form's field that a flaw is about: its path's first step."""
    return flaw.path.strip("/").partition("/")[0].replace("-", "_")
