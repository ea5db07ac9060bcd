"""One connection to each participant's virtual host, all on one event loop, each opened again after every loss."""

import random
from collections.abc import Callable, Collection
from dataclasses import dataclass
from urllib.parse import quote

import structlog
from pika import SelectConnection, URLParameters
from pika.adapters.select_connection import IOLoop
from pika.channel import Channel

from messaging.topology import vhost_name

log = structlog.get_logger(__name__)

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0
HEARTBEAT = 15


@dataclass(frozen=True)
class Events:
    """What the owner of the connections is told, always on the event loop.

    opened(code, connection): it is ready for channels; lost(code, connection, reason): it failed or was closed.
    """

    opened: Callable[[str, SelectConnection], None]
    lost: Callable[[str, SelectConnection, str], None]


def vhost_parameters(amqp_url: str, code: str, name: str) -> URLParameters:
    """Parameters for participant `code`'s virtual host; `amqp_url` names user and broker, without a virtual host."""
    parameters = URLParameters(f"{amqp_url.rstrip('/')}/{quote(vhost_name(code), safe='')}")
    parameters.heartbeat = HEARTBEAT
    parameters.blocked_connection_timeout = HEARTBEAT
    parameters.connection_attempts = 1
    parameters.socket_timeout = 5
    parameters.stack_timeout = 10
    parameters.client_properties = {"connection_name": name}
    return parameters


class ParticipantConnection:
    """Keeps the connection to one virtual host open, with jittered and growing pauses between attempts."""

    def __init__(self, loop: IOLoop, parameters: URLParameters, code: str, events: Events) -> None:
        self.code = code
        self._loop = loop
        self._parameters = parameters
        self._events = events
        self._pause = FIRST_PAUSE
        self._timer: object | None = None
        self._closing = False
        self.connection: SelectConnection | None = None

    def open(self) -> None:
        self._timer = None
        self.connection = SelectConnection(
            self._parameters,
            on_open_callback=self._on_open,
            on_open_error_callback=self._on_lost,
            on_close_callback=self._on_lost,
            custom_ioloop=self._loop,
        )

    def close(self) -> None:
        """Close for good; an unclosed connection would hold its unacknowledged messages until its heartbeat fails."""
        self._closing = True
        if self._timer is not None:
            self._loop.remove_timeout(self._timer)
        self.drop()

    def drop(self) -> None:
        """Close this connection; unless closing for good, a new one follows.

        One that is still being opened is left to open or fail, and is closed then (`_on_open`): pika raises from its
        event loop when it is closed in the middle of its handshake.
        """
        if self.connection is not None and self.connection.is_open:
            close_keeping_order(self.connection)

    @property
    def is_closed(self) -> bool:
        return self.connection is None or self.connection.is_closed

    def _on_open(self, connection: SelectConnection) -> None:
        if self._closing:
            close_keeping_order(connection)
            return
        self._pause = FIRST_PAUSE
        self._events.opened(self.code, connection)

    def _on_lost(self, connection: SelectConnection, reason: BaseException) -> None:
        self._events.lost(self.code, connection, describe(reason))
        if self._closing:
            return
        self._timer = self._loop.call_later(self._pause * random.uniform(0.5, 1.5), self.open)  # noqa: S311 (jitter)
        self._pause = min(self._pause * 2, LONGEST_PAUSE)


class Connections:
    """The connections to all wanted participants."""

    def __init__(self, loop: IOLoop, amqp_url: str, name: str, events: Events) -> None:
        self._loop = loop
        self._amqp_url = amqp_url
        self._name = name
        self._events = events
        self._all: dict[str, ParticipantConnection] = {}

    def want(self, codes: Collection[str]) -> None:
        """Open what is newly wanted, close what no longer is."""
        for code in sorted(set(self._all) - set(codes)):
            self._all.pop(code).close()
        for code in sorted(set(codes) - set(self._all)):
            parameters = vhost_parameters(self._amqp_url, code, self._name)
            self._all[code] = ParticipantConnection(self._loop, parameters, code, self._events)
            self._all[code].open()

    def drop(self, code: str) -> None:
        """Give up a connection that misbehaves; it is opened again."""
        if code in self._all:
            self._all[code].drop()

    def close(self) -> None:
        for connection in self._all.values():
            connection.close()

    @property
    def all_closed(self) -> bool:
        return all(connection.is_closed for connection in self._all.values())


def retire_channel(connections: Connections, code: str) -> Callable[[Channel, BaseException], None]:
    """A channel's close callback: without its channel a connection is of no use, so it is opened anew."""

    def _on_close(channel: Channel, reason: BaseException) -> None:
        if channel.connection.is_open:
            log.warning("channel closed", participant=code, reason=describe(reason))
            connections.drop(code)

    return _on_close


def close_keeping_order(connection: SelectConnection) -> None:
    """Close a connection without cancelling its consumers first, which is what pika does by itself.

    After a cancel the broker puts what was on its way to the consumer back into the queue before what the consumer
    held unacknowledged (seen on RabbitMQ 3.10): messages would come out of order. Closed at once, all go back in order.
    The names of pika used here are not documented; `tests/messaging/test_connections.py` fails without them.
    """
    for channel in connection._channels.values():
        channel._cancelled.update(channel.consumer_tags)
    connection.close()


def describe(reason: BaseException) -> str:
    """A reason in one line, without addresses or credentials."""
    code, words = getattr(reason, "reply_code", None), getattr(reason, "reply_text", None)
    return f"{code} {words}" if code else type(reason).__name__
