"""Frames marshalled once are, byte for byte, what pika itself would write; pika still has the names that this needs."""

import pytest
from pika import BasicProperties
from pika.channel import Channel

from messaging.frames import body_limit, marshal_publish
from messaging.relay import amqp_properties
from messaging.topology import FROM_HUB
from tests.messaging.mailboxes import line_to, post
from tests.support.rabbitmq import Place

pytestmark = pytest.mark.broker


def written_by_pika(channel: Channel, properties: BasicProperties, body: bytes) -> bytes:
    """What pika's own publish gives to its connection, caught before it is sent."""
    caught: list[bytes] = []
    connection = channel.connection
    connection._output_marshaled_frames = caught.extend
    try:
        channel.basic_publish(FROM_HUB, "", body, properties, mandatory=True)
    finally:
        del connection._output_marshaled_frames
    return b"".join(caught)


@pytest.mark.parametrize("size", [0, 1, 131_064, 131_065, 1_000_000], ids=str)
def test_they_are_what_pika_writes(place: Place, size: int) -> None:
    one = post(b"x" * size)
    seen: dict[str, bytes] = {}
    with line_to(place) as line:
        limit, number = body_limit(line.channel), line.channel.channel_number
        properties = amqp_properties(one)
        line.call(lambda: seen.update(pika=written_by_pika(line.channel, properties, one.body)))
    assert seen["pika"] == marshal_publish(FROM_HUB, properties, one.body, channel_number=number, limit=limit)
