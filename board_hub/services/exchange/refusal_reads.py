"""Reading refusals back, for people: what was refused and why, what was decided on it. Metadata, never a body."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col

from board_hub.domain.errors import NotFound
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.tables import Quarantine

PAGE = 25


@dataclass(frozen=True)
class Refusal:
    """A refused message in quarantine. `flaws` hold code, path and message; decision: None until somebody decided."""

    id: UUID
    participant: str
    via: str
    sha256: str
    bytes: int
    is_signed: bool
    flaws: list[dict[str, str]]
    received_at: datetime
    decision: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    decided_because: str | None = None


@dataclass(frozen=True)
class RefusalPage:
    """One page, newest first; `older` continues it."""

    refusals: tuple[Refusal, ...]
    older: UUID | None


class Decided(StrEnum):
    """What the list of refusals may be narrowed to."""

    UNDECIDED = "undecided"
    RELEASED = "released"
    REJECTED = "rejected"


def list_refusals(
    uow: UnitOfWork,
    *,
    participant: str | None = None,
    decided: Decided | None = None,
    before: UUID | None = None,
    limit: int = PAGE,
) -> RefusalPage:
    """What was refused, from `participant` where given, older than `before`."""
    statement = _refusals().order_by(col(Quarantine.id).desc()).limit(limit + 1)
    if participant:
        statement = statement.where(col(Quarantine.participant) == participant)
    if decided:
        decision = None if decided is Decided.UNDECIDED else str(decided)
        statement = statement.where(col(Quarantine.decision).is_not_distinct_from(decision))
    if before:
        statement = statement.where(col(Quarantine.id) < before)
    refusals = [Refusal(*row) for row in uow.session.execute(statement)]
    return RefusalPage(tuple(refusals[:limit]), refusals[limit - 1].id if len(refusals) > limit else None)


def count_undecided(uow: UnitOfWork, bound: int = 1000) -> int:
    """Refusals that nobody decided on, `bound` + 1 where there are more."""
    some = select(col(Quarantine.id)).where(col(Quarantine.decision).is_(None)).limit(bound + 1).subquery()
    return int(uow.session.execute(select(func.count()).select_from(some)).scalar_one())


def get_refusal(uow: UnitOfWork, refusal_id: UUID) -> Refusal:
    row = uow.session.execute(_refusals().where(col(Quarantine.id) == refusal_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no refused message {refusal_id}.")
    return Refusal(*row)


def _refusals() -> Any:
    return select(
        col(Quarantine.id),
        col(Quarantine.participant),
        col(Quarantine.via),
        col(Quarantine.sha256),
        func.length(Quarantine.body),
        col(Quarantine.signature).is_not(None),
        col(Quarantine.flaws),
        col(Quarantine.received_at),
        col(Quarantine.decision),
        col(Quarantine.decided_by),
        col(Quarantine.decided_at),
        col(Quarantine.decided_because),
    )
