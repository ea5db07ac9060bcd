"""The client of the management API: what it says when the broker is away, or refuses."""

import pytest

from board_hub.domain.errors import Unavailable
from messaging.management import Management, ProvisionError
from messaging.node import PrivateNode


def test_a_broker_that_does_not_answer_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="does not answer"):
        Management("http://administrator:secret@127.0.0.1:9").definitions()


@pytest.mark.broker
def test_wrong_credentials_are_said_to_be_wrong(rabbitmq_node: PrivateNode) -> None:
    stranger = Management(f"http://somebody:else@127.0.0.1:{rabbitmq_node.ports.management}")
    with pytest.raises(ProvisionError, match="'somebody' needs the tag `administrator`"):
        stranger.definitions()


@pytest.mark.parametrize("url", ["http://127.0.0.1:15672", "127.0.0.1", ""])
def test_an_address_without_credentials_is_refused(url: str) -> None:
    with pytest.raises(ProvisionError, match="needs a user and a password"):
        Management(url)
