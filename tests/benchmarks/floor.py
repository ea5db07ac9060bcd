"""The floor: what the exchange costs when nothing is checked but the signature and nothing is kept but the rows.

A hand-written pika and psycopg loop: per notice it verifies the ES256 JWS, inserts one message and 26 delivery rows
(batches of 200), publishes 26 persistent copies to quorum queues with pipelined confirms, and acknowledges when all are
confirmed.
"""

import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from itertools import takewhile
from uuid import uuid4

import pika
import psycopg
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

RECIPIENTS = 26
BATCH = 200
TABLES = """
DROP TABLE IF EXISTS floor_delivery; DROP TABLE IF EXISTS floor_message;
CREATE TABLE floor_message (id uuid PRIMARY KEY, body bytea NOT NULL, signature text NOT NULL);
CREATE TABLE floor_delivery (message_id uuid NOT NULL, recipient int NOT NULL, state text NOT NULL,
                             PRIMARY KEY (message_id, recipient));
"""


class Floor:
    """One run over `count` notices waiting in the queue `floor.in`; `seconds` is from the first to the last confirm."""

    def __init__(self, amqp_url: str, database_url: str, public_key: ec.EllipticCurvePublicKey, count: int) -> None:
        self._key = public_key
        self._left = count
        self._database = psycopg.connect(database_url)
        self._database.execute(TABLES)  # type: ignore[arg-type]
        self._database.commit()
        self._waiting: list[tuple[int, str, bytes]] = []
        self._unconfirmed: dict[int, int] = {}
        self._open_copies: dict[int, int] = {}
        self._published = 0
        self._began = 0.0
        self.seconds = 0.0
        self._connection = pika.SelectConnection(pika.URLParameters(amqp_url), on_open_callback=self._on_open)

    def run(self) -> float:
        self._connection.ioloop.start()
        self._database.close()
        return self.seconds

    def _on_open(self, connection: pika.SelectConnection) -> None:
        connection.channel(on_open_callback=self._on_channel)

    def _on_channel(self, channel: pika.channel.Channel) -> None:
        self._channel = channel
        channel.confirm_delivery(self._on_confirm)
        channel.basic_qos(prefetch_count=4 * BATCH)
        channel.basic_consume("floor.in", self._on_message)

    def _on_message(self, _channel: object, method: object, properties: pika.BasicProperties, body: bytes) -> None:
        self._began = self._began or time.perf_counter()
        self._waiting.append((method.delivery_tag, properties.headers["x-jws-signature"], body))  # type: ignore[attr-defined]
        if len(self._waiting) == min(BATCH, self._left):
            self._take()

    def _take(self) -> None:
        batch, self._waiting = self._waiting, []
        for _, signature, body in batch:
            self._verify(signature, body)
        ids = [uuid4() for _ in batch]
        with self._database.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO floor_message VALUES (%s, %s, %s)",
                [(id_, body, signature) for id_, (_, signature, body) in zip(ids, batch, strict=True)],
            )
            cursor.executemany(
                "INSERT INTO floor_delivery VALUES (%s, %s, 'owed')",
                [(id_, recipient) for id_ in ids for recipient in range(RECIPIENTS)],
            )
        self._database.commit()
        self._left -= len(batch)
        for tag, signature, body in batch:
            self._publish(tag, signature, body)

    def _verify(self, signature: str, body: bytes) -> None:
        header, raw = signature.split("..")
        raw_signature = urlsafe_b64decode(raw + "==")
        r, s = int.from_bytes(raw_signature[:32], "big"), int.from_bytes(raw_signature[32:], "big")
        signed = header.encode() + b"." + urlsafe_b64encode(body).rstrip(b"=")
        self._key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(SHA256()))

    def _publish(self, tag: int, signature: str, body: bytes) -> None:
        properties = pika.BasicProperties(delivery_mode=2, headers={"x-jws-signature": signature})
        self._open_copies[tag] = RECIPIENTS
        for recipient in range(RECIPIENTS):
            self._published += 1
            self._unconfirmed[self._published] = tag
            self._channel.basic_publish("", f"floor.out.{recipient}", body, properties, mandatory=True)

    def _on_confirm(self, frame: pika.frame.Method) -> None:
        upto = frame.method.delivery_tag
        tags = [upto] if not frame.method.multiple else list(takewhile(lambda tag: tag <= upto, self._unconfirmed))
        for tag in tags:
            self._settle(self._unconfirmed.pop(tag))

    def _settle(self, tag: int) -> None:
        self._open_copies[tag] -= 1
        if self._open_copies[tag] == 0:
            del self._open_copies[tag]
            self._channel.basic_ack(tag)
            if not self._left and not self._open_copies:
                self.seconds = time.perf_counter() - self._began
                self._connection.ioloop.call_later(0.2, self._connection.ioloop.stop)


def declare(amqp_url: str) -> None:
    """The floor's queues: one in, one out for each recipient, all quorum queues."""
    connection = pika.BlockingConnection(pika.URLParameters(amqp_url))
    channel = connection.channel()
    for name in ("floor.in", *(f"floor.out.{n}" for n in range(RECIPIENTS))):
        channel.queue_declare(name, durable=True, arguments={"x-queue-type": "quorum"})
    connection.close()


def purge(amqp_url: str) -> None:
    connection = pika.BlockingConnection(pika.URLParameters(amqp_url))
    channel = connection.channel()
    for n in range(RECIPIENTS):
        channel.queue_purge(f"floor.out.{n}")
    connection.close()


def fill(amqp_url: str, signed: list[tuple[bytes, str]]) -> None:
    """Put notices into `floor.in`."""
    connection = pika.BlockingConnection(pika.URLParameters(amqp_url))
    channel = connection.channel()
    for body, signature in signed:
        properties = pika.BasicProperties(delivery_mode=2, headers={"x-jws-signature": signature})
        channel.basic_publish("", "floor.in", body, properties)
    connection.close()
