"""Looking at the hub as it was at one moment, for as long as it takes, without holding anybody up."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError

from board_hub.domain.errors import Unavailable
from board_hub.domain.events import Actor
from board_hub.services.unit_of_work import Hub, UnitOfWork
from board_hub.store.engine import snapshot


@contextmanager
def look(hub: Hub, actor: Actor) -> Iterator[UnitOfWork]:
    """A unit of work that only reads, all from one moment; on SQLite it does not wait for writers, nor they for it."""
    try:
        with snapshot(hub.engine) as session:
            yield UnitOfWork(hub, session, actor, hub.clock())
    except (OperationalError, InterfaceError, TimeoutError) as error:
        raise Unavailable(f"The database is away: {type(error.__cause__ or error).__name__}.") from error
