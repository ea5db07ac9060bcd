"""What intake reads from a queue's message before it is looked at as a message of the exchange."""

from typing import Any, cast

import pytest
from pika import BasicProperties
from pika.channel import Channel

from board_hub.domain.deliveries import Transport
from board_hub.services.exchange.intake import Arrival
from messaging import topology
from messaging.intake import CONSUMED, Taken, _arrival, _dead_letter_flaw

NO_CHANNEL = cast(Channel, None)


def taken(queue: str = topology.TO_HUB, **headers: Any) -> Taken:
    return Taken("FR-CNIL", queue, NO_CHANNEL, 1, BasicProperties(headers=headers or None), b"{}")


def test_all_that_the_hub_may_read_is_consumed() -> None:
    assert CONSUMED == topology.HUB_CONSUMES


def test_the_virtual_host_says_who_sent_it() -> None:
    arrival = _arrival(taken(**{"x-jws-signature": "a..b"}))
    assert arrival == Arrival("FR-CNIL", Transport.AMQP, b"{}", "a..b")


@pytest.mark.parametrize("signature", [7, b"a..b", ["a..b"], {"a": "b"}, True, None], ids=repr)
def test_a_signature_that_is_no_text_is_none(signature: Any) -> None:
    headers: dict[str, Any] = {"x-jws-signature": signature}
    assert _arrival(taken(**headers)).signature is None


def test_no_headers_mean_no_signature() -> None:
    assert _arrival(taken()).signature is None


@pytest.mark.parametrize(
    ("queue", "reason", "refused"),
    [
        (topology.TO_HUB_DEAD, "delivery_limit", True),
        (topology.TO_HUB_DEAD, "rejected", True),
        (topology.TO_HUB_DEAD, "expired", False),
        (topology.TO_HUB_DEAD, "maxlen", False),
        (topology.TO_HUB_UNROUTED, "delivery_limit", False),
        (topology.TO_HUB, "delivery_limit", False),
    ],
)
def test_only_what_the_hub_failed_on_is_refused_unread(queue: str, reason: str, refused: bool) -> None:
    flaw = _dead_letter_flaw(taken(queue, **{"x-death": [{"reason": reason}]}))
    assert (flaw.code if flaw else None) == ("hub.fault" if refused else None)


@pytest.mark.parametrize("deaths", [None, [], "x", [7], [{}], {"reason": "rejected"}], ids=repr)
def test_a_strange_history_is_no_history(deaths: object) -> None:
    assert _dead_letter_flaw(taken(topology.TO_HUB_DEAD, **{"x-death": deaths})) is None
