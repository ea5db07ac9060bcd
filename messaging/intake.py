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


@dataclass(frozen=True, slots=True)
class Taken:
    """A message in hand: where it came from, so that it can be acknowledged there."""

    code: str
    queue: str
    channel: Channel
    tag: int
    properties: BasicProperties
    body: bytes


class Intake:
    """Consumes on the event loop; a worker thread does the database's part, one batch at a time, so order is kept."""

    def __init__(self, hub: Hub, amqp_url: str, *, batch_size: int = 200) -> None:
        self._hub = hub
        self._batch_size = batch_size
        self.process = BrokerProcess(hub, amqp_url, "intake", opened=self._opened, lost=lambda _code, _connection: None)
        self.process.finish = lambda: not self._busy  # closing gives back what waits, in order; cancelling would not
        self._waiting: list[Taken] = []
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
        if self._busy or not self._waiting or self.process.stopping.is_set():
            return
        self._busy = True
        batch, self._waiting = self._waiting[: self._batch_size], self._waiting[self._batch_size :]
        future = self._worker.submit(self._take, batch)
        future.add_done_callback(
            lambda done: self.process.loop.add_callback_threadsafe(lambda: self._settle(batch, done.result()))
        )

    def _settle(self, batch: Sequence[Taken], settled: Sequence[bool]) -> None:
        """Acknowledge what is on record, once a channel where nothing failed; give back the rest."""
        last: dict[Channel, int] = {}
        for taken, ok in zip(batch, settled, strict=True):
            if not taken.channel.is_open:
                continue  # it comes again, and gets the same receipt
            if all(settled):
                last[taken.channel] = taken.tag
            elif ok:
                taken.channel.basic_ack(taken.tag)
            elif not self.process.stopping.is_set():  # when it closes, all it holds goes back in order
                taken.channel.basic_nack(taken.tag, requeue=True)
        for channel, tag in last.items():
            channel.basic_ack(tag, multiple=True)
        self._busy = False
        self._start()

    # --- on the worker thread ----------------------------------------------------------------------------------------

    def _take(self, batch: Sequence[Taken]) -> list[bool]:
        """Put a batch on record; true for each message that is. Waits out an absent database, message in hand."""
        fault = 0
        while True:
            try:
                self._record(batch)
                return [True] * len(batch)
            except Unavailable as error:
                fault += 1
                log.warning("database away, batch held", messages=len(batch), reason=str(error))
                if self._pause(fault):
                    return [False] * len(batch)
            except Conflict as error:  # the same message on record this moment by another way: now it is known
                fault += 1
                if fault > MOST_CONFLICTS:
                    return [self._give_up(taken, error) for taken in batch]
            except Exception as error:  # the process must survive a fault of its own: find its cause
                if len(batch) > 1:
                    log.exception("batch failed, its messages are taken one by one", messages=len(batch))
                    return [ok for taken in batch for ok in self._take([taken])]
                return [self._give_up(batch[0], error)]

    def _give_up(self, taken: Taken, error: Exception) -> bool:
        """A message alone failed: refused if it is its fault, else back to its queue, which parks it in the end."""
        if isinstance(error, Invalid):
            try:
                self._refuse([(_arrival(taken), error.flaws)])
                return True
            except Unavailable as fault:  # raised here it would end the process
                error = fault
        log.exception("message failed", participant=taken.code, exc_info=error)
        self._pause(1)
        return False

    def _pause(self, faults: int) -> bool:
        """Wait before the next attempt, longer each time; true if the process is to stop."""
        shortest, longest = PAUSE_AFTER_FAULT
        return self.process.stopping.wait(min(longest, shortest * 2**faults) * random.uniform(0.5, 1.5))  # noqa: S311

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
        return Flaw("hub.fault", "", "The hub failed on this message several times; the secretariat has it.")
    return None
