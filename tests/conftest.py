"""Fixtures that every test may ask for."""

from pathlib import Path

import pytest

pytest_plugins = ["tests.support.rabbitmq", "tests.support.postgres", "tests.support.hub", "tests.support.provider"]

LONG = (
    "faults/",
    "web/tour/",
    "cli/test_up",
    "exchange/",
    "http/",
    "cli/",
    "messaging/",
    "web/",
    "services/test_reading",
)
"""Files whose tests take long begin first, so that no worker is left alone with one at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sorts files by `LONG`; within a file, and among all others, the order stays."""
    here = Path(__file__).parent

    def rank(item: pytest.Item) -> int:
        place = str(item.path.relative_to(here))
        return next((number for number, one in enumerate(LONG) if place.startswith(one)), len(LONG))

    items.sort(key=rank)
