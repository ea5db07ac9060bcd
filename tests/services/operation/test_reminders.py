"""Reminders that no case asks for come in their time, and once; what is no longer kept goes."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlmodel import col

from board_hub.domain.clocks import ClockState
from board_hub.domain.envelope import MessageType, encode
from board_hub.domain.events import HUB
from board_hub.law.examples import example_notice
from board_hub.services.clocks.yearly_clocks import begin_yearly_clocks
from board_hub.services.exchange.signing import verify
from board_hub.services.operation.reminders import purge, remind_of_dates, remind_of_keys, report_overdue, send_head
from board_hub.services.unit_of_work import Hub, UnitOfWork
from board_hub.store.case_tables import Clock
from board_hub.store.tables import DirectoryVersion, ParticipantKey, UsedAssertion
from board_hub.store.work_tables import AnsweredRequest
from tests.services.clocks.test_expiry import told
from tests.support.clocks import Time, expire_all
from tests.support.hub import AIO, DE, EE, FR, Party, catalogue_of, envelope, join_four, send

DAY = timedelta(days=1)
START = datetime(2027, 1, 10, 9, tzinfo=UTC)


@pytest.fixture
def time() -> Time:
    return Time(START)


@pytest.fixture
def parties(hub: Hub, time: Time) -> dict[str, Party]:
    """Four participants, by code."""
    return join_four(time.hub(hub))


@pytest.fixture
def timed(hub: Hub, time: Time, parties: dict[str, Party]) -> Hub:
    """The hub with its participants, by a clock of the test's."""
    return time.hub(hub)


def run(hub: Hub, service: Any) -> int:
    """As the job does: until nothing is left; how many were done."""
    done = 0
    while True:
        with hub.work(HUB) as uow:
            count: int = service(uow)
            uow.commit()
        if not count:
            return done
        done += count


def end_key(hub: Hub, code: str, moment: datetime) -> None:
    with hub.work(HUB) as uow:
        own = col(ParticipantKey.participant) == code
        uow.session.execute(update(ParticipantKey).where(own).values(valid_until=moment))
        uow.session.execute(update(DirectoryVersion).values(version=DirectoryVersion.version + 1))
        uow.session.commit()


def test_a_key_about_to_end_is_told_thirty_seven_and_one_days_before(timed: Hub, time: Time) -> None:
    end_key(timed, FR, START + 40 * DAY)
    for hours in range(0, 24 * 42, 6):
        time.now = START + timedelta(hours=hours)
        run(timed, remind_of_keys)
    found = told(timed, MessageType.KEY_EXPIRING)
    assert [(code, item["days_left"]) for code, item in found] == [(FR, 30), (FR, 7), (FR, 1)]
    assert all(item["last"] for _, item in found)


def test_of_several_moments_missed_only_the_nearest_is_told(timed: Hub, time: Time) -> None:
    end_key(timed, FR, START + 40 * DAY)
    time.now = START + 36 * DAY
    assert (run(timed, remind_of_keys), run(timed, remind_of_keys)) == (1, 0)


def test_what_nobody_collects_is_told_once_to_its_sender_and_the_ai_office(
    timed: Hub, time: Time, parties: dict[str, Party]
) -> None:
    from_fr = send_notice(timed, parties[FR])
    time.now += timedelta(hours=23)
    assert run(timed, report_overdue) == 0
    time.now += timedelta(hours=2)
    assert run(timed, report_overdue) == 3
    assert run(timed, report_overdue) == 0
    found = told(timed, MessageType.DELIVERY_OVERDUE)
    assert sorted(item["recipient"] for code, item in found if code == FR) == [DE, EE, AIO]
    assert {item["message"]["id"] for code, item in found if code == FR} == {from_fr}
    assert {item["must_act"] for _, item in found} == {"recipient"}


def test_the_ai_office_hears_whose_mailbox_waits_and_nothing_of_the_messages(
    timed: Hub, time: Time, parties: dict[str, Party]
) -> None:
    send_notice(timed, parties[FR])
    time.now += 2 * DAY
    run(timed, report_overdue)
    items = [item for code, item in told(timed, MessageType.DELIVERY_OVERDUE) if code == AIO]
    assert {item["recipient"]: item["count"] for item in items} == {DE: 1, EE: 1, AIO: 1}
    assert all("message" not in item for item in items)


def send_notice(hub: Hub, party: Party) -> str:
    """A notice to three recipients; its message id."""
    sent = envelope(FR, data=example_notice(catalogue_of(hub), "art79-5"), time=hub.clock())
    assert send(hub, party.arrival(encode(sent))).accepted
    return sent.id


def test_the_head_is_signed_and_sent_once_a_day(timed: Hub, time: Time) -> None:
    for hours in range(0, 49, 3):
        time.now = START + timedelta(hours=hours)
        run(timed, send_head)
    found = told(timed, MessageType.HEAD_SIGNED)
    assert len(found) == 3 * 4
    sizes = sorted({item["size"] for _, item in found})
    assert len(sizes) == 3


def test_a_signed_head_can_be_verified_by_whoever_gets_it(timed: Hub) -> None:
    run(timed, send_head)
    (_, item), *_ = told(timed, MessageType.HEAD_SIGNED)
    with timed.work(HUB) as uow:
        keys = uow.directory.keys_of("EU-HUB")
    assert verify(item["body"].encode(), item["signature"], keys=keys, signed_at=START, now=START)


def test_fixed_dates_are_told_to_those_they_concern_each_warning_once(timed: Hub, time: Time) -> None:
    dates = [one for one in timed.catalogues["2026-07-27"].fixed_dates if one.kinds]
    first = min(dates, key=lambda one: one.day)
    time.now = datetime(first.day.year, first.day.month, first.day.day, 8, tzinfo=UTC) - 100 * DAY
    for _ in range(110):
        run(timed, remind_of_dates)
        run(timed, remind_of_dates)
        time.now += DAY
    mine = [item for _, item in told(timed, MessageType.FOLLOWUP_DUE) if item["end"] == first.day.isoformat()]
    per_date = {(item["article"], item["title"], item["days_left"]) for item in mine}
    assert per_date
    assert {days for *_, days in per_date} <= set(first.warn) | {days for one in dates for days in one.warn}


def yearly(hub: Hub) -> list[Clock]:
    with hub.work(HUB) as uow:
        return list(uow.session.execute(select(Clock).where(col(Clock.event) == "yearly")).scalars())


def test_each_holder_has_one_yearly_clock_a_year(timed: Hub, time: Time) -> None:
    assert run(timed, begin_yearly_clocks) == len(yearly(timed)) > 0
    assert run(timed, begin_yearly_clocks) == 0
    keys = [(one.rule, one.holder, one.cycle) for one in yearly(timed)]
    assert len(keys) == len(set(keys))
    assert {one.cycle for one in yearly(timed)} == {"2027"}


def test_a_yearly_clock_ends_on_its_day_without_roll_over(timed: Hub) -> None:
    run(timed, begin_yearly_clocks)
    found = next(one for one in yearly(timed) if one.rule == "E18" and one.holder == FR)
    assert found.end_on == found.nominal_on == date(2027, 3, 31)
    assert found.end_at == datetime(2027, 3, 31, 22, tzinfo=UTC)
    assert (found.case_id, found.started_by) == (None, None)


def test_a_yearly_clock_warns_expires_and_the_next_begins(timed: Hub, time: Time) -> None:
    for days in range(100):
        time.now = START + days * DAY
        run(timed, begin_yearly_clocks)
        expire_all(timed)
    warned = [item for code, item in told(timed, MessageType.CLOCK_WARNED) if code == FR and item["rule"] == "E18"]
    assert len(warned) == 3
    found = {(one.cycle, one.state) for one in yearly(timed) if one.holder == FR and one.rule == "E18"}
    assert found == {("2027", ClockState.EXPIRED), ("2028", ClockState.RUNNING)}


def test_the_purge_removes_what_is_no_longer_kept_and_nothing_else(timed: Hub, time: Time) -> None:
    def _keep(uow: UnitOfWork, age: timedelta) -> None:
        answer: dict[str, Any] = {"participant": FR, "request_sha256": "", "status": 200, "headers": {}, "body": b""}
        uow.session.add(AnsweredRequest(**answer, key=str(age), answered_at=uow.now - age))
        uow.session.add(UsedAssertion(jti=str(age), participant=FR, expires_at=uow.now + DAY - age))

    with timed.work(HUB) as uow:
        for age in (timedelta(0), 8 * DAY):
            _keep(uow, age)
        uow.session.commit()
    assert run(timed, purge) == 2
    with timed.work(HUB) as uow:
        for model in (AnsweredRequest, UsedAssertion):
            assert uow.session.execute(select(func.count()).select_from(model)).scalar_one() == 1
