"""Intake: takes messages from every participant's queue, in batches, and acknowledges them once they are on record."""

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import structlog
from pika import BasicProperties, SelectConnection
from pika.channel import Channel
from pika.spec import Basic

from board_hub.domain.deliveries import Transport
from board_hub.domain.errors import Conflict, Flaw, Invalid, Unavailable
from board_hub.domain.events import HUB
from board_hub.services.exchange.deliveries import note_returned
from board_hub.services.exchange.intake import Arrival, receive_batch, refuse
from board_hub.services.unit_of_work import Hub
from messaging.connections import retire_channel
from messaging.process import BrokerProcess
from messaging.topology import FROM_HUB_DEAD, TO_HUB, TO_HUB_DEAD, TO_HUB_UNROUTED

log = structlog.get_logger(__name__)

SIGNATURE_HEADER = "x-jws-signature"
CONSUMED = (TO_HUB, TO_HUB_UNROUTED, TO_HUB_DEAD, FROM_HUB_DEAD)
MOST_CONFLICTS = 5
"""Times a batch is taken anew because another process recorded one of its messages at the same moment."""
PAUSE_AFTER_FAULT = (0.2, 2.0)
"""Shortest and longest pause, in seconds, before the hub tries again after a fault of its own."""
MOST_ATTEMPTS = 10
"""Times a message that the hub itself fails on is tried, alone; then it is refused, and the secretariat has it."""
HUB_FAULT = Flaw("hub.fault", "", "The hub failed on this message several times; the secretariat has it.")


@dataclass(slots=True, eq=False)
class Taken:
    """A message in hand: where it came from, so that it can be acknowledged there. attempts: how often it failed."""

    code: str
    queue: str
    channel: Channel
    tag: int
    properties: BasicProperties
    body: bytes
    attempts: int = 0


class Intake:
    """Consumes on the event loop; a worker thread does the database's part, one batch at a time, so order is kept.

    What the hub itself fails on stays in hand and is tried again, and what its sender sent after it waits behind it: a
    message given back to its queue comes after those that the broker handed out meanwhile.
    """

    def __init__(self, hub: Hub, amqp_url: str, *, batch_size: int = 200) -> None:
        self._hub = hub
        self._batch_size = batch_size
        self.process = BrokerProcess(hub, amqp_url, "intake", opened=self._opened, lost=lambda _code, _connection: None)
        self.process.finish = lambda: not self._busy  # closing gives back what waits, in order; cancelling would not
        self._waiting: list[Taken] = []
        self._resting: set[Channel] = set()
        self._busy = False
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="intake")

    def run(self) -> None:
        self.process.run()
        self._worker.shutdown()

    # --- on the event loop -------------------------------------------------------------------------------------------

    def _opened(self, code: str, connection: SelectConnection) -> None:
        for queue in CONSUMED:
            connection.channel(on_open_callback=lambda channel, queue=queue: self._consume(code, channel, queue))

    def _consume(self, code: str, channel: Channel, queue: str) -> None:
        def _on_message(channel: Channel, method: Basic.Deliver, properties: BasicProperties, body: bytes) -> None:
            self._waiting.append(Taken(code, queue, channel, method.delivery_tag, properties, body))
            self._start()

        channel.add_on_close_callback(retire_channel(self.process.connections, code))
        channel.add_on_cancel_callback(lambda _frame: self.process.connections.drop(code))
        channel.basic_qos(prefetch_count=self._batch_size)
        channel.basic_consume(queue, _on_message)

    def _start(self) -> None:
        if self._busy or self.process.stopping.is_set():
            return
        batch = self._next_batch()
        if not batch:
            return
        self._busy = True
        future = self._worker.submit(self._take, batch)
        future.add_done_callback(
            lambda done: self.process.loop.add_callback_threadsafe(lambda: self._settle(batch, done.result()))
        )

    def _next_batch(self) -> list[Taken]:
        """What waits longest, without queues that rest after a fault; what failed before is tried alone.

        What came by a channel that is closed comes again by another.
        """
        self._waiting = [taken for taken in self._waiting if taken.channel.is_open]
        ready = [taken for taken in self._waiting if taken.channel not in self._resting]
        batch = [taken for taken in ready if taken.attempts][:1] or ready[: self._batch_size]
        chosen = set(map(id, batch))
        self._waiting = [taken for taken in self._waiting if id(taken) not in chosen]
        return batch

    def _settle(self, batch: Sequence[Taken], settled: Sequence[bool]) -> None:
        """Acknowledge what is on record, once a channel; keep the rest in hand, before what came later."""
        last: dict[Channel, int] = {}
        failed: list[Taken] = []
        for taken, ok in zip(batch, settled, strict=True):
            if not taken.channel.is_open:
                continue  # it comes again, and gets the same receipt
            if ok:
                last[taken.channel] = taken.tag  # of one channel nothing is on record that came after one that is not
            else:
                failed.append(taken)
        for channel, tag in last.items():
            channel.basic_ack(tag, multiple=True)
        self._waiting = failed + self._waiting
        for taken in failed:
            if taken.attempts:
                self._rest(taken.channel, taken.attempts)
        self._busy = False
        self._start()

    def _rest(self, channel: Channel, attempts: int) -> None:
        """Take nothing from this queue for a while; the others go on."""

        def _wake() -> None:
            self._resting.discard(channel)
            self._start()

        self._resting.add(channel)
        self.process.loop.call_later(_pause_after(attempts), _wake)

    # --- on the worker thread ----------------------------------------------------------------------------------------

    def _take(self, batch: Sequence[Taken]) -> list[bool]:
        """Put a batch on record; true for each message that is. Waits out an absent database, message in hand."""
        faults = 0
        while True:
            try:
                self._record(batch)
                return [True] * len(batch)
            except Unavailable as error:
                faults += 1
                log.warning("database away, batch held", messages=len(batch), reason=str(error))
                if self.process.stopping.wait(_pause_after(faults)):
                    return [False] * len(batch)
            except Exception as error:  # the process must survive a fault of its own: find its cause
                faults += 1
                if isinstance(error, Conflict) and faults <= MOST_CONFLICTS:
                    continue  # the same message on record this moment by another way: now it is known
                if len(batch) == 1:
                    return [self._give_up(batch[0], error)]
                log.exception("batch failed, its messages are taken one by one", messages=len(batch))
                return self._take_one_by_one(batch)

    def _take_one_by_one(self, batch: Sequence[Taken]) -> list[bool]:
        """After one that failed, none of the same queue is taken: each sender's order is kept."""
        failed: set[Channel] = set()
        settled = []
        for taken in batch:
            ok = taken.channel not in failed and all(self._take([taken]))
            if not ok:
                failed.add(taken.channel)
            settled.append(ok)
        return settled

    def _give_up(self, taken: Taken, error: Exception) -> bool:
        """A message alone failed: refused if it is its fault, or if the hub failed on it too often."""
        taken.attempts += 1
        if not isinstance(error, Invalid):
            log.exception("message failed", participant=taken.code, attempts=taken.attempts, exc_info=error)
            if taken.attempts < MOST_ATTEMPTS:
                return False
        if taken.queue == FROM_HUB_DEAD:
            return True  # the hub's own message, which stays owed: only a note on it was to be made
        flaws = error.flaws if isinstance(error, Invalid) else (HUB_FAULT,)
        try:
            self._refuse([(_arrival(taken), flaws)])
        except Exception as fault:  # raised here it would end the process
            log.exception("message not refused", participant=taken.code, exc_info=fault)
            return False
        return True

    def _record(self, batch: Sequence[Taken]) -> None:
        returned = [taken for taken in batch if taken.queue == FROM_HUB_DEAD]
        sent = [(_arrival(taken), _dead_letter_flaw(taken)) for taken in batch if taken.queue != FROM_HUB_DEAD]
        fit = [arrival for arrival, flaw in sent if flaw is None]
        with self._hub.work(HUB) as uow:
            for taken in returned:
                note_returned(uow, taken.code, taken.properties.app_id, taken.properties.message_id)
            outcomes = receive_batch(uow, fit)
            uow.commit()
        refused: list[tuple[Arrival, tuple[Flaw, ...]]] = [
            (arrival, (flaw,)) for arrival, flaw in sent if flaw is not None
        ]
        refused += [(arrival, outcome.flaws) for arrival, outcome in zip(fit, outcomes, strict=True) if outcome.flaws]
        if refused:
            self._refuse(refused)

    def _refuse(self, refused: Sequence[tuple[Arrival, tuple[Flaw, ...]]]) -> None:
        """In a unit of work of their own: what the refused ones had gathered was rolled back."""
        with self._hub.work(HUB) as uow:
            for arrival, flaws in refused:
                log.info("refused", participant=arrival.participant, codes=sorted({flaw.code for flaw in flaws}))
                refuse(uow, arrival, flaws)
            uow.commit()


def _pause_after(faults: int) -> float:
    """Seconds before the next attempt: longer each time, jittered."""
    shortest, longest = PAUSE_AFTER_FAULT
    return min(longest, shortest * 2.0 ** min(faults, 8)) * random.uniform(0.5, 1.5)  # noqa: S311 (jitter)


def _arrival(taken: Taken) -> Arrival:
    headers = taken.properties.headers or {}
    signature = headers.get(SIGNATURE_HEADER)
    return Arrival(taken.code, Transport.AMQP, taken.body, signature if isinstance(signature, str) else None)


def _dead_letter_flaw(taken: Taken) -> Flaw | None:
    """Why a dead letter is refused. One that only expired on its way, or had no route, is taken like any other."""
    deaths = (taken.properties.headers or {}).get("x-death")
    last = deaths[0] if isinstance(deaths, list) and deaths else None
    reason = last.get("reason") if isinstance(last, dict) else None
    if taken.queue == TO_HUB_DEAD and reason in ("delivery_limit", "rejected"):
        return HUB_FAULT
    return None
