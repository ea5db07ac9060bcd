"""Finding notices by their words: by the full-text index, and exactly, as the rule of who reads what demands.

The index knows the readers of each notice, so that what one may not read costs a search nothing either.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, cast, column, select, table, text, true
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlmodel import col

from board_hub.domain.search_words import Sought
from board_hub.services.access import Reader
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.services.visibility import readable_notice
from board_hub.store.case_tables import Case
from board_hub.store.engine import is_postgres
from board_hub.store.reading_tables import WORDS_INDEX, NoticeWords
from board_hub.store.readings import reader_word


def with_words(uow: UnitOfWork, keys: Sequence[str], sought: Sought, *, most: int) -> Any:
    """A statement for the cases of notices with these words that readers with these keys may read, `most` notices."""
    cases: Any = select(col(NoticeWords.case_id).label("case_id"))
    if is_postgres(uow.hub.engine):
        query = cast(_tsquery(sought, keys), TSQUERY)
        return cases.where(col(NoticeWords.lexemes).op("@@")(query)).limit(most)
    index = table(WORDS_INDEX, column("rowid"))
    found = text(f"{WORDS_INDEX} MATCH :sought").bindparams(sought=_fts_query(sought, keys))
    numbers = select(index.c.rowid).where(found).limit(most)  # else all of them are found before the first is read
    return cases.where(col(NoticeWords.number).in_(numbers))


def _tsquery(sought: Sought, keys: Sequence[str]) -> str:
    """Words hold letters and digits alone, keys no quotation marks: nothing in them is read as an operator."""
    terms = [f"'{word}'" for word in sought.words]
    if sought.beginning:
        terms.append(f"'{sought.beginning}':*")
    readers = " | ".join(f"'{reader_word(key)}'" for key in keys)
    return " & ".join([*terms, f"({readers})"])


def _fts_query(sought: Sought, keys: Sequence[str]) -> str:
    terms = [f'"{word}"' for word in sought.words]
    if sought.beginning:
        terms.append(f'"{sought.beginning}" *')
    readers = " OR ".join(f'"{reader_word(key)}"' for key in keys)
    return f"words : ({' AND '.join(terms)}) AND readers : ({readers})"


def has_words(reader: Reader, sought: Sought) -> ColumnElement[bool]:
    """The `Case` has a readable notice with these words."""
    words = col(NoticeWords.words)
    inner = select(true()).where(col(NoticeWords.case_id) == Case.id, readable_notice(reader, NoticeWords.notice_id))
    for word in sought.words:
        inner = inner.where(words.contains(f" {word} "))
    if sought.beginning:
        inner = inner.where(words.contains(f" {sought.beginning}"))
    return inner.correlate_except(NoticeWords).exists()
