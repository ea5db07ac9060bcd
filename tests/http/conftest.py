"""The application over a hub on SQLite."""

from pathlib import Path

import pytest

from board_hub.services.unit_of_work import Hub
from tests.api.calls import Stage, stage
from tests.support.hub import hub, hub_settings, sqlite_hub

__all__ = ["hub", "hub_settings", "sqlite_hub"]


@pytest.fixture
def here(sqlite_hub: Hub, tmp_path: Path) -> Stage:
    return stage(sqlite_hub, tmp_path)
