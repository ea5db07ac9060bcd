"""What most commands begin with: settings, logging, a hub whose database is ready, and who is at the keyboard."""

import gc
import getpass
from collections.abc import Iterator
from contextlib import contextmanager

from board_hub import log
from board_hub.domain.events import Actor, ActorKind
from board_hub.services.operation.doctor import check_database
from board_hub.services.operation.opening import open_hub
from board_hub.services.unit_of_work import Hub, UnitOfWork
from board_hub.settings import Settings

COLLECT_AFTER = (20_000, 20, 50)
"""A batch of notices is a hundred thousand objects: Python's 700 would look through them all the time."""


def read_settings() -> Settings:
    """Settings from the environment, with logging set up by them."""
    settings = Settings.from_environment()
    log.configure(settings)
    return settings


def ready_hub(settings: Settings) -> Hub:
    """The hub; Unavailable when its database is away or not at the revision this version needs."""
    hub = open_hub(settings)
    check_database(hub.engine)
    spare_the_collector()
    return hub


def spare_the_collector() -> None:
    """What is loaded by now stays: the law and the code are not looked through for garbage again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


@contextmanager
def opened_hub() -> Iterator[tuple[Settings, Hub]]:
    """Settings and hub for one command."""
    settings = read_settings()
    hub = ready_hub(settings)
    try:
        yield settings, hub
    finally:
        hub.engine.dispose()


@contextmanager
def unit_of_work() -> Iterator[UnitOfWork]:
    """One unit of work of whoever is at the keyboard; the command commits."""
    with opened_hub() as (_, hub), hub.work(administrator()) as uow:
        yield uow


def administrator() -> Actor:
    """Whoever is signed in to this machine: on record with every change."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        name = "unknown"
    return Actor(ActorKind.ADMINISTRATOR, name)
