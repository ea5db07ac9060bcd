"""The doorbell: a commit with work wakes whoever waits; silence ends with the time."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from board_hub.domain.deliveries import Transport
from board_hub.services.unit_of_work import Hub
from board_hub.store.doorbell import Doorbell
from tests.support.hub import FR, join_four, notice, send


def test_a_commit_with_new_deliveries_wakes_a_waiter(hub: Hub) -> None:
    parties = join_four(hub, Transport.MAILBOX)
    listening = threading.Event()

    def _wait() -> tuple[bool, float]:
        with Doorbell(hub.engine) as bell:
            bell.wait(0.1)  # the first call only begins to listen
            bell.wait(0.1)
            listening.set()
            rung = bell.wait(20)
            return rung, time.monotonic()

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(_wait)
        listening.wait(10)
        assert send(hub, parties[FR].arrival(notice(hub))).accepted
        committed = time.monotonic()
        rung, woken = waiting.result(30)
    assert rung
    assert woken - committed < 5


def test_without_a_ring_the_wait_ends_with_its_time(hub: Hub) -> None:
    with Doorbell(hub.engine) as bell:
        bell.wait(0.1)
        assert not bell.wait(0.2)
