"""The read index: what one unit of work changes for each reader, gathered and written when it commits.

Everything readable hangs on a notice, so an entry belongs to a notice's readers. Agreeing with the rule of
`services/access.py` is what `tests/services/test_reading_index.py` holds.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import delete, exists, or_, select, true, tuple_
from sqlalchemy.orm import Session
from sqlmodel import col

from board_hub.domain.readings import (
    Reading,
    Standing,
    keys_of,
    marking_mark,
    procedure_mark,
    role_mark,
    type_mark,
)
from board_hub.domain.search_words import words_of_notice
from board_hub.store.bulk import Owed
from board_hub.store.case_tables import CaseShare, Notice, ProcedureRun
from board_hub.store.reading_tables import CaseReading, NoticeWords
from board_hub.store.readings import Words, insert_words, upsert_readings
from board_hub.store.tables import Delivery

NOTICE, SHARE, PROCEDURE = "notice", "share", "procedure"
"""Kinds of change that do more to an entry than make it newer."""


class Shown(Protocol):
    """What the index asks of a change; see `unit_of_work.Seen`."""

    @property
    def kind(self) -> str: ...
    @property
    def case_id(self) -> UUID | None: ...
    @property
    def notice_id(self) -> UUID | None: ...
    @property
    def participant(self) -> str | None: ...


@dataclass
class _Readable:
    """A notice as far as it matters who reads it."""

    case_id: UUID
    notice_type: str
    marking: str
    sender: str
    title: str
    recipients: set[str] = field(default_factory=set)

    @cached_property
    def keys(self) -> frozenset[str]:
        return keys_of(marking=self.marking, sender=self.sender, recipients=self.recipients)

    def marks_for(self, key: str) -> int:
        own = role_mark(sent=key == self.sender, addressed=key in self.recipients)
        return own | marking_mark(self.marking) | type_mark(self.notice_type)


class ReadingIndex:
    """Gathers what a unit of work files; `write` brings the index up to it, all in a few statements."""

    def __init__(self) -> None:
        self._new: dict[UUID, _Readable] = {}
        self._bodies: dict[UUID, bytes] = {}
        self._owed: dict[UUID, set[str]] = {}

    def note(
        self, messages: Iterable[Mapping[str, Any]], owed: Iterable[Owed], notices: Iterable[Mapping[str, Any]]
    ) -> None:
        """New rows of `Message` and `Notice`, and to whom messages are owed."""
        self._bodies |= {row["id"]: row["body"] for row in messages if row.get("notice_type")}
        for one in owed:
            self._owed.setdefault(one.message_id, set()).update(one.recipients)
        for row in notices:
            self._new[row["id"]] = _Readable(*(row[name] for name in _NOTICE))

    def write(self, session: Session, changes: Iterable[Shown], now: datetime) -> None:
        """Bring the index up to what was filed and changed."""
        in_cases = [one for one in changes if one.case_id]
        if not self._new and not in_cases:
            return
        readable = self._read_notices(session, {one.notice_id for one in in_cases if one.notice_id})
        entries = _Entries(now)
        runs = _Runs(session, {one.case_id for one in readable.values()}, in_cases)
        for notice in readable.values():
            marks = runs.marks(notice.case_id)
            for key in notice.keys:
                entries.add(key, notice.case_id, notice.marks_for(key) | marks, fresh=runs.fresh(notice.case_id))
        for one in in_cases:
            if one.kind == PROCEDURE and one.notice_id in readable:
                notice = readable[one.notice_id]
                entries.stand(notice.keys, notice.case_id, runs.standing(notice.case_id))
        self._note_participants(session, entries, in_cases)
        upsert_readings(session, entries.found.values())
        self._write_words(session)
        self.__init__()  # type: ignore[misc]

    def _read_notices(self, session: Session, ids: set[UUID]) -> dict[UUID, _Readable]:
        """The new notices and those with these ids, all with their recipients."""
        found = dict(self._new)
        if old := sorted(ids - found.keys()):
            columns = [getattr(Notice, name) for name in _NOTICE]
            for id_, *values in session.execute(select(col(Notice.id), *columns).where(col(Notice.id).in_(old))):
                found[id_] = _Readable(*values)
        unknown = sorted(id_ for id_ in found if id_ not in self._new or id_ not in self._owed)
        for id_ in found.keys() - set(unknown):
            found[id_].recipients |= self._owed[id_]
        if unknown:
            recipients = select(col(Delivery.message_id), col(Delivery.recipient))
            for id_, code in session.execute(recipients.where(col(Delivery.message_id).in_(unknown))):
                found[id_].recipients.add(code)
        return found

    def _note_participants(self, session: Session, entries: "_Entries", changes: Sequence[Shown]) -> None:
        """Changes that are for one participant: of a case shared with it, or of which it knows by a notice."""
        for one in changes:
            if one.participant is None or one.case_id is None:
                continue
            if one.kind == NOTICE and one.notice_id and one.notice_id not in self._new:
                entries.stand([one.participant], one.case_id, Standing.UNKNOWN)
                _share_words(session, one.notice_id, one.participant)
            elif one.kind == SHARE:
                _forget_unless_readable(session, one.case_id, one.participant)
        pairs = {(one.case_id, one.participant) for one in changes if one.case_id and one.participant}
        if rest := sorted(pairs - {(case_id, key) for key, case_id in entries.found}):
            for case_id, code in _knowing(session, rest):
                entries.add(code, case_id, 0, fresh=Standing.UNKNOWN)

    def _write_words(self, session: Session) -> None:
        words = [
            Words(
                id_, notice.case_id, words_of_notice(notice.title, json.loads(self._bodies[id_])["data"]), notice.keys
            )
            for id_, notice in self._new.items()
            if id_ in self._bodies
        ]
        insert_words(session, words)


class _Entries:
    """Entries by reader and case; several reasons for one make one."""

    def __init__(self, now: datetime) -> None:
        self.found: dict[tuple[str, UUID], Reading] = {}
        self._now = now

    def add(self, key: str, case_id: UUID, marks: int, *, fresh: Standing) -> None:
        entry = self.found.get((key, case_id))
        if entry is None:
            entry = self.found[key, case_id] = Reading(key, case_id, self._now, fresh=fresh)
        entry.marks |= marks

    def stand(self, keys: Iterable[str], case_id: UUID, standing: Standing) -> None:
        """These readers learn how a procedure of the case stands."""
        for key in keys:
            entry = self.found[key, case_id]
            entry.standing = standing if entry.standing in (None, standing) else Standing.UNKNOWN


class _Runs:
    """The procedures of the cases concerned, and which of them this unit of work moved."""

    def __init__(self, session: Session, case_ids: set[UUID], changes: Iterable[Shown]) -> None:
        columns = (col(ProcedureRun.case_id), col(ProcedureRun.code), col(ProcedureRun.closed_at))
        self._runs: dict[UUID, list[tuple[str, bool]]] = {}
        for case_id, code, closed_at in session.execute(
            select(*columns).where(col(ProcedureRun.case_id).in_(sorted(case_ids)))
        ):
            self._runs.setdefault(case_id, []).append((code, closed_at is not None))
        self._moved_by: dict[UUID, set[UUID | None]] = {}
        for one in changes:
            if one.kind == PROCEDURE and one.case_id:
                self._moved_by.setdefault(one.case_id, set()).add(one.notice_id)

    def marks(self, case_id: UUID) -> int:
        found = 0
        for code, _ in self._runs.get(case_id, ()):
            found |= procedure_mark(code)
        return found

    def fresh(self, case_id: UUID) -> Standing:
        """How the case stands for who learns of it by a notice that moves nothing."""
        return Standing.UNKNOWN if case_id in self._runs else Standing.OPEN

    def standing(self, case_id: UUID) -> Standing:
        """How the case stands for those who may see the step; certain only if there was one step of one procedure."""
        runs = self._runs.get(case_id, [])
        if len(runs) != 1 or len(self._moved_by[case_id]) != 1:
            return Standing.UNKNOWN
        return Standing.CLOSED if runs[0][1] else Standing.OPEN


_NOTICE = ("case_id", "notice_type", "marking", "sender", "title")


def _share_words(session: Session, notice_id: UUID, participant: str) -> None:
    statement = select(NoticeWords).where(col(NoticeWords.notice_id) == notice_id).limit(1)
    if found := session.execute(statement).scalar_one_or_none():
        insert_words(session, [Words(notice_id, found.case_id, found.words.split(), [participant])])


def _knowing(session: Session, pairs: Sequence[tuple[UUID, str]]) -> Sequence[Any]:
    """Those of these (case, participant) that have an entry, or with whom the case is shared."""
    known = select(col(CaseReading.case_id), col(CaseReading.reader_key))
    shared = select(col(CaseShare.case_id), col(CaseShare.participant))
    return session.execute(
        known.where(tuple_(col(CaseReading.case_id), col(CaseReading.reader_key)).in_(pairs)).union(
            shared.where(tuple_(col(CaseShare.case_id), col(CaseShare.participant)).in_(pairs))
        )
    ).all()


def _forget_unless_readable(session: Session, case_id: UUID, participant: str) -> None:
    """An entry that only a share gave goes when the share ends."""
    to_it = select(true()).where(col(Delivery.message_id) == Notice.id, col(Delivery.recipient) == participant)
    named = select(true()).where(
        col(Notice.case_id) == case_id, or_(col(Notice.sender) == participant, exists(to_it.correlate(Notice)))
    )
    shared = select(true()).where(col(CaseShare.case_id) == case_id, col(CaseShare.participant) == participant)
    session.execute(
        delete(CaseReading).where(
            col(CaseReading.case_id) == case_id,
            col(CaseReading.reader_key) == participant,
            ~exists(named),
            ~exists(shared),
        ),
        execution_options={"synchronize_session": False},
    )
