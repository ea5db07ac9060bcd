"""Fixtures of the fault tests; whatever lies here kills processes, and is slow."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import count
from pathlib import Path

import pytest

from messaging.node import PrivateNode
from tests.faults.scene import Scene, open_scene

HERE = Path(__file__).parent
NewScene = Callable[..., AbstractContextManager[Scene]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.faults)
            item.add_marker(pytest.mark.broker)


@pytest.fixture
def new_scene(rabbitmq_node: PrivateNode, tmp_path: Path, request: pytest.FixtureRequest) -> NewScene:
    """Call it with the database ("sqlite" or "postgres"), a seed and how many notices, in a `with`."""
    numbers = count(1)

    def _open(database: str, seed: int, notices: int) -> AbstractContextManager[Scene]:
        server = request.getfixturevalue("postgres_server") if database == "postgres" else None
        folder = tmp_path / f"faults_{tmp_path.name}_{next(numbers)}"[:60].lower()
        return open_scene(rabbitmq_node, folder, seed=seed, notices=notices, postgres=server)

    return _open
