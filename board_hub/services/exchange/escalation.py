"""What the AI Office is told because somebody must look at it: whole where it may read it, else only that it is so."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from board_hub.domain.envelope import MessageType
from board_hub.services.access import readable, reader_of
from board_hub.services.unit_of_work import News, UnitOfWork
from board_hub.store.case_tables import Notice
from board_hub.store.tables import Participant

AI_OFFICE = "AIO"
_WITHOUT_CASE = ("id", "rule", "law_version", "article", "title", "kind", "effect", "state", "end_at", "expired_at")
"""What says that a period has ended, and nothing of whom it is about."""


def ai_office(uow: UnitOfWork) -> list[Participant]:
    """The active participants of the AI Office."""
    return [one for one in uow.directory.participants.values() if one.active and AI_OFFICE in one.kinds]


def tell_ai_office(uow: UnitOfWork, expiries: Iterable[tuple[UUID | None, frozenset[str], News]]) -> None:
    """Tell the AI Office of expiries, as (message on whose readers' right, who knows already, what it is).

    Nobody learns of a case that is not addressed to it (design.md §1): then the item names no case and no holder.
    """
    expiries = list(expiries)
    if not expiries:
        return
    ids = {message_id for message_id, _, _ in expiries if message_id}
    for participant in ai_office(uow):
        statement = select(col(Notice.id)).where(col(Notice.id).in_(ids), readable(reader_of([participant])))
        mine = set(uow.session.execute(statement).scalars())
        for message_id, known_to, news in expiries:
            if participant.code in known_to:
                continue
            whole = message_id is None or message_id in mine
            uow.tell([participant.code], MessageType.CLOCK_EXPIRED, news if whole else _without_case(news))


def _without_case(news: News) -> News:
    return News({name: news.content[name] for name in _WITHOUT_CASE})
