"""Officials and what they may do now: roles that their provider's claims gave them and no mandate has ended."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlmodel import col

from board_hub.domain.errors import NotFound
from board_hub.domain.events import Actor, ActorKind
from board_hub.services.access import WRITERS, Reader, Role, reader_in_roles
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.people_tables import Official, OfficialRole


@dataclass(frozen=True)
class Held:
    """A role that somebody holds at a participant, until the end of a mandate where there is one."""

    participant: str
    role: Role
    until: datetime | None = None


@dataclass(frozen=True)
class Person:
    """An official who is signed in, with the roles in force. `official` is a row read by this request."""

    official: Official
    roles: tuple[Held, ...]
    reader: Reader

    @property
    def id(self) -> UUID:
        return self.official.id

    @property
    def actor(self) -> Actor:
        """Who acts, for the audit trail: the official's id, for names change and ids do not."""
        return Actor(ActorKind.OFFICIAL, str(self.official.id))

    @property
    def participants(self) -> tuple[str, ...]:
        """Codes of the participants the person acts for, in whatever role."""
        return tuple(sorted({one.participant for one in self.roles}))

    @property
    def writes_for(self) -> tuple[str, ...]:
        """Codes of the participants in whose name the person may write notices."""
        return tuple(sorted({one.participant for one in self.roles if one.role in WRITERS}))

    def has(self, *roles: Role) -> bool:
        """Whether the person holds one of these roles anywhere."""
        return any(one.role in roles for one in self.roles)


def get_official(uow: UnitOfWork, official_id: UUID) -> Official:
    """Raises NotFound."""
    found = uow.session.get(Official, official_id)
    if found is None:
        raise NotFound("There is no such official.")
    return found


def choose_language(uow: UnitOfWork, official_id: UUID, language: str) -> None:
    """The language in which pages are shown to the official: a taste, no change of state that anybody else sees."""
    get_official(uow, official_id).language = language


def person_of(uow: UnitOfWork, official: Official) -> Person:
    """The official with the roles in force now; roles at participants that are not active count for nothing."""
    statement = select(OfficialRole).where(
        col(OfficialRole.official_id) == official.id,
        or_(col(OfficialRole.until).is_(None), col(OfficialRole.until) > uow.now),
    )
    known = uow.directory.participants
    rows = [
        row
        for row in uow.session.execute(statement.order_by(col(OfficialRole.participant))).scalars()
        if row.participant in known and known[row.participant].active
    ]
    held = tuple(Held(row.participant, Role(row.role), row.until) for row in rows)
    return Person(official, held, reader_in_roles([(known[one.participant], one.role) for one in held]))


def set_roles(uow: UnitOfWork, official: Official, wanted: Collection[Held]) -> bool:
    """Give the official exactly these roles, and say whether that changed any; those it has keep their `since`."""
    present = {
        (row.participant, row.role): row
        for row in uow.session.execute(
            select(OfficialRole).where(col(OfficialRole.official_id) == official.id)
        ).scalars()
    }
    by_key = {(one.participant, str(one.role)): one for one in wanted}
    before = {key: row.until for key, row in present.items()}
    for key, row in present.items():
        if key not in by_key:
            uow.session.delete(row)
    for key, one in by_key.items():
        if key in present:
            present[key].until = one.until
        else:
            row = OfficialRole(official_id=official.id, participant=one.participant, role=one.role, since=uow.now)
            row.until = one.until
            uow.session.add(row)
    return before != {key: one.until for key, one in by_key.items()}


def list_officials_of(uow: UnitOfWork, participants: Iterable[str], *roles: Role) -> list[Official]:
    """Officials who hold one of the roles (any, if none is named) at one of the participants now, by name."""
    statement: Any = (
        select(Official)
        .join(OfficialRole, col(OfficialRole.official_id) == Official.id)
        .where(
            col(OfficialRole.participant).in_(sorted(participants)),
            col(Official.ended_at).is_(None),
            or_(col(OfficialRole.until).is_(None), and_(col(OfficialRole.until) > uow.now)),
        )
        .distinct()
        .order_by(col(Official.name), col(Official.id))
    )
    if roles:
        statement = statement.where(col(OfficialRole.role).in_(sorted(roles)))
    return list(uow.session.execute(statement).scalars())
