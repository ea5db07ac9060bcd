"""Attachments: uploaded once, named by notices, fetched by those who may read them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from board_hub.domain.errors import Conflict, Flaw, NotFound
from board_hub.domain.events import Event, EventName
from board_hub.services.access import Reader, reader_of
from board_hub.services.paging import PAGE, Page, cut, read_id, to_cursor
from board_hub.services.unit_of_work import Seen, UnitOfWork
from board_hub.services.visibility import readable_attachment, visible_file
from board_hub.store.attachment_files import AttachmentFiles, StoredFile
from board_hub.store.case_tables import Notice
from board_hub.store.tables import Participant
from board_hub.store.work_tables import Attachment, NoticeAttachment

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff/\\:*?\"<>|;]+")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_UNKNOWN = "There is no such attachment."
MOST_NAME = 150


@dataclass(frozen=True)
class ReadableFile:
    """A file that the reader may fetch, under the name it has for it."""

    sha256: str
    size: int
    media_type: str
    name: str


def add_attachment(uow: UnitOfWork, owner: Participant, stored: StoredFile, media_type: str) -> Attachment:
    """Put a stored file on record as the owner's. The same content again is the same row."""
    mine = (col(Attachment.sha256) == stored.sha256, col(Attachment.owner) == owner.code)
    earlier = uow.session.execute(select(Attachment).where(*mine)).scalar_one_or_none()
    if earlier is not None:
        return earlier
    row = Attachment(sha256=stored.sha256, owner=owner.code, size=stored.size, media_type=media_type, stored_at=uow.now)
    uow.session.add(row)
    detail: dict[str, object] = {"owner": owner.code, "size": stored.size}
    seen = [Seen("attachment", stored.sha256, participant=owner.code)]
    uow.record(Event(EventName.ATTACHMENT_STORED, str(row.id), {"sha256": stored.sha256}, detail), seen)
    return row


def get_file(uow: UnitOfWork, reader: Reader, sha256: str) -> ReadableFile:
    """A file by its content, if the reader uploaded it or reads a notice that names it. Raises NotFound."""
    if not _SHA256.fullmatch(sha256):
        raise NotFound(_UNKNOWN)
    statement = select(Attachment).where(col(Attachment.sha256) == sha256, visible_file(reader))
    row = uow.session.execute(statement.order_by(col(Attachment.id)).limit(1)).scalar_one_or_none()
    if row is None:
        raise NotFound(_UNKNOWN)
    named = (
        select(col(NoticeAttachment.name))
        .join(Notice, col(Notice.id) == NoticeAttachment.notice_id)
        .where(col(NoticeAttachment.sha256) == sha256, readable_attachment(reader))
        .order_by(col(NoticeAttachment.notice_id).desc())
        .limit(1)
    )
    name = uow.session.execute(named).scalar_one_or_none()
    return ReadableFile(row.sha256, row.size, row.media_type, safe_name(name or row.sha256))


def safe_name(name: str) -> str:
    """A file name without path, control or direction characters, which every system takes; never empty."""
    plain = _UNSAFE.sub("_", name).strip(" .")
    if len(plain) <= MOST_NAME:
        return plain or "attachment"
    stem, dot, ending = plain.rpartition(".")
    return f"{stem[: MOST_NAME - len(ending) - 1]}.{ending}" if dot and len(ending) <= 10 else plain[:MOST_NAME]


def list_attachments(
    uow: UnitOfWork, reader: Reader, *, cursor: str | None = None, limit: int = PAGE
) -> Page[Attachment]:
    """What the reader uploaded, the newest first. Raises Invalid for a cursor no page gave."""
    statement = select(Attachment).where(col(Attachment.owner).in_(sorted(reader.participants)))
    if cursor:
        statement = statement.where(col(Attachment.id) < read_id(cursor))
    rows = uow.session.execute(statement.order_by(col(Attachment.id).desc()).limit(limit + 1)).scalars().all()
    return cut(rows, limit, lambda row: to_cursor(str(row.id)))


def check_attachments(uow: UnitOfWork, sender: str, attachments: Sequence[Mapping[str, Any]]) -> list[Flaw]:
    """Flaws `attachment.unknown` of the attachments that a notice's data names (`data.attachments`).

    Each file must have been uploaded by the sender, or be one that it may fetch; its size must be the one given.
    """
    wanted = {one["sha256"] for one in attachments if "sha256" in one}
    if not wanted:
        return []
    uow.write()
    reader = reader_of([uow.directory.participants[sender]])
    statement = select(col(Attachment.sha256), col(Attachment.size))
    rows = uow.session.execute(statement.where(col(Attachment.sha256).in_(sorted(wanted)), visible_file(reader)))
    sizes = {row[0]: row[1] for row in rows}
    flaws = (_flaw(index, one, sizes) for index, one in enumerate(attachments) if "sha256" in one)
    return [flaw for flaw in flaws if flaw]


def _flaw(index: int, one: Mapping[str, Any], sizes: Mapping[str, int]) -> Flaw | None:
    path = f"/data/attachments/{index}/sha256"
    size = sizes.get(one["sha256"])
    if size is None:
        return Flaw("attachment.unknown", path, "You have uploaded no such file; upload it first, then name it here.")
    if size != one.get("size", size):
        return Flaw(
            "attachment.unknown", path, f"The uploaded file with this SHA-256 has {size} bytes; correct `size`."
        )
    return None


def purge_orphans(uow: UnitOfWork, files: AttachmentFiles, before: datetime) -> int:
    """Remove files stored before an aware moment of which nothing is on record; returns how many.

    An upload cut off between file and row leaves such a file, and nothing worse. Keep `before` hours in the past.
    """
    if before >= uow.now:
        raise Conflict("Only files older than any upload under way can be orphans.")
    names = list(files.list_before(before))
    orphans = set(names) - _on_record(uow, names)
    for name in sorted(orphans):
        files.delete(name)
    return len(orphans) + files.delete_unfinished(before)


def _on_record(uow: UnitOfWork, names: Sequence[str]) -> set[str]:
    """Those of these that have a row, asked for in portions."""
    found: set[str] = set()
    for start in range(0, len(names), 500):
        portion = names[start : start + 500]
        statement = select(col(Attachment.sha256)).where(col(Attachment.sha256).in_(portion))
        found |= set(uow.session.execute(statement).scalars())
    return found
