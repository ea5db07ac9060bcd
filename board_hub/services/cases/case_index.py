"""A reader's cases in the order of their last change, from the read index: as much of it as one page needs.

The index is looked at in the reader's order; marks pass over what cannot match, then the rule decides. A filter that
matches few is begun from what it names instead. Either way a page costs no more when there are more cases: after
`MOST_LOOKED_AT` entries it stops, and the next page goes on from there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, true, union_all
from sqlalchemy.orm import aliased
from sqlmodel import col

from board_hub.domain.readings import keys_for
from board_hub.services.access import Reader
from board_hub.services.cases.case_filters import CaseFilter, conditions_of
from board_hub.services.cases.case_marks import Narrowed, narrow
from board_hub.services.cases.case_sources import find_source
from board_hub.services.paging import Place
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.case_tables import Case
from board_hub.store.reading_tables import CaseReading

MOST_LOOKED_AT = 20_000
"""Entries of the index for one page."""


@dataclass(frozen=True)
class Found:
    """Places of cases, those that changed last first. stopped: where looking ended before the list did."""

    places: tuple[Place, ...]
    stopped: Place | None = None


def find_cases(uow: UnitOfWork, reader: Reader, wanted: CaseFilter, *, after: Place | None, limit: int) -> Found:
    """Up to `limit` + 1 cases after a place. Raises Invalid for a filter that cannot be understood."""
    keys = keys_for(reader.participants, authority=reader.authority)
    look = _Look(uow, keys, narrow(wanted), tuple(conditions_of(uow, reader, wanted)), after, wanted.since, limit + 1)
    source = find_source(uow, reader, keys, wanted)
    if source is not None:
        return Found(_places(uow, look.among(source)))
    places = _places(uow, look.in_order())
    stopped = look.stop() if len(places) <= limit and look.filters else None
    if stopped:
        places = tuple(one for one in places if (one.at, one.id) >= (stopped.at, stopped.id))
    return Found(places, stopped)


def _places(uow: UnitOfWork, statement: Any) -> tuple[Place, ...]:
    return tuple(Place(row.changed_at, row.case_id) for row in uow.session.execute(statement))


@dataclass(frozen=True)
class _Look:
    """One look at the index. exact: what the rule says of the `Case`; none where every entry matches."""

    uow: UnitOfWork
    keys: Sequence[str]
    marks: Narrowed
    exact: tuple[ColumnElement[bool], ...]
    after: Place | None
    since: datetime | None
    limit: int

    @property
    def filters(self) -> bool:
        return bool(self.exact)

    def in_order(self) -> Any:
        """The newest entries of each key, without those that another key shows newer, that match."""
        parts = []
        for key in self.keys:
            entry = self._entries(key).limit(MOST_LOOKED_AT).subquery()
            mine = select(entry.c.case_id, entry.c.changed_at).where(self._is_newest(entry))
            matching = mine.where(*self._matches(entry)).order_by(*_newest_first(entry)).limit(self.limit)
            parts.append(select(matching.subquery()))
        every = union_all(*parts).subquery()
        return select(every).order_by(*_newest_first(every)).limit(self.limit)

    def among(self, source: Any) -> Any:
        """Those of these cases that the reader knows of and that match."""
        cases = source.subquery()
        newest = self._of_case(cases.c.case_id, func.max(CaseReading.changed_at))
        first = select(cases.c.case_id, newest.label("changed_at")).subquery()
        known = select(first).where(first.c.changed_at.is_not(None), *self._bounds(first))
        entry = known.order_by(*_newest_first(first)).limit(MOST_LOOKED_AT).subquery()
        matching = select(entry.c.case_id, entry.c.changed_at).where(*self._matches(entry))
        return matching.order_by(*_newest_first(entry)).limit(self.limit)

    def stop(self) -> Place | None:
        """Where the first of the keys had no more entries to look at; None if all were looked at whole."""
        parts = [select(self._entries(key).offset(MOST_LOOKED_AT - 1).limit(1).subquery()) for key in self.keys]
        rows = self.uow.session.execute(union_all(*parts)).all()
        return max((Place(row.changed_at, row.case_id) for row in rows), key=lambda one: (one.at, one.id), default=None)

    def _entries(self, key: str) -> Select[Any]:
        columns: list[Any] = [CaseReading.case_id, CaseReading.changed_at, CaseReading.reader_key]
        columns += [CaseReading.marks, CaseReading.standing]
        mine = select(*columns).where(col(CaseReading.reader_key) == key, *self._bounds(CaseReading))
        return mine.order_by(*_newest_first(CaseReading))

    def _bounds(self, entry: Any) -> list[ColumnElement[bool]]:
        columns = getattr(entry, "c", entry)
        found = []
        if self.since:
            found.append(columns.changed_at >= self.since)
        if self.after:
            at, id_ = self.after.at, self.after.id
            found.append(columns.changed_at <= at)  # what an index can begin at
            found.append(or_(columns.changed_at < at, and_(columns.changed_at == at, columns.case_id < id_)))
        return found

    def _is_newest(self, entry: Any) -> ColumnElement[bool]:
        """Of the entries that the reader's keys have for the case this one counts."""
        if len(self.keys) == 1:
            return true()
        other: Any = aliased(CaseReading)
        counts = (
            select(other.reader_key)
            .where(other.case_id == entry.c.case_id, other.reader_key.in_(self.keys))
            .order_by(other.changed_at.desc(), other.reader_key)
            .limit(1)
            .scalar_subquery()
        )
        newest: ColumnElement[bool] = entry.c.reader_key == counts
        return newest

    def _matches(self, entry: Any) -> list[ColumnElement[bool]]:
        if not self.exact:
            return []
        found = self.marks.conditions(entry.c.case_id, self.keys, own=entry.c if "marks" in entry.c else None)
        # as a value, so that no database makes a join of it and begins at the other end
        rule = select(literal(1)).where(col(Case.id) == entry.c.case_id, *self.exact).correlate_except(Case).limit(1)
        return [*found, rule.scalar_subquery().is_not(None)]

    def _of_case(self, case_id: Any, value: Any) -> Any:
        mine = (col(CaseReading.case_id) == case_id, col(CaseReading.reader_key).in_(self.keys))
        return select(value).where(*mine).correlate_except(CaseReading).scalar_subquery()


def _newest_first(entry: Any) -> tuple[Any, Any]:
    columns = getattr(entry, "c", entry)
    return columns.changed_at.desc(), columns.case_id.desc()
