"""What the participants run while the hub is being broken: programs on the SDK that note all they did and saw."""

import random
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from board_hub.domain.envelope import HUB, decode
from board_hub.domain.errors import Unavailable
from messaging.client import Client
from messaging.inbox import Inbox
from messaging.transports import AmqpTransport, Parcel
from tests.support.exchange import PASSWORD, Exchange

DOUBLES = 20
"""Answered messages that the sender sends again amid the faults, as a program does that forgot its answers."""


class Program(threading.Thread):
    """A participant's program on a thread of its own; `end` stops it and raises what it died of."""

    def __init__(self, exchange: Exchange, code: str) -> None:
        super().__init__(name=code, daemon=True)
        self.code = code
        self.exchange = exchange
        self.transport = WatchedTransport(exchange.node.amqp_url(code, PASSWORD, "").rstrip("/"), code)
        self.stopping = threading.Event()
        self.inbox_file = exchange.folder / f"{code}.sqlite"
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            with self._client() as client:
                self.work(client)
        except BaseException as error:
            self.failure = error

    def work(self, client: Client) -> None:
        raise NotImplementedError

    def end(self) -> None:
        self.stopping.set()
        self.join(30)
        assert not self.is_alive(), f"the program of {self.code} does not end"
        if self.failure is not None:
            raise AssertionError(f"the program of {self.code} died") from self.failure

    def _client(self) -> Client:
        return Client(
            self.transport,
            self.code,
            key=self.exchange.parties[self.code].key,
            inbox=self.inbox_file,
            hub_keys={"keys": [self.exchange.hub.key.public_jwk()]},
        )


class WatchedTransport(AmqpTransport):
    """The SDK's transport, noting what it was handed and what the broker took."""

    def __init__(self, url: str, code: str) -> None:
        super().__init__(url, code)
        self.handed: dict[str, tuple[bytes, str]] = {}
        self.confirmed: set[str] = set()

    def send(self, body: bytes, signature: str) -> Parcel | None:
        message_id = decode(body).id
        self.handed[message_id] = (body, signature)
        answer = super().send(body, signature)
        self.confirmed.add(message_id)
        return answer


class Sender(Program):
    """Sends `count` notices as fast as it can, some of them twice; what it could not hand over it sends again."""

    def __init__(self, exchange: Exchange, code: str, content: Mapping[str, Any], count: int, seed: int) -> None:
        super().__init__(exchange, code)
        self.content = content
        self.count = count
        self.random = random.Random(seed)
        self.special: dict[str, Mapping[str, Any]] = {}
        self.sent: list[str] = []
        self.answered: set[str] = set()
        self.doubled = 0
        self.doubtful = False
        self.resending = threading.Event()
        self.resent = 0

    @property
    def idle(self) -> bool:
        return len(self.sent) == self.count and not self.doubtful and self.doubled == DOUBLES

    def work(self, client: Client) -> None:
        self.inbox = Inbox(self.inbox_file)
        for number in range(self.count):
            message_id = f"notice-{number}"
            content = self.special.get(message_id, self.content)
            self._reach(partial(client.send_notice, content, id_=message_id))
            self.sent.append(message_id)
            if number % 10 == 9:
                self._take_answers(client, 0)
        while not self.stopping.is_set():
            if self.doubtful or self.resending.is_set():
                self.doubtful = not self._reach(lambda: setattr(self, "resent", client.resend()))
                self.resending.clear()
            self._take_answers(client, 0.1)

    def _take_answers(self, client: Client, seconds: float) -> None:
        self._reach(lambda: client.exchange(seconds))
        self.answered = set(self.sent) - {one for one, _, _ in self.inbox.list_unanswered()}
        known = sorted(self.answered - set(self.special))
        if known and self.doubled < DOUBLES:
            again = self.transport.handed[self.random.choice(known)]
            self._reach(lambda: self.transport.send(*again))
            self.doubled += 1

    def _reach(self, call: Callable[[], object]) -> bool:
        try:
            call()
        except Unavailable:
            self.doubtful = True
            return False
        return True


class Recipient(Program):
    """Takes what comes, and notes each participant's message every time the SDK gives it."""

    def __init__(self, exchange: Exchange, code: str) -> None:
        super().__init__(exchange, code)
        self.seen: list[tuple[str, bytes]] = []

    def work(self, client: Client) -> None:
        while not self.stopping.is_set():
            try:
                for received in client.receive(0.2):
                    if received.sender != HUB:
                        self.seen.append((received.letter.id, received.letter.body))
            except Unavailable:
                continue
