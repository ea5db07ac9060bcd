"""Whether this process can serve: the database answers, its tables are of this version, the hub's key is in force."""

from functools import lru_cache

from sqlalchemy.exc import SQLAlchemyError

from board_hub.domain.envelope import HUB as HUB_CODE
from board_hub.domain.errors import Flaw, Unavailable
from board_hub.domain.events import HUB
from board_hub.services.unit_of_work import Hub
from board_hub.store.revisions import current_revision, newest_revision


def list_missing(hub: Hub) -> list[Flaw]:
    """What is missing, nothing if the hub is ready. Says no address and no secret."""
    try:
        revision = current_revision(hub.engine)
    except SQLAlchemyError as error:
        return [Flaw("database.away", "/database", f"The database does not answer ({type(error).__name__}).")]
    if revision != _newest():
        message = f"The tables are at revision {revision}, not {_newest()}; run `board-hub migrate`."
        return [Flaw("migrations.missing", "/migrations", message)]
    return _missing_key(hub)


def _missing_key(hub: Hub) -> list[Flaw]:
    try:
        with hub.work(HUB) as uow:
            key = uow.directory.keys_of(HUB_CODE).get(hub.key.kid)
    except Unavailable as away:
        return [Flaw("database.away", "/database", str(away))]
    if key is None or key.revoked_at is not None:
        return [Flaw("key.unknown", "/key", f"The hub's key {hub.key.kid} is not in force; run `board-hub migrate`.")]
    return []


@lru_cache(maxsize=1)
def _newest() -> str | None:
    return newest_revision()
