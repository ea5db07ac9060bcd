"""The pages over a hub that has nothing, and over one with an hour of exchange, on each database."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from board_hub.services.operation.bootstrap import prepare
from board_hub.services.unit_of_work import Hub
from board_hub.wsgi import create_app
from tests.support.hub import sqlite_hub, sqlite_settings
from tests.support.postgres import PrivatePostgres
from tests.web.browser import browser, serve
from tests.web.showcase import play

__all__ = ["browser", "serve", "sqlite_hub"]


def open_app(hub: Hub, folder: Path) -> Flask:
    return create_app(sqlite_settings(folder), hub)


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def full_hub(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub with an hour of exchange, made once for each database: only for tests that read."""
    settings = sqlite_settings(tmp_path_factory.mktemp("full"))
    if request.param == "postgres":
        server: PrivatePostgres = request.getfixturevalue("postgres_server")
        settings = replace(settings, database_url=server.create_database("pages"))
    hub = prepare(settings)
    play(hub)
    yield hub
    hub.engine.dispose()


@pytest.fixture
def client(full_hub: Hub, tmp_path: Path) -> FlaskClient:
    """A client of the full hub."""
    return open_app(full_hub, tmp_path).test_client()


@pytest.fixture
def empty_client(sqlite_hub: Hub, tmp_path: Path) -> FlaskClient:
    return open_app(sqlite_hub, tmp_path).test_client()
