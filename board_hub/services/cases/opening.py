"""Opening a notice in the dashboard: noted once for each participant whose official did, for its sender to see."""

from uuid import UUID

from sqlalchemy import update
from sqlmodel import col

from board_hub.domain.events import Event, EventName
from board_hub.services.access import Reader
from board_hub.services.cases.notice_reads import NoticeView
from board_hub.services.unit_of_work import Seen, UnitOfWork
from board_hub.store.tables import Delivery


def is_opening_to_note(notice: NoticeView) -> bool:
    """Whether a participant of the reader's has not opened the notice before."""
    return any(stage.row.opened_at is None for stage in notice.own)


def note_opened(uow: UnitOfWork, reader: Reader, notice_id: UUID, *, sender: str) -> list[str]:
    """Note that an official of these participants opened a notice sent to them; returns those it is the first for."""
    first = uow.session.execute(
        update(Delivery)
        .where(
            col(Delivery.message_id) == notice_id,
            col(Delivery.recipient).in_(sorted(reader.participants)),
            col(Delivery.opened_at).is_(None),
        )
        .values(opened_at=uow.now)
        .returning(col(Delivery.recipient))
        .execution_options(synchronize_session=False)
    )
    codes = sorted(first.scalars())
    for code in codes:
        seen = [Seen("opened", str(notice_id), participant=sender)]
        uow.record(Event(EventName.NOTICE_OPENED, str(notice_id), {}, {"participant": code}), seen)
    return codes
