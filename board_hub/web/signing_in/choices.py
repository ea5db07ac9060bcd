"""The providers somebody may choose from, grouped as people look for them."""

from collections.abc import Sequence
from dataclasses import dataclass

from board_hub.law.members import MEMBERS
from board_hub.store.people_tables import IdentityProvider
from board_hub.web.languages import lazy
from board_hub.web.words import member_name

GROUPS = (
    ("member_state", lazy("Member States")),
    ("institution", lazy("Institutions of the European Union")),
    ("observer", lazy("Observers")),
)


@dataclass(frozen=True)
class Choice:
    """One provider as it is offered. note: its own name, where its member has several."""

    code: str
    member: str
    name: str
    note: str


@dataclass(frozen=True)
class Group:
    title: object
    choices: tuple[Choice, ...]


def groups_of(providers: Sequence[IdentityProvider]) -> list[Group]:
    """Groups that are not empty, their choices by name in the reader's language."""
    kinds = {one.code: one for one in MEMBERS}
    groups = []
    for kind, title in GROUPS:
        mine = [one for one in providers if kinds[one.member].kind == kind]
        if mine:
            groups.append(Group(title, tuple(sorted(map(_choice, mine), key=lambda one: (one.name, one.note)))))
    return groups


def _choice(provider: IdentityProvider) -> Choice:
    return Choice(provider.code, provider.member, member_name(provider.member), provider.name)
