"""Words for the pages of cases: where a procedure stands, why it went on, what is unusual about an audience."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from board_hub.law.catalogue import Catalogue, title_in
from board_hub.law.notice_parts import RevisionKind
from board_hub.services.cases.audience_reads import Unusual
from board_hub.services.cases.procedure_paths import ProcedurePath
from board_hub.web.languages import format_day, gettext, in_language
from board_hub.web.languages import lazy as _

SYSTEMS: Mapping[str, str] = {"icsms": "ICSMS", "safety-gate": "Safety Gate"}
"""Legal notification systems by their own names."""
CHANGES: Mapping[str, Any] = {RevisionKind.CORRECTION: _("correction"), RevisionKind.COMPLETION: _("completion")}
UNUSUAL: Mapping[str, Any] = {
    Unusual.NOT_AN_AUTHORITY: _(
        "This participant is no authority: professional secrecy (Article 78) may stand against it."
    ),
    Unusual.OBSERVER: _("This is an observer on the Board: observers see only what is not confidential."),
}
MOST_AHEAD = 4
"""Possible next states that a small diagram shows."""


def path_states(path: ProcedurePath) -> Sequence[tuple[str, str, str]]:
    """The path as `charts.procedure` wants it: (state, done/current/open, note)."""
    *before, present = path.passed
    shown = [(in_language(one.title), "done", format_day(one.at)) for one in before]
    shown.append((in_language(present.title), "current", gettext("since %(day)s", day=format_day(present.at))))
    ahead = [(in_language(title), "open", gettext("possible")) for _code, title in path.ahead[:MOST_AHEAD]]
    return shown + ahead


def cause_of(cause: str, catalogue: Catalogue) -> str:
    """Why a procedure took a step that no notice took, as its record words it, for people."""
    kind, _space, rest = cause.partition(" ")
    if kind == "clocks":
        titles = [
            in_language(title_in(catalogue.clocks[code].title)) for code in rest.split(", ") if code in catalogue.clocks
        ]
        return "; ".join(titles) or cause
    if kind == "withdrawal":
        found = catalogue.notice_types.get(rest.removeprefix("of "))
        return gettext("withdrawn: %(title)s", title=in_language(title_in(found.title)) if found else rest)
    if kind == "secretariat:":
        return gettext("noted by the secretariat: %(reason)s", reason=rest)
    return cause


def names_for(codes: Iterable[str], names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Choices of a form: participants by code, each with its name."""
    return [(code, f"{code} – {names.get(code, code)}") for code in codes]


def law_day(version: str) -> date:
    """The day from which a law version is in force."""
    return date.fromisoformat(version)


def told() -> dict[str, Any]:
    """What the templates of cases and of the calendar may call beside filters."""
    return {
        "systems": SYSTEMS,
        "changes": CHANGES,
        "unusual": UNUSUAL,
        "path_states": path_states,
        "cause_of": cause_of,
        "names_for": names_for,
        "law_day": law_day,
    }
