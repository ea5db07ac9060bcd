"""What a participant can and cannot do on a real node with the permissions it has."""

from collections.abc import Callable

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import ChannelClosedByBroker, NackError, ProbableAccessDeniedError

from messaging import topology
from messaging.management import Management, ProvisionError
from messaging.provision import Provisioner
from tests.support.rabbitmq import Place, connect, eventually, open_channel

pytestmark = pytest.mark.broker

PERSISTENT = pika.BasicProperties(delivery_mode=2)
ACCESS_REFUSED = 403


def depth(provisioner: Provisioner, place: Place, queue: str) -> int:
    return provisioner.depths(place.code)[queue].messages


def publish(place: Place, exchange: str, properties: pika.BasicProperties = PERSISTENT, key: str = "") -> None:
    """As the participant, persistent, mandatory, confirmed."""
    channel = open_channel(place.participant_url, confirm=True)
    try:
        channel.basic_publish(exchange, key, b"body", properties, mandatory=True)
    finally:
        if channel.connection.is_open:
            channel.connection.close()


def test_a_participant_cannot_enter_anothers_virtual_host(new_place: Callable[[], Place]) -> None:
    mine, other = new_place(), new_place()
    for vhost in (other.vhost, "/", "p.XX-NOBODY"):
        with pytest.raises(ProbableAccessDeniedError, match="530"):
            connect(mine.node.amqp_url(mine.code, mine.password, vhost))


def test_a_participant_cannot_use_the_management_api(place: Place) -> None:
    as_participant = Management(f"http://{place.code}:{place.password}@127.0.0.1:{place.node.ports.management}")
    with pytest.raises(ProvisionError, match="refused GET definitions: 401"):
        as_participant.definitions()
    with pytest.raises(ProvisionError, match=r"refused GET queues/.*: 401"):
        as_participant.queues(place.vhost)


REFUSED: dict[str, Callable[[BlockingChannel], object]] = {
    "publish to the default exchange": lambda c: c.basic_publish("", "from-hub", b"x"),
    "publish to from-hub": lambda c: c.basic_publish("from-hub", "", b"x"),
    "publish to dead": lambda c: c.basic_publish("dead", "to-hub.dead", b"x"),
    "publish to the alternate": lambda c: c.basic_publish("to-hub.unrouted", "", b"x"),
    "read what it sent": lambda c: c.basic_get("to-hub"),
    "consume what it sent": lambda c: c.basic_consume("to-hub", lambda *_: None),
    "read dead letters": lambda c: c.basic_get("from-hub.dead"),
    "purge what it sent": lambda c: c.queue_purge("to-hub"),
    "purge dead letters": lambda c: c.queue_purge("to-hub.dead"),
    "declare a queue": lambda c: c.queue_declare("mine", durable=True),
    "declare a queue without a name": lambda c: c.queue_declare("", exclusive=True),
    "declare its own mailbox": lambda c: c.queue_declare(
        "from-hub", durable=True, arguments={"x-queue-type": "quorum"}
    ),
    "declare an exchange": lambda c: c.exchange_declare("mine"),
    "bind its mailbox": lambda c: c.queue_bind("from-hub", "to-hub", ""),
    "unbind its mailbox": lambda c: c.queue_unbind("from-hub", "from-hub", ""),
    "bind an exchange": lambda c: c.exchange_bind("from-hub", "to-hub", ""),
    "delete its mailbox": lambda c: c.queue_delete("from-hub"),
    "delete what it sent": lambda c: c.queue_delete("to-hub"),
    "delete an exchange": lambda c: c.exchange_delete("to-hub"),
}


@pytest.mark.parametrize("attempt", REFUSED.values(), ids=REFUSED.keys())
def test_a_participant_may_not(
    provisioner: Provisioner, place: Place, attempt: Callable[[BlockingChannel], object]
) -> None:
    channel = open_channel(place.participant_url, confirm=True)
    with pytest.raises(ChannelClosedByBroker) as refused:
        attempt(channel)
    assert refused.value.reply_code == ACCESS_REFUSED
    channel.connection.close()
    assert provisioner.check(place.code) == []


def test_it_may_do_what_it_is_there_for(place: Place) -> None:
    publish(place, "to-hub")
    channel = open_channel(place.participant_url)
    assert channel.basic_get("from-hub")[0] is None
    channel.connection.close()


@pytest.mark.parametrize("header", ["CC", "BCC"])
def test_copy_headers_and_a_routing_key_have_no_effect(provisioner: Provisioner, place: Place, header: str) -> None:
    copies = pika.BasicProperties(delivery_mode=2, headers={header: list(topology.QUEUES)})
    publish(place, "to-hub", copies, key="from-hub")
    eventually(lambda: depth(provisioner, place, "to-hub") == 1)
    assert {queue: depth(provisioner, place, queue) for queue in topology.QUEUES} == {
        **dict.fromkeys(topology.QUEUES, 0),
        "to-hub": 1,
    }


def test_an_expired_message_is_kept_for_the_hub(place: Place) -> None:
    publish(place, "to-hub", pika.BasicProperties(delivery_mode=2, expiration="1"))
    hub = open_channel(place.hub_url)
    method, properties, body = next(hub.consume("to-hub.dead", auto_ack=True, inactivity_timeout=15))
    hub.connection.close()
    assert method is not None
    assert body == b"body"
    assert properties.headers["x-first-death-reason"] == "expired"


@pytest.mark.parametrize(
    "path",
    [("queues", "{}", "to-hub"), ("bindings", "{}", "e", "to-hub", "q", "to-hub", "~")],
    ids=["queue", "binding"],
)
def test_what_finds_no_queue_is_kept_for_the_hub(
    provisioner: Provisioner, management: Management, place: Place, path: tuple[str, ...]
) -> None:
    management.delete(*(part.format(place.vhost) for part in path))
    publish(place, "to-hub")
    hub = open_channel(place.hub_url)
    assert hub.basic_get("to-hub.unrouted", auto_ack=True)[2] == b"body"
    hub.connection.close()


def test_a_message_delivered_too_often_is_kept_for_the_hub(place: Place) -> None:
    publish(place, "to-hub")
    hub = open_channel(place.hub_url)
    for method, _, _ in hub.consume("to-hub", inactivity_timeout=1):
        if method is None:
            break
        hub.basic_nack(method.delivery_tag, requeue=True)
    hub.cancel()
    assert hub.basic_get("to-hub.dead", auto_ack=True)[2] == b"body"
    hub.connection.close()


def limit_length(management: Management, place: Place, queue: str) -> None:
    """The policy of a queue as it is, but for two messages."""
    policies = topology.definitions(place.code, administrator=management.user)["policies"]
    (policy,) = [item for item in policies if item["name"] == queue]
    policy["definition"]["max-length"] = 2
    management.import_definitions({"policies": [policy]})


def fill(url: str, exchange: str) -> int:
    """How many messages were confirmed before one was refused; a quorum queue notices its limit a message late."""
    channel = open_channel(url, confirm=True)
    for confirmed in range(50):
        try:
            channel.basic_publish(exchange, "", b"body", PERSISTENT, mandatory=True)
        except NackError:
            channel.connection.close()
            return confirmed
    raise AssertionError("the queue took whatever it was given")


def test_a_full_queue_refuses_and_loses_nothing(provisioner: Provisioner, management: Management, place: Place) -> None:
    limit_length(management, place, "to-hub")
    confirmed = fill(place.participant_url, "to-hub")
    eventually(lambda: depth(provisioner, place, "to-hub") == confirmed)


def test_a_full_mailbox_refuses_the_hub(management: Management, place: Place) -> None:
    limit_length(management, place, "from-hub")
    assert fill(place.hub_url, "from-hub") >= 2


def test_a_flood_of_one_leaves_the_others_alone(management: Management, new_place: Callable[[], Place]) -> None:
    flooded, other = new_place(), new_place()
    limit_length(management, flooded, "to-hub")
    fill(flooded.participant_url, "to-hub")
    publish(other, "to-hub")


def test_a_participant_that_opens_all_its_connections_does_not_shut_the_hub_out(place: Place) -> None:
    opened = [connect(place.participant_url) for _ in range(topology.USER_LIMITS["max-connections"])]
    with pytest.raises(ProbableAccessDeniedError, match="user connection limit"):
        connect(place.participant_url)
    connect(place.hub_url).close()
    for connection in opened:
        connection.close()


def test_a_participant_that_purges_its_mailbox_harms_only_itself(provisioner: Provisioner, place: Place) -> None:
    """Reading is enough to purge; so the hub owes a delivery until the signed receipt."""
    hub = open_channel(place.hub_url, confirm=True)
    hub.basic_publish("from-hub", "", b"body", PERSISTENT, mandatory=True)
    channel = open_channel(place.participant_url)
    channel.queue_purge("from-hub")
    channel.connection.close()
    hub.basic_publish("from-hub", "", b"again", PERSISTENT, mandatory=True)
    hub.connection.close()
    eventually(lambda: depth(provisioner, place, "from-hub") == 1)
