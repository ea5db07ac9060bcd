"""From entries of the evidence log to what is told: the topic, who is concerned, the facts its words are made of."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from board_hub.domain.envelope import MessageType
from board_hub.domain.events import EventName
from board_hub.domain.markings import Marking
from board_hub.law.catalogue import title_in
from board_hub.services.desk.answer_times import request_types
from board_hub.services.people.browsers import browser_words
from board_hub.services.people.preferences import Topic
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.case_tables import Case, Notice
from board_hub.store.desk_tables import Draft
from board_hub.store.people_tables import IdentityProvider, Official, WebSession
from board_hub.store.tables import Message

Entry = Mapping[str, Any]
NEWS = {
    MessageType.CLOCK_STARTED: Topic.CLOCK_STARTED,
    MessageType.CLOCK_WARNED: Topic.CLOCK_WARNED,
    MessageType.CLOCK_EXPIRED: Topic.CLOCK_EXPIRED,
    MessageType.FOLLOWUP_DUE: Topic.REMINDER,
    MessageType.DELIVERY_OVERDUE: Topic.DELIVERY_OVERDUE,
}
_CLOCK_FACTS = ("case", "end", "days_left", "elapsed_days", "calendar_confirmed", "kind", "state")


@dataclass(frozen=True, kw_only=True)
class Told:
    """Something to tell: to officials of `participants` in the topic's roles, and to `officials`; not to `by`."""

    topic: Topic
    about: str
    at: datetime
    participants: tuple[str, ...] = ()
    officials: tuple[UUID, ...] = ()
    by: UUID | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def for_participant(self) -> str | None:
        return self.participants[0] if len(self.participants) == 1 else None


def tell_all(uow: UnitOfWork, entries: Sequence[Entry]) -> list[Told]:
    """All that these entries give to tell; a handful of statements, however many there are."""
    by_event: dict[str, list[Entry]] = {}
    for entry in entries:
        by_event.setdefault(entry["event"], []).append(entry)
    return [told for name, read in READERS.items() if name in by_event for told in read(uow, by_event[name])]


def _news(uow: UnitOfWork, entries: Sequence[Entry]) -> Iterator[Told]:
    """What the hub told participants of its own accord."""
    wanted = [entry for entry in entries if entry["detail"]["of"] in NEWS]
    bodies = _bodies(uow, [UUID(entry["subject"]) for entry in wanted])
    for entry in wanted:
        topic, codes = NEWS[MessageType(entry["detail"]["of"])], entry["detail"]["to"]
        for number, item in enumerate(bodies.get(UUID(entry["subject"]), ())):
            about = f"{topic}:{item.get('id') or ''}:{entry['subject']}:{number}"
            facts = _overdue_facts(item) if topic is Topic.DELIVERY_OVERDUE else _clock_facts(item)
            for code in codes:
                yield Told(topic=topic, about=about, at=_at(entry), participants=(code,), facts=facts)


def _bodies(uow: UnitOfWork, ids: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    if not ids:
        return {}
    rows = uow.session.execute(select(col(Message.id), col(Message.body)).where(col(Message.id).in_(ids)))
    return {row.id: json.loads(row.body)["data"]["items"] for row in rows}


def _clock_facts(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: item[name] for name in _CLOCK_FACTS if item.get(name) is not None}


def _overdue_facts(item: Mapping[str, Any]) -> dict[str, Any]:
    """Whose mailbox, since when; not which notice: its recipients may not be known to every reader of a mail."""
    return {name: item[name] for name in ("since", "must_act", "count") if name in item}


def _notices(uow: UnitOfWork, entries: Sequence[Entry]) -> Iterator[Told]:
    """Notices that were accepted, for those they are addressed to."""
    found = _placed(uow, [UUID(entry["subject"]) for entry in entries])
    for entry in entries:
        row = found.get(UUID(entry["subject"]))
        for code in entry["detail"].get("recipients", ()) if row is not None else ():
            yield _notice(uow, row, entry, code)


def _shared(uow: UnitOfWork, entries: Sequence[Entry]) -> Iterator[Told]:
    """Notices that another participant was given to read."""
    found = _placed(uow, [UUID(entry["subject"]) for entry in entries])
    for entry in entries:
        row = found.get(UUID(entry["subject"]))
        if row is not None:
            yield _notice(uow, row, entry, entry["detail"]["with"])


def _placed(uow: UnitOfWork, ids: Sequence[UUID]) -> dict[UUID, Any]:
    columns = (Notice.id, Notice.notice_type, Notice.marking, Notice.title, Case.reference, Case.law_version)
    statement = select(*columns).join(Case, col(Case.id) == Notice.case_id).where(col(Notice.id).in_(ids))  # type: ignore[call-overload]
    return {row.id: row for row in uow.session.execute(statement)}


def _notice(uow: UnitOfWork, row: Any, entry: Entry, code: str) -> Told:
    catalogue = uow.hub.catalogues[row.law_version]
    facts = {"case": row.reference}
    if row.marking == Marking.PUBLIC:
        facts |= {"title": row.title, "type": title_in(catalogue.notice_types[row.notice_type].title)}
    topic = Topic.REQUEST if row.notice_type in request_types(catalogue).asking else Topic.NOTICE
    return Told(topic=topic, about=f"notice:{row.id}", at=_at(entry), participants=(code,), facts=facts)


def _sign_ins(uow: UnitOfWork, entries: Sequence[Entry]) -> Iterator[Told]:
    """Sign-ins from a browser that the official was never seen with, though it was here before."""
    ids = {UUID(entry["detail"]["official"]) for entry in entries}
    columns = (WebSession.id, WebSession.official_id, WebSession.browser, WebSession.started_at, Official.created_at)
    statement = (
        select(*columns)  # type: ignore[call-overload]
        .join(Official, col(Official.id) == WebSession.official_id)
        .where(col(WebSession.official_id).in_(ids))
        .order_by(col(WebSession.started_at))
    )
    rows = list(uow.session.execute(statement))
    begun = {entry["subject"]: entry for entry in entries}
    seen: dict[UUID, set[str]] = {}
    for row in rows:
        browser, known = browser_words(row.browser), seen.setdefault(row.official_id, set())
        entry = begun.get(row.id[:16])
        if entry and browser not in known and (known or (row.started_at - row.created_at).total_seconds() > _FIRST):
            facts = {"browser": browser, "at": row.started_at.isoformat()}
            about = f"sign_in:{row.id[:16]}"
            yield Told(topic=Topic.SIGN_IN, about=about, at=_at(entry), officials=(row.official_id,), facts=facts)
        known.add(browser)


def _drafts_submitted(uow: UnitOfWork, entries: Sequence[Entry]) -> Iterator[Told]:
    """Drafts that wait for a second person, for all who may approve them."""
    for draft, entry in _drafts(uow, entries):
        about = f"draft:{draft.id}:submitted:{entry['at']}"
        facts = {"draft": str(draft.id)}
        participants = (draft.participant,)
        yield Told(
            topic=Topic.DRAFT_SUBMITTED,
            about=about,
            at=_at(entry),
            participants=participants,
            by=draft.submitted_by,
            facts=facts,
        )


def _drafts_returned(uow: UnitOfWork, entries: Sequence[Entry]) -> Iterator[Told]:
    """Drafts that came back with a remark, for whoever wrote and submitted them."""
    for draft, entry in _drafts(uow, entries):
        about = f"draft:{draft.id}:returned:{entry['at']}"
        authors = tuple({draft.created_by, draft.submitted_by or draft.created_by})
        facts = {"draft": str(draft.id)}
        yield Told(
            topic=Topic.DRAFT_RETURNED,
            about=about,
            at=_at(entry),
            officials=authors,
            by=draft.decided_by,
            facts=facts,
        )


def _drafts(uow: UnitOfWork, entries: Sequence[Entry]) -> Iterator[tuple[Draft, Entry]]:
    ids = [UUID(entry["subject"]) for entry in entries]
    rows = {row.id: row for row in uow.session.execute(select(Draft).where(col(Draft.id).in_(ids))).scalars()}
    for entry in entries:
        if draft := rows.get(UUID(entry["subject"])):
            yield draft, entry


def _officials_ended(uow: UnitOfWork, entries: Sequence[Entry]) -> Iterator[Told]:
    """Officials whose access ended, for those who answer for the office; the one who left is told nothing."""
    ids = [UUID(entry["subject"]) for entry in entries]
    statement = (
        select(col(Official.id), col(Official.name), col(IdentityProvider.member))
        .join(IdentityProvider, col(IdentityProvider.code) == Official.provider)
        .where(col(Official.id).in_(ids))
    )
    rows = {row.id: row for row in uow.session.execute(statement)}
    known = uow.directory.participants.values()
    for entry in entries:
        if row := rows.get(UUID(entry["subject"])):
            yield Told(
                topic=Topic.ACCESS_ENDED,
                about=f"access:{row.id}:{entry['at']}",
                at=_at(entry),
                participants=tuple(sorted(one.code for one in known if one.member == row.member)),
                facts={"name": row.name},
            )


_FIRST = 60
"""Seconds after an official is known within which its sign-in is its first."""


def _at(entry: Entry) -> datetime:
    return datetime.fromisoformat(entry["at"])


READERS: dict[str, Callable[[UnitOfWork, Sequence[Entry]], Iterable[Told]]] = {
    EventName.MESSAGE_ACCEPTED: _notices,
    EventName.NOTICE_SHARED: _shared,
    EventName.NEWS_SENT: _news,
    EventName.SESSION_STARTED: _sign_ins,
    EventName.DRAFT_SUBMITTED: _drafts_submitted,
    EventName.DRAFT_RETURNED: _drafts_returned,
    EventName.OFFICIAL_ENDED: _officials_ended,
}
"""What is read out of the log, by the name of the event; the others are nothing to write mails about."""
