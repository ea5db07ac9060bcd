"""Mails owed to officials: made of what is due, taken to be sent, settled. Sent at least once, under one Message-ID.

The row is the outbox: whoever takes a mail first moves its next attempt on and commits, then speaks with the mail
server outside any transaction. A process that dies in between leaves a mail that is tried again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlmodel import col

from board_hub.domain.ids import uuid7
from board_hub.services.desk.mail_items import roles_in_force
from board_hub.services.desk.mail_words import Line, Words
from board_hub.services.people.preferences import TIME_ZONES, Frequency, Topic
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.desk_tables import Mail, MailItem
from board_hub.store.people_tables import Official

BATCH = 200
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (30, 60, 120, 300, 900))
"""Before a mail is tried again; the last one repeats: a mail is there a quarter of an hour after the server is."""
GIVE_UP = timedelta(days=3)
"""What it says is on the pages too, and by then old."""
LEFT = "The official no longer belongs to the hub."


@dataclass(frozen=True)
class Letter:
    """A mail as it is sent."""

    id: UUID
    address: str
    subject: str
    body: str
    language: str
    made_at: datetime


def make_mails(uow: UnitOfWork, public_url: str) -> int:
    """Put what is due into mails, one for each official and frequency; returns how many items were dealt with."""
    statement = (
        select(MailItem)
        .where(col(MailItem.due_at) <= uow.now)
        .order_by(col(MailItem.due_at), col(MailItem.id))
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    items = list(uow.session.execute(statement).scalars())
    known = _still_here(uow, {item.official_id for item in items})
    groups: dict[tuple[UUID, str], list[MailItem]] = {}
    for item in items:
        item.due_at = None
        official, codes = known.get(item.official_id, (None, set()))
        if official is not None and (item.participant is None or item.participant in codes):
            groups.setdefault((official.id, item.frequency), []).append(item)
    for (id_, frequency), together in groups.items():
        _make(uow, known[id_][0], Frequency(frequency), together, public_url)
    return len(items)


def _still_here(uow: UnitOfWork, ids: Iterable[UUID]) -> dict[UUID, tuple[Official, set[str]]]:
    """Those who may still be told, and for which participants: who left, or changed office, gets nothing."""
    found: dict[UUID, tuple[Official, set[str]]] = {}
    rows = uow.session.execute(roles_in_force(uow).where(col(Official.id).in_(set(ids)), col(Official.email) != ""))
    for official, code, _ in rows:
        found.setdefault(official.id, (official, set()))[1].add(code)
    return found


def _make(
    uow: UnitOfWork, official: Official, frequency: Frequency, items: Sequence[MailItem], public_url: str
) -> None:
    zone = official.time_zone if official.time_zone in TIME_ZONES else "Europe/Brussels"
    words = Words(official.language or "en", zone, public_url)
    groups: dict[str, list[Line]] = {}
    for item in sorted(items, key=lambda one: (one.participant or "", one.at, one.id)):
        groups.setdefault(item.participant or "", []).append(words.line(Topic(item.topic), item.facts))
    lines = [line for group in groups.values() for line in group]
    mail = Mail(
        id=uuid7(uow.now),
        official_id=official.id,
        kind=frequency,
        about=f"{frequency}:{items[0].id}",
        address=official.email,
        subject=words.subject(frequency, lines, uow.now.astimezone(ZoneInfo(zone)).date())[:200],
        body=words.body(groups),
        created_at=uow.now,
        next_attempt_at=uow.now,
    )
    uow.session.add(mail)
    for item in items:
        item.mail_id = mail.id


def is_mail_due(uow: UnitOfWork) -> bool:
    """Whether a mail waits to be sent now."""
    return (
        uow.session.execute(select(col(Mail.id)).where(col(Mail.next_attempt_at) <= uow.now).limit(1)).first()
        is not None
    )


def take_mails(uow: UnitOfWork, limit: int = 50) -> list[Letter]:
    """Mails that are due, for whoever sends them now: their next attempt is put off at once. None for who left."""
    statement = (
        select(Mail)
        .where(col(Mail.next_attempt_at) <= uow.now)
        .order_by(col(Mail.next_attempt_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    mails = list(uow.session.execute(statement).scalars())
    known = _still_here(uow, {mail.official_id for mail in mails})
    letters = []
    for mail in mails:
        if mail.official_id not in known:
            mail.next_attempt_at, mail.last_error = None, LEFT
            continue
        mail.next_attempt_at = uow.now + PAUSES[min(mail.attempts, len(PAUSES) - 1)]
        mail.attempts += 1
        language = known[mail.official_id][0].language or "en"
        letters.append(Letter(mail.id, mail.address, mail.subject, mail.body, language, mail.created_at))
    return letters


def note_sent(uow: UnitOfWork, mail_id: UUID) -> None:
    """The mail server took it."""
    _settle(uow, mail_id, sent_at=uow.now, next_attempt_at=None, last_error=None)


def note_failed(uow: UnitOfWork, mail_id: UUID, error: str, *, for_good: bool = False) -> None:
    """It was not taken; tried again, unless the server refused it for good or it is too old."""
    values: dict[str, Any] = {"last_error": " ".join(error.split())[:300]}
    mail = uow.session.get(Mail, mail_id)
    if for_good or (mail is not None and mail.created_at < uow.now - GIVE_UP):
        values["next_attempt_at"] = None
    _settle(uow, mail_id, **values)


def _settle(uow: UnitOfWork, mail_id: UUID, **values: Any) -> None:
    statement = update(Mail).where(col(Mail.id) == mail_id, col(Mail.sent_at).is_(None)).values(**values)
    uow.session.execute(statement.execution_options(synchronize_session=False))
