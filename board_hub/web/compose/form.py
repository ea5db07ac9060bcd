"""Between a draft and its form: what was posted becomes the draft's content, a draft and its flaws what is shown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from board_hub.domain.envelope import MessageType
from board_hub.domain.errors import Flaw
from board_hub.domain.markings import Marking
from board_hub.law.catalogue import Catalogue, FieldType, NoticeType
from board_hub.law.completeness import Completeness, assess
from board_hub.services.desk.drafting import Content, is_withdrawal
from board_hub.web.compose.choices import choices_for
from board_hub.web.compose.controls import Control, Filled, controls_of
from board_hub.web.compose.fields import Form, clean, read_codes, read_fields, read_missing
from board_hub.web.compose.flaws import Problem, errors_by_place, problems_of
from board_hub.web.compose.start import Start

OUTSIDE = "x"
"""Prefix of the names of references to other systems."""


@dataclass(frozen=True)
class Shown:
    """All that the form's template needs. start: hidden fields of a form not saved yet."""

    draft_id: UUID
    version: int
    participant: str
    notice_type: NoticeType
    content: Content
    controls: tuple[Control, ...]
    completeness: Completeness
    outside: tuple[Control, ...]
    problems: tuple[Problem, ...]
    errors: Mapping[str, str]
    start: tuple[tuple[str, str], ...] = ()
    nameable: tuple[tuple[str, str], ...] = ()

    @property
    def is_withdrawal(self) -> bool:
        return is_withdrawal(self.content)

    @property
    def is_new(self) -> bool:
        return self.version == 0

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = self.content["data"]
        return found

    @property
    def markings(self) -> tuple[str, ...]:
        return tuple(one.value for one in Marking if one is not Marking.POINTER_ONLY)


def overlay(base: Content, notice_type: NoticeType, form: Form, *, without: str = "") -> Content:
    """The content with what was posted in place of what it held; attachments have a page of their own."""
    data: dict[str, Any] = dict(base["data"])
    if is_withdrawal(base):
        data["reason"] = clean(form.get("reason", ""))
        return {**base, "data": data}
    data["fields"] = read_fields(notice_type, form, without=without)
    data["missing"] = read_missing(notice_type, form)
    data["to"] = _recipients(notice_type, form, data["fields"])
    systems = ((name, clean(form.get(f"{OUTSIDE}-{name}", "")).strip()) for name in notice_type.external_references)
    data["external_references"] = {name: reference for name, reference in systems if reference}
    if "revision" in data:
        said = {name: clean(form.get(f"revision-{name}", "")) for name in ("kind", "reason")}
        data["revision"] = {**data["revision"], **said}
    kept = {key: value for key, value in base.items() if key != "refused"}
    return {**kept, "type": str(MessageType.NOTICE_ISSUED), "marking": form.get("marking", "") or None, "data": data}


def _recipients(notice_type: NoticeType, form: Form, fields: Mapping[str, Any]) -> list[str]:
    """Who was ticked; where recipients must be named, also the participants that the notice itself names."""
    if not notice_type.audience.named:
        return []
    chosen = read_codes(form, "to")
    if notice_type.audience.named_required:
        for one in notice_type.fields:
            if one.type is FieldType.PARTICIPANT and one.many:
                chosen += [code for code in fields.get(one.name, ()) if code not in chosen]
    return chosen


def show(
    *,
    draft_id: UUID,
    version: int,
    participant: str,
    catalogue: Catalogue,
    content: Content,
    notices: Iterable[tuple[str, str]],
    participants: Mapping[str, Any],
    nameable: Iterable[tuple[str, str]] = (),
    flaws: Iterable[Flaw] = (),
    rows: Mapping[str, int] | None = None,
    start: Start | None = None,
) -> Shown:
    """The form of this content, with the gate's flaws at their fields."""
    data, flaws = content["data"], tuple(flaws)
    notice_type = catalogue.notice_types[data["notice_type"]]
    fields, missing = data.get("fields", {}), data.get("missing", {})
    errors = errors_by_place(flaws)
    filled = Filled(fields, missing, errors, rows or {})
    controls = () if is_withdrawal(content) else controls_of(notice_type, filled, choices_for(participants, notices))
    outside = _outside(catalogue, notice_type, data.get("external_references", {}), errors)
    return Shown(
        draft_id=draft_id,
        version=version,
        participant=participant,
        notice_type=notice_type,
        content=content,
        controls=controls,
        completeness=assess(notice_type, fields, missing),
        outside=outside,
        problems=problems_of(flaws, (*controls, *outside)),
        errors=errors,
        start=tuple(start.pairs()) if start else (),
        nameable=tuple(nameable),
    )


def _outside(
    catalogue: Catalogue, notice_type: NoticeType, given: Mapping[str, str], errors: Mapping[str, str]
) -> tuple[Control, ...]:
    """A control for each legal notification system whose reference the notice may hold."""
    titles = {one.code: one for one in catalogue.vocabularies["external-systems"].codes}
    return tuple(
        Control(
            kind="text",
            name=f"{OUTSIDE}-{name}",
            label=titles[name].label["en"],
            help="",
            cite=titles[name].cite,
            required=False,
            value=given.get(name, ""),
            max_length=100,
            error=errors.get(f"/data/external_references/{name}", ""),
        )
        for name in notice_type.external_references
    )
