"""Officials who write in the browser: a participant with a key that the hub holds, drafts, and sending them."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from board_hub.domain.envelope import MessageType
from board_hub.domain.events import HUB
from board_hub.http.submission import submit
from board_hub.law.examples import example_notice
from board_hub.services.access import Role
from board_hub.services.desk.drafting import Content, save_draft
from board_hub.services.desk.sending import note_outcome, sign_draft
from board_hub.services.exchange.held_keys import make_held_key
from board_hub.services.people.officials import Held, Person
from board_hub.services.unit_of_work import Hub
from board_hub.store.desk_tables import Draft
from tests.support.hub import FR, catalogue_of, join_four
from tests.support.officials import add_official

__all__ = ["content_of", "save", "send"]


@pytest.fixture
def desk(sqlite_hub: Hub) -> Hub:
    """A hub with four participants; the hub holds a key for France."""
    join_four(sqlite_hub)
    with sqlite_hub.work(HUB) as uow:
        make_held_key(uow, FR)
        uow.commit()
    return sqlite_hub


@pytest.fixture
def handler(desk: Hub) -> Person:
    return add_official(desk, [Held(FR, Role.CASE_HANDLER)])


@pytest.fixture
def colleague(desk: Hub) -> Person:
    return add_official(desk, [Held(FR, Role.REPRESENTATIVE)], name="Dominique Petit")


def content_of(hub: Hub, notice_type: str = "art79-5", **changes: Any) -> Content:
    """What a complete form of this type holds."""
    data = example_notice(catalogue_of(hub), notice_type) | changes
    return {"type": str(MessageType.NOTICE_ISSUED), "subject": None, "marking": "authorities", "data": data}


def save(hub: Hub, person: Person, content: Content, *, draft_id: UUID | None = None, version: int = 0) -> Draft:
    with hub.work(person.actor) as uow:
        saved = save_draft(uow, person, draft_id or uuid4(), content, participant=FR, version=version)
        uow.commit()
    return saved.draft


def send(hub: Hub, person: Person, draft: Draft) -> Draft:
    """Sign and submit, as the page does."""
    with hub.work(person.actor) as uow:
        arrival = sign_draft(uow, person, draft.id, version=draft.version)
        uow.commit()
    if arrival is None:
        return draft
    outcome = submit(hub, arrival)
    with hub.work(person.actor) as uow:
        draft = note_outcome(uow, person, draft.id, outcome)
        uow.commit()
    return draft
