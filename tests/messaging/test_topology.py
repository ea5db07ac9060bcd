"""What the broker holds for a participant, exactly, as values; test_provision.py compares the same with a real node."""

import re

import pytest

from messaging import topology
from messaging.topology import code_of, definitions, user_name, vhost_name

PLACE = definitions("FR-CNIL", administrator="root")


def policy_of(queue: str) -> dict[str, object]:
    """The one policy that applies to a queue."""
    (found,) = [p for p in PLACE["policies"] if p["apply-to"] == "queues" and re.search(p["pattern"], queue)]
    return dict(found["definition"])


def permission_of(user: str) -> dict[str, str]:
    (found,) = [p for p in PLACE["permissions"] if p["user"] == user]
    return found


def test_a_virtual_host_is_named_after_its_participant() -> None:
    assert vhost_name("FR-CNIL") == "p.FR-CNIL"
    assert user_name("DE-BNETZA-2") == "DE-BNETZA-2"


@pytest.mark.parametrize(
    "code", ["", "hub", "fr-cnil", "FR", "FR-", "FR-CNIL/x", "FR-CNIL\n", "administrator", "FRA-X"]
)
def test_what_is_no_participant_code_names_nothing_on_the_broker(code: str) -> None:
    with pytest.raises(ValueError, match="participant code"):
        vhost_name(code)


def test_only_a_participants_virtual_host_has_a_code() -> None:
    assert [code_of(name) for name in ("p.FR-CNIL", "FR-CNIL", "/", "p.", "p.admin")] == ["FR-CNIL"] + [None] * 4


def test_each_queue_is_a_durable_quorum_queue() -> None:
    assert {queue["name"] for queue in PLACE["queues"]} == set(topology.QUEUES)
    assert all(queue["durable"] and queue["arguments"]["x-queue-type"] == "quorum" for queue in PLACE["queues"])


def test_only_what_participants_send_is_consumed_by_one_consumer_at_a_time() -> None:
    single = [q["name"] for q in PLACE["queues"] if q["arguments"].get("x-single-active-consumer")]
    assert single == ["to-hub"]


def test_the_entries_are_fanouts_so_that_routing_keys_and_headers_have_no_effect() -> None:
    assert {e["name"]: e["type"] for e in PLACE["exchanges"]} == {
        "to-hub": "fanout",
        "from-hub": "fanout",
        "to-hub.unrouted": "fanout",
        "dead": "direct",
    }


def test_each_exchange_leads_to_its_queue_and_dead_letters_stay_apart() -> None:
    assert {(b["source"], b["routing_key"], b["destination"]) for b in PLACE["bindings"]} == {
        ("to-hub", "", "to-hub"),
        ("from-hub", "", "from-hub"),
        ("to-hub.unrouted", "", "to-hub.unrouted"),
        ("dead", "to-hub.dead", "to-hub.dead"),
        ("dead", "from-hub.dead", "from-hub.dead"),
    }


@pytest.mark.parametrize("queue", ["to-hub", "from-hub"])
def test_dead_lettering_is_at_least_once(queue: str) -> None:
    policy = policy_of(queue)
    assert policy["dead-letter-strategy"] == "at-least-once"
    assert policy["overflow"] == "reject-publish", "without it the broker falls back to at-most-once, silently"
    assert (policy["dead-letter-exchange"], policy["dead-letter-routing-key"]) == ("dead", f"{queue}.dead")
    assert policy["delivery-limit"] == 20


@pytest.mark.parametrize("queue", topology.QUEUES)
def test_every_queue_is_limited_in_messages_and_in_bytes_and_refuses_what_is_beyond(queue: str) -> None:
    policy = policy_of(queue)
    assert policy["max-length"]
    assert policy["max-length-bytes"]
    assert policy["overflow"] == "reject-publish"


def test_only_the_participants_own_entry_has_an_alternate() -> None:
    alternates = {p["pattern"]: p["definition"] for p in PLACE["policies"] if p["apply-to"] == "exchanges"}
    assert alternates == {"^to-hub$": {"alternate-exchange": "to-hub.unrouted"}}


def test_a_participant_may_write_to_its_entry_and_read_its_mailbox_and_nothing_else() -> None:
    allowed = permission_of("FR-CNIL")
    assert (allowed["configure"], allowed["write"], allowed["read"]) == ("^$", "^to-hub$", "^from-hub$")


def test_the_hub_may_read_everything_but_the_mailbox_and_declare_nothing() -> None:
    allowed = permission_of("hub")
    readable = [queue for queue in topology.QUEUES if re.search(allowed["read"], queue)]
    assert sorted(readable) == sorted(topology.HUB_CONSUMES)
    assert (allowed["configure"], allowed["write"]) == ("^$", "^from-hub$")


def test_a_suspended_participant_is_allowed_nothing() -> None:
    suspended = definitions("FR-CNIL", administrator="root", suspended=True)
    assert {permission["user"] for permission in suspended["permissions"]} == {"hub", "root"}
    assert suspended["queues"] == PLACE["queues"]


def test_a_participant_cannot_take_all_the_connections_of_its_virtual_host() -> None:
    assert topology.USER_LIMITS["max-connections"] < topology.VHOST_LIMITS["max-connections"]
