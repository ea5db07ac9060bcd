"""A hub's connection to one mailbox on an event loop of its own, and posts to send over it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256

from pika import SelectConnection, URLParameters
from pika.adapters.select_connection import IOLoop
from pika.channel import Channel

from board_hub.domain.ids import uuid7
from board_hub.services.exchange.deliveries import Due, Post
from messaging.lane import Lane
from tests.support.rabbitmq import Place

SECONDS = 15.0


def post(body: bytes = b"{}", message_id: str = "n1") -> Post:
    return Post(uuid7(), "FR-CNIL", message_id, sha256(body).hexdigest(), body, "a..b", "c..d")


def due(place: Place, body: bytes = b"{}", message_id: str = "n1") -> Due:
    return Due(post(body, message_id), place.code, 0, True)


class Line:
    """An open channel of the hub's with a lane on it; `call` runs something on its event loop."""

    def __init__(self, loop: IOLoop, channel: Channel) -> None:
        self.loop = loop
        self.channel = channel
        self.lane = Lane(channel)

    def call(self, what: Callable[[], object]) -> None:
        done = threading.Event()

        def _call() -> None:
            what()
            done.set()

        self.loop.add_callback_threadsafe(_call)
        assert done.wait(SECONDS)


@contextmanager
def line_to(place: Place) -> Iterator[Line]:
    """The hub's line to a participant's virtual host; the event loop runs on a thread and ends with it."""
    loop = IOLoop()
    lines: list[Line] = []
    ready = threading.Event()

    def _opened(channel: Channel) -> None:
        lines.append(Line(loop, channel))
        ready.set()

    connection = SelectConnection(
        URLParameters(place.hub_url),
        on_open_callback=lambda opened: opened.channel(on_open_callback=_opened),
        on_close_callback=lambda *_: loop.stop(),
        custom_ioloop=loop,
    )
    thread = threading.Thread(target=loop.start)
    thread.start()
    try:
        assert ready.wait(SECONDS), "no channel in time"
        yield lines[0]
    finally:
        loop.add_callback_threadsafe(lambda: connection.close() if connection.is_open else loop.stop())
        thread.join(SECONDS)
