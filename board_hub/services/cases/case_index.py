"""A reader's cases in the order of their last change, from the read index: as much of it as one page needs.

The index is looked at in the reader's order; marks pass over what cannot match, then the rule decides. A filter that
matches few is begun from what it names instead. Either way a page costs no more when there are more cases: after
`MOST_LOOKED_AT` entries it stops, and the next page goes on from there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, union_all
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
_NEVER = datetime(1, 1, 1, tzinfo=UTC)


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
        most = MOST_LOOKED_AT + 1 if self.exact else self.limit
        parts = [
            select(self._counting(key).order_by(*_newest_first(CaseReading)).limit(most).subquery())
            for key in self.keys
        ]
        every = union_all(*parts).subquery()
        entry = select(every).order_by(*_newest_first(every)).limit(most * len(parts)).subquery()
        return self._matching(entry, *(self._marked(entry, own=entry) + self._is_newest(entry) if self.exact else []))

    def _counting(self, key: str) -> Select[Any]:
        """Entries of a key; where a page is filled from few of them, those alone that count."""
        return self._entries(key) if self.exact else self._entries(key).where(*self._is_newest(CaseReading))

    def among(self, source: Any) -> Any:
        """Those of these cases that the reader knows of and that match."""
        cases = source.subquery()
        mine = (col(CaseReading.case_id) == cases.c.case_id, col(CaseReading.reader_key).in_(self.keys))
        newest = select(func.max(CaseReading.changed_at)).where(*mine).correlate_except(CaseReading).scalar_subquery()
        first = select(cases.c.case_id, func.coalesce(newest, _NEVER).label("changed_at")).subquery()
        found = select(first).where(*self._bounds(first)).order_by(*_newest_first(first))
        entry = found.limit(MOST_LOOKED_AT).subquery()
        # asked here, not inside, where PostgreSQL would look up every newest entry once more for it
        known = entry.c.changed_at > _NEVER
        return self._matching(entry, known, *self._marked(entry, own=None))

    def stop(self) -> Place | None:
        """How far down a page looks: where one of the keys has the last entry that is looked at."""
        parts = [
            select(self._entries(key).order_by(*_newest_first(CaseReading)).offset(MOST_LOOKED_AT).limit(1).subquery())
            for key in self.keys
        ]
        rows = self.uow.session.execute(union_all(*parts)).all()
        return max((Place(row.changed_at, row.case_id) for row in rows), key=lambda one: (one.at, one.id), default=None)

    def _entries(self, key: str) -> Select[Any]:
        columns: list[Any] = [CaseReading.case_id, CaseReading.changed_at, CaseReading.reader_key]
        if self.exact:
            columns += [CaseReading.marks, CaseReading.standing]
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

    def _is_newest(self, entry: Any) -> list[ColumnElement[bool]]:
        """Of the entries that the reader's keys have for the case this one counts."""
        if len(self.keys) == 1:
            return []
        this, other = getattr(entry, "c", entry), aliased(CaseReading)
        same = and_(col(other.changed_at) == this.changed_at, col(other.reader_key) < this.reader_key)
        newer = select(literal(1)).where(
            col(other.case_id) == this.case_id,
            col(other.reader_key).in_(self.keys),
            or_(col(other.changed_at) > this.changed_at, same),
        )
        return [newer.correlate_except(other).limit(1).scalar_subquery().is_(None)]

    def _marked(self, entry: Any, *, own: Any) -> list[ColumnElement[bool]]:
        return self.marks.conditions(entry.c.case_id, self.keys, own=own) if self.exact else []

    def _matching(self, entry: Any, *conditions: ColumnElement[bool]) -> Any:
        """In the order of the entries, without a second sorting: so the rule is asked only until the page is full."""
        found = select(entry.c.case_id, entry.c.changed_at).where(*conditions)
        if self.exact:
            # as a value, so that no database makes a join of it and begins at the other end
            rule = select(literal(1)).where(col(Case.id) == entry.c.case_id, *self.exact).correlate_except(Case)
            found = found.where(rule.limit(1).scalar_subquery().is_not(None))
        return found.limit(self.limit)


def _newest_first(entry: Any) -> tuple[Any, Any]:
    columns = getattr(entry, "c", entry)
    return columns.changed_at.desc(), columns.case_id.desc()
