"""Drafts: nothing typed is lost, whoever saves when."""

from uuid import uuid4

import pytest

from board_hub.domain.errors import Conflict, Forbidden, Invalid, NotFound
from board_hub.services.access import Role
from board_hub.services.desk.drafting import (
    TRANSITIONS,
    DraftState,
    discard_draft,
    get_draft,
    list_drafts,
    save_draft,
)
from board_hub.services.people.officials import Held, Person
from board_hub.services.unit_of_work import Hub
from tests.services.desk.conftest import content_of, save
from tests.support.hub import DE, FR
from tests.support.officials import HANDLER_DE, add_official


def test_a_draft_is_what_was_saved_with_its_completeness(desk: Hub, handler: Person) -> None:
    draft = save(desk, handler, content_of(desk, missing={}, fields={"subject": "x"}))
    assert (draft.participant, draft.state, draft.version, draft.notice_type) == (FR, "open", 1, "art79-5")
    assert draft.title == "x"
    assert draft.complete < 20


def test_a_colleague_goes_on_with_a_draft(desk: Hub, handler: Person, colleague: Person) -> None:
    draft = save(desk, handler, content_of(desk))
    changed = save(desk, colleague, content_of(desk, fields={}), draft_id=draft.id, version=1)
    assert (changed.version, changed.changed_by, changed.created_by) == (2, colleague.id, handler.id)


def test_saving_over_what_somebody_else_saved_writes_nothing(desk: Hub, handler: Person, colleague: Person) -> None:
    draft = save(desk, handler, content_of(desk))
    save(desk, colleague, content_of(desk, fields={"grounds": ["mine"]}), draft_id=draft.id, version=1)
    with desk.work(handler.actor) as uow:
        late = content_of(desk, fields={})
        saved = save_draft(uow, handler, draft.id, late, participant=FR, version=1)
        assert saved.clash
        assert saved.draft.content["data"]["fields"] == {"grounds": ["mine"]}


def test_saving_the_same_again_counts_no_version(desk: Hub, handler: Person) -> None:
    content = content_of(desk)
    draft = save(desk, handler, content)
    assert save(desk, handler, content, draft_id=draft.id, version=0).version == 1


def test_what_is_typed_into_a_closed_draft_becomes_a_new_one(desk: Hub, handler: Person) -> None:
    draft = save(desk, handler, content_of(desk))
    with desk.work(handler.actor) as uow:
        discard_draft(uow, handler, draft.id)
        uow.commit()
    copy = save(desk, handler, content_of(desk, fields={}), draft_id=draft.id, version=1)
    assert copy.id != draft.id
    assert copy.state == "open"


def test_a_discarded_draft_keeps_no_content_and_is_in_no_list(desk: Hub, handler: Person) -> None:
    draft = save(desk, handler, content_of(desk))
    with desk.work(handler.actor) as uow:
        discard_draft(uow, handler, draft.id)
        uow.commit()
    with desk.work(handler.actor) as uow:
        assert get_draft(uow, handler, draft.id).content == {}
        assert list_drafts(uow, handler).lines == ()


def test_a_draft_of_another_participant_does_not_exist(desk: Hub, handler: Person) -> None:
    draft, stranger = save(desk, handler, content_of(desk)), add_official(desk, HANDLER_DE)
    with desk.work(stranger.actor) as uow:
        with pytest.raises(NotFound):
            get_draft(uow, stranger, draft.id)
        with pytest.raises(NotFound):
            save_draft(uow, stranger, draft.id, content_of(desk), participant=DE, version=1)
        assert list_drafts(uow, stranger).lines == ()


def test_an_expert_reads_and_does_not_write(desk: Hub) -> None:
    expert = add_official(desk, [Held(FR, Role.EXPERT)])
    with desk.work(expert.actor) as uow, pytest.raises(Forbidden):
        save_draft(uow, expert, uuid4(), content_of(desk), participant=FR, version=0)


def test_an_unknown_type_is_refused(desk: Hub, handler: Person) -> None:
    content = content_of(desk) | {"data": {"notice_type": "none"}}
    with desk.work(handler.actor) as uow, pytest.raises(Invalid):
        save_draft(uow, handler, uuid4(), content, participant=FR, version=0)


def test_drafts_are_listed_by_pages_the_newest_first(desk: Hub, handler: Person) -> None:
    ids = [save(desk, handler, content_of(desk)).id for _ in range(3)]
    with desk.work(handler.actor) as uow:
        first = list_drafts(uow, handler, limit=2)
        rest = list_drafts(uow, handler, cursor=first.following, limit=2)
    assert [one.id for one in (*first.lines, *rest.lines)] == ids[::-1]
    assert rest.following is None


def test_every_state_has_a_way_out_or_is_final() -> None:
    assert set(TRANSITIONS) == set(DraftState)
    assert {one for one, ways in TRANSITIONS.items() if not ways} == {DraftState.SENT, DraftState.DISCARDED}


def test_a_sent_draft_is_not_discarded(desk: Hub, handler: Person) -> None:
    draft = save(desk, handler, content_of(desk))
    with desk.work(handler.actor) as uow:
        get_draft(uow, handler, draft.id).state = DraftState.SENT
        with pytest.raises(Conflict):
            discard_draft(uow, handler, draft.id)
