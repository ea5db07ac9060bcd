"""One relay at a time on SQLite."""

import threading
from pathlib import Path

from board_hub.cli.relay import only_one


def test_a_second_relay_on_sqlite_stands_by_until_the_first_ends(tmp_path: Path) -> None:
    lock, order, waiting = tmp_path / "lock", [], threading.Event()

    def second() -> None:
        waiting.set()
        with only_one(lock):
            order.append("second")

    thread = threading.Thread(target=second)
    with only_one(lock):
        thread.start()
        assert waiting.wait(10)
        thread.join(0.3)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]
