"""Reading one notice back: its data as it was sent, its attachments, and to its sender where its deliveries stand."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, tuple_
from sqlmodel import col

from board_hub.domain.deliveries import DeliveryState, who_must_act
from board_hub.domain.envelope import Envelope, decode
from board_hub.domain.errors import NotFound
from board_hub.services.access import Reader, readable
from board_hub.services.cases.timeline_reads import NoticeKey, keys_of_versions
from board_hub.services.exchange.mailbox import Stage
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.services.visibility import readable_attachment
from board_hub.store.case_tables import Case, ExternalReference, Notice
from board_hub.store.tables import Delivery, Message
from board_hub.store.work_tables import NoticeAttachment

_CODE = re.compile(r"[A-Z0-9-]{1,40}")
_MESSAGE_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_UNKNOWN = "There is no such notice."


@dataclass(frozen=True)
class NamedFile:
    """An attachment as its notice names it. available: whether this reader may fetch it here."""

    name: str
    sha256: str | None
    size: int | None
    media_type: str | None
    marking: str
    pointer: str | None
    available: bool


@dataclass(frozen=True)
class NoticeView:
    """A notice: its row, its exact bytes with their signatures, the case's reference, its other versions.

    deliveries: for its sender, by recipient; None for everybody else. own: those of the reader's own participants.
    """

    row: Notice
    message: Message
    reference: str
    replaces: NoticeKey | None
    replaced_by: NoticeKey | None
    external_references: Mapping[str, str]
    attachments: tuple[NamedFile, ...]
    deliveries: tuple[Stage, ...] | None
    own: tuple[Stage, ...] = ()

    @property
    def envelope(self) -> Envelope:
        """The CloudEvent in the stored bytes."""
        return decode(self.message.body)

    @property
    def withdrawn_at(self) -> datetime | None:
        return self.row.withdrawn_at


def get_notice(uow: UnitOfWork, reader: Reader, source: str, message_id: str) -> NoticeView:
    """A notice by its sender's code and the id its sender gave it. Raises NotFound."""
    if not (_CODE.fullmatch(source) and _MESSAGE_ID.fullmatch(message_id)):
        raise NotFound(_UNKNOWN)
    return _view(uow, reader, col(Message.source) == source, col(Message.message_id) == message_id)


def get_notice_by_row(uow: UnitOfWork, reader: Reader, row_id: UUID) -> NoticeView:
    """A notice by the hub's own id for it. Raises NotFound."""
    return _view(uow, reader, col(Message.id) == row_id)


def find_places(uow: UnitOfWork, reader: Reader, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """References of the cases of these notices (source, id), of those that the reader reads."""
    if not keys:
        return {}
    names = tuple_(col(Message.source), col(Message.message_id))
    rows = uow.session.execute(
        select(col(Message.source), col(Message.message_id), col(Case.reference))
        .join(Notice, col(Notice.id) == Message.id)
        .join(Case, col(Case.id) == Notice.case_id)
        .where(names.in_(sorted(keys)), readable(reader))
    )
    return {(row[0], row[1]): row[2] for row in rows}


def _view(uow: UnitOfWork, reader: Reader, *named: ColumnElement[bool]) -> NoticeView:
    found = uow.session.execute(
        select(Notice, Message, col(Case.reference))
        .join(Message, col(Message.id) == Notice.id)
        .join(Case, col(Case.id) == Notice.case_id)
        .where(*named, readable(reader))
    ).one_or_none()
    if found is None:
        raise NotFound(_UNKNOWN)
    row: Notice = found[0]
    message: Message = found[1]
    versions = keys_of_versions(uow, reader, [row])
    deliveries = _deliveries(uow, reader, row)
    return NoticeView(
        row=row,
        message=message,
        reference=found[2],
        replaces=versions.get(row.replaces) if row.replaces else None,
        replaced_by=versions.get(row.replaced_by) if row.replaced_by else None,
        external_references=_outside(uow, row.id),
        attachments=_attachments(uow, reader, row.id),
        deliveries=deliveries if row.sender in reader.participants else None,
        own=tuple(stage for stage in deliveries if stage.row.recipient in reader.participants),
    )


def _outside(uow: UnitOfWork, notice_id: UUID) -> dict[str, str]:
    columns = (col(ExternalReference.system), col(ExternalReference.reference))
    statement = select(*columns).where(col(ExternalReference.notice_id) == notice_id).order_by(*columns)
    return {row[0]: row[1] for row in uow.session.execute(statement)}


def _attachments(uow: UnitOfWork, reader: Reader, notice_id: UUID) -> tuple[NamedFile, ...]:
    names = ("name", "sha256", "size", "media_type", "marking", "pointer")
    columns: list[Any] = [getattr(NoticeAttachment, name) for name in names]
    rows = uow.session.execute(
        select(*columns, readable_attachment(reader).label("readable"))
        .select_from(NoticeAttachment)
        .join(Notice, col(Notice.id) == NoticeAttachment.notice_id)
        .where(col(NoticeAttachment.notice_id) == notice_id)
        .order_by(col(NoticeAttachment.position))
    )
    return tuple(
        NamedFile(
            name=row.name,
            sha256=row.sha256,
            size=row.size,
            media_type=row.media_type,
            marking=row.marking,
            pointer=row.pointer,
            available=bool(row.readable) and row.sha256 is not None,
        )
        for row in rows
    )


def _deliveries(uow: UnitOfWork, reader: Reader, notice: Notice) -> tuple[Stage, ...]:
    """All of them for its sender, for others those of their own."""
    statement = select(Delivery).where(col(Delivery.message_id) == notice.id).order_by(col(Delivery.recipient))
    if notice.sender not in reader.participants:
        statement = statement.where(col(Delivery.recipient).in_(sorted(reader.participants)))
    rows = uow.session.execute(statement).scalars()
    return tuple(Stage(row, who_must_act(DeliveryState(row.state))) for row in rows)
