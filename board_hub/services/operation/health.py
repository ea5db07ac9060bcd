"""All findings on the hub's health that need no broker: for the doctor at the command line, and for the pages."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import Engine

from board_hub.domain.events import Actor
from board_hub.services.operation import doctor
from board_hub.services.operation.doctor import Finding, examine
from board_hub.services.operation.scheduler_check import check_scheduler
from board_hub.services.operation.snapshot import look
from board_hub.services.unit_of_work import Hub, UnitOfWork
from board_hub.settings import Settings

Result = TypeVar("Result")


def examine_machine(engine: Engine, settings: Settings) -> Iterator[Finding]:
    """What the hub stands on: database, key file, room on disk, clock."""
    store = examine("database", lambda: doctor.check_store(engine))
    yield store
    yield examine("hub key file", lambda: doctor.check_key_file(settings.hub_key_file))
    yield examine("disk", lambda: doctor.check_disk(settings, engine))
    if store.ok:
        yield examine("clock", lambda: doctor.check_clock(engine))


def examine_hub(hub: Hub, settings: Settings, actor: Actor) -> Iterator[Finding]:
    """What the hub holds: its key, its participants' keys, the evidence log's end, whether the scheduler ticks."""

    def _within(read: Callable[[UnitOfWork], Result]) -> Result:
        with look(hub, actor) as uow:
            return read(uow)

    yield examine("hub key", lambda: _within(lambda uow: doctor.check_key_known(uow, hub.key)))
    yield from _within(doctor.check_participants_keys)
    yield examine("evidence", lambda: _within(doctor.check_evidence_tail))
    tick = timedelta(seconds=settings.tick_seconds)
    yield examine("scheduler", lambda: _within(lambda uow: check_scheduler(uow, tick)))
