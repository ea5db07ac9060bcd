"""Clocks expire when their end is over, never before, and once; they warn before it, and procedures follow."""

import json
import time as real_time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update
from sqlmodel import col

from board_hub.domain.clocks import ClockState
from board_hub.domain.envelope import MessageType
from board_hub.domain.events import HUB, EventName
from board_hub.services.clocks.expiry import expire_due
from board_hub.services.unit_of_work import Hub
from board_hub.store.case_tables import Change, Clock, ProcedureRun, ProcedureStep
from board_hub.store.tables import Delivery, EvidenceLeaf, Message
from board_hub.store.work_tables import DueItem
from tests.support.clocks import (
    NOON,
    OTHERS,
    Rows,
    Time,
    add_due_item,
    add_procedure,
    add_scheduled,
    clock_of,
    expire_all,
    fill,
    join_union,
    states_of,
)
from tests.support.hub import AIO, FR, join

DE, PT = "DE-MSA", "PT-MSA"
TICK = timedelta(microseconds=1)
DAY = timedelta(days=1)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def timed(hub: Hub, time: Time) -> Hub:
    """A hub with France, Germany, Portugal and the AI Office, by a clock of the test's."""
    for code in (FR, DE, PT, AIO):
        join(hub, code)
    return time.hub(hub)


def begin(hub: Hub, *holders: str, rule: str = "E06", started_at: datetime = NOON, **case: Any) -> list[UUID]:
    """Clocks of one procedure of France's, one for each holder."""
    rows = Rows()
    run = add_procedure(rows, 1, recipients=[one for one in holders if one != "operator"], **case)
    clocks = [add_scheduled(rows, hub, rule=rule, holder=one, started_at=started_at, run=run) for one in holders]
    rows.insert(hub)
    return clocks


def end_of(hub: Hub, clock: UUID) -> datetime:
    end = clock_of(hub, clock).end_at
    assert end is not None
    return end


def told(hub: Hub, type_: MessageType) -> list[tuple[str, dict[str, Any]]]:
    """(recipient, item) of all news of this type, in order."""
    with hub.work(HUB) as uow:
        rows = uow.session.execute(
            select(col(Delivery.recipient), col(Message.body))
            .join(Message, col(Message.id) == Delivery.message_id)
            .where(col(Message.type) == type_)
            .order_by(col(Message.id), col(Delivery.recipient))
        ).all()
    return [(row.recipient, item) for row in rows for item in json.loads(row.body)["data"]["items"]]


def outcomes(hub: Hub) -> dict[str | None, int]:
    with hub.work(HUB) as uow:
        rows = uow.session.execute(select(col(DueItem.outcome), func.count()).group_by(col(DueItem.outcome)))
        return {row[0]: row[1] for row in rows}


def change(hub: Hub, clock: UUID, **values: Any) -> None:
    with hub.work(HUB) as uow:
        uow.session.execute(update(Clock).where(col(Clock.id) == clock).values(**values))
        uow.session.commit()


def run_at(hub: Hub, time: Time, *moments: datetime) -> None:
    for moment in moments:
        time.now = moment
        expire_all(hub)


def test_a_clock_does_not_expire_a_microsecond_early(timed: Hub, time: Time) -> None:
    (clock,) = begin(timed, DE)
    run_at(timed, time, end_of(timed, clock) - TICK)
    assert clock_of(timed, clock).state == ClockState.RUNNING


def test_a_clock_expires_when_its_end_is_over(timed: Hub, time: Time) -> None:
    (clock,) = begin(timed, DE)
    run_at(timed, time, end_of(timed, clock))
    found = clock_of(timed, clock)
    assert (found.state, found.expired_at) == (ClockState.EXPIRED, time.now)


def test_its_holder_is_told_once_with_the_clock_as_it_is(timed: Hub, time: Time) -> None:
    (clock,) = begin(timed, DE)
    end = end_of(timed, clock)
    run_at(timed, time, end, end + DAY)
    ((recipient, item),) = told(timed, MessageType.CLOCK_EXPIRED)
    assert recipient == DE
    assert (item["id"], item["state"], item["case"]) == (str(clock), "expired", "AIB-2020-000001")


def test_an_operators_clock_is_told_to_who_opened_the_procedure(timed: Hub, time: Time) -> None:
    rows = Rows()
    run = add_procedure(rows, 1, recipients=[DE], state="finding-shared")
    clock = add_scheduled(rows, timed, rule="E02", holder=DE, started_at=NOON, run=run)
    rows.insert(timed)
    change(timed, clock, holder="operator")
    run_at(timed, time, end_of(timed, clock))
    assert [recipient for recipient, _ in told(timed, MessageType.CLOCK_EXPIRED)] == [FR]


def test_warnings_come_before_the_end_each_once(timed: Hub, time: Time) -> None:
    (clock,) = begin(timed, DE)
    end = end_of(timed, clock)
    run_at(timed, time, *(NOON + hours * timedelta(hours=6) for hours in range(4 * 95)))
    warned = [item["days_left"] for _, item in told(timed, MessageType.CLOCK_WARNED)]
    assert len(warned) == 3
    assert warned == sorted(warned, reverse=True)
    assert len(told(timed, MessageType.CLOCK_EXPIRED)) == 1
    assert time.now > end


def test_after_an_outage_the_warning_that_was_missed_comes_once_and_the_next_in_its_time(
    timed: Hub, time: Time
) -> None:
    (clock,) = begin(timed, DE)
    run_at(timed, time, end_of(timed, clock) - 2.5 * DAY, end_of(timed, clock) - 2.4 * DAY)
    assert len(told(timed, MessageType.CLOCK_WARNED)) == 1
    run_at(timed, time, end_of(timed, clock) - timedelta(minutes=1))
    assert len(told(timed, MessageType.CLOCK_WARNED)) == 2


@pytest.mark.parametrize("state", [ClockState.MET, ClockState.ENDED, ClockState.SUSPENDED, ClockState.EXPIRED])
def test_a_clock_that_does_not_run_needs_nothing(timed: Hub, time: Time, state: ClockState) -> None:
    (clock,) = begin(timed, DE)
    change(timed, clock, state=state)
    run_at(timed, time, end_of(timed, clock))
    assert clock_of(timed, clock).state == state
    assert outcomes(timed) == {"not needed": 1}


def test_an_end_that_was_moved_later_is_kept(timed: Hub, time: Time) -> None:
    (clock,) = begin(timed, DE)
    first = end_of(timed, clock)
    later = first + 30 * DAY
    change(timed, clock, end_at=later, end_on=later.date(), nominal_on=later.date(), nominal_at=later)
    run_at(timed, time, first)
    assert clock_of(timed, clock).state == ClockState.RUNNING
    assert not told(timed, MessageType.CLOCK_WARNED)
    run_at(timed, time, later)
    assert clock_of(timed, clock).state == ClockState.EXPIRED


def test_a_period_is_not_reopened_when_the_machines_clock_goes_back(timed: Hub, time: Time) -> None:
    (clock,) = begin(timed, DE)
    end = end_of(timed, clock)
    run_at(timed, time, end, end - timedelta(hours=1), end - DAY, end, end + DAY)
    assert clock_of(timed, clock).expired_at == end
    assert len(told(timed, MessageType.CLOCK_EXPIRED)) == 1


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(hours=1), -DAY, DAY])
@pytest.mark.parametrize(
    "started_at",
    [
        datetime(2026, 12, 27, 12, tzinfo=UTC),  # ends about the spring night without its hour 2
        datetime(2027, 7, 30, 12, tzinfo=UTC),  # about the autumn night that has it twice
        datetime(2027, 11, 29, 12, tzinfo=UTC),  # on 29 February 2028
        datetime(2027, 9, 30, 12, tzinfo=UTC),  # at the end of a year
    ],
)
def test_it_expires_once_and_never_early_however_the_machines_clock_jumps(
    timed: Hub, time: Time, started_at: datetime, jump: timedelta
) -> None:
    clocks = begin(timed, DE, PT, started_at=started_at)
    ends = [end_of(timed, clock) for clock in clocks]
    moments = [min(ends) + timedelta(minutes=30 * step) for step in range(-4, 6)]
    for moment in [*moments, *(moment + jump for moment in moments), max(ends) + DAY]:
        run_at(timed, time, moment)
        for clock, end in zip(clocks, ends, strict=True):
            expired_at = clock_of(timed, clock).expired_at
            assert expired_at is None or expired_at >= end
    assert sorted(recipient for recipient, _ in told(timed, MessageType.CLOCK_EXPIRED)) == [DE, PT]


def test_an_escalated_expiry_is_told_to_the_ai_office_too(timed: Hub, time: Time) -> None:
    (clock,) = begin(timed, PT, AIO, rule="E08", state="consultation")[:1]
    run_at(timed, time, end_of(timed, clock) + DAY)
    found = [(recipient, item["case"]) for recipient, item in told(timed, MessageType.CLOCK_EXPIRED)]
    assert (AIO, "AIB-2020-000001") in found


def test_of_a_case_it_may_not_read_the_ai_office_learns_only_that_a_period_ended(timed: Hub, time: Time) -> None:
    (clock,) = begin(timed, PT, rule="E08", state="consultation")
    run_at(timed, time, end_of(timed, clock))
    ((_, item),) = [one for one in told(timed, MessageType.CLOCK_EXPIRED) if one[0] == AIO]
    assert item["rule"] == "E08"
    assert item.keys().isdisjoint({"case", "holder", "explanation"})


def test_a_duty_is_reminded_of_and_never_called_late(timed: Hub, time: Time) -> None:
    (clock,) = begin(timed, DE, rule="E10", state="deemed-justified")
    run_at(timed, time, *(NOON + DAY * days for days in range(65)))
    assert [item["elapsed_days"] for _, item in told(timed, MessageType.FOLLOWUP_DUE)] == [30, 60]
    assert clock_of(timed, clock).state == ClockState.RUNNING


def test_a_duty_that_was_met_is_not_reminded_of(timed: Hub, time: Time) -> None:
    (clock,) = begin(timed, DE, rule="E10", state="deemed-justified")
    change(timed, clock, state=ClockState.MET)
    run_at(timed, time, NOON + 31 * DAY)
    assert not told(timed, MessageType.FOLLOWUP_DUE)


def test_the_procedure_moves_only_after_the_latest_end(timed: Hub, time: Time) -> None:
    first, second = begin(timed, DE, PT, AIO)[:2]
    change(timed, second, end_at=end_of(timed, first) + DAY)
    run_at(timed, time, end_of(timed, first))
    assert states_of(timed) == ["objection-window"]
    run_at(timed, time, end_of(timed, first) + 2 * DAY)
    assert states_of(timed) == ["deemed-justified"]
    with timed.work(HUB) as uow:
        assert uow.session.execute(select(func.count()).select_from(ProcedureStep)).scalar_one() == 1


def test_after_an_outage_what_the_step_made_needless_does_not_expire(timed: Hub, time: Time) -> None:
    rows = Rows()
    run = add_procedure(rows, 1, recipients=[DE, AIO])
    window = add_scheduled(rows, timed, rule="E06", holder=DE, started_at=NOON, run=run)
    limit = add_scheduled(rows, timed, rule="E08", holder=AIO, started_at=NOON, run=run)
    rows.insert(timed)
    assert end_of(timed, limit) > end_of(timed, window)
    run_at(timed, time, end_of(timed, limit) + DAY)
    assert [clock_of(timed, clock).state for clock in (window, limit)] == [ClockState.EXPIRED, ClockState.ENDED]


def test_one_leaf_of_the_log_vouches_for_all_clocks_of_a_procedure(timed: Hub, time: Time) -> None:
    clocks = begin(timed, DE, AIO)
    run_at(timed, time, max(end_of(timed, clock) for clock in clocks))
    with timed.work(HUB) as uow:
        (entry,) = [
            json.loads(leaf)
            for leaf in uow.session.execute(select(col(EvidenceLeaf.entry))).scalars()
            if json.loads(leaf)["event"] == EventName.CLOCK_EXPIRED
        ]
        seen = uow.session.execute(select(col(Change.subject)).where(col(Change.kind) == "clock")).scalars().all()
    assert entry["detail"]["clocks"].keys() == set(map(str, clocks))
    assert set(map(str, clocks)) <= set(seen)


def test_a_period_that_repeats_begins_again_at_its_end(timed: Hub, time: Time) -> None:
    rows = Rows()
    code, state = _somewhere(timed, "T07")
    run = add_procedure(rows, 1, recipients=[DE], code=code, state=state)
    clock = add_scheduled(rows, timed, rule="T07", holder=FR, started_at=NOON, run=run)
    rows.insert(timed)
    end = clock_of(timed, clock).end_on
    run_at(timed, time, end_of(timed, clock))
    assert end is not None
    with timed.work(HUB) as uow:
        found = uow.session.execute(select(Clock).where(col(Clock.id) != clock, col(Clock.rule) == "T07")).scalars()
        ((cycle, state_, year),) = [(one.cycle, one.state, one.end_on.year) for one in found if one.end_on]
    assert (cycle, state_, year) == (str(end), ClockState.RUNNING, end.year + 1)


def _somewhere(hub: Hub, rule: str) -> tuple[str, str]:
    """The rule's procedure, and a state of it that is neither its start nor final."""
    catalogue = hub.catalogues["2026-07-27"]
    found = catalogue.clocks[rule]
    assert found.procedure is not None
    states = catalogue.procedures[found.procedure].states
    return found.procedure, next(code for code, one in states.items() if code != "start" and not one.final)


def test_a_clock_whose_rule_is_gone_is_left_and_stops_nobody(timed: Hub, time: Time) -> None:
    lost, found = begin(timed, DE, PT)
    change(timed, lost, rule="GONE")
    run_at(timed, time, max(end_of(timed, lost), end_of(timed, found)))
    assert clock_of(timed, found).state == ClockState.EXPIRED
    assert clock_of(timed, lost).state == ClockState.RUNNING


def test_two_runs_at_once_expire_each_clock_once(hub: Hub) -> None:
    join_union(hub)
    fill(hub, 270, 270, now=datetime.now(UTC))
    with ThreadPoolExecutor(4) as pool:
        done = sum(pool.map(lambda _: expire_in_small_batches(hub), range(4)))
    assert done == 270
    assert len(told(hub, MessageType.CLOCK_EXPIRED)) == 270
    with hub.work(HUB) as uow:
        steps = uow.session.execute(select(col(ProcedureStep.procedure_id))).scalars().all()
        runs = uow.session.execute(select(col(ProcedureRun.id))).scalars().all()
    assert sorted(steps) == sorted(runs)


def expire_in_small_batches(hub: Hub) -> int:
    done = 0
    while True:
        with hub.work(HUB) as uow:
            count = expire_due(uow, 20)
            uow.commit()
        done += count
        if not count and not _open(hub):
            return done


def _open(hub: Hub) -> int:
    with hub.work(HUB) as uow:
        still = select(func.count()).where(col(DueItem.done_at).is_(None), col(DueItem.due_at) <= uow.now)
        return int(uow.session.execute(still).scalar_one())


def test_with_very_many_open_clocks_those_due_are_quickly_done(hub: Hub) -> None:
    """The full number is measured in tests/benchmarks/expiry.py; this is a tenth of it."""
    join_union(hub)
    fill(hub, 10_000, 1_000, now=datetime.now(UTC))
    began = real_time.process_time()  # a machine that others use too tells nothing by the clock on the wall
    done = expire_all(hub)
    assert done >= 1_000
    assert real_time.process_time() - began < 5


def test_all_holders_of_a_union_wide_procedure_are_told_and_none_twice(hub: Hub) -> None:
    join_union(hub)
    fill(hub, 27, 27, now=datetime.now(UTC))
    expire_all(hub)
    recipients: Sequence[str] = [recipient for recipient, _ in told(hub, MessageType.CLOCK_EXPIRED)]
    assert sorted(recipients) == sorted([*OTHERS, AIO])


def test_an_item_without_its_clock_is_done_with(timed: Hub, time: Time) -> None:
    rows = Rows()
    add_due_item(rows, UUID(int=1), NOON)
    rows.insert(timed)
    run_at(timed, time, NOON)
    assert outcomes(timed) == {"no such clock": 1}
