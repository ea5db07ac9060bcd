"""What the broker holds for one participant: names, arguments, policies, permissions and limits, in one place.

Each participant has a virtual host of its own, so the virtual host says who sent a message and nobody can see another's
queues. Into it lead two fanout exchanges, `to-hub` (participant -> hub) and `from-hub` (hub -> participant): routing
keys and CC/BCC headers have no effect on a fanout. Everything is in the form of RabbitMQ's definitions (management
API), from which `messaging.provision` makes it. Nothing is ever declared over AMQP.

    queue            fed by                                                     consumed by
    to-hub           the participant                                            the hub, one consumer at a time
    to-hub.unrouted  what found no `to-hub` queue (alternate exchange)          the hub
    to-hub.dead      expired, rejected, or delivered too often from to-hub      the hub
    from-hub         the hub                                                    the participant
    from-hub.dead    the same for from-hub                                      the hub

`from-hub` has no alternate exchange on purpose: the hub publishes with `mandatory`, and an alternate would make a
publish that reached no mailbox look confirmed.
"""

import re
from collections.abc import Mapping
from typing import Any

TO_HUB = "to-hub"
FROM_HUB = "from-hub"
TO_HUB_DEAD = "to-hub.dead"
FROM_HUB_DEAD = "from-hub.dead"
TO_HUB_UNROUTED = "to-hub.unrouted"
DEAD = "dead"

QUEUES = (TO_HUB, FROM_HUB, TO_HUB_DEAD, FROM_HUB_DEAD, TO_HUB_UNROUTED)
HUB_CONSUMES = (TO_HUB, TO_HUB_UNROUTED, TO_HUB_DEAD, FROM_HUB_DEAD)
HUB_USER = "hub"

DELIVERY_LIMIT = 20
MAX_MESSAGES = 100_000
MAX_BYTES = 2_000_000_000
VHOST_LIMITS = {"max-connections": 24, "max-queues": 8}
# Below the virtual host's, so that a participant that opens all it may cannot shut the hub out of it.
USER_LIMITS = {"max-connections": 8, "max-channels": 32}

PERMISSION_PARTS = ("configure", "write", "read")
PARTICIPANT_PERMISSION = ("^$", "^to-hub$", "^from-hub$")
HUB_PERMISSION = ("^$", "^from-hub$", r"^(to-hub|to-hub\.unrouted|to-hub\.dead|from-hub\.dead)$")
ADMINISTRATOR_PERMISSION = (".*", ".*", ".*")

VHOST_PREFIX = "p."
_CODE = re.compile(r"[A-Z]{2}-[A-Z0-9]+(-[A-Z0-9]+)*")

Definitions = dict[str, list[dict[str, Any]]]


def vhost_name(code: str) -> str:
    """Virtual host of a participant: `FR-CNIL` -> `p.FR-CNIL`; ValueError for what is no participant code."""
    if not _CODE.fullmatch(code):
        raise ValueError(f"{code!r} is not a participant code such as FR-CNIL")
    return VHOST_PREFIX + code


def code_of(vhost: str) -> str | None:
    """The participant whose virtual host this is, None when it is nobody's."""
    code = vhost.removeprefix(VHOST_PREFIX)
    return code if vhost.startswith(VHOST_PREFIX) and _CODE.fullmatch(code) else None


def user_name(code: str) -> str:
    """Broker user of a participant: its code (in production also the common name of its certificate)."""
    return vhost_name(code).removeprefix(VHOST_PREFIX)


def definitions(code: str, *, administrator: str, suspended: bool = False) -> Definitions:
    """All that the participant's virtual host holds and allows, in RabbitMQ's definitions format, without users.

    administrator: the user provisioning works as; it needs permission to delete what must be made again.
    suspended: leave the participant's own permission out.
    """
    vhost = vhost_name(code)
    allowed = {administrator: ADMINISTRATOR_PERMISSION, HUB_USER: HUB_PERMISSION}
    if not suspended:
        allowed[user_name(code)] = PARTICIPANT_PERMISSION
    return {
        "vhosts": [{"name": vhost}],
        "permissions": [
            {"user": user, "vhost": vhost, **dict(zip(PERMISSION_PARTS, regexes, strict=True))}
            for user, regexes in allowed.items()
        ],
        "parameters": [{"vhost": vhost, "component": "vhost-limits", "name": "limits", "value": VHOST_LIMITS}],
        "policies": _policies(vhost),
        "exchanges": [
            _exchange(vhost, TO_HUB, "fanout"),
            _exchange(vhost, FROM_HUB, "fanout"),
            _exchange(vhost, TO_HUB_UNROUTED, "fanout"),
            _exchange(vhost, DEAD, "direct"),
        ],
        "queues": [_queue(vhost, name) for name in QUEUES],
        "bindings": [
            _binding(vhost, TO_HUB, TO_HUB),
            _binding(vhost, FROM_HUB, FROM_HUB),
            _binding(vhost, TO_HUB_UNROUTED, TO_HUB_UNROUTED),
            _binding(vhost, DEAD, TO_HUB_DEAD, TO_HUB_DEAD),
            _binding(vhost, DEAD, FROM_HUB_DEAD, FROM_HUB_DEAD),
        ],
    }


def _policies(vhost: str) -> list[dict[str, Any]]:
    """Whatever can be a policy is one: policies change on a living queue, its arguments never do.

    At-least-once dead-lettering needs all of exchange, strategy and `reject-publish`; without one of them the broker
    falls back to at-most-once and says nothing. The dead-letter queues are limited too: a message is then kept where it
    was, and a flood of expiring messages fills its sender's queues only.
    """
    limits = {"max-length": MAX_MESSAGES, "max-length-bytes": MAX_BYTES, "overflow": "reject-publish"}
    return [
        _policy(vhost, TO_HUB, f"^{TO_HUB}$", "queues", {**limits, **_dead_lettering(TO_HUB_DEAD)}),
        _policy(vhost, FROM_HUB, f"^{FROM_HUB}$", "queues", {**limits, **_dead_lettering(FROM_HUB_DEAD)}),
        _policy(vhost, "kept", r"^(to-hub\.dead|from-hub\.dead|to-hub\.unrouted)$", "queues", limits),
        _policy(vhost, "unrouted", f"^{TO_HUB}$", "exchanges", {"alternate-exchange": TO_HUB_UNROUTED}),
    ]


def _dead_lettering(dead_queue: str) -> dict[str, Any]:
    return {
        "delivery-limit": DELIVERY_LIMIT,
        "dead-letter-exchange": DEAD,
        "dead-letter-routing-key": dead_queue,
        "dead-letter-strategy": "at-least-once",
    }


def _policy(vhost: str, name: str, pattern: str, apply_to: str, definition: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "vhost": vhost,
        "name": name,
        "pattern": pattern,
        "apply-to": apply_to,
        "definition": dict(definition),
        "priority": 0,
    }


def _exchange(vhost: str, name: str, kind: str) -> dict[str, Any]:
    fixed = {"durable": True, "auto_delete": False, "internal": False, "arguments": {}}
    return {"vhost": vhost, "name": name, "type": kind, **fixed}


def _queue(vhost: str, name: str) -> dict[str, Any]:
    """Only what cannot be a policy: the queue type, and one consumer at a time where order matters."""
    arguments: dict[str, Any] = {"x-queue-type": "quorum"}
    if name == TO_HUB:
        arguments["x-single-active-consumer"] = True
    return {"vhost": vhost, "name": name, "durable": True, "auto_delete": False, "arguments": arguments}


def _binding(vhost: str, source: str, queue: str, routing_key: str = "") -> dict[str, Any]:
    return {
        "vhost": vhost,
        "source": source,
        "destination": queue,
        "destination_type": "queue",
        "routing_key": routing_key,
        "arguments": {},
    }
