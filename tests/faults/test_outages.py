"""Outages that nobody ends by a restart: a frozen broker, a dead line, no database. Messages wait, none is lost."""

import os
import signal

import pytest

from messaging.connections import HEARTBEAT
from tests.faults.conftest import NewScene
from tests.faults.ledger import await_until
from tests.faults.proxy import Proxy
from tests.faults.scene import FEWER, Scene, pause

SEED = 7
FROZEN = 20.0
AWAY = 15.0


def test_a_frozen_broker_loses_nothing_and_what_was_in_doubt_arrives(new_scene: NewScene) -> None:
    with new_scene("sqlite", SEED, FEWER) as scene:
        scene.exchange.start("intake", "relay")
        scene.start()
        scene.await_seen(FEWER // 5)
        broker = scene.exchange.node.pid
        assert broker is not None
        scene.note("freeze the broker")
        os.kill(broker, signal.SIGSTOP)
        try:
            pause(FROZEN)
        finally:
            os.kill(broker, signal.SIGCONT)
        scene.note("thaw")
        scene.check()
        assert scene.alive, scene


def test_the_relay_leaves_a_line_that_swallows_everything_and_loses_nothing(new_scene: NewScene) -> None:
    with new_scene("sqlite", SEED, FEWER) as scene, Proxy(scene.exchange.settings.amqp_url) as proxy:
        _start_relay_behind(proxy, scene)
        scene.start()
        scene.await_seen(FEWER // 5)
        lines = proxy.lines
        proxy.blackhole()
        scene.note("black hole")
        assert await_until(lambda: proxy.lines >= lines + len(scene.exchange.parties), 3 * HEARTBEAT), scene
        scene.note("connected anew")
        scene.check()
        assert scene.alive, scene


def test_the_relay_survives_cut_lines_and_loses_nothing(new_scene: NewScene) -> None:
    with new_scene("sqlite", SEED, FEWER) as scene, Proxy(scene.exchange.settings.amqp_url) as proxy:
        _start_relay_behind(proxy, scene)
        scene.start()
        for part in (1, 2, 3):
            scene.await_seen(part * FEWER // 5)
            proxy.reset()
            scene.note("reset")
        scene.check()
        assert scene.alive, scene


@pytest.mark.postgres
def test_messages_wait_for_an_absent_database_without_using_up_their_delivery_limit(new_scene: NewScene) -> None:
    with new_scene("postgres", SEED, FEWER) as scene:
        assert scene.postgres is not None
        scene.exchange.start("intake", "relay")
        scene.start()
        scene.await_seen(FEWER // 5)
        scene.postgres.kill()
        scene.note("database away")
        pause(AWAY)
        scene.postgres.start()
        scene.note("database back")
        scene.check()
        assert scene.alive, scene
        assert scene.ledger.redelivered() == 0
        assert scene.ledger.quarantined() == []


def _start_relay_behind(proxy: Proxy, scene: Scene) -> None:
    scene.exchange.start("intake")
    scene.exchange.extra_environment["BOARD_HUB_AMQP_URL"] = proxy.url
    scene.exchange.start("relay")
