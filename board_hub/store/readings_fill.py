"""Filling the read index from what is stored: for notices that were filed before there was an index."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from board_hub.domain.readings import Reading, Standing, keys_of, marking_mark, procedure_mark, role_mark, type_mark
from board_hub.domain.search_words import words_of_notice
from board_hub.store.case_tables import Case, CaseShare, Change, Notice, ProcedureRun
from board_hub.store.readings import Words, insert_words, upsert_readings
from board_hub.store.tables import Delivery, Message

AT_ONCE = 200
"""Cases."""


def fill_readings(session: Session) -> None:
    """Enter all cases and all notices' words; the tables are empty before."""
    last: UUID | None = None
    while chunk := _next_cases(session, last):
        last = chunk[-1][0]
        _fill(session, {row.id: row.opened_at for row in chunk})


def _next_cases(session: Session, last: UUID | None) -> Sequence[Any]:
    statement = select(col(Case.id), col(Case.opened_at)).order_by(col(Case.id)).limit(AT_ONCE)
    return session.execute(statement.where(col(Case.id) > last) if last else statement).all()


def _fill(session: Session, opened: dict[UUID, datetime]) -> None:
    recipients: dict[UUID, set[str]] = {}
    for notice_id, code in session.execute(
        select(col(Delivery.message_id), col(Delivery.recipient))
        .join(Notice, col(Notice.id) == Delivery.message_id)
        .where(col(Notice.case_id).in_(opened))
    ):
        recipients.setdefault(notice_id, set()).add(code)
    marks = _procedure_marks(session, opened)
    entries: dict[tuple[str, UUID], Reading] = {}
    keys: dict[UUID, frozenset[str]] = {}
    words: list[Words] = []
    for notice, body in _notices(session, opened):
        to = recipients.get(notice.id, set())
        keys[notice.id] = keys_of(marking=notice.marking, sender=notice.sender, recipients=to)
        found = words_of_notice(notice.title, json.loads(body)["data"])
        words.append(Words(notice.id, notice.case_id, found, keys[notice.id]))
        for key in keys[notice.id]:
            entry = _entry(entries, key, notice.case_id, opened)
            entry.marks |= marks.get(notice.case_id, 0) | marking_mark(notice.marking) | type_mark(notice.notice_type)
            entry.marks |= role_mark(sent=key == notice.sender, addressed=key in to)
    for case_id, code in session.execute(
        select(col(CaseShare.case_id), col(CaseShare.participant)).where(col(CaseShare.case_id).in_(opened))
    ):
        _entry(entries, code, case_id, opened)
    for key, case_id, at in _moments(session, opened, keys):
        if known := entries.get((key, case_id)):
            known.changed_at = max(known.changed_at, at)
    upsert_readings(session, entries.values())
    insert_words(session, words)


def _entry(entries: dict[tuple[str, UUID], Reading], key: str, case_id: UUID, opened: dict[UUID, datetime]) -> Reading:
    return entries.setdefault((key, case_id), Reading(key, case_id, opened[case_id], fresh=Standing.UNKNOWN))


def _procedure_marks(session: Session, opened: dict[UUID, datetime]) -> dict[UUID, int]:
    marks: dict[UUID, int] = {}
    for case_id, code in session.execute(
        select(col(ProcedureRun.case_id), col(ProcedureRun.code)).where(col(ProcedureRun.case_id).in_(opened))
    ):
        marks[case_id] = marks.get(case_id, 0) | procedure_mark(code)
    return marks


def _notices(session: Session, opened: dict[UUID, datetime]) -> Iterator[tuple[Notice, bytes]]:
    statement = select(Notice, col(Message.body)).join(Message, col(Message.id) == Notice.id)
    for row in session.execute(statement.where(col(Notice.case_id).in_(opened))):
        yield row[0], row[1]


def _moments(
    session: Session, opened: dict[UUID, datetime], keys: dict[UUID, frozenset[str]]
) -> Iterator[tuple[str, UUID, datetime]]:
    """(reader's key, case, moment) of each change that the reader may see."""
    columns: list[Any] = [Change.case_id, Change.notice_id, Change.participant, Change.at]
    for case_id, notice_id, participant, at in session.execute(select(*columns).where(col(Change.case_id).in_(opened))):
        for key in keys.get(notice_id, frozenset()) | ({participant} if participant else set()):
            yield key, case_id, at
