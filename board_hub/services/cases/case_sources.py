"""Where to begin looking for the cases a filter wants: at the few that it names, where they are few."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import and_, func, select
from sqlmodel import col

from board_hub.domain.clocks import ClockState
from board_hub.domain.search_words import read_query
from board_hub.services.access import Reader
from board_hub.services.cases.case_filters import CaseFilter, parties_of
from board_hub.services.cases.word_search import with_words
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.case_tables import Case, Clock, ExternalReference, Notice, ProcedureRun
from board_hub.store.reading_tables import CaseReading

FEW = 2_500
"""Rows up to which it is quicker to begin with them than with the reader's newest cases."""


def find_source(uow: UnitOfWork, reader: Reader, keys: Sequence[str], wanted: CaseFilter) -> Any | None:
    """A statement for the ids of all cases that can match, if they are few; the fewest of what the filter names."""
    smallest: tuple[int, Any] | None = None
    for rows in _sources(uow, reader, keys, wanted):
        bounded = rows.limit(FEW + 1).subquery()
        number = uow.session.execute(select(func.count()).select_from(bounded)).scalar_one()
        if number <= FEW and (smallest is None or number < smallest[0]):
            smallest = number, select(rows.limit(FEW + 1).subquery().c.case_id).distinct()
    return smallest[1] if smallest else None


def _sources(uow: UnitOfWork, reader: Reader, keys: Sequence[str], wanted: CaseFilter) -> Iterator[Any]:
    if wanted.text and (sought := read_query(wanted.text)):
        yield with_words(uow, keys, sought, most=FEW + 1)
    if wanted.notice_type:
        yield _ids(Notice.case_id, col(Notice.notice_type) == wanted.notice_type)
    if wanted.procedure:
        yield _ids(ProcedureRun.case_id, col(ProcedureRun.code) == wanted.procedure)
    if wanted.participant or wanted.member:
        yield _ids(CaseReading.case_id, col(CaseReading.reader_key).in_(parties_of(uow, wanted)))
    if wanted.external_reference:
        has_number = and_(
            col(ExternalReference.notice_id) == Notice.id, col(ExternalReference.reference) == wanted.external_reference
        )
        yield select(col(Notice.case_id).label("case_id")).join(ExternalReference, has_number)
    if wanted.ends_before:
        mine = (col(Clock.holder).in_(sorted(reader.participants)), col(Clock.state) == ClockState.RUNNING)
        yield _ids(Clock.case_id, *mine, col(Clock.end_at) < wanted.ends_before, col(Clock.case_id).is_not(None))
    if wanted.reference:
        yield _ids(Case.id, col(Case.reference) == wanted.reference)


def _ids(column: Any, *conditions: Any) -> Any:
    return select(column.label("case_id")).where(*conditions)
