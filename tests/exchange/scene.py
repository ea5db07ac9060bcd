"""What tests of the whole exchange say and look at: messages by hand, what a participant hears, what the hub stored."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self
from weakref import WeakKeyDictionary

import pika
from pika.adapters.blocking_connection import BlockingChannel
from sqlalchemy import func, select
from sqlmodel import col

from board_hub.domain.envelope import HUB, MEDIA_TYPE, Envelope, MessageType, decode
from board_hub.domain.events import HUB as HUB_ACTOR
from board_hub.services.exchange.signing import KnownKey
from board_hub.services.exchange.signing import verify as verify_signature
from board_hub.services.operation.evidence_check import Report, verify
from board_hub.services.operation.snapshot import look
from board_hub.services.unit_of_work import Hub
from board_hub.store.engine import snapshot
from board_hub.store.tables import Delivery, EvidenceTree, Message, Quarantine
from messaging.client import Client, Received
from messaging.connections import vhost_parameters
from messaging.topology import FROM_HUB, TO_HUB
from tests.support.exchange import PASSWORD, Exchange
from tests.support.hub import Party, notice
from tests.support.rabbitmq import eventually

# --- as a participant, without the SDK -------------------------------------------------------------------------------


@contextmanager
def channel_of(exchange: Exchange, code: str) -> Iterator[BlockingChannel]:
    """A channel in the participant's virtual host, as the participant."""
    url = exchange.node.amqp_url(code, PASSWORD, "").rstrip("/")
    connection = pika.BlockingConnection(vhost_parameters(url, code, f"test {code}"))
    try:
        channel = connection.channel()
        channel.confirm_delivery()
        yield channel
    finally:
        if connection.is_open:
            connection.close()


def publish(channel: BlockingChannel, body: bytes, signature: Any, **properties: Any) -> None:
    """Hand over one message; `headers` are added to the signature's."""
    headers = {"x-jws-signature": signature, **properties.pop("headers", {})}
    wanted = pika.BasicProperties(content_type=MEDIA_TYPE, delivery_mode=2, headers=headers, **properties)
    channel.basic_publish(TO_HUB, "", body, wanted, mandatory=True)


def publish_all(exchange: Exchange, party: Party, bodies: Sequence[bytes]) -> None:
    """Hand over many messages of one sender, as fast as the broker takes them, in order."""
    with channel_of(exchange, party.code) as channel:
        unconfirmed = channel.connection.channel()
        for body in bodies:
            properties = pika.BasicProperties(delivery_mode=2, headers={"x-jws-signature": party.key.sign(body)})
            unconfirmed.basic_publish(TO_HUB, "", body, properties)


def issue(exchange: Exchange, source: str, **properties: Any) -> str:
    """Hand over one good notice by hand; returns its id."""
    body = notice(exchange.hub, source)
    with channel_of(exchange, source) as channel:
        publish(channel, body, exchange.parties[source].key.sign(body), **properties)
    return decode(body).id


@dataclass
class Ear:
    """Takes what the hub sends to one participant, checks that the hub signed it, and never says `collected`."""

    exchange: Exchange
    code: str
    heard: list[tuple[Envelope, bytes]] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._context = channel_of(self.exchange, self.code)
        self._channel = self._context.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._context.__exit__(None, None, None)

    def listen(self) -> list[tuple[Envelope, bytes]]:
        """All that was heard by now."""
        while True:
            method, properties, body = self._channel.basic_get(FROM_HUB, auto_ack=True)
            if method is None:
                return self.heard
            said = decode(body)
            name = "x-jws-signature" if said.sender == HUB else "x-hub-signature"
            check_signed_by_hub(self.exchange.hub, body, properties.headers[name])
            self.heard.append((said, body))

    def receipts(self, type_: MessageType, **content: object) -> list[tuple[Envelope, bytes]]:
        """Receipts of a type whose data has these values, heard by now."""
        return [
            (said, body)
            for said, body in self.listen()
            if said.type == type_ and all(said.data.get(name) == value for name, value in content.items())
        ]

    def await_receipts(self, type_: MessageType, count: int = 1, **content: object) -> list[tuple[Envelope, bytes]]:
        eventually(lambda: len(self.receipts(type_, **content)) >= count)
        return self.receipts(type_, **content)


def errors_of(rejected: Envelope) -> list[dict[str, str]]:
    errors = rejected.data["errors"]
    assert isinstance(errors, list)
    return errors


def check_signed_by_hub(hub: Hub, body: bytes, signature: str) -> None:
    """Raises Invalid if the hub did not sign these bytes."""
    now = datetime.now(UTC)
    known = KnownKey(hub.key.kid, HUB, hub.key.public_jwk(), valid_from=datetime.fromtimestamp(0, UTC))
    verify_signature(body, signature, keys={hub.key.kid: known}, signed_at=now, now=now)


# --- as a participant's program, with the SDK ------------------------------------------------------------------------


def take(client: Client, wanted: int, seconds: float = 30) -> list[Received]:
    """All messages of other participants that the program is given until it has `wanted`, and what comes right after.

    News of the hub come in between, in their own time, and are left out.
    """
    deadline = time.monotonic() + seconds
    given: list[Received] = []
    while len(given) < wanted and time.monotonic() < deadline:
        given += _of_participants(client)
    return [*given, *_of_participants(client)]


def _of_participants(client: Client) -> list[Received]:
    return [one for one in _listen(client) if one.sender != HUB]


_given: WeakKeyDictionary[Client, list[Received]] = WeakKeyDictionary()
"""What each program was given so far: news come in any order between other messages."""


def _listen(client: Client) -> list[Received]:
    """What the program is given now."""
    given = list(client.receive(0.3))
    _given.setdefault(client, []).extend(given)
    return given


def take_of(client: Client, ids: Sequence[str], seconds: float = 30) -> list[str]:
    """Ids of the messages that the program is given, of these, until it has had each; twice if it got one twice."""
    deadline = time.monotonic() + seconds
    given: list[str] = []
    while not set(ids) <= set(given) and time.monotonic() < deadline:
        given += [one.envelope.id for one in _listen(client) if one.envelope.id in ids]
    return [*given, *(one.envelope.id for one in _listen(client) if one.envelope.id in ids)]


def await_message(client: Client, message_id: str) -> Received:
    """The message with this id, once the program was given it."""

    def is_it() -> list[Received]:
        return [one for one in _given.get(client, ()) if one.envelope.id == message_id]

    eventually(lambda: is_it() or (_listen(client) and is_it()))
    return is_it()[0]


def await_news(client: Client, type_: MessageType, **content: object) -> dict[str, Any]:
    """The first item of the hub's news of a type that has these values, once the program was given it."""

    def told() -> list[dict[str, Any]]:
        items = [item for one in _given.get(client, ()) if one.type == type_ for item in one.items]
        return [item for item in items if all(item.get(name) == value for name, value in content.items())]

    eventually(lambda: told() or (_listen(client) and told()))
    return told()[0]


# --- as one who can look into the hub --------------------------------------------------------------------------------


def find_delivery(hub: Hub, message_id: str, recipient: str) -> Delivery | None:
    """The delivery of the message that its sender calls `message_id`."""
    with snapshot(hub.engine) as session:
        return session.execute(
            select(Delivery)
            .join(Message, col(Message.id) == col(Delivery.message_id))
            .where(col(Message.message_id) == message_id, col(Delivery.recipient) == recipient)
        ).scalar_one_or_none()


def delivery(hub: Hub, message_id: str, recipient: str) -> Delivery:
    found = find_delivery(hub, message_id, recipient)
    assert found is not None, f"{message_id} is not owed to {recipient}"
    return found


def await_delivery(hub: Hub, message_id: str, recipient: str, **values: object) -> Delivery:
    """Wait until the delivery has these values."""

    def _is_so() -> bool:
        found = find_delivery(hub, message_id, recipient)
        return found is not None and all(getattr(found, name) == value for name, value in values.items())

    eventually(_is_so)
    return delivery(hub, message_id, recipient)


def count(hub: Hub, table: Any, *conditions: Any) -> int:
    with snapshot(hub.engine) as session:
        return int(session.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one())


def stored(hub: Hub, ids: Sequence[str]) -> int:
    """How many of these messages are on record."""
    return count(hub, Message, col(Message.message_id).in_(ids))


@dataclass(frozen=True)
class Sizes:
    """Rows of all that grows when something happens."""

    messages: int
    deliveries: int
    quarantined: int
    leaves: int


def sizes(hub: Hub) -> Sizes:
    with snapshot(hub.engine) as session:
        leaves = session.execute(select(col(EvidenceTree.size))).scalar_one()
    return Sizes(count(hub, Message), count(hub, Delivery), count(hub, Quarantine), leaves)


def check_evidence(hub: Hub) -> Report:
    """`board-hub evidence verify`."""
    with look(hub, HUB_ACTOR) as uow:
        return verify(uow)


def bodies(hub: Hub, source: str, ids: Sequence[str]) -> list[bytes]:
    """Good notices with these ids."""
    return [notice(hub, source, id_=id_) for id_ in ids]
