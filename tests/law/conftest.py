"""The catalogue in force, loaded once for all tests of the law."""

import pytest

from board_hub.law.catalogue import Catalogue
from board_hub.law.loader import load_catalogue


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue()
