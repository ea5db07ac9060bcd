"""Making, mending, checking, suspending and removing participants on a real node."""

import json
import time
from collections.abc import Callable

import pika
import pytest
from pika.exceptions import AMQPError, ConnectionClosedByBroker, ProbableAuthenticationError, UnroutableError

from messaging import topology
from messaging.management import Management, ProvisionError
from messaging.provision import Provisioner
from messaging.topology import Definitions
from tests.support.rabbitmq import Place, connect, eventually, fresh_code, open_channel

pytestmark = pytest.mark.broker


def held(management: Management, place: Place) -> Definitions:
    """What the node holds of one virtual host, and the participant's user with its password hash."""
    everything = management.definitions()
    here = {
        section: [item for item in items if item.get("vhost") == place.vhost]
        for section, items in everything.items()
        if isinstance(items, list)
    }
    return {**here, "users": [item for item in everything["users"] if item["name"] == place.code]}


def has_login(place: Place) -> bool:
    try:
        connect(place.participant_url).close()
    except (ProbableAuthenticationError, ConnectionClosedByBroker):
        return False
    return True


def send(place: Place, body: bytes = b"x") -> None:
    channel = open_channel(place.participant_url, confirm=True)
    channel.basic_publish("to-hub", "", body, pika.BasicProperties(delivery_mode=2), mandatory=True)
    channel.connection.close()


def test_a_fresh_participant_is_as_it_must_be(provisioner: Provisioner, place: Place) -> None:
    assert provisioner.check(place.code) == []


def test_the_node_holds_exactly_the_topology(management: Management, place: Place) -> None:
    wanted = topology.definitions(place.code, administrator=management.user)
    actual = held(management, place)
    for section in ("permissions", "parameters", "policies", "exchanges", "queues", "bindings"):
        assert in_order(actual[section]) == in_order(wanted[section])


def in_order(items: list[dict[str, object]]) -> list[str]:
    return sorted(json.dumps(item, sort_keys=True) for item in items)


def test_making_a_participant_twice_changes_nothing(
    provisioner: Provisioner, management: Management, place: Place
) -> None:
    before = held(management, place)
    provisioner.ensure(place.code, place.password)
    assert held(management, place) == before


def test_a_new_password_replaces_the_old_one(provisioner: Provisioner, place: Place) -> None:
    provisioner.ensure(place.code, "another")
    assert not has_login(place)
    assert has_login(Place(place.node, place.code, "another"))


def test_without_a_password_no_password_is_right(provisioner: Provisioner, place: Place) -> None:
    provisioner.ensure(place.code, None)
    assert provisioner.check(place.code) == []
    assert not has_login(place)
    assert not has_login(Place(place.node, place.code, ""))


@pytest.mark.parametrize("queue", topology.QUEUES)
def test_a_deleted_queue_is_named_and_made_again(
    provisioner: Provisioner, management: Management, place: Place, queue: str
) -> None:
    management.delete("queues", place.vhost, queue)
    assert f"queue {queue} in {place.vhost} is missing" in provisioner.check(place.code)
    provisioner.ensure(place.code, place.password)
    provisioner.await_ready(place.code)
    assert provisioner.check(place.code) == []


@pytest.mark.parametrize(
    "path",
    [
        ("exchanges", "{vhost}", "to-hub"),
        ("exchanges", "{vhost}", "dead"),
        ("bindings", "{vhost}", "e", "from-hub", "q", "from-hub", "~"),
        ("permissions", "{vhost}", "{code}"),
        ("permissions", "{vhost}", "hub"),
        ("policies", "{vhost}", "to-hub"),
        ("policies", "{vhost}", "unrouted"),
        ("vhost-limits", "{vhost}", "max-connections"),
        ("user-limits", "{code}", "max-connections"),
        ("users", "{code}"),
    ],
    ids="/".join,
)
def test_whatever_else_is_deleted_is_named_and_made_again(
    provisioner: Provisioner, management: Management, place: Place, path: tuple[str, ...]
) -> None:
    management.delete(*(part.format(vhost=place.vhost, code=place.code) for part in path))
    assert provisioner.check(place.code) != []
    provisioner.ensure(place.code, place.password)
    assert provisioner.check(place.code) == []


def test_a_widened_permission_is_narrowed_again(provisioner: Provisioner, management: Management, place: Place) -> None:
    wide = {"user": place.code, "vhost": place.vhost, "configure": ".*", "write": ".*", "read": ".*"}
    management.import_definitions({"permissions": [wide]})
    assert provisioner.check(place.code) == [f"permission {place.code} in {place.vhost} is different"]
    provisioner.ensure(place.code, place.password)
    assert provisioner.check(place.code) == []


def test_anothers_permission_in_the_virtual_host_is_taken_away(
    provisioner: Provisioner, management: Management, new_place: Callable[[], Place]
) -> None:
    place, other = new_place(), new_place()
    wide = {"user": other.code, "vhost": place.vhost, "configure": "", "write": "", "read": ".*"}
    management.import_definitions({"permissions": [wide]})
    provisioner.ensure(place.code, place.password)
    assert provisioner.check(place.code) == []


def test_a_binding_that_leads_astray_is_taken_away(
    provisioner: Provisioner, management: Management, place: Place
) -> None:
    astray = {
        "vhost": place.vhost,
        "source": "to-hub",
        "destination": "from-hub",
        "destination_type": "queue",
        "routing_key": "",
        "arguments": {"why": "because"},
    }
    management.import_definitions({"bindings": [astray]})
    assert provisioner.check(place.code) == [f"binding to-hub -> from-hub in {place.vhost} is not ours"]
    provisioner.ensure(place.code, place.password)
    assert provisioner.check(place.code) == []


def test_a_foreign_queue_is_named_and_left_alone(
    provisioner: Provisioner, management: Management, place: Place
) -> None:
    foreign = {"vhost": place.vhost, "name": "mine", "durable": True, "auto_delete": False, "arguments": {}}
    management.import_definitions({"queues": [foreign]})
    provisioner.ensure(place.code, place.password)
    assert provisioner.check(place.code) == [f"queue mine in {place.vhost} is not ours"]


def replace_mailbox(management: Management, place: Place) -> None:
    """A mailbox of the wrong kind, as an administrator's slip would leave it."""
    management.delete("queues", place.vhost, "from-hub")
    wrong = {"vhost": place.vhost, "name": "from-hub", "durable": True, "auto_delete": False, "arguments": {}}
    management.import_definitions({"queues": [wrong]})


def test_a_queue_with_other_arguments_is_not_deleted_unasked(
    provisioner: Provisioner, management: Management, place: Place
) -> None:
    replace_mailbox(management, place)
    with pytest.raises(ProvisionError, match=r"from-hub .* is different.* Drain it"):
        provisioner.ensure(place.code, place.password)


def test_a_queue_with_other_arguments_is_made_again_when_told_that_it_may(
    provisioner: Provisioner, management: Management, place: Place
) -> None:
    replace_mailbox(management, place)
    provisioner.ensure(place.code, place.password, may_recreate=True)
    provisioner.await_ready(place.code)
    assert provisioner.check(place.code) == []


def test_waiting_for_a_queue_that_is_not_there_ends_in_time(
    provisioner: Provisioner, management: Management, place: Place
) -> None:
    management.delete("queues", place.vhost, "to-hub")
    with pytest.raises(ProvisionError, match=r"to-hub in .* no working leader"):
        provisioner.await_ready(place.code, timeout=0.5)


def test_waiting_makes_a_queue_again_when_told_that_it_may(
    provisioner: Provisioner, management: Management, place: Place
) -> None:
    management.delete("queues", place.vhost, "to-hub")
    provisioner.await_ready(place.code, timeout=10, may_recreate=True)
    assert provisioner.check(place.code) == []


def test_counts_tell_ready_from_unacknowledged_and_name_the_consumers(provisioner: Provisioner, place: Place) -> None:
    for _ in range(3):
        send(place)
    eventually(lambda: provisioner.depths(place.code)["to-hub"].ready == 3)
    channel = open_channel(place.hub_url)
    channel.basic_qos(prefetch_count=2)
    channel.basic_consume("to-hub", lambda *_: None)
    eventually(lambda: _counts(provisioner, place) == (1, 2, 1))
    channel.connection.close()


def _counts(provisioner: Provisioner, place: Place) -> tuple[int, int, int]:
    depth = provisioner.depths(place.code)["to-hub"]
    return depth.ready, depth.unacked, depth.consumers


def wait_until_cut_off(connection: pika.BlockingConnection, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    try:
        while time.monotonic() < deadline:
            connection.process_data_events(time_limit=0.1)
    except AMQPError:
        return True
    return False


def test_a_suspended_participant_is_cut_off_within_five_seconds_and_stays_out(
    provisioner: Provisioner, place: Place
) -> None:
    connection = connect(place.participant_url)
    provisioner.suspend(place.code)
    assert wait_until_cut_off(connection, 5)
    assert not has_login(place)
    assert provisioner.check(place.code, suspended=True) == []


def test_what_waits_for_a_suspended_participant_is_there_when_it_is_restored(
    provisioner: Provisioner, place: Place
) -> None:
    hub = open_channel(place.hub_url, confirm=True)
    provisioner.suspend(place.code)
    hub.basic_publish("from-hub", "", b"kept", pika.BasicProperties(delivery_mode=2), mandatory=True)
    hub.connection.close()
    provisioner.restore(place.code, place.password)
    channel = open_channel(place.participant_url)
    assert channel.basic_get("from-hub", auto_ack=True)[2] == b"kept"
    channel.connection.close()


def test_a_removed_participant_is_cut_off_while_connected_and_leaves_nothing(
    provisioner: Provisioner, management: Management, place: Place
) -> None:
    connection = connect(place.participant_url)
    provisioner.remove(place.code)
    assert wait_until_cut_off(connection, 5)
    assert not has_login(place)
    assert all(items == [] for items in held(management, place).values())


def test_removing_or_suspending_who_is_not_there_is_fine(provisioner: Provisioner) -> None:
    nobody = fresh_code()
    provisioner.suspend(nobody)
    provisioner.remove(nobody)


def test_an_unroutable_publish_of_the_hubs_is_returned(management: Management, place: Place) -> None:
    management.delete("queues", place.vhost, "from-hub")
    channel = open_channel(place.hub_url, confirm=True)
    with pytest.raises(UnroutableError):
        channel.basic_publish("from-hub", "", b"x", mandatory=True)
    channel.connection.close()
