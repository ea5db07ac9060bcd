"""A prepared hub on SQLite and on PostgreSQL, participants with keys, and messages: factories with defaults."""

import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col

from board_hub.domain.deliveries import Transport
from board_hub.domain.envelope import HUB as HUB_CODE
from board_hub.domain.envelope import Envelope, MessageType, encode, participant_urn
from board_hub.domain.events import HUB
from board_hub.domain.ids import uuid7
from board_hub.http.submission import submit
from board_hub.law.catalogue import Catalogue
from board_hub.law.examples import example_notice
from board_hub.services.directory import directory
from board_hub.services.exchange.intake import Arrival, Outcome
from board_hub.services.exchange.signing import SigningKey
from board_hub.services.operation.bootstrap import prepare
from board_hub.services.unit_of_work import Hub
from board_hub.settings import Settings
from board_hub.store.engine import open_engine
from board_hub.store.migrate import upgrade
from board_hub.store.tables import Message

FR, DE, EE, AIO = "FR-CNIL", "DE-BNETZA", "EE-TTJA", "EU-AIO"
KINDS = {FR: ("MSA", "SPOC"), DE: ("MSA", "SPOC"), EE: ("MSA", "SPOC"), AIO: ("AIO",)}


@dataclass(frozen=True)
class Party:
    """A participant of a test, with its private key."""

    code: str
    key: SigningKey

    def arrival(self, body: bytes, signature: str | None = None, via: Transport = Transport.MAILBOX) -> Arrival:
        return Arrival(self.code, via, body, signature or self.key.sign(body))


def sqlite_settings(folder: Path, **changes: Any) -> Settings:
    """Settings of a hub that lives in `folder`."""
    settings = Settings(database_url=f"sqlite:///{folder}/hub.sqlite", hub_key_file=folder / "hub-key.pem")
    return replace(settings, **changes)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def hub_settings(request: pytest.FixtureRequest, tmp_path: Path, migrated_sqlite: Path) -> Settings:
    """Settings on each of the two databases; the database has its tables and nothing in them."""
    if request.param == "sqlite":
        shutil.copy(migrated_sqlite, tmp_path / "hub.sqlite")
        return sqlite_settings(tmp_path)
    return sqlite_settings(tmp_path, database_url=request.getfixturevalue("migrated_postgres_url"))


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the newest tables, to be copied: migrating anew takes its time for each test."""
    path = tmp_path_factory.mktemp("migrated") / "hub.sqlite"
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()  # the last connection to close writes everything into the one file
    return path


@pytest.fixture
def hub(hub_settings: Settings) -> Iterator[Hub]:
    """A migrated hub with its members and its key, no other participant."""
    hub = prepare(hub_settings)
    yield hub
    hub.engine.dispose()


@pytest.fixture
def sqlite_hub(tmp_path: Path, migrated_sqlite: Path) -> Iterator[Hub]:
    """As `hub`, on SQLite alone: for what does not touch the store's differences."""
    shutil.copy(migrated_sqlite, tmp_path / "hub.sqlite")
    hub = prepare(sqlite_settings(tmp_path))
    yield hub
    hub.engine.dispose()


def join(
    hub: Hub,
    code: str = FR,
    *,
    kinds: Collection[str] = (),
    transport: Transport = Transport.MAILBOX,
    key: SigningKey | None = None,
) -> Party:
    """Add a participant, with a fresh key unless it has one."""
    key = key or SigningKey.generate(f"{code}-1")
    with hub.work(HUB) as uow:
        directory.add_participant(uow, code, name=code, kinds=kinds or KINDS.get(code, ("MSA",)), transport=transport)
        directory.add_key(uow, code, key.kid, jwk=key.public_jwk())
        uow.commit()
    return Party(code, key)


def join_four(hub: Hub, transport: Transport = Transport.MAILBOX) -> dict[str, Party]:
    """France, Germany, Estonia and the AI Office, by code."""
    return {code: join(hub, code, transport=transport) for code in KINDS}


def catalogue_of(hub: Hub) -> Catalogue:
    """The law as it now stands."""
    return hub.catalogues[max(hub.catalogues)]


def envelope(
    source: str = FR,
    type_: MessageType = MessageType.NOTICE_ISSUED,
    *,
    data: dict[str, Any],
    id_: str | None = None,
    time: datetime | None = None,
) -> Envelope:
    return Envelope(
        id=id_ or str(uuid7()),
        source=participant_urn(source),
        type=type_,
        time=time or datetime.now(UTC),
        data=data,
    )


def notice(hub: Hub, source: str = FR, notice_type: str = "art79-5", *, id_: str | None = None) -> bytes:
    """The body of a valid notice."""
    return encode(envelope(source, data=example_notice(catalogue_of(hub), notice_type), id_=id_))


def send(hub: Hub, arrival: Arrival) -> Outcome:
    """Receive as an edge does: one unit of work, a refusal in a second one."""
    return submit(hub, arrival)


def is_of_hub(message: Any) -> bool:
    """Whether the hub itself wrote it: a receipt or news; tests of what participants say leave these out."""
    return bool(message.source == HUB_CODE)


OF_PARTICIPANTS = col(Message.source) != HUB_CODE
"""The same as a condition: what participants said, not the hub's receipts and news about it."""
