"""Exchanges that the tests of a module share: real processes on the tests' own broker."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from messaging.node import PrivateNode
from tests.support.exchange import Exchange, exchange_on
from tests.support.hub import KINDS, sqlite_settings

BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
RESEND = 2
"""Seconds after which an uncollected message is sent again."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever uses the node is marked so."""
    for item in items:
        if "rabbitmq_node" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.broker)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("exchange")


@pytest.fixture(scope="module")
def exchange(rabbitmq_node: PrivateNode, folder: Path) -> Iterator[Exchange]:
    """France, Germany, Estonia and the AI Office on SQLite, intake and relay at work."""
    with exchange_on(rabbitmq_node, sqlite_settings(folder, resend_seconds=(RESEND,)), folder) as exchange:
        exchange.add(KINDS)
        exchange.start("intake", "relay")
        exchange.await_connected("intake")
        exchange.await_connected("relay")
        yield exchange


@pytest.fixture(scope="module", params=BOTH)
def on_both(
    request: pytest.FixtureRequest, rabbitmq_node: PrivateNode, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Exchange]:
    """The same on each database; what is not collected is not sent again while the test lasts."""
    folder = tmp_path_factory.mktemp("exchange")
    settings = sqlite_settings(folder)
    server = None
    if request.param == "postgres":
        server = request.getfixturevalue("postgres_server")
        server.drop_database("exchange")
        settings = sqlite_settings(folder, database_url=server.create_database("exchange"))
    with exchange_on(rabbitmq_node, settings, folder) as exchange:
        exchange.add(KINDS)
        exchange.start("intake", "relay")
        exchange.await_connected("intake")
        exchange.await_connected("relay")
        yield exchange
    if server is not None:
        server.drop_database("exchange")
