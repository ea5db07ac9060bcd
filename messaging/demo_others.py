"""The authorities of the other Member States in the demonstration: one process that collects and handles for all.

`python -m messaging.demo_others FILE…`, each FILE as for `messaging.demo`. They reach the hub by their mailboxes, as
small authorities do, and send nothing: a provisional measure then starts a window for each of them.
"""

import json
import signal
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from board_hub.domain.envelope import MessageType
from board_hub.domain.errors import Unavailable
from messaging.client import Client
from messaging.demo import System

ROUND = 5.0
"""Seconds from one round through all mailboxes to the next, at least."""


def run(systems: list[System]) -> None:
    """Look into one mailbox after the other until SIGTERM."""
    with ExitStack() as stack:
        clients = [stack.enter_context(system.client()) for system in systems]
        while True:
            ends = time.monotonic() + ROUND
            for client in clients:
                _look(client)
            time.sleep(max(0.0, ends - time.monotonic()))


def _look(client: Client) -> None:
    for message in client.receive(0):
        if message.type == MessageType.NOTICE_ISSUED:
            message.handled()


def main(paths: list[Path]) -> int:
    def _end(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    systems = [System(**json.loads(path.read_text())) for path in paths]
    while True:
        try:
            run(systems)
        except Unavailable:
            time.sleep(ROUND)


if __name__ == "__main__":
    sys.exit(main([Path(one) for one in sys.argv[1:]]))
