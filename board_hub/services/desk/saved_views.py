"""Saved views: filters of a list under names of an official's own."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlmodel import col

from board_hub.domain.errors import Conflict, Flaw, Invalid, NotFound
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.desk_tables import SavedView

MOST = 30
LONGEST_NAME, LONGEST_QUERY = 100, 2000


def list_views(uow: UnitOfWork, official_id: UUID, page: str) -> Sequence[SavedView]:
    """The official's views of a page, by name."""
    mine = (col(SavedView.official_id) == official_id, col(SavedView.page) == page)
    statement = select(SavedView).where(*mine).order_by(func.lower(col(SavedView.name)), col(SavedView.id))
    return uow.session.execute(statement).scalars().all()


def save_view(uow: UnitOfWork, official_id: UUID, page: str, name: str, query: str) -> SavedView:
    """Keep a filter under a name; one of that name is replaced. Raises Invalid, Conflict for too many."""
    name = " ".join(name.split())
    flaws = []
    if not name or len(name) > LONGEST_NAME:
        flaws.append(Flaw("field.invalid", "/name", f"Give it a name of 1 to {LONGEST_NAME} characters."))
    if len(query) > LONGEST_QUERY:
        flaws.append(Flaw("field.invalid", "/query", "This filter is too long to be kept."))
    if flaws:
        raise Invalid(flaws)
    present = {one.name: one for one in list_views(uow, official_id, page)}
    if name in present:
        present[name].query = query
        return present[name]
    if len(present) >= MOST:
        raise Conflict(f"You have {MOST} saved views; delete one that you no longer use.")
    view = SavedView(official_id=official_id, page=page, name=name, query=query, created_at=uow.now)
    uow.session.add(view)
    return view


def delete_view(uow: UnitOfWork, official_id: UUID, view_id: UUID) -> str:
    """Forget a view of the official's own; returns its name. Raises NotFound."""
    mine = (col(SavedView.id) == view_id, col(SavedView.official_id) == official_id)
    name: str | None = uow.session.execute(delete(SavedView).where(*mine).returning(col(SavedView.name))).scalar()
    if name is None:
        raise NotFound("There is no such view.")
    return name
