"""Relay: publishes the deliveries that are due, pipelined, and settles each by the broker's confirm."""

import threading
from collections.abc import Callable, Collection, Mapping
from uuid import UUID

import structlog
from pika import BasicProperties, SelectConnection
from pika.channel import Channel

from board_hub.domain.envelope import MEDIA_TYPE
from board_hub.domain.errors import Unavailable
from board_hub.domain.events import HUB
from board_hub.services.exchange import deliveries
from board_hub.services.exchange.deliveries import Attempt, Post, Result
from board_hub.services.unit_of_work import Hub, UnitOfWork
from board_hub.store.doorbell import Doorbell
from messaging.connections import retire_channel
from messaging.frames import marshal_publish
from messaging.lane import Batch, Lane
from messaging.process import BrokerProcess
from messaging.topology import FROM_HUB

log = structlog.get_logger(__name__)

PATIENCE = 2.0
"""Seconds a batch waits for its confirms before it settles what it has: its row locks hold up receipts meanwhile."""
IDLE = 0.5
"""Seconds between looks at the table when nobody rings: what is due by time is at most this late."""


class Relay:
    """Sweepers claim, wait and settle, each on a thread with transactions of its own; the event loop publishes."""

    def __init__(
        self,
        hub: Hub,
        amqp_url: str,
        *,
        batch_size: int = 2600,
        sweepers: int = 2,
    ) -> None:
        self._hub = hub
        self._batch_size = batch_size
        self._late: list[Attempt] = []
        self._lanes: dict[str, Lane] = {}
        self._reopened: dict[str, Lane] = {}
        self._lock = threading.Lock()
        self._claiming = threading.Lock()
        self.process = BrokerProcess(hub, amqp_url, "relay", opened=self._opened, lost=self._lost)
        self.process.each_second = self._tend_unreachable
        self._plenty = threading.Event()
        self._sweepers = [threading.Thread(target=self._lead, name="sweeper-0")]
        self._sweepers += [threading.Thread(target=self._help, name=f"sweeper-{n}") for n in range(1, sweepers)]
        self.process.finish = lambda: not any(thread.is_alive() for thread in self._sweepers)

    def run(self) -> None:
        for thread in self._sweepers:
            thread.start()
        self.process.run()
        for thread in self._sweepers:
            thread.join()

    # --- on the event loop -------------------------------------------------------------------------------------------

    def _opened(self, code: str, connection: SelectConnection) -> None:
        connection.channel(on_open_callback=lambda channel: self._ready(code, channel))

    def _ready(self, code: str, channel: Channel) -> None:
        channel.add_on_close_callback(retire_channel(self.process.connections, code))
        with self._lock:
            self._reopened[code] = Lane(channel)

    def _use(self, lanes: Mapping[str, Lane]) -> None:
        """What waited for these recipients is due again, in its order: publish by these lanes from now on."""
        self._lanes.update({code: lane for code, lane in lanes.items() if lane.is_open})

    def _lost(self, code: str, connection: SelectConnection) -> None:
        lane = self._lanes.get(code)
        if lane is not None and lane.belongs_to(connection):  # not one that was opened since
            del self._lanes[code]
            lane.fail_all("The connection to the recipient's virtual host was lost.")

    def _publish(self, batch: Batch) -> None:
        frames: dict[tuple[UUID, tuple[int, int]], bytes] = {}
        used: dict[str, Lane] = {}
        for due in batch.dues:
            lane = self._lanes.get(due.recipient)
            if lane is None:
                batch.resolve(Attempt(due, Result.FAILED, "There is no connection to the recipient's virtual host."))
                continue
            key = (due.post.id, lane.form)
            if key not in frames:
                frames[key] = _frames(due.post, lane.form)
            used[due.recipient] = lane
            lane.publish(due, frames[key], batch)
        for lane in used.values():
            lane.flush()

    # --- on the sweepers' threads ------------------------------------------------------------------------------------

    def _lead(self) -> None:
        """The first sweeper works whenever the bell rings."""
        with Doorbell(self._hub.engine) as bell:
            self._sweep(lambda: bell.wait(IDLE))

    def _help(self) -> None:
        """Another one claims the next batch while the first awaits its confirms, when there is plenty to do."""
        self._sweep(lambda: self._plenty.wait(IDLE))

    def _sweep(self, wait: Callable[[], object]) -> None:
        while not self.process.stopping.is_set():
            try:
                if not self._sweep_once():
                    wait()
            except Unavailable as error:
                log.warning("database away", reason=str(error))
                self.process.stopping.wait(IDLE)
            except Exception:  # a sweeper must survive: what is due stays due
                log.exception("sweep failed")
                self.process.stopping.wait(IDLE)

    def _sweep_once(self) -> bool:
        """Claim, publish and settle one batch; false if nothing was due."""
        recipients = list(self._lanes)
        with self._hub.work(HUB) as uow:
            batch = self._claim(uow, recipients)
            attempts = batch.wait(PATIENCE) if batch.dues else []
            attempts += deliveries.recheck(uow, self._take_late())
            if not attempts:
                return False
            uow.now = self._hub.clock()
            deliveries.settle(uow, attempts)
            uow.commit()
        return bool(batch.dues)

    def _claim(self, uow: UnitOfWork, recipients: Collection[str]) -> Batch:
        """Due deliveries, on their way. One sweeper at a time, so that what is older is also published earlier."""
        with self._claiming:
            dues = deliveries.claim_due(uow, recipients, self._batch_size) if recipients else []
            batch = Batch(dues, self._keep_late)
            if len(dues) < self._batch_size // 4:
                self._plenty.clear()
            else:
                self._plenty.set()
            if dues:
                self.process.loop.add_callback_threadsafe(lambda: self._publish(batch))
        return batch

    def _keep_late(self, attempt: Attempt) -> None:
        with self._lock:
            self._late.append(attempt)

    def _take_late(self) -> list[Attempt]:
        with self._lock:
            late, self._late = self._late, []
        return late

    def _tend_unreachable(self) -> None:
        """Say why deliveries to unreachable recipients wait; make them due at once when one is reached again."""
        with self._lock:
            reopened, self._reopened = self._reopened, {}
        try:
            with self._hub.work(HUB) as uow:
                for code in sorted(reopened):
                    deliveries.resume(uow, code)
                for code in deliveries.list_unreachable(uow, {*self._lanes, *reopened}):
                    deliveries.postpone(uow, code, "There is no connection to the recipient's virtual host.")
                uow.commit()
        except Unavailable:
            with self._lock:
                self._reopened = reopened | self._reopened
            raise
        if reopened:
            self.process.loop.add_callback_threadsafe(lambda: self._use(reopened))


def _frames(post: Post, form: tuple[int, int]) -> bytes:
    channel_number, limit = form
    return marshal_publish(FROM_HUB, amqp_properties(post), post.body, channel_number=channel_number, limit=limit)


def amqp_properties(post: Post) -> BasicProperties:
    """How a message travels: persistent, its id and source readable to the broker's tools, signatures in headers."""
    headers = {"x-jws-signature": post.signature}
    if post.hub_signature:
        headers["x-hub-signature"] = post.hub_signature
    return BasicProperties(
        content_type=MEDIA_TYPE,
        delivery_mode=2,
        message_id=post.message_id,
        app_id=post.source,
        headers=headers,
    )
