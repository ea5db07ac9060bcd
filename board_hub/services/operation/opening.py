"""Opening the hub from its settings, as each of its processes holds it."""

from pathlib import Path

from board_hub.domain.envelope import HUB as HUB_CODE
from board_hub.domain.errors import Unavailable
from board_hub.law.loader import load_catalogues
from board_hub.services.exchange.signing import SigningKey
from board_hub.services.sealing import Sealer
from board_hub.services.unit_of_work import Hub
from board_hub.settings import Settings
from board_hub.store.engine import open_engine


def open_hub(settings: Settings) -> Hub:
    """The hub as each process holds it. Unavailable if it has no key yet: `board-hub migrate` makes one."""
    return Hub(
        engine=open_engine(settings.database_url),
        key=load_key(settings.hub_key_file),
        catalogues=load_catalogues(),
        sealer=Sealer(settings.sealing_key),
        resend_intervals=settings.resend_intervals,
    )


def load_key(path: Path) -> SigningKey:
    """The hub's key; its id is the file's name with the key's thumbprint, so that a new key is a new id."""
    if not path.exists():
        raise Unavailable(f"The hub's key {path} is missing; run `board-hub migrate`, or put the key back.")
    key = SigningKey.load(path, "unnamed")
    return SigningKey.load(path, f"{HUB_CODE}-{key.thumbprint()[:16]}")
