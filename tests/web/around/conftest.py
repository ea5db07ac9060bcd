"""A Union at work, made once: directory, overview and profile over it."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from board_hub.services.access import Role
from board_hub.services.operation.bootstrap import prepare
from board_hub.services.people.officials import Held, Person
from board_hub.services.unit_of_work import Hub
from board_hub.wsgi import create_app
from tests.support.hub import sqlite_settings
from tests.support.officials import add_official, sign_in
from tests.web.union import play_union

HANDLER = (Held("DE-BNETZA", Role.CASE_HANDLER), Held("DE-BMWK", Role.REPRESENTATIVE))


@pytest.fixture(scope="package")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The pages over three months of exchange."""
    settings = sqlite_settings(tmp_path_factory.mktemp("union"))
    hub = prepare(settings)
    play_union(hub)
    yield create_app(settings, hub)
    hub.engine.dispose()


@pytest.fixture(scope="package")
def hub(app: Flask) -> Hub:
    found: Hub = app.extensions["hub"]
    return found


@pytest.fixture(scope="package")
def person(hub: Hub) -> Person:
    return add_official(hub, HANDLER, name="Jonas Weber")


@pytest.fixture
def client(app: Flask, person: Person) -> FlaskClient:
    """A browser of Jonas Weber's."""
    return sign_in(app, person)
