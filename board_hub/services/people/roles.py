"""An official's roles, each with where it comes from: the provider's claim rules, and a mandate where one limits it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import col

from board_hub.services.access import Role
from board_hub.services.people.officials import Person
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.people_tables import ClaimRule, IdentityProvider, OfficialRole


@dataclass(frozen=True)
class DescribedRole:
    """claims: (claim, value) of the provider's rules that give the role; none for one that was given otherwise.

    until: the end of the mandate that it rests on; None where no mandate limits it.
    """

    participant: str
    participant_name: str
    role: Role
    since: datetime
    until: datetime | None
    provider: str
    claims: tuple[tuple[str, str], ...]


def describe_roles(uow: UnitOfWork, person: Person) -> tuple[DescribedRole, ...]:
    """The roles in force of the person, by participant."""
    provider = uow.session.get(IdentityProvider, person.official.provider)
    rules = select(ClaimRule).where(col(ClaimRule.provider) == person.official.provider).order_by(col(ClaimRule.id))
    claims: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for rule in uow.session.execute(rules).scalars():
        claims.setdefault((rule.participant, rule.role), []).append((rule.claim, rule.value))
    rows = uow.session.execute(select(OfficialRole).where(col(OfficialRole.official_id) == person.id)).scalars()
    since = {(row.participant, row.role): row.since for row in rows}
    return tuple(
        DescribedRole(
            held.participant,
            uow.directory.participants[held.participant].name,
            held.role,
            since[held.participant, held.role],
            held.until,
            provider.name if provider else person.official.provider,
            tuple(claims.get((held.participant, held.role), ())),
        )
        for held in person.roles
    )
