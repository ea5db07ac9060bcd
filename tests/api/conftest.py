"""The application over a hub on each database, with four participants."""

from pathlib import Path

import pytest

from board_hub.services.unit_of_work import Hub
from tests.api.calls import Stage, System, stage
from tests.support.hub import DE, FR, Party, hub, hub_settings, join_four, sqlite_hub

__all__ = ["hub", "hub_settings", "sqlite_hub"]


@pytest.fixture
def here(hub: Hub, tmp_path: Path) -> Stage:
    """The application on SQLite and on PostgreSQL."""
    return stage(hub, tmp_path)


@pytest.fixture
def on_sqlite(sqlite_hub: Hub, tmp_path: Path) -> Stage:
    """For what does not touch the store's differences."""
    return stage(sqlite_hub, tmp_path)


@pytest.fixture
def parties(here: Stage) -> dict[str, Party]:
    return join_four(here.hub)


@pytest.fixture
def france(here: Stage, parties: dict[str, Party]) -> System:
    return here.sign_in(parties[FR])


@pytest.fixture
def germany(here: Stage, parties: dict[str, Party]) -> System:
    return here.sign_in(parties[DE])
