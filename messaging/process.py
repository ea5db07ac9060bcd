"""What intake and relay share: event loop, a connection per participant, a watch on the directory, an orderly end."""

import signal
import threading
from collections.abc import Callable, Collection
from functools import partial
from types import FrameType

import structlog
from pika import SelectConnection
from pika.adapters.select_connection import IOLoop

from board_hub.domain.errors import Unavailable
from board_hub.domain.events import HUB
from board_hub.services.exchange import broker_connections
from board_hub.services.unit_of_work import Hub
from messaging.connections import Connections, Events

log = structlog.get_logger(__name__)

DIRECTORY_EVERY = 1.0
"""Seconds after which a change of the directory is acted on at the latest."""
SIGNALS_EVERY = 0.1
"""Seconds after which a signal is acted on at the latest."""
LAST_WORDS = 5.0
"""Seconds that closing the connections may take at the end."""


class BrokerProcess:
    """An event loop in the main thread; `opened` and `lost` are called on it, `each_second` on a thread of its own."""

    def __init__(
        self,
        hub: Hub,
        amqp_url: str,
        name: str,
        *,
        opened: Callable[[str, SelectConnection], None],
        lost: Callable[[str, SelectConnection], None],
    ) -> None:
        self.hub = hub
        self.name = name
        self.loop = IOLoop()
        self.stopping = threading.Event()
        self.each_second: Callable[[], None] = lambda: None
        self.finish: Callable[[], bool] = lambda: True
        self._opened = opened
        self._lost = lost
        self.connections = Connections(self.loop, amqp_url, f"board-hub {name}", Events(self._on_open, self._on_lost))
        self._changes: dict[str, tuple[str, str | None]] = {}
        self._lock = threading.Lock()
        self._signalled = False

    def run(self) -> None:
        """Work until `stop` or SIGTERM / SIGINT."""
        watcher = threading.Thread(target=self._watch, name=f"{self.name}-watch")
        watcher.start()
        try:
            self.loop.start()
        finally:
            self.stopping.set()
            watcher.join()
        log.info("stopped", process=self.name)

    def stop_on_signals(self) -> None:
        """A signal only leaves a note: a handler that took a lock could wait for the very thread it interrupted."""

        def _note(_number: int, _frame: FrameType | None) -> None:
            self._signalled = True

        signal.signal(signal.SIGTERM, _note)
        signal.signal(signal.SIGINT, _note)
        self._heed_signals()

    def _heed_signals(self) -> None:
        if self._signalled:
            self.stop()
        else:
            self.loop.call_later(SIGNALS_EVERY, self._heed_signals)

    def stop(self) -> None:
        """Finish what is in hand, close all connections, end."""
        self.stopping.set()
        self.loop.add_callback_threadsafe(self._wind_down)

    def _wind_down(self) -> None:
        if not self.finish():
            self.loop.call_later(0.02, self._wind_down)
            return
        self.connections.close()
        self.loop.call_later(LAST_WORDS, self.loop.stop)
        self._end_when_closed()

    def _end_when_closed(self) -> None:
        if self.connections.all_closed:
            self.loop.stop()
        else:
            self.loop.call_later(0.02, self._end_when_closed)

    def _on_open(self, code: str, connection: SelectConnection) -> None:
        log.info("connected", process=self.name, participant=code)
        with self._lock:
            self._changes[code] = ("open", None)
        self._opened(code, connection)

    def _on_lost(self, code: str, connection: SelectConnection, reason: str) -> None:
        if not self.stopping.is_set():
            log.warning("connection lost", process=self.name, participant=code, reason=reason)
        with self._lock:
            self._changes[code] = ("lost", reason)
        self._lost(code, connection)

    def _watch(self) -> None:
        while not self.stopping.is_set():
            try:
                codes = self._read_directory()
                self.loop.add_callback_threadsafe(partial(self._want, codes))
                self.each_second()
            except Unavailable as error:
                log.warning("database away", process=self.name, reason=str(error))
            self.stopping.wait(DIRECTORY_EVERY)

    def _want(self, codes: Collection[str]) -> None:
        if not self.stopping.is_set():
            self.connections.want(codes)

    def _read_directory(self) -> list[str]:
        with self._lock:
            changes, self._changes = self._changes, {}
        try:
            with self.hub.work(HUB) as uow:
                if changes:
                    broker_connections.note(uow, self.name, changes)
                    uow.commit()
                return broker_connections.list_wanted(uow)
        except Unavailable:
            with self._lock:
                self._changes = changes | self._changes
            raise
