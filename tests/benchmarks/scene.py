"""The stage of the benchmarks: a private broker and PostgreSQL, a hub with 27 participants, and its processes."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pika
from sqlalchemy import text

from board_hub.domain.envelope import MEDIA_TYPE, MessageType, encode
from board_hub.domain.ids import uuid7
from board_hub.law.examples import example_notice
from board_hub.law.members import MEMBERS
from messaging.connections import vhost_parameters
from messaging.node import PrivateNode
from messaging.topology import TO_HUB, vhost_name
from tests.support.exchange import PASSWORD, Exchange, exchange_on
from tests.support.hub import Party, catalogue_of, envelope, sqlite_settings
from tests.support.postgres import PrivatePostgres

SENDER = "FR-CNIL"
STATES = [entry.code for entry in MEMBERS if entry.kind == "member_state"]
OTHERS = [code for code in STATES if code != "FR"][:25]
PARTICIPANTS = {SENDER: ("MSA", "SPOC"), "EU-AIO": ("AIO",)} | {f"{code}-MSA": ("MSA", "SPOC") for code in OTHERS}
"""One sender and 26 recipients: 25 authorities of other Member States and the AI Office."""
NOTICE_BYTES = 2048


def report(name: str, value: float, unit: str, *, floor: float | None = None, **more: Any) -> None:
    """One line of the result: name, value, unit, the ratio to its floor where it has one."""
    line: dict[str, Any] = {"name": name, "value": round(value, 4), "unit": unit}
    if floor is not None:
        line |= {"floor": round(floor, 4), "ratio": round(value / floor, 4)}
    print(json.dumps(line | more), flush=True)


def notices(exchange: Exchange, count: int) -> list[tuple[bytes, str]]:
    """(body, signature) of `count` distinct valid notices of 2 kB from the sender."""
    party: Party = exchange.parties[SENDER]
    content = example_notice(catalogue_of(exchange.hub), "art79-5")
    content["fields"]["operator_arguments"] = ""
    short = len(encode(envelope(SENDER, MessageType.NOTICE_ISSUED, data=content)))
    content["fields"]["operator_arguments"] = "x" * max(1, NOTICE_BYTES - short)
    bodies = [encode(envelope(SENDER, MessageType.NOTICE_ISSUED, data=content, id_=str(uuid7()))) for _ in range(count)]
    return [(body, party.key.sign(body)) for body in bodies]


class Publisher:
    """The sender's connection to its own virtual host."""

    def __init__(self, exchange: Exchange) -> None:
        url = exchange.node.amqp_url(SENDER, PASSWORD, "").rstrip("/")
        self._connection = pika.BlockingConnection(vhost_parameters(url, SENDER, "bench"))
        self._channel = self._connection.channel()

    def __enter__(self) -> "Publisher":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def publish(self, body: bytes, signature: str) -> None:
        properties = pika.BasicProperties(
            content_type=MEDIA_TYPE, delivery_mode=2, headers={"x-jws-signature": signature}
        )
        self._channel.basic_publish(TO_HUB, "", body, properties)


def publish(exchange: Exchange, signed: list[tuple[bytes, str]]) -> None:
    """Put notices into the sender's queue."""
    with Publisher(exchange) as publisher:
        for body, signature in signed:
            publisher.publish(body, signature)


def scalar(exchange: Exchange, sql: str, **parameters: Any) -> Any:
    with exchange.hub.engine.connect() as connection:
        return connection.execute(text(sql), parameters).scalar()


def administrator_url(node: PrivateNode, vhost: str) -> str:
    return node.amqp_url("administrator", node.administrator_password, vhost)


def purge_recipients(exchange: Exchange) -> None:
    """Empty the recipients' queues, so that rounds do not weigh on each other."""
    for code in exchange.parties:
        connection = pika.BlockingConnection(pika.URLParameters(administrator_url(exchange.node, vhost_name(code))))
        connection.channel().queue_purge("from-hub")
        connection.close()


@contextmanager
def stage() -> Iterator[tuple[Exchange, PrivatePostgres]]:
    """Everything running but the hub's processes; removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="board-hub-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as a user of its own
        server = PrivatePostgres(folder / "postgres")
        node = PrivateNode(folder / "rabbitmq")
        server.start()
        node.start()
        try:
            server.create_database("hub")
            settings = sqlite_settings(folder, database_url=server.url("hub"), resend_seconds=(3600,))
            with exchange_on(node, settings, folder) as exchange:
                exchange.add(PARTICIPANTS)
                yield exchange, server
        finally:
            node.stop()
            server.stop()
