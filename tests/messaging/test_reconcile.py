"""The broker as a whole against the directory, and after a crash, on a node that no other test uses."""

import time
from collections.abc import Iterator

import pytest

from messaging.management import Management
from messaging.node import PrivateNode
from messaging.provision import Provisioner, Wanted
from tests.support.rabbitmq import HUB_PASSWORD, Place, open_channel

pytestmark = pytest.mark.broker


@pytest.fixture(scope="module")
def own_node(rabbitmq_node: PrivateNode, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateNode]:
    """A node of this module's own, beside the one that all share: to kill, and to reconcile as a whole."""
    node = PrivateNode(tmp_path_factory.mktemp("own-node"))
    node.start()
    yield node
    node.kill()  # nothing of it is kept, and an orderly stop takes seconds
    node.stop()


def test_thirty_participants_are_made_within_thirty_seconds_and_the_broker_follows_the_directory(
    own_node: PrivateNode,
) -> None:
    provisioner = Provisioner(Management(own_node.management_url), hub_password=HUB_PASSWORD)
    codes = [f"XX-R{number}" for number in range(30)]
    directory = {code: Wanted(f"secret of {code}") for code in codes}
    started = time.monotonic()
    assert len(provisioner.reconcile(directory)) == 61, "30 virtual hosts, 30 users and the hub's"
    for code in codes:
        provisioner.await_ready(code)
    assert time.monotonic() - started < 30
    assert provisioner.reconcile(directory) == []

    directory[codes[0]] = Wanted(None, suspended=True)
    del directory[codes[1]]
    left_alone = provisioner.reconcile(directory)
    assert f"participant {codes[1]} is on the broker but not in the directory: left alone" in left_alone
    assert provisioner.check(codes[0], suspended=True) == []
    assert provisioner.check(codes[1]) == []
    removed = provisioner.reconcile(directory, remove_strays=True)
    assert removed == [f"participant {codes[1]} is on the broker but not in the directory: removed"]
    assert provisioner.reconcile(directory) == []


def test_a_broker_killed_right_after_provisioning_is_mended(own_node: PrivateNode) -> None:
    provisioner = Provisioner(Management(own_node.management_url), hub_password=HUB_PASSWORD)
    provisioner.ensure("XX-K1", "secret")
    own_node.kill()
    own_node.start()
    provisioner.ensure("XX-K1", "secret")
    provisioner.await_ready("XX-K1", may_recreate=True)
    assert provisioner.check("XX-K1") == []
    channel = open_channel(Place(own_node, "XX-K1", "secret").participant_url, confirm=True)
    channel.basic_publish("to-hub", "", b"x", mandatory=True)
    channel.connection.close()
