"""Drafts as pages show them: the form with what it offers, what two versions differ in, clocks that would begin."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import current_app, url_for

from board_hub.domain.clocks import ClockKind, ClockState
from board_hub.domain.errors import Flaw
from board_hub.law.catalogue import title_in
from board_hub.services.access import reader_of
from board_hub.services.desk.audience_preview import list_nameable
from board_hub.services.desk.drafting import Content, type_of
from board_hub.services.desk.prefill import list_case_notices
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.desk_tables import Draft
from board_hub.web.clock_steps import explained
from board_hub.web.compose.choices import notice_option, participant_words
from board_hub.web.compose.controls import Control
from board_hub.web.compose.form import Shown, show
from board_hub.web.compose.start import Start
from board_hub.web.languages import format_day, in_language


def shown_of(
    uow: UnitOfWork,
    content: Content,
    *,
    draft_id: UUID,
    version: int,
    participant: str,
    flaws: Iterable[Flaw] = (),
    rows: Mapping[str, int] | None = None,
    start: Start | None = None,
) -> Shown:
    """The form of this content."""
    catalogue, notice_type = type_of(uow, content)
    known = uow.directory.participants
    sender = known[participant]
    notices: list[tuple[str, str]] = []
    if reference := content.get("subject"):
        titles = {one.code: in_language(title_in(one.title)) for one in catalogue.notice_types.values()}
        listed = reversed(list_case_notices(uow, reader_of([sender]), reference))
        notices = [notice_option(one, titles.get(one.notice_type, one.notice_type)) for one in listed]
    nameable = [(one.code, participant_words(one)) for one in list_nameable(uow, notice_type, sender)]
    return show(
        draft_id=draft_id,
        version=version,
        participant=participant,
        catalogue=catalogue,
        content=content,
        notices=notices,
        participants=known,
        nameable=nameable,
        flaws=flaws,
        rows=rows,
        start=start,
    )


def shown_draft(
    uow: UnitOfWork, draft: Draft, flaws: Iterable[Flaw] = (), rows: Mapping[str, int] | None = None
) -> Shown:
    """The form of a draft on record."""
    return shown_of(
        uow,
        draft.content,
        draft_id=draft.id,
        version=draft.version,
        participant=draft.participant,
        flaws=flaws,
        rows=rows,
        start=start_of(draft.content, draft.participant),
    )


def start_of(content: Content, participant: str) -> Start:
    """How a draft's form would begin anew: should the draft be closed while somebody types, nothing is lost."""
    data = content["data"]
    if "notice" in data and "fields" not in data:
        return Start(start="withdraw", participant=participant, about=_about(data["notice"]))
    if "revision" in data:
        return Start(start="revise", participant=participant, about=_about(data["revision"]["of"]))
    return Start(participant=participant, type=data["notice_type"], case=content.get("subject") or "")


def _about(key: Mapping[str, str]) -> str:
    return f"{key['source'].rpartition(':')[2]}/{key['id']}"


@dataclass(frozen=True)
class Difference:
    """A field in which two versions of a draft differ, as text."""

    label: str
    theirs: str
    mine: str


def differences(theirs: Shown, mine: Shown) -> tuple[Difference, ...]:
    """What somebody else saved against what was typed, field by field."""
    pairs = zip((*theirs.controls, *theirs.outside), (*mine.controls, *mine.outside), strict=True)
    found = [Difference(one.label, text_of(one), text_of(other)) for one, other in pairs]
    for label, name in (("to", "to"), ("reason", "reason")):
        before, now = theirs.data.get(name) or "", mine.data.get(name) or ""
        found.append(Difference(label, _plain(before), _plain(now)))
    return tuple(one for one in found if one.theirs != one.mine)


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def text_of(one: Control) -> str:
    """What a control holds, as plain text, one line for each value."""
    return "\n".join(_lines(one))


def _lines(one: Control) -> Iterator[str]:
    for inner in (*one.controls, *one.rows):
        inside = list(_lines(inner))
        prefix = f"{inner.label}: " if one.controls else ""
        yield from (f"{prefix}{line}" for line in inside)
    if one.controls or one.rows:
        return
    yield from values_of(one)
    if one.gap and (one.gap.status or one.gap.reason):
        yield f"{one.gap.status}: {one.gap.reason}"


def values_of(one: Control) -> list[str]:
    """The values of a control without parts, in words where the catalogue has words."""
    flat = [inner for option in one.options for inner in (option[1] if isinstance(option[1], list) else [option])]
    words = {str(option[0]): str(option[1]) for option in flat}
    given = one.value if isinstance(one.value, list) else [one.value]
    other = [line for line in one.other.split("\n") if line and line not in given]
    if one.kind in ("date", "datetime") and one.value:
        return [_moment(str(one.value), one.zone)]
    return [words.get(str(value), str(value)) for value in (*given, *other) if value not in ("", None)]


def _moment(written: str, zone: str) -> str:
    """A day, or a day and time in a zone, as the reader writes it; what is neither, as it was typed."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return f"{written} {zone}".strip()
    return f"{format_day(moment.date())}, {moment:%H:%M} ({zone})" if zone else format_day(moment.date())


@dataclass(frozen=True)
class Following:
    """Clocks of one rule that end alike. holders: participants; waits: they begin with each holder's receipt."""

    title: str
    article: str
    kind: str
    holders: tuple[str, ...]
    end: str | None
    explanation: str
    waits: bool
    confirmed: bool


def following_of(clocks: Sequence[Mapping[str, Any]]) -> tuple[Following, ...]:
    """Clocks that sending would start, those alike together, the earliest end first."""
    alike: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for one in clocks:
        key = (one["rule"], one["end"], one["state"], one["calendar_confirmed"])
        alike.setdefault(key, []).append(one)
    found = [
        Following(
            title=in_language(same[0]["title"]),
            article=same[0]["article"],
            kind=same[0]["kind"],
            holders=tuple(sorted(one["holder"] for one in same)),
            end=same[0]["end"],
            explanation=explained(same[0]["steps"], same[0]["explanation"]),
            waits=same[0]["state"] == ClockState.WAITING,
            confirmed=same[0]["calendar_confirmed"] or same[0]["kind"] == ClockKind.DUTY,
        )
        for same in alike.values()
    ]
    return tuple(sorted(found, key=lambda one: (one.end or "9999", one.title)))


def case_address(reference: str | None) -> str | None:
    """The address of the case's page."""
    if reference is None or "case.show" not in current_app.view_functions:
        return None
    return url_for("case.show", reference=reference)
