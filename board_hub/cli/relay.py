"""`board-hub relay`: runs the relay process; on SQLite one at a time, any other stands by."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import structlog

from board_hub.cli.intake import broker_url
from board_hub.cli.opening import read_settings, ready_hub
from board_hub.services.unit_of_work import Hub
from board_hub.settings import Settings
from board_hub.store.engine import is_postgres
from messaging.relay import Relay

log = structlog.get_logger(__name__)


@click.command()
def command() -> None:
    """Send owed deliveries until SIGTERM. On PostgreSQL several share the work; on SQLite a second one stands by."""
    settings = read_settings()
    hub = ready_hub(settings)
    if is_postgres(hub.engine):
        _run(hub, settings, sweepers=settings.relay_sweepers)
        return
    with only_one(Path(f"{hub.engine.url.database}.relay-lock")):
        _run(hub, settings, sweepers=1)


@contextmanager
def only_one(lock: Path) -> Iterator[None]:
    """Wait until no other process holds this file, then hold it. The kernel lets go of it however a process ends."""
    with lock.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log.info("standing by", reason="another relay runs on this SQLite database")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _run(hub: Hub, settings: Settings, *, sweepers: int) -> None:
    relay = Relay(hub, broker_url(settings), batch_size=settings.relay_batch, sweepers=sweepers)
    relay.process.stop_on_signals()
    relay.run()
