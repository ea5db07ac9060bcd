"""What is new since a moment, by case: counts, not a flood."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col

from board_hub.services.access import Reader
from board_hub.services.cases.case_filters import CaseFilter
from board_hub.services.cases.case_reads import CaseHeader, list_cases
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.services.visibility import visible_change
from board_hub.store.case_tables import Change


@dataclass(frozen=True)
class News:
    """A case in which something is new: how many changes of each kind the reader may see."""

    case: CaseHeader
    counts: Counter[str]


@dataclass(frozen=True)
class Digest:
    """What is new since a moment; more: whether further cases changed than are shown."""

    since: datetime
    cases: tuple[News, ...]
    more: bool


def list_news(uow: UnitOfWork, reader: Reader, since: datetime, *, limit: int) -> Digest:
    """The cases that changed since, those that changed last first."""
    page = list_cases(uow, reader, CaseFilter(since=since), limit=limit)
    counts = _count(uow, reader, [one.id for one in page.lines], since)
    news = tuple(News(one, counts.get(one.id, Counter())) for one in page.lines)
    return Digest(since, news, more=page.following is not None)


def _count(uow: UnitOfWork, reader: Reader, cases: list[UUID], since: datetime) -> dict[UUID, Counter[str]]:
    columns: list[Any] = [Change.case_id, Change.kind]
    rows = uow.session.execute(
        select(*columns, func.count().label("number"))
        .where(col(Change.case_id).in_(cases), col(Change.at) >= since, visible_change(reader))
        .group_by(*columns)
    )
    found: dict[UUID, Counter[str]] = {}
    for row in rows:
        found.setdefault(row.case_id, Counter())[row.kind] += row.number
    return found
