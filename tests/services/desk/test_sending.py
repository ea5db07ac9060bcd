"""Sending from the browser: the same gate as a queue's, once, signed by the key that the hub holds."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlmodel import col, func, select

from board_hub.domain.errors import Conflict, Forbidden, NotFound
from board_hub.domain.events import HUB
from board_hub.http.submission import submit
from board_hub.services.desk.approvals import approve_draft, list_approvals, return_draft, submit_draft
from board_hub.services.desk.drafting import get_draft
from board_hub.services.desk.sending import rehearse, sign_draft
from board_hub.services.directory import directory
from board_hub.services.exchange import held_keys
from board_hub.services.exchange.signing import SigningKey
from board_hub.services.people.officials import Person
from board_hub.services.unit_of_work import Hub
from board_hub.store.case_tables import Case
from board_hub.store.tables import Delivery, EvidenceLeaf, Message, Quarantine
from tests.services.desk.conftest import content_of, save, send
from tests.support.hub import AIO, DE, EE, FR
from tests.support.officials import HANDLER_DE, add_official, want_four_eyes


def entries(hub: Hub) -> str:
    with hub.work(HUB) as uow:
        return "\n".join(uow.session.execute(select(EvidenceLeaf.entry)).scalars())


def count(hub: Hub, model: type) -> int:
    with hub.work(HUB) as uow:
        return uow.session.execute(select(func.count()).select_from(model)).scalar_one()


def test_a_rehearsal_says_what_would_follow_and_leaves_nothing(desk: Hub, handler: Person) -> None:
    draft = save(desk, handler, content_of(desk))
    with desk.work(handler.actor) as uow:
        found = rehearse(uow, get_draft(uow, handler, draft.id))
    assert found.flaws == ()
    assert found.recipients == (DE, EE, AIO)
    assert found.case is None
    windows = {one["holder"] for one in found.starts if one["kind"] == "window"}
    assert windows == {DE, EE, AIO}
    assert all(one["end"] for one in found.starts if one["kind"] != "duty")
    assert (count(desk, Case), count(desk, Delivery), count(desk, Message)) == (0, 0, 0)


def test_a_rehearsal_names_every_flaw_of_the_gate(desk: Hub, handler: Person) -> None:
    draft = save(desk, handler, content_of(desk, fields={"system": {"version": 4}}))
    with desk.work(handler.actor) as uow:
        found = rehearse(uow, get_draft(uow, handler, draft.id))
    paths = {flaw.path for flaw in found.flaws}
    assert {"/data/fields/system/name", "/data/fields/system/version", "/data/fields/grounds"} <= paths


def test_what_is_sent_is_a_message_like_any_other(desk: Hub, handler: Person) -> None:
    draft = send(desk, handler, save(desk, handler, content_of(desk)))
    assert draft.state == "sent"
    with desk.work(HUB) as uow:
        message = uow.session.get_one(Message, draft.message_id)
        kid = next(iter(kid for kid in uow.directory.keys_of(FR) if "held" in kid))
        recipients = uow.session.execute(
            select(col(Delivery.recipient)).where(col(Delivery.message_id) == message.id).order_by(Delivery.recipient)
        ).scalars()
        assert list(recipients) == [DE, EE, AIO]
    assert message.source == FR
    assert str(handler.official.name).encode() not in message.body
    assert kid in entries(desk)


def test_who_sent_it_is_on_record(desk: Hub, handler: Person) -> None:
    draft = send(desk, handler, save(desk, handler, content_of(desk)))
    with desk.work(HUB) as uow:
        sha256 = uow.session.get_one(Message, draft.message_id).sha256
    signed = next(line for line in entries(desk).splitlines() if "draft:signed" in line)
    assert f"official:{handler.id}" in signed
    assert sha256 in signed


def test_a_double_click_sends_once(desk: Hub, handler: Person) -> None:
    draft = save(desk, handler, content_of(desk))
    with desk.work(handler.actor) as uow:
        first = sign_draft(uow, handler, draft.id, version=1)
        uow.commit()
    with desk.work(handler.actor) as uow:
        second = sign_draft(uow, handler, draft.id, version=1)
        uow.commit()
    assert first is not None
    assert second is not None
    assert first.body == second.body
    outcomes = [submit(desk, first), submit(desk, second)]
    assert all(outcome.accepted for outcome in outcomes)
    assert outcomes[0].receipt == outcomes[1].receipt or outcomes[1].receipt is not None
    assert count(desk, Case) == 1


def test_after_a_crash_the_same_message_is_sent_again(desk: Hub, handler: Person) -> None:
    draft = save(desk, handler, content_of(desk))
    with desk.work(handler.actor) as uow:
        lost = sign_draft(uow, handler, draft.id, version=1)
        uow.commit()
    assert lost is not None
    submit(desk, lost)  # and the process ends before it notes the outcome
    again = send(desk, handler, draft)
    assert again.state == "sent"
    assert count(desk, Case) == 1


def test_a_message_signed_long_ago_and_never_sent_takes_a_new_time(desk: Hub, handler: Person) -> None:
    draft = save(desk, handler, content_of(desk))
    with desk.work(handler.actor) as uow:
        sign_draft(uow, handler, draft.id, version=1)
        found = get_draft(uow, handler, draft.id)
        past = (uow.now - timedelta(days=2)).isoformat()
        found.content = {**found.content, "sending": {**found.content["sending"], "time": past}}
        uow.commit()
    assert send(desk, handler, draft).state == "sent"


def test_a_sent_draft_is_not_signed_again(desk: Hub, handler: Person) -> None:
    draft = send(desk, handler, save(desk, handler, content_of(desk)))
    with desk.work(handler.actor) as uow:
        assert sign_draft(uow, handler, draft.id, version=1) is None


def test_a_refused_draft_is_open_again_with_the_flaws(desk: Hub, handler: Person) -> None:
    draft = send(desk, handler, save(desk, handler, content_of(desk, fields={})))
    assert draft.state == "open"
    assert {flaw["code"] for flaw in draft.content["refused"]} == {"field.missing"}
    assert count(desk, Quarantine) == 1
    mended = save(desk, handler, content_of(desk), draft_id=draft.id, version=draft.version)
    assert send(desk, handler, mended).state == "sent"


def test_what_was_changed_since_the_check_is_not_sent(desk: Hub, handler: Person, colleague: Person) -> None:
    draft = save(desk, handler, content_of(desk))
    save(desk, colleague, content_of(desk, fields={}), draft_id=draft.id, version=1)
    with desk.work(handler.actor) as uow, pytest.raises(Conflict, match="changed this draft"):
        sign_draft(uow, handler, draft.id, version=1)


def test_without_a_held_key_nothing_is_sent(desk: Hub, handler: Person) -> None:
    with desk.work(HUB) as uow:
        held_keys.revoke_held_key(uow, FR, "test")
        uow.commit()
    draft = save(desk, handler, content_of(desk))
    with desk.work(handler.actor) as uow, pytest.raises(Conflict, match="holds no signing key"):
        sign_draft(uow, handler, draft.id, version=1)


def test_a_stranger_sends_nothing(desk: Hub, handler: Person) -> None:
    draft, stranger = save(desk, handler, content_of(desk)), add_official(desk, HANDLER_DE)
    with desk.work(stranger.actor) as uow, pytest.raises(NotFound):
        sign_draft(uow, stranger, draft.id, version=1)


@pytest.fixture
def four_eyes(desk: Hub) -> Hub:
    want_four_eyes(desk, FR)
    return desk


def test_four_eyes_let_nobody_send_alone(four_eyes: Hub, handler: Person) -> None:
    draft = save(four_eyes, handler, content_of(four_eyes))
    with four_eyes.work(handler.actor) as uow, pytest.raises(Forbidden):
        sign_draft(uow, handler, draft.id, version=1)
    with four_eyes.work(handler.actor) as uow:
        submit_draft(uow, handler, draft.id, version=1)
        with pytest.raises(Forbidden, match="second person"):
            approve_draft(uow, handler, draft.id, version=1)
        with pytest.raises(Forbidden):
            sign_draft(uow, handler, draft.id, version=1)


def test_a_second_person_approves_and_sends(four_eyes: Hub, handler: Person, colleague: Person) -> None:
    draft = save(four_eyes, handler, content_of(four_eyes))
    with four_eyes.work(handler.actor) as uow:
        submit_draft(uow, handler, draft.id, version=1)
        uow.commit()
    with four_eyes.work(colleague.actor) as uow:
        assert [one.id for one in list_approvals(uow, colleague).lines] == [draft.id]
        approve_draft(uow, colleague, draft.id, version=1)
        arrival = sign_draft(uow, colleague, draft.id, version=1)
        uow.commit()
    assert arrival is not None
    assert submit(four_eyes, arrival).accepted
    signed = next(line for line in entries(four_eyes).splitlines() if "draft:signed" in line)
    assert f"official:{colleague.id}" in signed
    assert str(handler.id) in signed


def test_a_returned_draft_is_open_with_the_remark_and_needs_a_new_approval(
    four_eyes: Hub, handler: Person, colleague: Person
) -> None:
    draft = save(four_eyes, handler, content_of(four_eyes))
    with four_eyes.work(handler.actor) as uow:
        submit_draft(uow, handler, draft.id, version=1)
        uow.commit()
    with four_eyes.work(colleague.actor) as uow:
        returned = return_draft(uow, colleague, draft.id, remark=" Name the importer. ")
        uow.commit()
    assert (returned.state, returned.remark) == ("open", "Name the importer.")
    with four_eyes.work(handler.actor) as uow, pytest.raises(Forbidden):
        sign_draft(uow, handler, draft.id, version=1)


def test_a_submitted_draft_is_not_changed_under_the_second_persons_eyes(
    four_eyes: Hub, handler: Person, colleague: Person
) -> None:
    draft = save(four_eyes, handler, content_of(four_eyes))
    with four_eyes.work(handler.actor) as uow:
        submit_draft(uow, handler, draft.id, version=1)
        uow.commit()
    copy = save(four_eyes, handler, content_of(four_eyes, fields={}), draft_id=draft.id, version=1)
    assert copy.id != draft.id


def test_a_held_key_is_sealed_and_is_a_key_of_the_directory(desk: Hub) -> None:
    with desk.work(HUB) as uow:
        key = held_keys.get_signing_key(uow, FR)
        assert key.kid in uow.directory.keys_of(FR)
        with pytest.raises(Conflict):
            held_keys.make_held_key(uow, FR)


def test_rotating_replaces_the_held_key_and_leaves_the_systems_own(desk: Hub, handler: Person) -> None:
    with desk.work(HUB) as uow:
        before = held_keys.get_signing_key(uow, FR).kid
        after = held_keys.rotate_held_key(uow, FR)
        uow.commit()
    assert before != after
    with desk.work(HUB) as uow:
        keys = uow.directory.keys_of(FR)
        assert keys[before].valid_until is not None
        assert keys[f"{FR}-1"].valid_until is None
    assert send(desk, handler, save(desk, handler, content_of(desk))).state == "sent"


def test_the_systems_rotation_leaves_the_held_key(desk: Hub) -> None:
    jwk = SigningKey.generate("new").public_jwk()
    with desk.work(HUB) as uow:
        directory.rotate_key(uow, FR, "new", jwk=jwk, overlap_until=uow.now)
        uow.commit()
    with desk.work(HUB) as uow:
        assert held_keys.has_held_key(uow, FR)
        assert not held_keys.has_held_key(uow, DE)


def test_a_draft_that_nobody_has_is_not_found(desk: Hub, handler: Person) -> None:
    with desk.work(handler.actor) as uow, pytest.raises(NotFound):
        sign_draft(uow, handler, uuid4(), version=1)
