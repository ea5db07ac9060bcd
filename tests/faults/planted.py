"""A process of the hub with a bug in it, `python -m tests.faults.planted BUG intake|relay`: the ledger has to notice.

A fault test that passes proves something only if it fails where it should.
"""

import signal
import socket
import sys
import threading
from collections.abc import Callable, Sequence

from pika.adapters.select_connection import _PollerBase
from sqlalchemy import text

from board_hub.cli import main
from board_hub.cli.opening import read_settings
from board_hub.law.catalogue import Catalogue
from board_hub.law.schemas import Notice, check_notice
from board_hub.services.cases import issuing as issuing_service
from board_hub.services.exchange import intake as intake_service
from board_hub.services.exchange.deliveries import Attempt, Result
from board_hub.store.engine import open_engine
from messaging.intake import Intake, Taken
from messaging.lane import Batch

POISON = "a product that no handler can bear"


def plant(owner: object, name: str, bug: Callable[..., object]) -> None:
    """Put `bug` in the place of what is called `name` there; AttributeError if nothing is: no bug goes missing."""
    getattr(owner, name)
    setattr(owner, name, bug)


def ack_before_commit() -> None:
    """Intake acknowledges what it takes in hand, and puts it on record afterwards."""
    start = Intake._start

    def _start(self: Intake) -> None:
        if not self._busy:
            for taken in self._waiting[: self._batch_size]:
                if taken.channel.is_open:
                    taken.channel.basic_ack(taken.tag)
        start(self)

    def _settle(self: Intake, batch: Sequence[Taken], settled: Sequence[bool]) -> None:
        self._busy = False
        self._start()

    plant(Intake, "_start", _start)
    plant(Intake, "_settle", _settle)


def no_inbox_key() -> None:
    """What was received before is not recognised, neither by intake nor by the database."""
    plant(intake_service, "find_messages", lambda *_: {})
    engine = open_engine(read_settings().database_url)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE message DROP CONSTRAINT IF EXISTS uq_message_source"))
    engine.dispose()


def sent_before_confirm() -> None:
    """Relay marks deliveries as delivered when it publishes them, whatever the broker says."""

    def _wait(self: Batch, _seconds: float) -> list[Attempt]:
        return [Attempt(due, Result.CONFIRMED) for due in self.dues]

    plant(Batch, "wait", _wait)


def handler_raises() -> None:
    """Intake's handler dies of one message by what no rule foresees."""

    def _check(catalogue: Catalogue, data: object) -> Notice:
        if POISON in str(data):
            raise RecursionError(POISON)
        return check_notice(catalogue, data)

    plant(issuing_service, "check_notice", _check)


def handler_stumbles() -> None:
    """Intake's handler fails on one message a few times, and can bear it then."""
    left = iter(range(3))

    def _check(catalogue: Catalogue, data: object) -> Notice:
        if POISON in str(data) and next(left, None) is not None:
            raise RecursionError(POISON)
        return check_notice(catalogue, data)

    plant(issuing_service, "check_notice", _check)


class Interrupted:
    """The loop's own bell; whenever its thread rings it, SIGTERM arrives in the middle, where pika holds a lock."""

    def __init__(self, bell: socket.socket) -> None:
        self._bell = bell
        self.close = bell.close

    def send(self, ring: bytes) -> int:
        if threading.current_thread() is threading.main_thread():
            signal.raise_signal(signal.SIGTERM)
        return self._bell.send(ring)


def signalled_while_waking() -> None:
    """Not a bug but the worst moment for a signal."""
    make_pair = _PollerBase._get_interrupt_pair

    def _pair() -> tuple[socket.socket, Interrupted]:
        ear, bell = make_pair()
        return ear, Interrupted(bell)

    plant(_PollerBase, "_get_interrupt_pair", staticmethod(_pair))


BUGS: dict[str, Callable[[], None]] = {
    "ack-before-commit": ack_before_commit,
    "no-inbox-key": no_inbox_key,
    "sent-before-confirm": sent_before_confirm,
    "handler-raises": handler_raises,
    "handler-stumbles": handler_stumbles,
    "signalled-while-waking": signalled_while_waking,
}

if __name__ == "__main__":
    BUGS[sys.argv.pop(1)]()
    main()
