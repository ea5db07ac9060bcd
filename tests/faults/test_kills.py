"""kill -9 in the middle of 500 notices: 500 are stored, each delivery is once in effect, and nobody mends anything."""

import pytest

from tests.faults.conftest import NewScene
from tests.faults.scene import NOTICES

SEED = 20260727
KILLS = {"intake": 3, "relay": 3, "broker": 1, "postgres": 3}

on_postgres = pytest.mark.postgres


@pytest.mark.parametrize(
    ("database", "victim"),
    [
        ("sqlite", "intake"),
        ("sqlite", "relay"),
        ("sqlite", "broker"),
        pytest.param("postgres", "intake", marks=on_postgres),
        pytest.param("postgres", "relay", marks=on_postgres),
        pytest.param("postgres", "broker", marks=on_postgres),
        pytest.param("postgres", "postgres", marks=on_postgres),
    ],
)
def test_nothing_is_lost_or_doubled_when_it_is_killed_amid_500_notices(
    new_scene: NewScene, database: str, victim: str
) -> None:
    with new_scene(database, SEED, NOTICES) as scene:
        scene.exchange.start("intake", "relay")
        started = dict(scene.exchange.processes)
        scene.start()
        scene.strike(victim, KILLS[victim])
        scene.check()
        assert scene.alive, scene
        untouched = [name for name in started if name != victim]
        assert all(scene.exchange.processes[name] is started[name] for name in untouched), scene
