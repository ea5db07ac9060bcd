"""What officials are to be told by mail: read from the evidence log, in its order, each thing once.

The exchange is not slowed: it writes nothing for mails. The log says what was committed, in which order, without gaps,
and the reader's place in it moves on in the same transaction as what was made of it. Who may be told of what follows
from the log too: the participants that a message was sent to, never more.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col

from board_hub.domain.ids import uuid7
from board_hub.services.access import Role
from board_hub.services.desk.mail_sources import Told, tell_all
from board_hub.services.people.preferences import TOPICS, Frequency, due_at, frequency_of
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.desk_tables import LogPlace, MailItem
from board_hub.store.evidence import read_tree
from board_hub.store.people_tables import Official, OfficialRole
from board_hub.store.tables import EvidenceLeaf, row_of, table_of

READER = "mails"
BATCH = 1000
"""Leaves of the log that are read in one unit of work."""
TOO_OLD = timedelta(days=7)
"""What happened longer ago is told no more: when mails are switched on, nobody gets the history."""
Leaf = tuple[int, dict[str, Any]]


def gather_items(uow: UnitOfWork) -> int:
    """Read on in the log and note what is to be told; returns how many leaves were read, 0 at its end."""
    place = _place(uow)
    leaves = _leaves(uow, place.position)
    if not leaves:
        return 0
    recent = [entry for _, entry in leaves if datetime.fromisoformat(entry["at"]) > uow.now - TOO_OLD]
    note_items(uow, tell_all(uow, recent))
    place.position = leaves[-1][0] + 1
    return len(leaves)


def _place(uow: UnitOfWork) -> LogPlace:
    """Where the reader stands, locked against another process; the first time at the end."""
    place = uow.session.get(LogPlace, READER, with_for_update=True)
    if place is None:
        place = LogPlace(reader=READER, position=read_tree(uow.session).size)
        uow.session.add(place)
        uow.session.flush()
    return place


def _leaves(uow: UnitOfWork, position: int) -> list[Leaf]:
    columns = table_of(EvidenceLeaf).c
    statement = select(columns.position, columns.entry).where(columns.position >= position)
    rows = uow.session.execute(statement.order_by(columns.position).limit(BATCH))
    return [(row.position, json.loads(row.entry)) for row in rows]


def note_items(uow: UnitOfWork, told: Sequence[Told]) -> int:
    """Note for each official concerned what is to be told, and when; returns how many items were new or known."""
    by_participant, by_id = _officials(uow, told)
    rows = []
    for one in told:
        officials = [by_id[id_] for id_ in one.officials if id_ in by_id]
        for code in one.participants:
            officials += [who for who, role in by_participant.get(code, ()) if role in TOPICS[one.topic].roles]
        rows += [_row(uow, who, one) for who in {who.id: who for who in officials if who.id != one.by}.values()]
    wanted = [row for row in rows if row["frequency"] != Frequency.NEVER]
    if wanted:
        uow.session.execute(_insert(uow).on_conflict_do_nothing(index_elements=["official_id", "about"]), wanted)
    return len(wanted)


def _row(uow: UnitOfWork, official: Official, told: Told) -> dict[str, Any]:
    frequency = frequency_of(official, told.topic)
    return row_of(
        MailItem,
        id=uuid7(uow.now),
        official_id=official.id,
        topic=told.topic,
        about=told.about,
        participant=told.for_participant,
        facts=dict(told.facts),
        frequency=frequency,
        at=told.at,
        due_at=due_at(official, frequency, uow.now),
    )


def _officials(
    uow: UnitOfWork, told: Iterable[Told]
) -> tuple[dict[str, list[tuple[Official, Role]]], dict[UUID, Official]]:
    """Officials with an address who still belong to the hub: by participant with their roles, and by id."""
    told = list(told)
    codes, ids = {code for one in told for code in one.participants}, {id_ for one in told for id_ in one.officials}
    if not codes and not ids:
        return {}, {}
    concerned = or_(col(OfficialRole.participant).in_(sorted(codes)), col(Official.id).in_(ids))
    found = list(uow.session.execute(roles_in_force(uow).where(concerned, col(Official.email) != "")))
    by_participant: dict[str, list[tuple[Official, Role]]] = {}
    for official, code, role in found:
        by_participant.setdefault(code, []).append((official, Role(role)))
    return by_participant, {official.id: official for official, _, _ in found}


def roles_in_force(uow: UnitOfWork) -> Any:
    """Rows of official, participant, role: who holds what now."""
    return (
        select(Official, col(OfficialRole.participant), col(OfficialRole.role))
        .join(OfficialRole, col(OfficialRole.official_id) == Official.id)
        .where(
            col(Official.ended_at).is_(None),
            or_(col(OfficialRole.until).is_(None), col(OfficialRole.until) > uow.now),
            col(OfficialRole.participant).in_(_active(uow)),
        )
    )


def _active(uow: UnitOfWork) -> Collection[str]:
    return sorted(code for code, one in uow.directory.participants.items() if one.active)


def _insert(uow: UnitOfWork) -> Any:
    on_postgres = uow.session.get_bind().dialect.name == "postgresql"
    return (postgresql.insert if on_postgres else sqlite.insert)(table_of(MailItem))
