"""The secretariat's pages over a hub with an hour of exchange, for an administrator, an officer and an auditor."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from board_hub.domain.events import HUB
from board_hub.jobs.runs import run_job
from board_hub.jobs.schedule import find_job
from board_hub.services.access import Role
from board_hub.services.exchange.signing import SigningKey
from board_hub.services.operation import high_value_steps as steps
from board_hub.services.operation.bootstrap import prepare
from board_hub.services.operation.evidence import sign_head
from board_hub.services.operation.proposals import propose
from board_hub.services.people import mandates
from board_hub.services.people.officials import Held
from board_hub.services.unit_of_work import Hub
from board_hub.settings import Settings
from board_hub.wsgi import create_app
from tests.support.hub import AIO, join_four, sqlite_settings
from tests.support.officials import AUDITOR, HANDLER_DE, SECRETARIAT, add_official, sign_in
from tests.web.showcase import Showcase, play

OFFICER = (Held(AIO, Role.SECRETARIAT_OFFICER),)


def furnish(hub: Hub) -> Showcase:
    """Beside the hour of exchange: people, mandates, a step that waits, runs of jobs, a head."""
    show = play(hub)
    ada = add_official(hub, SECRETARIAT, name="Ada Byron")
    add_official(hub, SECRETARIAT, name="Ben Franklin")
    add_official(hub, HANDLER_DE, name="Anna Schmidt")
    with hub.work(HUB) as uow:
        today = mandates.today(uow, "FR")
        for member, name, days in (("FR", "Camille Martin", 60), ("DE", "Jonas Weber", 800)):
            email = f"{name.lower().replace(' ', '.')}@example.eu"
            term = {"begins_on": today - timedelta(days=100), "ends_on": today + timedelta(days=days)}
            mandates.add_mandate(uow, member, "representative", name=name, email=email, **term)
        sign_head(uow)
        uow.commit()
    with hub.work(ada.actor) as uow:
        wanted = steps.add_key("FR-CNIL", SigningKey.generate("next").public_jwk(), "FR-CNIL-2027-1")
        propose(uow, steps.KEY_ADDED, wanted, because="Letter of 3 March: its system moves to a new machine.")
        uow.commit()
    for job in ("evidence", "purge"):
        run_job(hub, find_job(Settings(), job))
    return show


@pytest.fixture(scope="session")
def furnished_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """Made once: only for tests that read."""
    hub = prepare(sqlite_settings(tmp_path_factory.mktemp("secretariat")))
    furnish(hub)
    yield hub
    hub.engine.dispose()


@pytest.fixture
def furnished(furnished_hub: Hub, tmp_path: Path) -> Flask:
    return create_app(sqlite_settings(tmp_path), furnished_hub)


@pytest.fixture
def app(sqlite_hub: Hub, tmp_path: Path) -> Flask:
    """Four participants and nothing else, for tests that change something."""
    join_four(sqlite_hub)
    return create_app(sqlite_settings(tmp_path), sqlite_hub)


@pytest.fixture
def ada(app: Flask, sqlite_hub: Hub) -> FlaskClient:
    """An administrator's browser."""
    return sign_in(app, add_official(sqlite_hub, SECRETARIAT, name="Ada Byron"))


@pytest.fixture
def ben(app: Flask, sqlite_hub: Hub) -> FlaskClient:
    """Another administrator's browser."""
    return sign_in(app, add_official(sqlite_hub, SECRETARIAT, name="Ben Franklin"))


@pytest.fixture
def auditor(app: Flask, sqlite_hub: Hub) -> FlaskClient:
    return sign_in(app, add_official(sqlite_hub, AUDITOR, name="Only An Auditor"))


@pytest.fixture
def officer(app: Flask, sqlite_hub: Hub) -> FlaskClient:
    return sign_in(app, add_official(sqlite_hub, OFFICER, name="Olga Officer"))
