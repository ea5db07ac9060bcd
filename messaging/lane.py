"""A lane to one recipient's mailbox: publishes with confirms, and tells each batch what became of its deliveries."""

import threading
from collections.abc import Callable, Sequence
from itertools import takewhile

from pika import BasicProperties, SelectConnection
from pika.channel import Channel
from pika.frame import Method
from pika.spec import Basic

from board_hub.services.exchange.deliveries import Attempt, Due, Result
from messaging.frames import body_limit, write


class Batch:
    """Deliveries that are published together; whoever resolves the last one wakes the waiting sweeper."""

    def __init__(self, dues: Sequence[Due], late: Callable[[Attempt], None]) -> None:
        self.dues = dues
        self._late = late
        self._attempts: dict[int, Attempt] = {}
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._closed = False

    def resolve(self, attempt: Attempt) -> None:
        """Note an outcome. One that comes after the batch was settled goes to `late`."""
        with self._lock:
            if not self._closed:
                self._attempts[id(attempt.due)] = attempt
                if len(self._attempts) == len(self.dues):
                    self._done.set()
                return
        self._late(attempt)

    def wait(self, seconds: float) -> list[Attempt]:
        """Outcomes in the order of the deliveries; those still open after `seconds` are in doubt."""
        self._done.wait(seconds)
        with self._lock:
            self._closed = True
        return [self._attempts.get(id(due)) or Attempt(due, Result.IN_DOUBT, NO_CONFIRM) for due in self.dues]


NO_CONFIRM = "The broker has not confirmed the message yet."
NOT_ROUTED = "The recipient's queue is missing; provisioning has to mend it."
REFUSED = "The recipient's queue is full; its system has to collect."


class Lane:
    """A channel in confirm mode. All methods run on the event loop."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._tag = 0
        self._open: dict[int, tuple[Due, Batch]] = {}
        self._queued: list[bytes] = []
        self._returned: set[tuple[str, str]] = set()
        channel.add_on_return_callback(self._on_return)
        channel.confirm_delivery(self._on_confirm)

    def belongs_to(self, connection: SelectConnection) -> bool:
        return self._channel.connection is connection

    @property
    def is_open(self) -> bool:
        return bool(self._channel.is_open)

    @property
    def form(self) -> tuple[int, int]:
        """Channel number and body limit: lanes of the same form take the same frames."""
        return self._channel.channel_number, body_limit(self._channel)

    def publish(self, due: Due, frames: bytes, batch: Batch) -> None:
        """Queue a publish (see `messaging.frames`); `flush` sends what is queued."""
        self._tag += 1
        self._open[self._tag] = (due, batch)
        self._queued.append(frames)

    def flush(self) -> None:
        """Send what is queued in one write. On a closing channel nothing is sent: `fail_all` follows."""
        frames, self._queued = self._queued, []
        if frames and self._channel.is_open:
            write(self._channel, b"".join(frames))

    def fail_all(self, error: str) -> None:
        """The connection is gone: what was not confirmed may or may not have arrived, and is sent again."""
        waiting, self._open = self._open, {}
        for due, batch in waiting.values():
            batch.resolve(Attempt(due, Result.FAILED, error))

    def _on_return(self, _channel: Channel, _method: Basic.Return, properties: BasicProperties, _body: bytes) -> None:
        self._returned.add((properties.app_id, properties.message_id))

    def _on_confirm(self, frame: Method) -> None:
        confirm = frame.method
        tags = [confirm.delivery_tag]
        if confirm.multiple:
            tags = list(takewhile(lambda tag: tag <= confirm.delivery_tag, self._open))
        for tag in tags:
            if tag in self._open:
                self._resolve(*self._open.pop(tag), acked=isinstance(confirm, Basic.Ack))

    def _resolve(self, due: Due, batch: Batch, *, acked: bool) -> None:
        key = (due.post.source, due.post.message_id)
        if key in self._returned:
            self._returned.discard(key)
            batch.resolve(Attempt(due, Result.FAILED, NOT_ROUTED))
        elif acked:
            batch.resolve(Attempt(due, Result.CONFIRMED))
        else:
            batch.resolve(Attempt(due, Result.FAILED, REFUSED))
