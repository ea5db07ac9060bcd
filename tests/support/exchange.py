"""The whole exchange as real processes: a broker, a database, intake, relay, web, and participants with the SDK."""

import os
import signal
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from board_hub.domain.deliveries import Transport
from board_hub.services.operation.bootstrap import prepare
from board_hub.services.unit_of_work import Hub
from board_hub.settings import PREFIX, Settings
from messaging.client import Client
from messaging.management import Management
from messaging.node import PrivateNode
from messaging.provision import Provisioner, Wanted
from tests.support.hub import Party, join
from tests.support.rabbitmq import HUB_PASSWORD, eventually

BOARD_HUB = Path(sys.executable).with_name("board-hub")
PASSWORD = "a participant's password"


@dataclass
class Exchange:
    """Processes by name; each can be stopped, killed and started again."""

    settings: Settings
    node: PrivateNode
    folder: Path
    hub: Hub
    provisioner: Provisioner
    parties: dict[str, Party] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    extra_environment: dict[str, str] = field(default_factory=dict)
    commands: dict[str, list[str]] = field(default_factory=dict)
    """What to run instead of `board-hub NAME`, by name."""

    def add(self, codes: Mapping[str, Collection[str]], transport: Transport = Transport.AMQP) -> None:
        """Add participants (code → kinds), with their virtual hosts where they use the broker."""
        for code, kinds in codes.items():
            self.parties[code] = join(self.hub, code, kinds=kinds, transport=transport)
        if transport == Transport.AMQP:
            self.provisioner.reconcile({code: Wanted(password=PASSWORD) for code in codes})
            for code in codes:
                self.provisioner.await_ready(code, may_recreate=True)

    def client(self, code: str) -> Client:
        """The SDK for a participant; its inbox file lasts as long as the test."""
        return Client.amqp(
            self.node.amqp_url(code, PASSWORD, "").rstrip("/"),
            code,
            key=self.parties[code].key,
            inbox=self.folder / f"{code}.sqlite",
            hub_keys={"keys": [self.hub.key.public_jwk()]},
        )

    def start(self, *names: str) -> None:
        for name in names:
            log = (self.folder / f"{name}.log").open("ab")
            command = self.commands.get(name, [str(BOARD_HUB), name])
            self.processes[name] = subprocess.Popen(
                command, env=self._environment(), stdout=log, stderr=log, cwd=self.folder
            )

    def kill(self, name: str) -> None:
        """kill -9."""
        self.processes[name].kill()
        self.processes.pop(name).wait(10)

    def stop(self, name: str) -> int:
        """SIGTERM, and its exit code."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGTERM)
        return process.wait(30)

    def stop_all(self) -> None:
        for name in list(self.processes):
            self.processes[name].send_signal(signal.SIGTERM)
        for name in list(self.processes):
            try:
                self.processes.pop(name).wait(20)
            except subprocess.TimeoutExpired:
                raise AssertionError(f"{name} did not end on SIGTERM: {self.log(name)[-2000:]}") from None

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def await_connected(self, process: str) -> None:
        """Wait until a process says of every participant that it is connected."""
        eventually(lambda: self.log(process).count('"connected"') >= len(self.parties), timeout=90)

    def _environment(self) -> dict[str, str]:
        values = {
            "DATABASE_URL": self.settings.database_url,
            "HUB_KEY_FILE": str(self.settings.hub_key_file),
            "AMQP_URL": self.settings.amqp_url,
            "AMQP_MANAGEMENT_URL": self.settings.amqp_management_url,
            "RESEND_SECONDS": ",".join(str(s) for s in self.settings.resend_seconds),
            "WEB_BIND": self.settings.web_bind,
            "PUBLIC_URL": self.settings.public_url,
        }
        return {**os.environ, **{PREFIX + key: value for key, value in values.items()}, **self.extra_environment}


@contextmanager
def exchange_on(node: PrivateNode, settings: Settings, folder: Path) -> Iterator[Exchange]:
    """An exchange on a running broker and an empty database; its processes are ended with it."""
    settings = replace(
        settings,
        amqp_url=node.amqp_url("hub", HUB_PASSWORD, "").rstrip("/"),
        amqp_management_url=node.management_url,
    )
    hub = prepare(settings)
    provisioner = Provisioner(Management(node.management_url), hub_password=HUB_PASSWORD)
    exchange = Exchange(settings, node, folder, hub, provisioner)
    try:
        yield exchange
    finally:
        exchange.stop_all()
        for code in exchange.parties:
            provisioner.remove(code)
        hub.engine.dispose()
