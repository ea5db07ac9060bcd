"""A refused message is looked into for a recorded reason only, let in after all as it came, or rejected for good."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlmodel import col

from board_hub.domain.envelope import MessageType, encode
from board_hub.domain.errors import Conflict, Forbidden, Invalid, NotFound
from board_hub.domain.events import HUB, Actor, ActorKind
from board_hub.domain.ids import uuid7
from board_hub.law.examples import example_notice
from board_hub.services.directory import directory
from board_hub.services.exchange import quarantine, refusal_reads
from board_hub.services.exchange.refusal_reads import Decided
from board_hub.services.exchange.signing import SigningKey
from board_hub.services.operation.evidence_check import verify
from board_hub.services.unit_of_work import Hub
from board_hub.store.tables import Message
from tests.support.hub import FR, Party, catalogue_of, envelope, join, join_four, notice, send

ADA = Actor(ActorKind.OFFICIAL, str(uuid7()))
BEN = Actor(ActorKind.OFFICIAL, str(uuid7()))


def refusal_of(hub: Hub) -> UUID:
    with hub.work(HUB) as uow:
        return refusal_reads.list_refusals(uow, limit=1).refusals[0].id


def refuse(hub: Hub, party: Party, body: bytes, signature: str | None = None) -> UUID:
    assert not send(hub, party.arrival(body, signature)).accepted
    return refusal_of(hub)


def release(hub: Hub, refusal_id: UUID) -> None:
    with hub.work(ADA) as uow:
        quarantine.release(uow, refusal_id, "Its clock was wrong; we spoke on the telephone.")
        uow.commit()


def messages(hub: Hub) -> list[str]:
    with hub.work(HUB) as uow:
        return list(uow.session.execute(select(col(Message.type)).order_by(col(Message.id))).scalars())


def old_notice(hub: Hub) -> bytes:
    time = datetime.now(UTC) - timedelta(hours=30)
    return encode(envelope(data=example_notice(catalogue_of(hub), "art79-5"), time=time))


def joined_long_ago(hub: Hub) -> Party:
    past = replace(hub, clock=lambda: datetime.now(UTC) - timedelta(days=3))
    return join_four(past)[FR]


def test_what_came_too_late_is_let_in_as_it_came(hub: Hub) -> None:
    refusal_id = refuse(hub, joined_long_ago(hub), old_notice(hub))
    release(hub, refusal_id)
    assert MessageType.NOTICE_ISSUED in messages(hub)
    assert MessageType.RECEIPT_ACCEPTED in messages(hub)
    with hub.work(HUB) as uow:
        shown = refusal_reads.get_refusal(uow, refusal_id)
        assert (shown.decision, shown.decided_by) == ("released", str(ADA))
        assert verify(uow).clean


def test_it_is_let_in_once(sqlite_hub: Hub) -> None:
    refusal_id = refuse(sqlite_hub, joined_long_ago(sqlite_hub), old_notice(sqlite_hub))
    release(sqlite_hub, refusal_id)
    before = messages(sqlite_hub)
    with pytest.raises(Conflict, match="released already"):
        release(sqlite_hub, refusal_id)
    assert messages(sqlite_hub) == before


def test_a_message_whose_key_was_added_meanwhile_is_let_in(sqlite_hub: Hub) -> None:
    join_four(sqlite_hub)
    party = Party(FR, SigningKey.generate("FR-late"))
    refusal_id = refuse(sqlite_hub, party, notice(sqlite_hub))
    with pytest.raises(Invalid, match="key"):
        release(sqlite_hub, refusal_id)
    with sqlite_hub.work(HUB) as uow:
        since = uow.now - timedelta(days=1)
        directory.add_key(uow, FR, party.key.kid, jwk=party.key.public_jwk(), valid_from=since)
        uow.commit()
    release(sqlite_hub, refusal_id)
    assert MessageType.NOTICE_ISSUED in messages(sqlite_hub)


def test_what_is_still_wrong_is_said_and_nothing_changes(sqlite_hub: Hub) -> None:
    refusal_id = refuse(sqlite_hub, join(sqlite_hub), b'{"specversion":"1.0"}')
    before = messages(sqlite_hub)
    with pytest.raises(Invalid, match=r"envelope\.missing"):
        release(sqlite_hub, refusal_id)
    assert messages(sqlite_hub) == before
    with sqlite_hub.work(HUB) as uow:
        assert refusal_reads.get_refusal(uow, refusal_id).decision is None


def test_a_rejected_one_stays_kept_and_out(sqlite_hub: Hub) -> None:
    refusal_id = refuse(sqlite_hub, joined_long_ago(sqlite_hub), old_notice(sqlite_hub))
    with sqlite_hub.work(ADA) as uow:
        quarantine.reject(uow, refusal_id, "A test system's message.")
        uow.commit()
    with pytest.raises(Conflict, match="rejected already"):
        release(sqlite_hub, refusal_id)
    with sqlite_hub.work(HUB) as uow:
        for decided, number in ((Decided.REJECTED, 1), (Decided.UNDECIDED, 0), (Decided.RELEASED, 0), (None, 1)):
            assert len(refusal_reads.list_refusals(uow, decided=decided).refusals) == number, decided


def test_its_content_is_shown_to_whoever_gave_a_reason_and_to_nobody_else(hub: Hub) -> None:
    refusal_id = refuse(hub, join(hub), b'{"secret": "content"}')
    with hub.work(ADA) as uow:
        with pytest.raises(Forbidden):
            quarantine.read_content(uow, refusal_id)
        quarantine.open_content(uow, refusal_id, "The authority asks why.")
        uow.commit()
    with hub.work(ADA) as uow:
        assert quarantine.read_content(uow, refusal_id).body.text == '{"secret": "content"}'
    with hub.work(BEN) as uow, pytest.raises(Forbidden):
        quarantine.read_content(uow, refusal_id)
    later = replace(hub, clock=lambda: datetime.now(UTC) + timedelta(minutes=16))
    with later.work(ADA) as uow, pytest.raises(Forbidden):
        quarantine.read_content(uow, refusal_id)


def test_what_is_not_there_is_not_found(sqlite_hub: Hub) -> None:
    with sqlite_hub.work(ADA) as uow:
        for step in (quarantine.open_content, quarantine.release, quarantine.reject):
            with pytest.raises(NotFound):
                step(uow, uuid7(), "a reason")
