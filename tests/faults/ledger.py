"""The ledger: what was handed to the hub against what is on record and what the recipients saw; Jepsen's counters."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select, text, update
from sqlmodel import col

from board_hub.domain.errors import Unavailable
from board_hub.domain.events import HUB
from board_hub.services.operation import evidence_check
from board_hub.store.tables import Delivery, Quarantine
from messaging.inbox import Inbox
from messaging.management import Management
from messaging.topology import vhost_name
from tests.faults.programs import Recipient, Sender
from tests.support.exchange import Exchange

STABLE = 2.2
"""Seconds without any change before it is quiet: the broker's counts are up to a second old."""

NOTICES = "SELECT message_id, body FROM message WHERE source = :code AND type LIKE '%notice.issued%'"
ACCEPTED = """
    SELECT notice.message_id, receipt.message_id
    FROM message AS receipt JOIN message AS notice ON receipt.about = notice.id
    WHERE receipt.type LIKE '%receipt.accepted%' AND notice.source = :code
"""
DELIVERED = """
    SELECT notice.message_id, delivery.recipient FROM delivery JOIN message AS notice ON delivery.message_id = notice.id
    WHERE notice.source = :code AND delivery.delivered_at IS NOT NULL
"""
TOLD = """
    SELECT notice.message_id, receipt.body FROM message AS receipt JOIN message AS notice ON receipt.about = notice.id
    WHERE receipt.type LIKE '%receipt.delivered%' AND notice.source = :code
"""
OWED = "SELECT count(*) FROM delivery WHERE state = 'owed'"
OPEN = "SELECT count(*) FROM delivery WHERE next_attempt_at IS NOT NULL"


@dataclass
class Verdict:
    """lost: confirmed by the broker to its publisher, but gone. duplicated: more than one effect of one message.

    unexpected: what nobody sent, or with other bytes. recovered: never confirmed, but arrived.
    """

    lost: set[str] = field(default_factory=set)
    duplicated: set[str] = field(default_factory=set)
    unexpected: set[str] = field(default_factory=set)
    recovered: set[str] = field(default_factory=set)
    quiet: bool = True

    @property
    def clean(self) -> bool:
        return self.quiet and not (self.lost or self.duplicated or self.unexpected)

    def __str__(self) -> str:
        counters = {name: getattr(self, name) for name in ("lost", "duplicated", "unexpected", "recovered")}
        counted = ", ".join(f"{name} {len(found)} {sorted(found)[:3]}" for name, found in counters.items())
        return counted + ("" if self.quiet else ", NOT QUIET")


@dataclass
class Ledger:
    """One sender, its recipients, and the hub between them."""

    exchange: Exchange
    sender: Sender
    recipients: Sequence[Recipient]

    def judge(self, seconds: float = 60) -> Verdict:
        """Wait until nothing moves any more, then count. Nothing has been sent again on suspicion until then."""
        quiet = await_stable(self._is_still, self._fingerprint, seconds)
        verdict = Verdict(quiet=quiet)
        self._judge_intake(verdict)
        self._judge_relay(verdict)
        return verdict

    def heal(self, seconds: float = 60) -> None:
        """Let the hours pass after which hub and sender send again what was not collected or answered."""
        self.sender.resending.set()
        with self.exchange.hub.work(HUB) as uow:
            uow.session.execute(
                update(Delivery).where(col(Delivery.next_attempt_at).is_not(None)).values(next_attempt_at=uow.now)
            )
            uow.ring()
            uow.commit()
        done = await_until(lambda: self._is_still() and not self._scalar(OPEN), seconds, pause=0.2)
        assert done, f"{self._scalar(OPEN)} deliveries stay open; in the queues: {self._in_queues()}"

    def check_complete(self) -> None:
        """All of it, to the last receipt; call it when the programs have ended."""
        expected, codes = set(self.sender.sent), [one.code for one in self.recipients]
        pairs = [(one, code) for one in expected for code in codes]
        assert _difference(self._rows(NOTICES, 0), expected) == {}
        assert _difference(self._rows(ACCEPTED, 0), expected) == {}
        assert _difference(self._execute(DELIVERED), pairs) == {}
        assert _difference(self._told(), pairs) == {}
        for recipient in self.recipients:
            assert _difference([one for one, _ in recipient.seen], expected) == {}
        with self.exchange.hub.work(HUB) as uow:
            report = evidence_check.verify(uow)
        assert report.clean, report.first
        inbox = Inbox(self.sender.inbox_file)
        untold = [one for one in expected if not inbox.receipt(one) or sorted(inbox.deliveries(one)) != sorted(codes)]
        inbox.close()
        assert not untold, f"the sender was not told of {len(untold)}: {sorted(untold)[:5]}"

    def quarantined(self) -> list[tuple[bytes, str]]:
        """Body and first flaw of whatever was refused."""
        with self.exchange.hub.work(HUB) as uow:
            return [(one.body, one.flaws[0]["code"]) for one in uow.session.execute(select(Quarantine)).scalars()]

    def redelivered(self) -> int:
        """How often a message of the sender went back to a queue of its virtual host."""
        management = Management(self.exchange.node.management_url)
        queues = management.queue_statistics(vhost_name(self.sender.code))
        return sum(queue.get("message_stats", {}).get("redeliver", 0) for queue in queues)

    def _judge_intake(self, verdict: Verdict) -> None:
        handed, confirmed = self.sender.transport.handed, self.sender.transport.confirmed
        stored = self._execute(NOTICES)
        known = {one for one, _ in stored}
        verdict.lost |= (confirmed & set(self.sender.sent)) - known
        verdict.recovered |= known - confirmed
        verdict.duplicated |= _repeated(one for one, _ in stored) | _repeated(self._rows(ACCEPTED, 0))
        verdict.unexpected |= {one for one, body in stored if one not in handed or body != handed[one][0]}

    def _judge_relay(self, verdict: Verdict) -> None:
        handed = self.sender.transport.handed
        delivered = set(self._execute(DELIVERED))
        for recipient in self.recipients:
            seen = [one for one, _ in recipient.seen]
            gone = {one for one, code in delivered if code == recipient.code} - set(seen)
            verdict.lost |= {f"{one} to {recipient.code}" for one in gone}
            verdict.duplicated |= {f"{one} to {recipient.code}" for one in _repeated(seen)}
            strange = {one for one, body in recipient.seen if one not in handed or body != handed[one][0]}
            verdict.unexpected |= {f"{one} to {recipient.code}" for one in strange}

    def _told(self) -> list[tuple[str, str]]:
        """(notice, recipient) of each `delivered` that the hub signed: its word on the legal receipt, given once."""
        return [
            (one, delivery["recipient"])
            for one, body in self._execute(TOLD)
            for delivery in json.loads(body)["data"]["deliveries"]
        ]

    def _is_still(self) -> bool:
        return self.sender.idle and not self._scalar(OWED) and not self._in_queues()

    def _in_queues(self) -> int:
        """Ready and unacknowledged, over all queues; the dead ones too."""
        try:
            depths = [self.exchange.provisioner.depths(code) for code in self.exchange.parties]
        except Unavailable:  # the management API is not back yet
            return 1
        return sum(depth.messages for queues in depths for depth in queues.values())

    def _fingerprint(self) -> object:
        return (
            len(self.sender.answered),
            [len(one.seen) for one in self.recipients],
            self._scalar("SELECT count(*) FROM message"),
            self._scalar(OPEN),
        )

    def _rows(self, sql: str, column: int) -> list[str]:
        return [row[column] for row in self._execute(sql)]

    def _scalar(self, sql: str) -> int:
        return int(self._execute(sql)[0][0])

    def _execute(self, sql: str) -> list[Any]:
        named = {"code": self.sender.code} if ":code" in sql else {}
        with self.exchange.hub.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(sql), named)]


def await_until(condition: Callable[[], object], seconds: float, pause: float = 0.005) -> bool:
    """Look every few milliseconds; false when the condition is not met in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def await_stable(still: Callable[[], bool], fingerprint: Callable[[], object], seconds: float) -> bool:
    """Wait until it is still and nothing has changed for STABLE seconds; false when that is not so in time."""
    deadline = time.monotonic() + seconds
    last, since = None, time.monotonic()
    while time.monotonic() < deadline:
        now = fingerprint() if still() else None
        if now is None or now != last:
            last, since = now, time.monotonic()
        elif time.monotonic() - since >= STABLE:
            return True
        time.sleep(0.2)
    return False


def _difference(found: Iterable[object], expected: Iterable[object]) -> dict[object, int]:
    """What is there too often (positive) or too rarely (negative), and by how much."""
    counts = Counter(found)
    counts.subtract(expected)
    return {one: times for one, times in counts.items() if times}


def _repeated(ids: Iterable[str]) -> set[str]:
    return {one for one, times in Counter(ids).items() if times > 1}
