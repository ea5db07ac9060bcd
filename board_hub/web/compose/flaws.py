"""The gate's flaws in the words of the form, at the controls where they can be mended."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from board_hub.domain.errors import Flaw
from board_hub.web.compose.controls import Control
from board_hub.web.compose.fields import FIELD, MISSING, REASON, STATUS
from board_hub.web.languages import gettext, in_language

_FIELDS, _MISSING = "/data/fields/", "/data/missing/"
_PLACES = {
    "/data/to": "to",
    "/marking": "marking",
    "/data/revision/kind": "revision-kind",
    "/data/revision/reason": "revision-reason",
    "/data/reason": "reason",
}


@dataclass(frozen=True)
class Problem:
    """A line of the error summary. anchor: the control to go to, empty where the whole is meant."""

    anchor: str
    words: str


def words_of(flaw: Flaw) -> str:
    """What to do, in the form's words: a person does not write JSON."""
    if flaw.code == "field.missing":
        if flaw.path.startswith(_FIELDS) and flaw.path.count("/") == _FIELDS.count("/"):
            return gettext("Fill this in, or say why it is not given.")
        if flaw.path == "/data/to":
            return gettext("Choose who receives this.")
        return gettext("Fill this in.")
    if flaw.path.startswith(_MISSING) and flaw.code == "field.invalid" and flaw.path.count("/") == _MISSING.count("/"):
        return gettext("This is filled in and marked as not given; keep one of the two.")
    if flaw.code == "code.unknown" and flaw.path.startswith(_MISSING):
        return gettext("Choose whether it is withheld or not yet available.")
    return in_language(flaw.message)


def errors_by_place(flaws: Iterable[Flaw]) -> dict[str, str]:
    """Words by JSON pointer."""
    found: dict[str, str] = {}
    for flaw in flaws:
        words = words_of(flaw)
        found[flaw.path] = f"{found[flaw.path]} {words}" if flaw.path in found else words
    return found


def problems_of(flaws: Iterable[Flaw], controls: Iterable[Control]) -> tuple[Problem, ...]:
    """The error summary, in the order of the form."""
    labels = dict(_labels(controls))
    order = {name: index for index, name in enumerate(labels)}
    found = [_problem(flaw, labels) for flaw in flaws]
    return tuple(sorted(found, key=lambda one: order.get(one.anchor, -1 if not one.anchor else len(order))))


def _problem(flaw: Flaw, labels: dict[str, str]) -> Problem:
    anchor = _anchor(flaw.path, labels)
    label = labels.get(anchor, "")
    words = words_of(flaw)
    return Problem(anchor, f"{label}: {words}" if label else words)


def _anchor(path: str, labels: dict[str, str]) -> str:
    if path.startswith(_MISSING):
        name, _, part = path.removeprefix(_MISSING).partition("/")
        return f"{MISSING}-{name}-{REASON if part == REASON else STATUS}"
    if path.startswith("/data/external_references/"):
        return f"x-{path.rpartition('/')[2]}"
    if path.startswith("/data/to"):
        return "to"
    if not path.startswith(_FIELDS):
        return _PLACES.get(path, "")
    parts = path.removeprefix(_FIELDS).split("/")
    names = ("-".join([FIELD, *parts[:length]]) for length in range(len(parts), 0, -1))
    return next((name for name in names if name in labels), "")


def _labels(controls: Iterable[Control], above: str = "") -> Iterator[tuple[str, str]]:
    """Names of all controls with their labels, those inside a group with the group's before it."""
    for one in controls:
        label = f"{above} – {one.label}" if above and one.label != above else one.label
        yield one.name, label
        if one.gap:
            yield one.gap.status_name, label
            yield one.gap.reason_name, label
        yield from _labels(one.controls, label)
        for index, row in enumerate(one.rows, start=1):
            yield from _labels([row], f"{label} {index}" if row.controls else "")
