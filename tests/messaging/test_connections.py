"""How a connection ends: closed at once, so that what it holds goes back to its queues in order."""

import pika
import pytest
from pika import SelectConnection
from pika.channel import Channel

from messaging.connections import close_keeping_order
from messaging.topology import TO_HUB
from tests.support.rabbitmq import Place


@pytest.mark.broker
def test_a_connection_is_closed_without_cancelling_its_consumers_first(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancelled: list[str] = []
    consumed: list[str] = []
    monkeypatch.setattr(Channel, "basic_cancel", lambda _channel, consumer_tag, **_: cancelled.append(consumer_tag))

    def _opened(connection: SelectConnection) -> None:
        connection.channel(on_open_callback=_consume)

    def _consume(channel: Channel) -> None:
        def _consuming(_frame: object) -> None:
            consumed.extend(channel.consumer_tags)
            close_keeping_order(channel.connection)

        channel.basic_consume(TO_HUB, lambda *_: None, callback=_consuming)

    connection = SelectConnection(
        pika.URLParameters(place.hub_url),
        on_open_callback=_opened,
        on_close_callback=lambda closed, _reason: closed.ioloop.stop(),
    )
    connection.ioloop.start()
    assert consumed
    assert not cancelled
