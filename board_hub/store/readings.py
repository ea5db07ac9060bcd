"""Statements that keep the read index: entries of readers for cases, and words of notices, many at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Executable, func, insert, select, text
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from board_hub.domain.readings import Reading
from board_hub.store.reading_tables import CaseReading, NoticeWords
from board_hub.store.tables import table_of

_READING, _WORDS = table_of(CaseReading), table_of(NoticeWords)

_UPSERT = """
    INSERT INTO case_reading AS r (case_id, reader_key, changed_at, marks, standing)
    SELECT CAST(o.case_id AS uuid), o.key, CAST(o.at AS timestamptz), CAST(o.marks AS bigint),
           CAST(o.standing AS integer)
    FROM unnest(string_to_array(:cases, ','), string_to_array(:keys, ','), string_to_array(:moments, ','),
                string_to_array(:marks, ','), string_to_array(:standings, ','))
         AS o(case_id, key, at, marks, standing)
    ON CONFLICT (case_id, reader_key) DO UPDATE SET
        changed_at = GREATEST(r.changed_at, excluded.changed_at),
        marks = r.marks | excluded.marks,
        standing = {standing}.standing
"""
_KEEPING, _SETTING = text(_UPSERT.format(standing="r")), text(_UPSERT.format(standing="excluded"))

_LEXEMES = text(
    """
    INSERT INTO notice_words (notice_id, case_id, words, readers, lexemes)
    SELECT CAST(o.notice_id AS uuid), CAST(o.case_id AS uuid), o.words, o.readers,
           array_to_tsvector(string_to_array(trim(o.words), ' ') || string_to_array(o.readers, ' '))
    FROM unnest(string_to_array(:notices, ','), string_to_array(:cases, ','), string_to_array(:words, ','),
                string_to_array(:readers, ',')) AS o(notice_id, case_id, words, readers)
    """
)
_INDEX = text(
    "INSERT INTO notice_words_index (rowid, words, readers) "
    "SELECT number, words, readers FROM notice_words WHERE number > :last"
)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a notice, for the readers with these keys."""

    notice_id: UUID
    case_id: UUID
    words: Sequence[str]
    keys: Iterable[str]

    def columns(self) -> dict[str, object]:
        return {
            "notice_id": self.notice_id,
            "case_id": self.case_id,
            "words": f" {' '.join(self.words)} ",
            "readers": " ".join(reader_word(key) for key in sorted(self.keys)),
        }


def reader_word(key: str) -> str:
    """A reader's key as a word of the index; no word of a text has a sign in it."""
    return f"@{key}"


def upsert_readings(session: Session, readings: Iterable[Reading]) -> None:
    """Keep readers' entries: the newest moment counts, marks gather; in one order always, so no two wait crosswise.

    A standing that is None leaves an entry as it is and gives a new one `fresh`.
    """
    ordered = sorted(readings, key=lambda one: (one.case_id, one.key))
    for sets in (True, False):
        if chosen := [one for one in ordered if (one.standing is not None) is sets]:
            _upsert(session, chosen, sets=sets)


def _upsert(session: Session, readings: Sequence[Reading], *, sets: bool) -> None:
    rows = [
        (one.case_id, one.key, one.changed_at, one.marks, int(one.fresh if one.standing is None else one.standing))
        for one in readings
    ]
    if session.get_bind().dialect.name != "postgresql":
        names = ("case_id", "reader_key", "changed_at", "marks", "standing")
        session.execute(_on_sqlite(sets), [dict(zip(names, row, strict=True)) for row in rows])
        return
    cases, keys, moments, marks, standings = zip(*rows, strict=True)
    values = {
        "cases": ",".join(one.hex for one in cases),
        "keys": ",".join(keys),
        "moments": ",".join(one.isoformat() for one in moments),
        "marks": ",".join(map(str, marks)),
        "standings": ",".join(map(str, standings)),
    }
    session.execute(_SETTING if sets else _KEEPING, values)


def _on_sqlite(sets: bool) -> Executable:
    statement = sqlite_insert(_READING)
    new = statement.excluded
    changes = {
        "changed_at": func.max(_READING.c.changed_at, new.changed_at),
        "marks": _READING.c.marks.op("|")(new.marks),
        "standing": new.standing if sets else _READING.c.standing,
    }
    return statement.on_conflict_do_update(index_elements=["case_id", "reader_key"], set_=changes)


def insert_words(session: Session, words: Sequence[Words]) -> None:
    """Let notices be found by their words."""
    rows = [one.columns() for one in words]
    if not rows:
        return
    if session.get_bind().dialect.name != "postgresql":
        last = session.execute(select(func.coalesce(func.max(_WORDS.c.number), 0))).scalar_one()
        session.execute(insert(_WORDS), rows)
        session.execute(_INDEX, {"last": last})
        return
    values = {
        "notices": ",".join(one.notice_id.hex for one in words),
        "cases": ",".join(one.case_id.hex for one in words),
        "words": ",".join(str(row["words"]) for row in rows),
        "readers": ",".join(str(row["readers"]) for row in rows),
    }
    session.execute(_LEXEMES, values)
