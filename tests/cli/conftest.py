"""The command line over a hub of the test's own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from board_hub.cli import main
from board_hub.services.operation.bootstrap import prepare
from board_hub.services.operation.opening import open_hub
from board_hub.services.unit_of_work import Hub
from board_hub.settings import Settings
from messaging.node import PrivateNode
from tests.support.hub import sqlite_settings
from tests.support.rabbitmq import HUB_PASSWORD

ALONE = ("--bootstrap", "--because", "the hub is being set up")
"""What needs a second person is done at once, as long as nobody administers."""


@dataclass(frozen=True)
class CommandLine:
    """Calls `board-hub …` in this process, with these settings and no others."""

    settings: Settings

    @property
    def environment(self) -> dict[str, str]:
        return {
            "BOARD_HUB_DATABASE_URL": self.settings.database_url,
            "BOARD_HUB_HUB_KEY_FILE": str(self.settings.hub_key_file),
            "BOARD_HUB_AMQP_URL": self.settings.amqp_url,
            "BOARD_HUB_AMQP_MANAGEMENT_URL": self.settings.amqp_management_url,
            "BOARD_HUB_WEB_BIND": self.settings.web_bind,
            "BOARD_HUB_PUBLIC_URL": self.settings.public_url,
        }

    def __call__(self, *arguments: str, code: int = 0) -> Result:
        """The result; AssertionError unless it ends with this exit code."""
        result = CliRunner().invoke(main, arguments, env=self.environment)
        assert result.exit_code == code, (result.output, result.exception)
        return result


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return sqlite_settings(tmp_path)


@pytest.fixture
def board_hub(settings: Settings) -> CommandLine:
    """The command line over a prepared hub on SQLite without a broker."""
    prepare(settings).engine.dispose()
    return CommandLine(settings)


@pytest.fixture
def with_broker(settings: Settings, rabbitmq_node: PrivateNode) -> CommandLine:
    """The command line over a prepared hub with the tests' broker."""
    amqp_url = rabbitmq_node.amqp_url("hub", HUB_PASSWORD, "").rstrip("/")
    with_amqp = replace(settings, amqp_url=amqp_url, amqp_management_url=rabbitmq_node.management_url)
    prepare(with_amqp).engine.dispose()
    return CommandLine(with_amqp)


@pytest.fixture
def hub(board_hub: CommandLine) -> Iterator[Hub]:
    """The hub behind `board_hub`."""
    hub = open_hub(board_hub.settings)
    yield hub
    hub.engine.dispose()


@pytest.fixture
def public_key(board_hub: CommandLine, tmp_path: Path) -> Callable[[str], str]:
    """Makes a key pair as a participant does; returns the path of its public half. CODE.pem holds the private one."""

    def make(code: str) -> str:
        made = board_hub("participant", "make-key", code, str(tmp_path / f"{code}.pem"))
        path = tmp_path / f"{code}.jwk"
        path.write_text(made.stdout)
        return str(path)

    return make
