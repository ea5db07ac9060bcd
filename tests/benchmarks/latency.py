"""Latency at rest: from the sender's publish to its accepted receipt, and to the arrival at the 26th recipient."""

import json
import threading
import time
from collections import defaultdict
from functools import partial
from typing import Any

from pika import SelectConnection
from pika.adapters.select_connection import IOLoop

from messaging.connections import Connections, Events
from messaging.topology import FROM_HUB
from tests.benchmarks.scene import SENDER, Publisher, notices, report, stage
from tests.support.exchange import PASSWORD, Exchange

COUNT = 200
RECIPIENTS = 26
PATIENCE = 10.0


class Recipients:
    """Consumes every participant's mailbox and notes when each message arrived, and when it was accepted."""

    def __init__(self, exchange: Exchange) -> None:
        self._loop = IOLoop()
        self._exchange = exchange
        self._lock = threading.Condition()
        self.ready = 0
        self.accepted: dict[str, float] = {}
        self.arrivals: dict[str, list[float]] = defaultdict(list)
        self._all = [
            Connections(self._loop, exchange.node.amqp_url(code, PASSWORD, "").rstrip("/"), "bench", self._events())
            for code in exchange.parties
        ]
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        self._thread.start()
        self.wait(lambda: self.ready == len(self._exchange.parties), PATIENCE)

    def stop(self) -> None:
        self._loop.add_callback_threadsafe(self._close)
        self._thread.join()

    def wait(self, condition: Any, seconds: float) -> None:
        with self._lock:
            if not self._lock.wait_for(condition, seconds):
                raise SystemExit("the hub did not answer in time")

    def _events(self) -> Events:
        return Events(opened=self._opened, lost=lambda code, connection, reason: None)

    def _run(self) -> None:
        for code, connections in zip(self._exchange.parties, self._all, strict=True):
            connections.want([code])
        self._loop.start()

    def _opened(self, code: str, connection: SelectConnection) -> None:
        def _consume(channel: Any) -> None:
            channel.basic_consume(FROM_HUB, self._on_message, auto_ack=True)
            with self._lock:
                self.ready += 1
                self._lock.notify_all()

        connection.channel(on_open_callback=_consume)

    def _on_message(self, _channel: Any, _method: Any, properties: Any, body: bytes) -> None:
        """Wake the measuring thread only when a notice is through: woken 27 times it would hold up what it measures."""
        now = time.perf_counter()
        if properties.app_id == SENDER:
            id_ = properties.message_id
            self.arrivals[id_].append(now)
        else:
            event = json.loads(body)
            if not event["type"].endswith("accepted.v1"):
                return
            id_ = event["data"]["message_id"]
            self.accepted[id_] = now
        if self.is_through(id_):
            with self._lock:
                self._lock.notify_all()

    def is_through(self, id_: str) -> bool:
        """Whether a notice is accepted and has reached all its recipients."""
        return id_ in self.accepted and len(self.arrivals[id_]) == RECIPIENTS

    def _close(self) -> None:
        for connections in self._all:
            connections.close()
        self._loop.call_later(0.5, self._loop.stop)


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def measure(exchange: Exchange) -> None:
    """Send one notice after the other, each when the one before has arrived everywhere."""
    exchange.start("intake", "relay")
    exchange.await_connected("intake")
    exchange.await_connected("relay")
    recipients = Recipients(exchange)
    recipients.start()
    to_receipt, to_last = [], []
    with Publisher(exchange) as publisher:
        for body, signature in notices(exchange, COUNT):
            id_ = json.loads(body)["id"]
            began = time.perf_counter()
            publisher.publish(body, signature)
            recipients.wait(partial(recipients.is_through, id_), PATIENCE)
            to_receipt.append(recipients.accepted[id_] - began)
            to_last.append(max(recipients.arrivals[id_]) - began)
    recipients.stop()
    exchange.stop_all()
    for name, values, share, bound in (
        ("latency_receipt_p50", to_receipt, 0.5, 30),
        ("latency_receipt_p99", to_receipt, 0.99, 150),
        ("latency_26th_delivery_p95", to_last, 0.95, 250),
    ):
        report(name, percentile(values, share) * 1000, "ms", bound=bound, count=COUNT)


def main() -> None:
    with stage() as (exchange, _):
        measure(exchange)


if __name__ == "__main__":
    main()
