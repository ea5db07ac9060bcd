"""What the demonstration keeps in its directory: participants' keys, passwords, and their systems' files."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from board_hub.cli.demo_login import PROVIDERS, issuers, seed_providers
from board_hub.domain.deliveries import Transport
from board_hub.domain.events import HUB
from board_hub.domain.ids import new_secret
from board_hub.law.members import MEMBERS
from board_hub.services.directory import directory
from board_hub.services.exchange.held_keys import has_held_key, make_held_key
from board_hub.services.exchange.public_keys import key_id
from board_hub.services.exchange.signing import SigningKey
from board_hub.services.operation.bootstrap import prepare, write_key
from board_hub.services.unit_of_work import Hub, UnitOfWork
from board_hub.settings import Settings
from messaging.checks import provisioner_of
from messaging.provision import Wanted

PARTICIPANTS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "FR-CNIL": ("Commission nationale de l'informatique et des libertés", ("MSA", "SPOC"), "fr"),
    "DE-BNETZA": ("Bundesnetzagentur", ("MSA", "SPOC"), "de"),
    "EE-TTJA": ("Tarbijakaitse ja Tehnilise Järelevalve Amet", ("MSA", "SPOC"), "et"),
    "EU-AIO": ("AI Office of the European Commission", ("AIO",), "en"),
}
CODES = tuple(PARTICIPANTS)
WITH_PEOPLE = ("FR-CNIL", "DE-BNETZA", "EU-AIO")
"""Participants whose officials write in the browser: the hub holds a key for them."""
OTHERS = {
    f"{member.code}-MSA": (f"Market surveillance authority of {member.name} (simulated)", ("MSA", "SPOC"), "en")
    for member in MEMBERS
    if member.kind == "member_state" and not any(code.startswith(member.code) for code in CODES)
}
"""One authority for each further Member State, reached by its mailbox: each has a window of its own to object."""


@dataclass(frozen=True)
class DemoPlace:
    """The demonstration's directory: the hub's database and key, and below `demo` what belongs to the participants."""

    directory: Path

    def system_file(self, code: str) -> Path:
        """What the simulated system of a participant knows."""
        return self._own("systems") / f"{code}.json"

    def password(self, user: str) -> str:
        """A user's password at the private broker: made once, kept where only its owner can read it."""
        path = self._own("passwords") / user
        if not path.exists():
            _write_private(path, new_secret())
        return path.read_text()

    @property
    def login(self) -> Path:
        """Where the demonstration's identity providers are installed."""
        return self._own("login")

    @property
    def login_issuers(self) -> Path:
        """The configuration of the identity providers."""
        return self.login / "issuers.json"

    def login_ports(self, find: Callable[[int], list[int]]) -> dict[str, int]:
        """The identity providers' ports: found once, then the same for ever, for who people are hangs on them."""
        path = self.login / "ports.json"
        if not path.exists():
            path.write_text(json.dumps(dict(zip(PROVIDERS, find(len(PROVIDERS)), strict=True))))
        return dict(json.loads(path.read_text()))

    def seed(self, settings: Settings, login_ports: Mapping[str, int]) -> None:
        """Make or mend everything; a second time changes nothing but how the four participants are reached."""
        hub = prepare(settings)
        transport = Transport.AMQP if settings.amqp_url else Transport.MAILBOX
        with hub.work(HUB) as uow:
            for code in CODES:
                _ensure_participant(uow, code, transport)
            for code in OTHERS:
                _ensure_participant(uow, code, Transport.MAILBOX)
            for code in (*CODES, *OTHERS):
                self._ensure_key(uow, code)
            seed_providers(uow, login_ports)
            for code in WITH_PEOPLE:
                if not has_held_key(uow, code):
                    make_held_key(uow, code)
            uow.commit()
        _write_private(self.login_issuers, issuers(login_ports, settings.public_url, hub.key.public_jwk()))
        if settings.amqp_url:
            provisioner = provisioner_of(settings)
            provisioner.reconcile({code: Wanted(self.password(code)) for code in CODES})
            for code in CODES:
                provisioner.await_ready(code)
        for code in CODES:
            self._write_system(hub, settings, code, with_broker=bool(settings.amqp_url))
        for code in OTHERS:
            self._write_system(hub, settings, code, with_broker=False)
        hub.engine.dispose()

    def _ensure_key(self, uow: UnitOfWork, code: str) -> None:
        if not self._key_file(code).exists():
            write_key(self._key_file(code), SigningKey.generate("new"))
        jwk = self._key(code).public_jwk()
        if jwk["kid"] not in {key.kid for key in directory.list_keys(uow, code)}:
            directory.add_key(uow, code, jwk["kid"], jwk=jwk)

    def _key(self, code: str) -> SigningKey:
        key = SigningKey.load(self._key_file(code), "unnamed")
        return SigningKey.load(self._key_file(code), key_id(code, key.public_jwk()))

    def _key_file(self, code: str) -> Path:
        return self._own("keys") / f"{code}.pem"

    def _write_system(self, hub: Hub, settings: Settings, code: str, *, with_broker: bool) -> None:
        address = settings.public_url
        if with_broker:
            scheme, _, rest = settings.amqp_url.partition("://")
            address = f"{scheme}://{code}:{self.password(code)}@{rest.rpartition('@')[2]}"
        content = {
            "code": code,
            "transport": "amqp" if with_broker else "https",
            "url": address,
            "key": str(self._key_file(code)),
            "kid": self._key(code).kid,
            "inbox": str(self._own("inboxes") / f"{code}.sqlite"),
            "hub_keys": {"keys": [hub.key.public_jwk()]},
        }
        _write_private(self.system_file(code), json.dumps(content, indent=2))

    def _own(self, name: str) -> Path:
        folder = self.directory / "demo" / name
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder


def _ensure_participant(uow: UnitOfWork, code: str, transport: Transport) -> None:
    known = {participant.code: participant for participant in directory.list_participants(uow)}
    if code not in known:
        name, kinds, language = (PARTICIPANTS | OTHERS)[code]
        directory.add_participant(uow, code, name=name, kinds=kinds, transport=transport, languages=[language])
    elif known[code].transport != transport:
        directory.set_transport(uow, code, transport)


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
