"""Where the lists lead: a case, a notice, the form for an answer, a draft; empty where there is no such page."""

from typing import Any

from flask import current_app, url_for

from board_hub.services.cases.timeline_reads import NoticeKey


def case_address(reference: str) -> str:
    return _address("case.show", reference=reference) or f"/cases/{reference}"


def notice_address(reference: str, key: NoticeKey) -> str:
    return _address("case.notice", reference=reference, source=key.source, message_id=key.id) or case_address(reference)


def answer_address(notice_type: str, case: str | None, about: NoticeKey | None) -> str:
    """The form for a notice of this type, in this case, about that notice."""
    named = f"{about.source}/{about.id}" if about else None
    return _address("compose.new", type=notice_type, case=case, about=named)


def draft_address(draft_id: Any) -> str:
    return _address("compose.check", draft_id=draft_id) or _address("compose.edit", draft_id=draft_id)


def _address(endpoint: str, **values: Any) -> str:
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else ""


LINKS = {
    "case_address": case_address,
    "notice_address": notice_address,
    "answer_address": answer_address,
    "draft_address": draft_address,
}
