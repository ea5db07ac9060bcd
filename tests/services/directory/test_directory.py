"""The directory: what it takes and refuses, and that every change is on record and seen at once."""

from datetime import timedelta

import pytest

from board_hub.domain.deliveries import Transport
from board_hub.domain.errors import Conflict, Invalid, NotFound
from board_hub.domain.events import HUB
from board_hub.services.directory import directory
from board_hub.services.exchange.signing import SigningKey
from board_hub.services.operation.evidence_check import verify
from board_hub.services.unit_of_work import Hub, UnitOfWork
from board_hub.store.evidence import read_tree
from tests.support.hub import DE, FR, join, join_four, notice, send


def add(uow: UnitOfWork, code: str = FR, kinds: tuple[str, ...] = ("MSA",)) -> None:
    directory.add_participant(uow, code, name=code, kinds=kinds, transport=Transport.MAILBOX)


def test_the_board_has_27_member_states_and_three_observers(hub: Hub) -> None:
    with hub.work(HUB) as uow:
        members = directory.list_members(uow)
    kinds = [member.kind for member in members]
    assert (kinds.count("member_state"), kinds.count("observer"), kinds.count("institution")) == (27, 3, 1)
    assert {member.code: member.shown_as for member in members}["GR"] == "EL"


@pytest.mark.parametrize(
    ("code", "kinds", "path"),
    [("cnil", ("MSA",), "/code"), ("XX-NOBODY", ("MSA",), "/code"), (FR, ("KING",), "/kinds"), (FR, (), "/kinds")],
)
def test_a_wrong_participant_is_refused_with_its_path(
    sqlite_hub: Hub, code: str, kinds: tuple[str, ...], path: str
) -> None:
    with sqlite_hub.work(HUB) as uow, pytest.raises(Invalid) as refusal:
        add(uow, code, kinds)
    assert refusal.value.flaws[0].path == path


def test_a_code_is_never_used_twice(sqlite_hub: Hub) -> None:
    join(sqlite_hub, FR)
    with sqlite_hub.work(HUB) as uow:
        directory.remove_participant(uow, FR)
        uow.commit()
    with sqlite_hub.work(HUB) as uow, pytest.raises(Conflict):
        add(uow, FR)


def test_a_removed_participant_cannot_come_back(sqlite_hub: Hub) -> None:
    join(sqlite_hub, FR)
    with sqlite_hub.work(HUB) as uow:
        directory.remove_participant(uow, FR)
        with pytest.raises(Conflict):
            directory.restore_participant(uow, FR)


def test_a_key_of_nobody_is_not_taken(sqlite_hub: Hub) -> None:
    with sqlite_hub.work(HUB) as uow, pytest.raises(NotFound):
        directory.add_key(uow, FR, "k", jwk=SigningKey.generate("k").public_jwk())


def test_every_change_of_the_directory_is_in_the_evidence_log(hub: Hub) -> None:
    join(hub, FR)
    with hub.work(HUB) as uow:
        before = read_tree(uow.session).size
        directory.suspend_participant(uow, FR)
        directory.restore_participant(uow, FR)
        directory.set_transport(uow, FR, Transport.AMQP)
        key = SigningKey.generate(f"{FR}-2")
        directory.rotate_key(uow, FR, key.kid, jwk=key.public_jwk(), overlap_until=uow.now + timedelta(days=7))
        directory.revoke_key(uow, f"{FR}-1", "lost")
        directory.remove_participant(uow, FR)
        uow.commit()
    with hub.work(HUB) as uow:
        assert read_tree(uow.session).size == before + 7
        assert verify(uow).clean


def test_a_rotation_refuses_nothing_that_is_in_flight(hub: Hub) -> None:
    party = join_four(hub)[FR]
    new = SigningKey.generate(f"{FR}-2")
    with hub.work(HUB) as uow:
        directory.rotate_key(uow, FR, new.kid, jwk=new.public_jwk(), overlap_until=uow.now + timedelta(days=7))
        uow.commit()
    for key in (party.key, new):
        body = notice(hub)
        assert send(hub, party.arrival(body, key.sign(body))).accepted


def test_a_suspension_holds_from_the_next_message_on(hub: Hub) -> None:
    parties = join_four(hub)
    with hub.work(HUB) as uow:
        directory.suspend_participant(uow, FR)
        uow.commit()
    outcome = send(hub, parties[FR].arrival(notice(hub)))
    assert [flaw.code for flaw in outcome.flaws] == ["sender.not_entitled"]


def test_a_suspended_recipient_is_left_out_of_the_audience(hub: Hub) -> None:
    parties = join_four(hub)
    with hub.work(HUB) as uow:
        directory.suspend_participant(uow, DE)
        uow.commit()
    outcome = send(hub, parties[FR].arrival(notice(hub)))
    assert outcome.receipt is not None
    assert DE not in outcome.receipt["body"].decode()
