"""Filters as marks of the read index: what an entry must show before the rule is asked whether the case matches."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
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
        found = []
        if self.marks:
            found.append(self._all_keys(case_id, keys, "marks", self.marks, own))
        if self.standing:
            found.append(self._all_keys(case_id, keys, "standing", int(self.standing), own))
        return found

    def _all_keys(self, case_id: Any, keys: Sequence[str], name: str, wanted: int, own: Any) -> ColumnElement[bool]:
        together: Any = None
        for key in keys:
            entry: Any = aliased(CaseReading)
            of_key = select(getattr(entry, name)).where(entry.case_id == case_id, entry.reader_key == key)
            value = func.coalesce(of_key.correlate_except(entry).scalar_subquery(), 0)
            together = value if together is None else together.op("|")(value)
        every: ColumnElement[bool] = together.op("&")(wanted) == wanted
        if own is None:
            return every
        alone: ColumnElement[bool] = getattr(own, name).op("&")(wanted) == wanted
        return alone if len(keys) == 1 else case((alone, True), else_=every)


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
