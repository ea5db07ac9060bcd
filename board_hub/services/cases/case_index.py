"""A reader's cases in the order of their last change, from the read index: as much of it as one page needs.

The index is looked at in the reader's order; marks pass over what cannot match, then the rule decides. A filter that
matches few is begun from what it names instead. Either way a page costs no more when there are more cases: after
`MOST_LOOKED_AT` entries it stops, and the next page goes on from there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, literal, or_, select, true, union_all
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

MOST_LOOKED_AT = 3_000
"""Entries of each of the reader's keys for one page."""


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
    stop = look.stop() if look.exact else None
    places = _places(uow, replace(look, down_to=stop).in_order())
    return Found(places, stop if len(places) <= limit else None)


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
    down_to: Place | None = None

    def in_order(self) -> Any:
        """The newest entries of each key, without those that another key shows newer, that match."""
        parts = []
        for key in self.keys:
            found = self._entries(key).where(*self._marked(CaseReading), self._is_newest(key), *self._by_rule(CaseReading))
            parts.append(select(found.order_by(*_newest_first(CaseReading)).limit(self.limit).subquery()))
        every = union_all(*parts).subquery()
        return select(every).order_by(*_newest_first(every)).limit(self.limit)

    def among(self, source: Any) -> Any:
        """Those of these cases that the reader knows of and that match."""
        cases = source.subquery()
        newest = self._of_case(cases.c.case_id, func.max(CaseReading.changed_at))
        first = select(cases.c.case_id, newest.label("changed_at")).subquery()
        known = select(first).where(first.c.changed_at.is_not(None), *self._bounds(first))
        entry = known.order_by(*_newest_first(first)).limit(MOST_LOOKED_AT).subquery()
        # in the order of the entries, without a second sorting: so the rule is asked only until the page is full
        found = select(entry.c.case_id, entry.c.changed_at).where(*self._marked(entry), *self._by_rule(entry))
        return found.limit(self.limit)

    def stop(self) -> Place | None:
        """How far down a page looks: where one of the keys has the last entry that is looked at."""
        parts = [
            select(self._entries(key).order_by(*_newest_first(CaseReading)).offset(MOST_LOOKED_AT).limit(1).subquery())
            for key in self.keys
        ]
        rows = self.uow.session.execute(union_all(*parts)).all()
        return max((Place(row.changed_at, row.case_id) for row in rows), key=lambda one: (one.at, one.id), default=None)

    def _entries(self, key: str) -> Select[Any]:
        columns: list[Any] = [CaseReading.case_id, CaseReading.changed_at]
        return select(*columns).where(col(CaseReading.reader_key) == key, *self._bounds(CaseReading))

    def _bounds(self, entry: Any) -> list[ColumnElement[bool]]:
        columns = getattr(entry, "c", entry)
        found = []
        if self.since:
            found.append(columns.changed_at >= self.since)
        if self.down_to:
            low = self.down_to
            found.append(columns.changed_at >= low.at)
            found.append(or_(columns.changed_at > low.at, columns.case_id >= low.id))
        if self.after:
            at, id_ = self.after.at, self.after.id
            found.append(columns.changed_at <= at)  # what an index can begin at
            found.append(or_(columns.changed_at < at, and_(columns.changed_at == at, columns.case_id < id_)))
        return found

    def _is_newest(self, key: str) -> ColumnElement[bool]:
        """Of the entries that the reader's keys have for the case this one, under `key`, counts."""
        rest = [one for one in self.keys if one != key]
        if not rest:
            return true()
        other: Any = aliased(CaseReading)
        before = [one for one in rest if one < key]
        same = and_(other.changed_at == CaseReading.changed_at, other.reader_key.in_(before)) if before else false()
        newer = select(literal(1)).where(
            other.case_id == CaseReading.case_id,
            other.reader_key.in_(rest),
            or_(other.changed_at > CaseReading.changed_at, same),
        )
        return newer.correlate_except(other).limit(1).scalar_subquery().is_(None)

    def _marked(self, entry: Any) -> list[ColumnElement[bool]]:
        """What the marks say; the rule decides after them."""
        if not self.exact:
            return []
        columns = getattr(entry, "c", entry)
        return self.marks.conditions(columns.case_id, self.keys, own=entry if entry is CaseReading else None)

    def _by_rule(self, entry: Any) -> list[ColumnElement[bool]]:
        if not self.exact:
            return []
        columns = getattr(entry, "c", entry)
        # as a value, so that no database makes a join of it and begins at the other end
        rule = select(literal(1)).where(col(Case.id) == columns.case_id, *self.exact).correlate_except(Case).limit(1)
        return [rule.scalar_subquery().is_not(None)]

    def _of_case(self, case_id: Any, value: Any) -> Any:
        mine = (col(CaseReading.case_id) == case_id, col(CaseReading.reader_key).in_(self.keys))
        return select(value).where(*mine).correlate_except(CaseReading).scalar_subquery()


def _newest_first(entry: Any) -> tuple[Any, Any]:
    columns = getattr(entry, "c", entry)
    return columns.changed_at.desc(), columns.case_id.desc()
