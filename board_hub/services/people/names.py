"""Actors by name, for people: the audit trail holds ids, for names change."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from board_hub.domain.events import ActorKind
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.people_tables import Official


def name_actors(uow: UnitOfWork, actors: Iterable[str | None]) -> dict[str, str]:
    """What to call each of these actors (`official:<id>`, `administrator:<login>`): a name, else what stands there."""
    wanted = {one for one in actors if one}
    ids = {found for one in wanted if (found := _official_id(one))}
    rows = uow.session.execute(select(col(Official.id), col(Official.name)).where(col(Official.id).in_(ids)))
    names = {row.id: row.name for row in rows}
    return {one: names.get(_official_id(one), one.partition(":")[2] or one) for one in wanted}


def _official_id(actor: str) -> UUID | None:
    kind, _, name = actor.partition(":")
    try:
        return UUID(name) if kind == ActorKind.OFFICIAL else None
    except ValueError:
        return None
