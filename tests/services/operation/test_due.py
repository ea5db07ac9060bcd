"""Due work: taken when its moment has come, oldest first, by one at a time; on the list once."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from board_hub.domain.events import HUB
from board_hub.services.operation.due import add_due, count_due, mark_done, note_once, renew_due, take_due
from board_hub.services.unit_of_work import Hub
from board_hub.store.work_tables import DueItem
from tests.support.clocks import NOON, Time

KIND = "test"


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def timed(hub: Hub, time: Time) -> Hub:
    return time.hub(hub)


def put(hub: Hub, *moments: datetime, subject: str = "x", kind: str = KIND) -> None:
    with hub.work(HUB) as uow:
        for moment in moments:
            add_due(uow, kind, subject, moment)
        uow.commit()


def take(hub: Hub, limit: int = 10, outcome: str | None = "done") -> list[datetime]:
    """The moments of what is taken, and done unless `outcome` is None."""
    with hub.work(HUB) as uow:
        items = take_due(uow, [KIND], limit)
        if outcome:
            mark_done(uow, items, outcome)
        uow.commit()
    return [item.due_at for item in items]


def test_what_is_due_is_taken_oldest_first_and_once(timed: Hub) -> None:
    put(timed, NOON, NOON - timedelta(hours=1), NOON + timedelta(microseconds=1))
    assert take(timed) == [NOON - timedelta(hours=1), NOON]
    assert take(timed) == []


def test_no_more_is_taken_than_the_limit(timed: Hub) -> None:
    put(timed, *(NOON - timedelta(minutes=minute) for minute in range(5)))
    assert len(take(timed, limit=3)) == 3
    assert len(take(timed, limit=3)) == 2


def test_other_kinds_are_left(timed: Hub) -> None:
    put(timed, NOON, kind="other")
    assert take(timed) == []


def test_what_is_not_marked_done_comes_again(timed: Hub) -> None:
    put(timed, NOON)
    assert take(timed, outcome=None) == take(timed) == [NOON]


def test_the_same_is_on_the_list_once(timed: Hub) -> None:
    put(timed, NOON, NOON)
    put(timed, NOON)
    with timed.work(HUB) as uow:
        assert uow.session.execute(select(func.count()).select_from(DueItem)).scalar_one() == 1


def test_what_was_done_stays_done_when_it_is_added_again(timed: Hub) -> None:
    put(timed, NOON)
    take(timed)
    put(timed, NOON)
    assert take(timed) == []


def test_what_is_renewed_is_due_again(timed: Hub) -> None:
    put(timed, NOON)
    take(timed)
    with timed.work(HUB) as uow:
        renew_due(uow, KIND, "x", NOON)
        uow.commit()
    assert take(timed) == [NOON]


def test_a_thing_is_noted_once(timed: Hub) -> None:
    def note() -> bool:
        with timed.work(HUB) as uow:
            new = note_once(uow, KIND, "x", NOON)
            uow.commit()
        return new

    assert [note(), note()] == [True, False]
    assert take(timed) == []


def test_what_waits_is_counted(timed: Hub, time: Time) -> None:
    put(timed, NOON, NOON + timedelta(hours=1))
    with timed.work(HUB) as uow:
        assert count_due(uow, [KIND], NOON) == 1


@pytest.mark.postgres
def test_on_postgresql_two_takers_share_the_work(timed: Hub) -> None:
    if timed.engine.dialect.name == "sqlite":
        return  # there one unit of work writes at a time
    put(timed, NOON, NOON - timedelta(hours=1))
    with timed.work(HUB) as first, timed.work(HUB) as second:
        taken = take_due(first, [KIND], 1), take_due(second, [KIND], 10)
        assert [[item.due_at for item in items] for items in taken] == [[NOON - timedelta(hours=1)], [NOON]]
