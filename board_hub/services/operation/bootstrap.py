"""Preparing a database for the hub: tables, members, the hub itself and its key."""

import os
from pathlib import Path

from board_hub.domain.deliveries import Transport
from board_hub.domain.envelope import HUB as HUB_CODE
from board_hub.domain.events import HUB
from board_hub.services.directory import directory
from board_hub.services.exchange.signing import SigningKey
from board_hub.services.operation.opening import open_hub
from board_hub.services.sealing import write_sealing_key
from board_hub.services.unit_of_work import Hub
from board_hub.settings import Settings
from board_hub.store.migrate import upgrade
from board_hub.store.tables import Participant, ParticipantKey


def prepare(settings: Settings) -> Hub:
    """Make or mend what the hub needs before its processes start; changes nothing when all is there."""
    if not settings.hub_key_file.exists():
        write_key(settings.hub_key_file, SigningKey.generate("new"))
    write_sealing_key(settings.sealing_key)
    hub = open_hub(settings)
    upgrade(hub.engine)
    with hub.work(HUB) as uow:
        directory.seed_members(uow)
        if uow.session.get(Participant, HUB_CODE) is None:
            directory.add_participant(
                uow, HUB_CODE, name="The hub", kinds=["HUB"], transport=Transport.MAILBOX, languages=["en"]
            )
        if uow.session.get(ParticipantKey, hub.key.kid) is None:
            directory.add_key(uow, HUB_CODE, hub.key.kid, jwk=hub.key.public_jwk())
        uow.commit()
    return hub


def write_key(path: Path, key: SigningKey) -> None:
    """Write a private key where only its owner can read it; never over an existing file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key.to_pem())
