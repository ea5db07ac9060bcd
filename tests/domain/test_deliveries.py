"""The life of a delivery: when it is tried again, when it is sent again, who must act."""

from datetime import timedelta

import pytest

from board_hub.domain.deliveries import (
    RESEND_UNCOLLECTED,
    RETRY_AFTER_FAILURE,
    TRANSITIONS,
    DeliveryState,
    MustAct,
    pause_before_resend,
    pause_before_retry,
    who_must_act,
)


def test_resending_follows_the_published_intervals_and_then_keeps_the_longest() -> None:
    minutes = [pause_before_resend(attempts).total_seconds() / 60 for attempts in range(1, 8)]
    assert minutes == [1, 5, 30, 120, 720, 720, 720]


@pytest.mark.parametrize("intervals", [RETRY_AFTER_FAILURE, RESEND_UNCOLLECTED])
def test_pauses_never_get_shorter(intervals: tuple[timedelta, ...]) -> None:
    assert list(intervals) == sorted(intervals)


def test_a_failing_delivery_is_tried_at_least_every_minute() -> None:
    assert max(pause_before_retry(failures) for failures in range(1, 50)) == timedelta(minutes=1)


@pytest.mark.parametrize(
    ("state", "who"),
    [
        (DeliveryState.OWED, MustAct.HUB),
        (DeliveryState.DELIVERED, MustAct.RECIPIENT),
        (DeliveryState.COLLECTED, MustAct.NOBODY),
        (DeliveryState.HANDLED, MustAct.NOBODY),
    ],
)
def test_who_must_act_follows_from_the_state(state: DeliveryState, who: MustAct) -> None:
    assert who_must_act(state) is who


def test_no_state_leads_back() -> None:
    order = list(DeliveryState)
    assert all(order.index(later) > order.index(state) for state, ways in TRANSITIONS.items() for later in ways)
