"""What people read in an evidence bundle: how to check it, and a summary of the case in their language."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import render_template

from board_hub.domain.envelope import Envelope, decode
from board_hub.services.cases import bundle_format as layout
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.tables import Message
from board_hub.web.assets import FOLDER
from board_hub.web.notice_fields import ShownNotice, show_fields
from board_hub.web.words import article, title

STYLES = "css/summary.css"


@dataclass(frozen=True)
class ToldMessage:
    """One message of the bundle for people; notice: its fields, of a notice."""

    row: Message
    envelope: Envelope
    file: str
    title: str
    article: str
    notice: ShownNotice | None


def readme(told: Mapping[str, Any]) -> str:
    """How the bundle is made up, and how to check it."""
    return render_template("case/readme.txt", **told)


def summary(uow: UnitOfWork, told: Mapping[str, Any]) -> str:
    """The case as a page that stands alone: no script, nothing fetched."""
    messages = list(_told(uow, told["evidence"].messages))
    return render_template("case/summary.html", messages=messages, styles=(FOLDER / STYLES).read_text(), **told)


def _told(uow: UnitOfWork, messages: tuple[Message, ...]) -> Iterator[ToldMessage]:
    catalogues = uow.hub.catalogues
    for row in messages:
        envelope = decode(row.body)
        found = catalogues.get(str(envelope.data.get("law_version")))
        notice_type = found.notice_types.get(row.notice_type or "") if found else None
        yield ToldMessage(
            row=row,
            envelope=envelope,
            file=layout.body_name(row.id),
            title=title(catalogues, row.type, row.notice_type),
            article=article(catalogues, row.notice_type),
            notice=show_fields(notice_type, envelope.data) if notice_type else None,
        )
