"""Reading clocks back: of a case, of a participant, the duties that are followed up."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, or_, select
from sqlmodel import col

from board_hub.domain.clocks import OPEN, ClockKind, ClockRule, ClockState
from board_hub.services.access import Reader
from board_hub.services.cases.case_reads import find_case_id
from board_hub.services.clocks.clock_terms import describe
from board_hub.services.paging import PAGE, Page, Place, cut, place_cursor, read_place
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.services.visibility import visible_clock
from board_hub.store.case_tables import Case, Clock
from board_hub.store.tables import table_of

NO_END = datetime(9999, 1, 1, tzinfo=UTC)
"""Where a clock without an end stands in a list by ends: last."""


@dataclass(frozen=True, kw_only=True)
class ClockFilter:
    """None: not narrowed by this. mine: only the reader's own; since, until: those that end from, before that moment.

    is_open: waiting, running or suspended ones.
    """

    mine: bool = False
    holder: str | None = None
    state: ClockState | None = None
    is_open: bool = False
    since: datetime | None = None
    until: datetime | None = None
    kind: ClockKind | None = None
    case: str | None = None


ALL = ClockFilter()


@dataclass(frozen=True)
class ClockView:
    """A clock with its rule and the reference of its case, for pages; `list_clocks` words the same for systems."""

    row: Clock
    rule: ClockRule
    case: str | None


def list_clocks(
    uow: UnitOfWork, reader: Reader, wanted: ClockFilter = ALL, *, cursor: str | None = None, limit: int = PAGE
) -> Page[dict[str, Any]]:
    """Clocks as `clocks.describe` words them, the earliest end first, those without an end last.

    Raises NotFound for a case the reader may not know of, Invalid for a cursor no page gave.
    """
    page = list_clock_views(uow, reader, wanted, cursor=cursor, limit=limit)
    return Page(tuple(describe(one.row.model_dump(), one.case, one.rule) for one in page.lines), page.following)


def list_clock_views(
    uow: UnitOfWork, reader: Reader, wanted: ClockFilter = ALL, *, cursor: str | None = None, limit: int = PAGE
) -> Page[ClockView]:
    """As `list_clocks`, with all that pages tell: the steps of the computation, the rule."""
    end: Any = func.coalesce(col(Clock.end_at), literal(NO_END, type_=table_of(Clock).c.end_at.type))
    statement = (
        select(Clock, col(Case.reference), end.label("ends"))
        .outerjoin(Case, col(Case.id) == Clock.case_id)
        .where(visible_clock(reader), *_conditions(uow, reader, wanted))
        .order_by(end, col(Clock.id))
        .limit(limit + 1)
    )
    if cursor:
        place = read_place(cursor)
        statement = statement.where(or_(end > place.at, and_(end == place.at, col(Clock.id) > place.id)))
    rows = uow.session.execute(statement).all()
    page = cut(rows, limit, lambda row: place_cursor(Place(row.ends, row[0].id)))
    return Page(tuple(_viewed(uow, row[0], row.reference) for row in page.lines), page.following)


def _conditions(uow: UnitOfWork, reader: Reader, wanted: ClockFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.case:
        yield col(Clock.case_id) == find_case_id(uow, reader, wanted.case)
    if wanted.mine:
        yield col(Clock.holder).in_(sorted(reader.participants))
    if wanted.holder:
        yield col(Clock.holder) == wanted.holder
    if wanted.state:
        yield col(Clock.state) == wanted.state
    if wanted.is_open:
        yield col(Clock.state).in_(sorted(OPEN))
    if wanted.since:
        yield col(Clock.end_at) >= wanted.since
    if wanted.until:
        yield col(Clock.end_at) < wanted.until
    if wanted.kind:
        yield col(Clock.kind) == wanted.kind


def _viewed(uow: UnitOfWork, clock: Clock, reference: str | None) -> ClockView:
    return ClockView(clock, uow.hub.catalogues[clock.law_version].clocks[clock.rule], reference)
