"""Who administers the hub: officials of the secretariat, and whoever is at the command line."""

from sqlalchemy import or_, select
from sqlmodel import col

from board_hub.domain.errors import Conflict, Forbidden, Invalid
from board_hub.services.access import Role
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.people_tables import Official, OfficialRole


def list_administrators(uow: UnitOfWork, *, without: str | None = None) -> list[Official]:
    """Officials who administer now, by name; `without`: those who would if this participant took no part any more."""
    codes = [one.code for one in uow.directory.participants.values() if one.active and one.code != without]
    statement = (
        select(Official)
        .join(OfficialRole, col(OfficialRole.official_id) == Official.id)
        .where(
            col(OfficialRole.role) == Role.SECRETARIAT_ADMINISTRATOR,
            col(OfficialRole.participant).in_(codes),
            col(Official.ended_at).is_(None),
            or_(col(OfficialRole.until).is_(None), col(OfficialRole.until) > uow.now),
        )
        .distinct()
        .order_by(col(Official.name), col(Official.id))
    )
    return list(uow.session.execute(statement).scalars())


def check_somebody_administers(uow: UnitOfWork, *, without: str) -> None:
    """Raises Conflict if all administrators act for this participant alone: without it nobody could undo the step."""
    if list_administrators(uow) and not list_administrators(uow, without=without):
        raise Conflict(f"The administrators of the hub act for {without}: without it nobody could administer the hub.")


def person_at_command_line(uow: UnitOfWork, named: str | None) -> str:
    """Who somebody at the command line is, for the rule of two people: an administrator by address or id.

    As long as nobody administers through the pages, it is the login on the machine.
    """
    administrators = list_administrators(uow)
    if not administrators and not named:
        return str(uow.actor)
    known = ", ".join(one.email or str(one.id) for one in administrators) or "nobody yet"
    if not named:
        raise Invalid.one("field.missing", "/as", f"Say by --as who you are: {known}.")
    mine = [one for one in administrators if named.casefold() in (one.email.casefold(), str(one.id))]
    if len(mine) != 1:
        raise Forbidden(f"{named} administers the hub under no or more than one sign-in; who does: {known}.")
    return f"official:{mine[0].id}"
