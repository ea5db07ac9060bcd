"""Intake and relay end in order on SIGTERM, at whatever moment it comes."""

import pytest

from tests.faults.conftest import NewScene
from tests.faults.scene import planted


@pytest.mark.parametrize("process", ["intake", "relay"])
def test_a_signal_that_meets_the_loop_in_a_lock_still_ends_the_process(new_scene: NewScene, process: str) -> None:
    with new_scene("sqlite", 1, 0) as scene:
        scene.exchange.commands[process] = planted("signalled-while-waking", process)
        scene.exchange.start(process)
        assert scene.exchange.processes[process].wait(60) == 0, scene.exchange.log(process)
