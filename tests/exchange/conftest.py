"""One exchange of real processes on each database, shared by all tests here: they start slowly, and share well."""

from collections.abc import Iterator

import pytest

from messaging.node import PrivateNode
from tests.support.exchange import Exchange, exchange_on
from tests.support.hub import KINDS, sqlite_settings

RESEND = (2, 2, 4, 60)
"""Seconds after which an uncollected message is sent again."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """On both databases, unless the module says `DATABASES`."""
    if "exchange" in metafunc.fixturenames:
        databases = getattr(metafunc.module, "DATABASES", ("sqlite", "postgres"))
        marks = {"postgres": [pytest.mark.postgres], "sqlite": []}
        params = [pytest.param(name, marks=[pytest.mark.broker, *marks[name]]) for name in databases]
        metafunc.parametrize("exchange", params, indirect=True, scope="package")


@pytest.fixture(scope="package")
def exchange(
    request: pytest.FixtureRequest, rabbitmq_node: PrivateNode, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Exchange]:
    """France, Germany, Estonia and the AI Office, by AMQP; intake and relay at work. A test leaves them so."""
    folder = tmp_path_factory.mktemp("exchange")
    settings = sqlite_settings(folder, resend_seconds=RESEND)
    server = None
    if request.param == "postgres":
        server = request.getfixturevalue("postgres_server")
        server.drop_database("exchange")
        settings = sqlite_settings(folder, resend_seconds=RESEND, database_url=server.create_database("exchange"))
    with exchange_on(rabbitmq_node, settings, folder) as exchange:
        exchange.add(KINDS)
        exchange.start("intake", "relay")
        exchange.await_connected("intake")
        exchange.await_connected("relay")
        yield exchange
    if server is not None:
        server.drop_database("exchange")
