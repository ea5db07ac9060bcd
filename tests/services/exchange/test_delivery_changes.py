"""Owed deliveries are listed and sent again at a word; each such word is on record."""

import pytest

from board_hub.domain.deliveries import Transport
from board_hub.domain.errors import Conflict, NotFound
from board_hub.domain.events import HUB
from board_hub.domain.ids import uuid7
from board_hub.services.exchange import deliveries, delivery_changes
from board_hub.services.exchange.deliveries import Attempt, Result
from board_hub.services.unit_of_work import Hub
from tests.support.hub import AIO, DE, FR, join_four, notice, send


@pytest.fixture
def failing(hub: Hub) -> Hub:
    """A notice to Germany, whose delivery has failed and rests."""
    france = join_four(hub, Transport.AMQP)[FR]
    send(hub, france.arrival(notice(hub), via=Transport.AMQP))
    with hub.work(HUB) as uow:
        due = deliveries.claim_due(uow, [DE, AIO], 100)
        deliveries.settle(uow, [Attempt(one, Result.FAILED, "The queue is full.") for one in due] * 1)
        uow.commit()
    return hub


def due(hub: Hub) -> list[str]:
    with hub.work(HUB) as uow:
        found = [one.recipient for one in deliveries.claim_due(uow, [DE, AIO], 100)]
        uow.commit()
    return found


def test_what_waits_for_a_participant_is_listed_with_its_error(failing: Hub) -> None:
    with failing.work(HUB) as uow:
        lines = delivery_changes.list_open_deliveries(uow, DE)
    assert {one.last_error for one in lines} == {"The queue is full."}
    assert "art79-5" in {one.notice_type for one in lines}


def test_one_delivery_is_sent_again_at_once(failing: Hub) -> None:
    assert due(failing) == []
    with failing.work(HUB) as uow:
        line = next(one for one in delivery_changes.list_open_deliveries(uow, DE) if one.notice_type)
        delivery_changes.resend(uow, line.message_id, DE, "The queue has room again.")
        uow.commit()
    assert due(failing) == [DE]


def test_all_of_a_participant_are_sent_again_at_once(failing: Hub) -> None:
    with failing.work(HUB) as uow:
        number = delivery_changes.resend_all(uow, DE, "The queue has room again.")
        uow.commit()
    assert due(failing) == [DE] * number


def test_nothing_is_sent_to_whom_nothing_is_owed(failing: Hub) -> None:
    with failing.work(HUB) as uow:
        line = next(one for one in delivery_changes.list_open_deliveries(uow, DE) if one.notice_type)
        with pytest.raises(NotFound):
            delivery_changes.resend(uow, line.message_id, FR, "x")
        with pytest.raises(NotFound):
            delivery_changes.resend(uow, uuid7(), DE, "x")
        deliveries.give_up(uow, DE)
        with pytest.raises(Conflict):
            delivery_changes.resend(uow, line.message_id, DE, "x")
        assert delivery_changes.resend_all(uow, DE, "x") == 0
