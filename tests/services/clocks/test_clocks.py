"""Clocks in cases: they wait for receipt, stop, begin anew, grow longer, are met or done late; the same everywhere."""

from datetime import UTC, date, datetime
from json import loads
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from board_hub.domain.clocks import ClockState
from board_hub.domain.deliveries import Transport
from board_hub.domain.envelope import MessageType
from board_hub.domain.events import HUB
from board_hub.services.clocks.calendars import fill_calendars, set_calendar_year
from board_hub.services.clocks.yearly_clocks import begin_yearly_clocks
from board_hub.services.directory.directory import remove_participant
from board_hub.services.exchange.deliveries import Attempt, Result, claim_due, settle
from board_hub.services.unit_of_work import Hub
from board_hub.store.case_tables import Clock
from board_hub.store.tables import Message
from tests.support.cases import SetClock, issue, with_clock
from tests.support.hub import AIO, DE, EE, FR, join, join_four

PANEL = "EU-PANEL"


@pytest.fixture
def clock() -> SetClock:
    return SetClock(datetime(2026, 11, 2, 9, tzinfo=UTC))


@pytest.fixture
def timed(hub: Hub, clock: SetClock) -> Hub:
    return with_clock(hub, clock)


def clocks(hub: Hub, rule: str) -> dict[str, Clock]:
    """Clocks of a rule by holder; the newest of each."""
    with hub.work(HUB) as uow:
        rows = uow.session.execute(select(Clock).where(col(Clock.rule) == rule).order_by(col(Clock.id))).scalars()
        return {row.holder: row for row in rows}


def deliver(hub: Hub, recipient: str) -> None:
    """What the relay does when the broker confirms everything that is due to this recipient."""
    with hub.work(HUB) as uow:
        settle(uow, [Attempt(due, Result.CONFIRMED) for due in claim_due(uow, [recipient], 500)])
        uow.commit()


def news(hub: Hub, type_: MessageType) -> list[dict[str, Any]]:
    with hub.work(HUB) as uow:
        bodies = uow.session.execute(select(col(Message.body)).where(col(Message.type) == type_)).scalars()
        return [item for body in bodies for item in loads(body)["data"]["items"]]


def test_a_window_waits_until_its_holder_has_the_notice_and_counts_from_then(timed: Hub, clock: SetClock) -> None:
    parties = join_four(timed, Transport.AMQP)
    issue(timed, parties[FR])
    assert {one.state for one in clocks(timed, "E06").values()} == {ClockState.WAITING}
    deliver(timed, DE)
    clock.move(days=3)
    deliver(timed, EE)
    found = clocks(timed, "E06")
    assert (found[DE].nominal_on, found[EE].nominal_on) == (date(2027, 2, 2), date(2027, 2, 5))
    assert found[AIO].state == ClockState.WAITING


def test_a_second_confirm_does_not_move_the_window(timed: Hub, clock: SetClock) -> None:
    parties = join_four(timed, Transport.AMQP)
    issue(timed, parties[FR])
    deliver(timed, DE)
    before = clocks(timed, "E06")[DE].end_at
    clock.move(hours=1)
    deliver(timed, DE)
    assert clocks(timed, "E06")[DE].end_at == before


def test_the_commissions_period_runs_from_the_notification_itself(timed: Hub, clock: SetClock) -> None:
    parties = join_four(timed, Transport.AMQP)
    receipt = issue(timed, parties[FR]).receipt
    assert [one["nominal_end"] for one in receipt["clocks"] if one["rule"] == "E08"] == ["2027-05-02"]


def test_a_prohibited_practice_switches_both_clocks(timed: Hub) -> None:
    parties = join_four(timed)
    receipt = issue(timed, parties[FR], fields={"grounds": ["art5-prohibited-practice"]}).receipt
    ends = {one["rule"]: one["nominal_end"] for one in receipt["clocks"] if one["rule"].startswith(("E06", "E08"))}
    assert ends == {"E06_ART5": "2026-12-02", "E08_ART5": "2027-01-01"}


def test_receipt_news_and_table_say_the_same_of_a_clock(timed: Hub) -> None:
    parties = join_four(timed)
    receipt = issue(timed, parties[FR]).receipt
    told = {item["id"]: item for item in news(timed, MessageType.CLOCK_STARTED)}
    mine = next(one for one in receipt["clocks"] if one["holder"] == DE and one["rule"] == "E06")
    assert told[mine["id"]] == mine
    row = clocks(timed, "E06")[DE]
    assert (mine["end_at"], mine["explanation"]) == (row.end_at and row.end_at.isoformat(), row.explanation)


def test_an_objection_meets_the_senders_own_window_alone(timed: Hub) -> None:
    parties = join_four(timed)
    opened = issue(timed, parties[FR])
    issue(timed, parties[DE], "art79-8-objection", fields={"notice": opened.reference}, to=[FR])
    states = {holder: one.state for holder, one in clocks(timed, "E06").items()}
    assert states == {DE: ClockState.MET, EE: ClockState.RUNNING, AIO: ClockState.RUNNING}


def test_an_objection_after_the_senders_window_is_refused_with_the_day_it_ended(timed: Hub, clock: SetClock) -> None:
    parties = join_four(timed)
    opened = issue(timed, parties[FR])
    clock.move(days=95)
    late = issue(timed, parties[DE], "art79-8-objection", fields={"notice": opened.reference}, to=[FR])
    assert late.codes == ["clock.expired"]
    assert "2027-02-02" in late.outcome.flaws[0].message


def test_an_incomplete_alert_stops_the_clock_and_its_completion_begins_it_anew(timed: Hub, clock: SetClock) -> None:
    parties = join_four(timed) | {PANEL: join(timed, PANEL, kinds=("PANEL",))}
    alert = issue(timed, parties[PANEL], "art90-alert")
    about = {"request": alert.reference, "notice": alert.reference, "alert": alert.reference}
    clock.move(days=3)
    wanted = _known(timed, about, "art90-completion-request")
    asked = issue(timed, parties[AIO], "art90-completion-request", fields=wanted)
    assert asked.outcome.accepted, asked.outcome.flaws
    assert clocks(timed, "G20")[AIO].state == ClockState.SUSPENDED
    clock.move(days=10)
    completion = _known(timed, about, "art90-completion")
    assert issue(timed, parties[PANEL], "art90-completion", fields=completion).outcome.accepted
    found = clocks(timed, "G20")[AIO]
    assert (found.state, found.nominal_on) == (ClockState.RUNNING, date(2026, 11, 29))


def _known(hub: Hub, about: dict[str, Any], code: str) -> dict[str, Any]:
    names = hub.catalogues[max(hub.catalogues)].notice_types[code].field_names
    return {name: value for name, value in about.items() if name in names}


def test_testing_may_be_made_longer_once(timed: Hub) -> None:
    parties = join_four(timed)
    plan = issue(timed, parties[FR], "art60-4-plan", to=[DE])
    steps: tuple[tuple[str, dict[str, str]], ...] = (
        ("art60-4-decision", {"testing_decision": "approved"}),
        ("art60-4-start", {"testing_started_on": "2026-11-02"}),
    )
    for code, fields in steps:
        assert issue(timed, parties[FR], code, fields={"notice": plan.reference, **fields}, to=[DE]).outcome.accepted
    assert clocks(timed, "T02")["operator"].nominal_on == date(2027, 5, 2)
    for _ in range(2):
        issue(timed, parties[FR], "art60-4-extension", fields={"notice": plan.reference}, to=[DE])
    assert clocks(timed, "T02")["operator"].nominal_on == date(2027, 11, 2)


def test_a_date_that_is_completed_later_starts_the_clock_then(timed: Hub) -> None:
    parties = join_four(timed)
    missing = {"measure_taken_on": {"status": "not_yet_available", "reason": "Under way."}}
    first = issue(timed, parties[FR], without=["measure_taken_on"], missing=missing)
    assert clocks(timed, "E04")[FR].state == ClockState.WAITING
    revision = {"of": first.reference, "kind": "completion", "reason": "The day is known."}
    issue(timed, parties[FR], "art79-5", fields={"measure_taken_on": "2026-10-30"}, revision=revision)
    assert clocks(timed, "E04")[FR].started_at == datetime(2026, 10, 29, 23, tzinfo=UTC)


def test_holidays_that_the_secretariat_sets_move_the_end(timed: Hub) -> None:
    parties = join_four(timed)
    with timed.work(HUB) as uow:
        days = {date(2027, 2, 2): "Test holiday"}
        set_calendar_year(uow, "DE", 2027, holidays=days, confirmed=True, source="OJ C 1")
        uow.commit()
    issue(timed, parties[FR])
    found = clocks(timed, "E06")
    assert (found[DE].nominal_on, found[DE].end_on) == (date(2027, 2, 2), date(2027, 2, 3))
    assert "Test holiday" in found[DE].explanation
    assert found[EE].end_on == date(2027, 2, 2)


def test_filled_calendars_give_the_same_ends_as_the_library(timed: Hub, clock: SetClock) -> None:
    parties = join_four(timed)
    first = issue(timed, parties[FR]).receipt["clocks"]
    with timed.work(HUB) as uow:
        assert fill_calendars(uow) > 0
        uow.commit()
    with timed.work(HUB) as uow:
        assert fill_calendars(uow) == 0
    second = issue(timed, parties[FR]).receipt["clocks"]
    assert [one["explanation"] for one in first] == [one["explanation"] for one in second]


def test_a_participant_that_leaves_holds_no_procedure_up(timed: Hub) -> None:
    parties = join_four(timed, Transport.AMQP)
    issue(timed, parties[FR])
    with timed.work(HUB) as uow:
        remove_participant(uow, EE)
        uow.commit()
    states = {holder: one.state for holder, one in clocks(timed, "E06").items()}
    assert states == {DE: ClockState.WAITING, EE: ClockState.ENDED, AIO: ClockState.WAITING}


def test_a_yearly_report_meets_the_clock_of_its_sender(timed: Hub) -> None:
    parties = join_four(timed)
    with timed.work(HUB) as uow:
        begin_yearly_clocks(uow)
        uow.commit()
    issue(timed, parties[FR], "art74-2")
    found = clocks(timed, "E18")
    assert (found[FR].state, found[DE].state) == (ClockState.MET, ClockState.RUNNING)
