"""Filters as marks of the read index: what an entry must show before the rule is asked whether the case matches."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, literal, or_, select
from sqlalchemy.orm import aliased

from board_hub.domain.readings import Standing, marking_mark, procedure_mark, role_mark, type_mark
from board_hub.services.cases.case_filters import CaseFilter
from board_hub.store.reading_tables import CaseReading


@dataclass(frozen=True)
class Narrowed:
    """Marks that all have to be there, in one of the reader's entries for the case or another; how it may stand."""

    marks: int = 0
    standing: Standing | None = None

    def conditions(self, case_id: Any, keys: Sequence[str], *, own: Any) -> list[ColumnElement[bool]]:
        """On a case; own: an entry that is at hand, looked at before any other."""
        standing = int(self.standing) if self.standing else 0
        return [
            *(_somewhere(case_id, keys, "marks", bit, own) for bit in _bits(self.marks)),
            *(_somewhere(case_id, keys, "standing", bit, own) for bit in _bits(standing)),
        ]


def _bits(marks: int) -> Iterator[int]:
    return (1 << place for place in range(marks.bit_length()) if marks >> place & 1)


def _somewhere(case_id: Any, keys: Sequence[str], name: str, bit: int, own: Any) -> ColumnElement[bool]:
    """One of the reader's entries for the case has the mark."""
    entry: Any = aliased(CaseReading)
    others = select(literal(1)).where(entry.case_id == case_id, entry.reader_key.in_(keys))
    marked = others.where(getattr(entry, name).op("&")(bit) == bit).correlate_except(entry).limit(1)
    # as a value, so that no database makes a join of it
    elsewhere: ColumnElement[bool] = marked.scalar_subquery().is_not(None)
    if own is None:
        return elsewhere
    here: ColumnElement[bool] = own.c[name].op("&")(bit) == bit
    return here if len(keys) == 1 else or_(here, elsewhere)


def narrow(wanted: CaseFilter) -> Narrowed:
    """What marks can say of a filter."""
    marks = role_mark(sent=bool(wanted.sent), addressed=bool(wanted.addressed))
    if wanted.marking:
        marks |= marking_mark(wanted.marking)
    if wanted.notice_type:
        marks |= type_mark(wanted.notice_type)
    if wanted.procedure:
        marks |= procedure_mark(wanted.procedure)
    standing = None if wanted.is_open is None else Standing.OPEN if wanted.is_open else Standing.CLOSED
    return Narrowed(marks, standing)
