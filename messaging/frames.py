"""A publish marshalled once and written to many connections: a message's copies differ only in their virtual host.

Marshalling is most of what publishing costs in Python, and a notice goes out 26 times. Two names of pika that are not
documented are used, here and nowhere else; `tests/messaging/test_frames.py` fails when a new pika lacks them.
"""

from pika import BasicProperties, frame, spec
from pika.channel import Channel


def body_limit(channel: Channel) -> int:
    """Bytes of a body that fit one frame on this connection."""
    limit: int = channel.connection._body_max_length
    return limit


def marshal_publish(
    exchange: str, properties: BasicProperties, body: bytes, *, channel_number: int, limit: int
) -> bytes:
    """The frames of a mandatory publish to `exchange`: method, header, and body in parts of `limit` bytes."""
    method = spec.Basic.Publish(exchange=exchange, routing_key="", mandatory=True)
    parts = [
        frame.Method(channel_number, method).marshal(),
        frame.Header(channel_number, len(body), properties).marshal(),
    ]
    parts += [frame.Body(channel_number, body[at : at + limit]).marshal() for at in range(0, len(body), limit)]
    return b"".join(parts)


def write(channel: Channel, frames: bytes) -> None:
    """Send marshalled frames; on the event loop only."""
    channel.connection._output_marshaled_frames([frames])
