"""Art 79(8), (9): a notified measure is deemed justified once, after the latest window, unless somebody objects."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from board_hub.domain.clocks import ClockState
from board_hub.domain.deliveries import Transport
from board_hub.domain.envelope import encode, participant_urn
from board_hub.domain.events import HUB
from board_hub.law.examples import example_notice
from board_hub.services.clocks.clocks import start_received
from board_hub.services.unit_of_work import Hub
from board_hub.store.case_tables import Clock, ProcedureRun, ProcedureStep
from board_hub.store.tables import Message
from tests.support.clocks import OTHERS, Time, expire_all
from tests.support.hub import AIO, FR, Party, catalogue_of, envelope, join, send

DAY = timedelta(days=1)
SENT = datetime(2027, 3, 24, 12, tzinfo=UTC)
"""A Wednesday in the week before Easter: windows of a month or three end at different days in different states."""
FIRST, LATE = OTHERS[:13], OTHERS[13:]
"""States that have the notice at once, and those whose mailbox gets it two days later."""
DECISION = "E08"


@pytest.fixture
def time() -> Time:
    return Time(SENT)


@pytest.fixture
def union(hub: Hub, time: Time) -> tuple[Hub, dict[str, Party]]:
    """27 recipients: the Commission and 26 states, half of them reached over the broker."""
    timed = time.hub(hub)
    parties = {code: join(timed, code) for code in (FR, AIO)}
    parties |= {code: join(timed, code, kinds=("MSA", "SPOC")) for code in FIRST}
    parties |= {code: join(timed, code, kinds=("MSA", "SPOC"), transport=Transport.AMQP) for code in LATE}
    return timed, parties


def issue(hub: Hub, party: Party, notice_type: str, time: Time, **fields: Any) -> str:
    """Send a notice with these fields changed; its message id."""
    data = example_notice(catalogue_of(hub), notice_type)
    data["fields"] |= fields
    if "to" in data:
        data["to"] = [FR]
    sent = envelope(party.code, data=data, time=time.now)
    outcome = send(hub, party.arrival(encode(sent)))
    assert outcome.accepted, outcome.flaws
    return sent.id


def notify(hub: Hub, parties: dict[str, Party], time: Time, *, prohibited: bool = False) -> str:
    """France's notice of a provisional measure; the late recipients have it two days later."""
    grounds = catalogue_of(hub).notice_types["art79-5"].fields
    codes = next(one.vocabulary for one in grounds if one.name == "grounds")
    assert codes is not None
    banned = {code for code in codes.values if "prohibit" in code or "art5" in code}
    chosen = sorted(banned if prohibited else codes.values - banned)[:1]
    message_id = issue(hub, parties[FR], "art79-5", time, grounds=chosen)
    time.now += 2 * DAY
    with hub.work(HUB) as uow:
        row = uow.session.execute(select(col(Message.id)).where(col(Message.message_id) == message_id)).scalar_one()
        start_received(uow, [(row, code, uow.now) for code in LATE])
        uow.commit()
    return message_id


def windows(hub: Hub) -> list[Clock]:
    with hub.work(HUB) as uow:
        statement = select(Clock).where(col(Clock.rule).like("E06%")).order_by(col(Clock.end_at))
        return list(uow.session.execute(statement).scalars())


def steps(hub: Hub, state: str) -> int:
    with hub.work(HUB) as uow:
        statement = select(col(ProcedureStep.id)).where(col(ProcedureStep.state) == state)
        return len(uow.session.execute(statement).all())


def state(hub: Hub) -> str:
    with hub.work(HUB) as uow:
        return uow.session.execute(select(col(ProcedureRun.state))).scalar_one()


def test_27_windows_run_and_their_ends_differ(union: tuple[Hub, dict[str, Party]], time: Time) -> None:
    notify(*union, time)
    found = windows(union[0])
    assert {one.state for one in found} == {ClockState.RUNNING}
    assert len(found) == 27
    assert len({one.end_on for one in found}) >= 2
    assert len({one.end_at for one in found}) >= 4


def test_the_measure_is_deemed_justified_exactly_once_after_the_latest_window(
    union: tuple[Hub, dict[str, Party]], time: Time
) -> None:
    hub, _ = union
    notify(*union, time)
    ends = sorted({one.end_at for one in windows(hub) if one.end_at})
    for end in ends:
        time.now = end - timedelta(microseconds=1)
        expire_all(hub)
        assert state(hub) == "objection-window"
        time.now = end
        expire_all(hub)
        assert all((one.state == ClockState.EXPIRED) == (one.end_at <= end) for one in windows(hub) if one.end_at)
    assert state(hub) == "deemed-justified"
    for moment in (ends[0], ends[-1], ends[-1] + DAY):
        time.now = moment
        expire_all(hub)
    assert steps(hub, "deemed-justified") == 1


def test_one_objection_stops_the_deeming(union: tuple[Hub, dict[str, Party]], time: Time) -> None:
    hub, parties = union
    message_id = notify(*union, time)
    time.now += 10 * DAY
    named = {"source": participant_urn(FR), "id": message_id}
    issue(hub, parties["PT-MSA"], "art79-8-objection", time, notice=named)
    assert state(hub) == "objected"
    time.now += 400 * DAY
    expire_all(hub)
    assert steps(hub, "deemed-justified") == 0


def test_the_last_window_alone_still_allows_an_objection(union: tuple[Hub, dict[str, Party]], time: Time) -> None:
    hub, parties = union
    message_id = notify(*union, time)
    last = windows(hub)[-1]
    assert last.end_at is not None
    time.now = last.end_at - timedelta(minutes=1)
    expire_all(hub)
    named = {"source": participant_urn(FR), "id": message_id}
    issue(hub, parties[last.holder], "art79-8-objection", time, notice=named)
    time.now = last.end_at + DAY
    expire_all(hub)
    assert state(hub) == "objected"


@pytest.mark.parametrize(
    ("prohibited", "window", "decision"), [(False, (89, 96), (180, 190)), (True, (30, 35), (60, 65))]
)
def test_the_ground_of_article_5_shortens_both_periods(
    union: tuple[Hub, dict[str, Party]],
    time: Time,
    prohibited: bool,
    window: tuple[int, int],
    decision: tuple[int, int],
) -> None:
    hub, _ = union
    notify(*union, time, prohibited=prohibited)
    with hub.work(HUB) as uow:
        clocks = uow.session.execute(select(Clock).where(col(Clock.end_at).is_not(None))).scalars().all()
    for clock in clocks:
        least, most = window if clock.rule.startswith("E06") else decision
        assert clock.started_at is not None
        assert clock.end_on is not None
        assert least <= (clock.end_on - clock.started_at.date()).days <= most, clock.explanation


def test_a_recipient_that_never_had_the_notice_keeps_the_measure_from_being_deemed_justified(
    union: tuple[Hub, dict[str, Party]], time: Time
) -> None:
    hub, parties = union
    issue(hub, parties[FR], "art79-5", time)
    time.now += 400 * DAY
    expire_all(hub)
    assert state(hub) == "objection-window"
