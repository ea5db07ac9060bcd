"""Life of a delivery: what it can become, when it is sent again, and who must act."""

from datetime import timedelta
from enum import StrEnum


class Transport(StrEnum):
    """How a participant is reached: its own virtual host, or the mailbox over HTTPS."""

    AMQP = "amqp"
    MAILBOX = "mailbox"


class DeliveryState(StrEnum):
    OWED = "owed"
    """Accepted for the recipient, not yet confirmed to be in its mailbox."""
    DELIVERED = "delivered"
    """Confirmed in the recipient's mailbox: the legal receipt, unless the secretariat configures another rule."""
    COLLECTED = "collected"
    """The recipient's system signed that it has it."""
    HANDLED = "handled"
    """The recipient's system signed that it acted on it."""


TRANSITIONS: dict[DeliveryState, frozenset[DeliveryState]] = {
    DeliveryState.OWED: frozenset({DeliveryState.DELIVERED, DeliveryState.COLLECTED, DeliveryState.HANDLED}),
    DeliveryState.DELIVERED: frozenset({DeliveryState.COLLECTED, DeliveryState.HANDLED}),
    DeliveryState.COLLECTED: frozenset({DeliveryState.HANDLED}),
    DeliveryState.HANDLED: frozenset(),
}

RETRY_AFTER_FAILURE = tuple(timedelta(seconds=s) for s in (1, 2, 5, 10, 30, 60))
"""Pauses before an undelivered message is tried again; the last one repeats."""

RESEND_UNCOLLECTED = tuple(timedelta(minutes=m) for m in (1, 5, 30, 120, 720))
"""Pauses before a delivered but uncollected message is sent again; the last one repeats."""


def pause_before_retry(failures: int) -> timedelta:
    """How long to wait after `failures` failed attempts (at least 1) to reach the recipient's mailbox."""
    return RETRY_AFTER_FAILURE[min(failures, len(RETRY_AFTER_FAILURE)) - 1]


def pause_before_resend(attempts: int, intervals: tuple[timedelta, ...] = RESEND_UNCOLLECTED) -> timedelta:
    """How long a delivered message may stay uncollected after `attempts` sendings (at least 1)."""
    return intervals[min(attempts, len(intervals)) - 1]


class MustAct(StrEnum):
    NOBODY = "nobody"
    HUB = "hub"
    RECIPIENT = "recipient"


def who_must_act(state: DeliveryState) -> MustAct:
    """Who is to move a delivery on: the hub until it is in the mailbox, then the recipient, then nobody."""
    if state is DeliveryState.OWED:
        return MustAct.HUB
    return MustAct.RECIPIENT if state is DeliveryState.DELIVERED else MustAct.NOBODY
