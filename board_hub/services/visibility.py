"""What hangs on a notice, as conditions for lists: cases, steps of procedures, clocks, changes, attachments.

All of them rest on `access.readable`; what is not visible is as if it did not exist, in counts and dates too.
"""

from types import SimpleNamespace
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true
from sqlmodel import col

from board_hub.services.access import Reader, readable
from board_hub.store.case_tables import Case, CaseShare, Change, Clock, Notice
from board_hub.store.work_tables import Attachment, NoticeAttachment


def readable_notice(reader: Reader, notice_id: Any, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """The notice with this id exists, meets the conditions on `Notice` and is readable."""
    inner = select(true()).select_from(Notice).where(col(Notice.id) == notice_id, readable(reader), *conditions)
    return exists(inner.correlate_except(Notice))


def notice_in_case(reader: Reader, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """The `Case` has a readable notice that meets the conditions."""
    inner = select(true()).select_from(Notice).where(col(Notice.case_id) == Case.id, readable(reader), *conditions)
    return exists(inner.correlate_except(Notice))


def visible_case(reader: Reader) -> ColumnElement[bool]:
    """The reader may know of the `Case`: by a notice, or because it is shared with it."""
    shared = exists(
        select(true())
        .select_from(CaseShare)
        .where(col(CaseShare.case_id) == Case.id, col(CaseShare.participant).in_(sorted(reader.participants)))
        .correlate_except(CaseShare)
    )
    return or_(notice_in_case(reader), shared)


def visible_step(reader: Reader, step: Any, run: Any) -> ColumnElement[bool]:
    """The step hangs on its notice; one that no notice took on the notice that opened the procedure."""
    return readable_notice(reader, func.coalesce(step.notice_id, run.opened_by))


def visible_clock(reader: Reader) -> ColumnElement[bool]:
    """The `Clock` hangs on the notice that started it; its holder always knows of it."""
    mine = col(Clock.holder).in_(sorted(reader.participants))
    return or_(mine, readable_notice(reader, Clock.started_by))


def visible_change(reader: Reader) -> ColumnElement[bool]:
    """The `Change` hangs on its notice, or is for a participant the reader acts for."""
    mine = col(Change.participant).in_(sorted(reader.participants))
    return or_(mine, readable_notice(reader, Change.notice_id))


def readable_attachment(reader: Reader) -> ColumnElement[bool]:
    """The `NoticeAttachment` of a `Notice` (both in the statement): a stricter marking of its own narrows."""
    own = SimpleNamespace(id=Notice.id, sender=Notice.sender, marking=col(NoticeAttachment.marking))
    return and_(readable(reader), readable(reader, own))


def visible_file(reader: Reader) -> ColumnElement[bool]:
    """The `Attachment` was uploaded by the reader, or a notice it reads names it."""
    named = (
        select(true())
        .select_from(NoticeAttachment)
        .join(Notice, col(Notice.id) == NoticeAttachment.notice_id)
        .where(col(NoticeAttachment.sha256) == Attachment.sha256, readable_attachment(reader))
        .correlate_except(NoticeAttachment, Notice)
    )
    return or_(col(Attachment.owner).in_(sorted(reader.participants)), exists(named))
