"""Keeps the broker equal to the directory: a virtual host per participant, through the management API only.

Never on the hot path: a quorum queue declared less than a second before a crash of the broker can come back broken, so
queues are made when the directory changes and checked before anybody relies on them.
"""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from messaging import topology
from messaging.drift import Drift, Item, Kind, compare, user, with_kept_password, with_password
from messaging.management import Management, ProvisionError
from messaging.topology import Definitions

__all__ = ["Depth", "Management", "ProvisionError", "Provisioner", "Wanted"]

# What an import of definitions overwrites; anything else that differs has to go first.
OVERWRITTEN = {"vhosts", "users", "permissions", "parameters", "policies"}
# What may be deleted when it is not ours: it carries no messages, and leaving it could open or redirect the mailbox.
DELETED_WHEN_STRAY = {"users", "permissions", "policies", "bindings"}
ROUNDS = 4
POLL = 0.1
# How long a fresh quorum queue may be without a leader before it counts as broken.
PATIENCE = 5.0


@dataclass(frozen=True)
class Wanted:
    """What the directory wants of one participant.

    password None: it logs in by certificate only. keep_password: whatever it has stays; the hub does not know it.
    """

    password: str | None
    suspended: bool = False
    keep_password: bool = False


@dataclass(frozen=True)
class Depth:
    """One queue's counts, as old as the broker's statistics (5 s by default, 1 s on a private node)."""

    ready: int
    unacked: int
    consumers: int

    @property
    def messages(self) -> int:
        return self.ready + self.unacked


class Provisioner:
    """Makes, checks and removes participants on the broker. hub_password None: the hub logs in by certificate."""

    def __init__(self, management: Management, *, hub_password: str | None) -> None:
        self._management = management
        self._hub_password = hub_password

    def ensure(self, code: str, password: str | None, *, may_recreate: bool = False) -> None:
        """Make the participant's place on the broker exactly what it must be; writes nothing when it is.

        may_recreate: a queue declared with other arguments may be deleted and declared again, with what is in it.
        """
        self._mend({code: Wanted(password)}, may_recreate=may_recreate)

    def restore(self, code: str, password: str | None) -> None:
        """Let a suspended participant in again; what waited for it is still there."""
        self.ensure(code, password)

    def suspend(self, code: str) -> None:
        """Cut the participant off, now, and keep its queues with what is in them."""
        self._delete_user(topology.user_name(code))

    def cut_off(self, codes: Collection[str]) -> int:
        """Cut off all of these that still have a login; returns how many had."""
        users = {item["name"] for item in self._management.definitions()["users"]}
        having = sorted(code for code in codes if topology.user_name(code) in users)
        for code in having:
            self.suspend(code)
        return len(having)

    def remove(self, code: str) -> None:
        """Cut the participant off and delete its queues with what is in them."""
        vhost = topology.vhost_name(code)
        self._delete_user(topology.user_name(code))
        self._management.delete("vhosts", vhost)

    def reconcile(self, wanted: Mapping[str, Wanted], *, remove_strays: bool = False) -> list[str]:
        """Make the broker equal to the directory, and say in words what was not.

        A participant's virtual host that the directory does not know is only named, unless `remove_strays`.
        """
        said = _told(self._mend(wanted, may_recreate=False))
        for code in sorted(self._codes() - set(wanted)):
            if remove_strays:
                self.remove(code)
            outcome = "removed" if remove_strays else "left alone"
            said.append(f"participant {code} is on the broker but not in the directory: {outcome}")
        return said

    def check(self, code: str, *, suspended: bool = False) -> list[str]:
        """Everything that is not as it must be, in words; passwords are not looked at. Empty: all is well."""
        actual = self._management.definitions()
        wanted = self._wanted({code: suspended})
        return _told(list(compare(wanted, actual, users=_users([code])))) + self._broken_queues(code)

    def await_ready(self, code: str, timeout: float = 30, *, may_recreate: bool = False) -> None:
        """Wait until every queue has a leader; ProvisionError with the faults when one has none in time.

        may_recreate: the caller knows that the queues hold nothing yet, so one that stays broken is made anew.
        """
        started = time.monotonic()
        recreated = not may_recreate
        while faults := self._broken_queues(code):
            waited = time.monotonic() - started
            if waited > timeout:
                raise ProvisionError(f"{code}: {'; '.join(faults)}. Restart the node that held them, or delete them")
            if not recreated and waited > min(PATIENCE, timeout / 2):
                self._recreate(code)
                recreated = True
            time.sleep(POLL)

    def depths(self, code: str) -> dict[str, Depth]:
        """Messages ready, messages delivered but not acknowledged, and consumers, of each queue."""
        vhost = topology.vhost_name(code)
        consumers = {queue["name"]: queue.get("consumers", 0) for queue in self._management.queue_statistics(vhost)}
        return {
            queue["name"]: Depth(
                ready=queue.get("messages_ready", 0),
                unacked=queue.get("messages_unacknowledged", 0),
                consumers=consumers.get(queue["name"], 0),
            )
            for queue in self._management.queues(vhost)
        }

    def _mend(self, wanted: Mapping[str, Wanted], *, may_recreate: bool) -> list[Drift]:
        """What was not as wanted. Each round looks again, since deleting an exchange takes its bindings along."""
        mended: list[Drift] = []
        for _ in range(ROUNDS):
            actual = self._management.definitions()
            definitions = self._wanted({code: place.suspended for code, place in wanted.items()})
            passwords = {code: place.password for code, place in wanted.items()}
            passwords[topology.HUB_USER] = self._hub_password
            kept = {code for code, place in wanted.items() if place.keep_password}
            definitions["users"] = [
                with_kept_password(item, actual)
                if item["name"] in kept
                else with_password(item, passwords[item["name"]], actual)
                for item in definitions["users"]
            ]
            drifts = [drift for drift in compare(definitions, actual, users=_users(wanted)) if _is_mendable(drift)]
            if not drifts:
                return mended
            self._apply(drifts, may_recreate=may_recreate)
            mended += [drift for drift in drifts if drift not in mended]
        raise ProvisionError("the broker does not stay as it was made: " + "; ".join(str(drift) for drift in drifts))

    def _wanted(self, suspended: Mapping[str, bool]) -> Definitions:
        """Definitions of all the participants together, and their users as yet without passwords."""
        together: Definitions = {"users": [user(topology.HUB_USER, limits={})], "vhosts": []}
        for code, is_suspended in suspended.items():
            place = topology.definitions(code, administrator=self._management.user, suspended=is_suspended)
            for section, items in place.items():
                together.setdefault(section, []).extend(items)
            if not is_suspended:
                together["users"].append(user(topology.user_name(code), limits=topology.USER_LIMITS))
        return together

    def _apply(self, drifts: Iterable[Drift], *, may_recreate: bool) -> None:
        imported: Definitions = {}
        for drift in drifts:
            if drift.kind is Kind.STRAY:
                self._delete_stray(drift)
                continue
            if drift.kind is Kind.DIFFERENT and drift.section not in OVERWRITTEN:
                self._delete_different(drift, may_recreate=may_recreate)
            imported.setdefault(drift.section, []).append(dict(drift.item))
        if imported:
            self._management.import_definitions(imported)

    def _delete_different(self, drift: Drift, *, may_recreate: bool) -> None:
        if drift.section == "queues" and not may_recreate:
            raise ProvisionError(
                f"{drift}: its arguments cannot change while it lives. Drain it and delete it, then retry"
            )
        self._management.delete(drift.section, drift.item["vhost"], drift.item["name"])

    def _delete_stray(self, drift: Drift) -> None:
        item = drift.item
        if drift.section == "users":
            self._delete_user(item["name"])
        elif drift.section == "permissions":
            self._management.delete("permissions", item["vhost"], item["user"])
        elif drift.section == "policies":
            self._management.delete("policies", item["vhost"], item["name"])
        else:
            self._management.delete_binding(item)

    def _delete_user(self, name: str) -> None:
        """Deleting a user makes the broker close its connections; the second call is for one that was just opening."""
        self._management.delete("users", name)
        self._management.delete("connections", "username", name)

    def _codes(self) -> set[str]:
        vhosts = (item["name"] for item in self._management.definitions()["vhosts"])
        return {code for vhost in vhosts if (code := topology.code_of(vhost))}

    def _broken_queues(self, code: str) -> list[str]:
        vhost = topology.vhost_name(code)
        found = {queue["name"]: queue for queue in self._management.queues(vhost)}
        return [
            f"queue {name} in {vhost} has no working leader (state {found.get(name, {}).get('state', 'missing')})"
            for name in topology.QUEUES
            if not _is_led(found.get(name, {}))
        ]

    def _recreate(self, code: str) -> None:
        """Delete the queues without a leader and declare them again; their bindings went with them."""
        vhost = topology.vhost_name(code)
        for queue in self._management.queues(vhost):
            if not _is_led(queue):
                self._management.delete("queues", vhost, queue["name"])
        place = topology.definitions(code, administrator=self._management.user)
        self._management.import_definitions({section: place[section] for section in ("queues", "bindings")})


def _users(codes: Iterable[str]) -> set[str]:
    return {topology.HUB_USER, *(topology.user_name(code) for code in codes)}


def _told(drifts: Sequence[Drift]) -> list[str]:
    """In words; of a virtual host that is missing altogether only that."""
    absent = {drift.item["name"] for drift in drifts if drift.section == "vhosts"}
    return [str(drift) for drift in drifts if drift.item.get("vhost") not in absent]


def _is_mendable(drift: Drift) -> bool:
    return drift.kind is not Kind.STRAY or drift.section in DELETED_WHEN_STRAY


def _is_led(queue: Item) -> bool:
    return queue.get("state") == "running" and bool(queue.get("leader")) and queue["leader"] in queue.get("online", ())
