"""The test of the kills, on a hub with a bug planted in it, must fail: otherwise its passing proves nothing."""

import pytest

from tests.faults.conftest import NewScene
from tests.faults.scene import FEWER, planted

SEEDS = (1, 2, 3)
PATIENCE = 25.0
"""Seconds after which a broken hub is judged as it stands: it may never come to rest."""


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("bug", "process", "victim", "counter"),
    [
        ("ack-before-commit", "intake", "intake", "lost"),
        ("no-inbox-key", "intake", "intake", "duplicated"),
        ("sent-before-confirm", "relay", "broker", "lost"),
    ],
)
def test_the_ledger_catches_a_planted_bug(
    new_scene: NewScene, bug: str, process: str, victim: str, counter: str
) -> None:
    stories = []
    for seed in SEEDS:
        with new_scene("postgres", seed, FEWER) as scene:
            scene.exchange.commands[process] = planted(bug, process)
            scene.exchange.start("intake", "relay")
            scene.start()
            scene.strike(victim, 1 if victim == "broker" else 3)
            verdict = scene.judge(PATIENCE)
            stories.append(str(scene))
            if getattr(verdict, counter):
                return
    pytest.fail(f"{bug} was not caught: {stories}")
