"""Reading cases: each reader sees as much as it may know, in a number of statements that does not grow."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event

from board_hub.domain.clocks import ClockKind
from board_hub.domain.errors import Invalid, NotFound
from board_hub.domain.events import HUB, Event, EventName
from board_hub.domain.markings import Marking
from board_hub.services.access import Reader, reader_of
from board_hub.services.cases.case_filters import CaseFilter
from board_hub.services.cases.case_reads import get_case, list_cases
from board_hub.services.cases.notice_reads import get_notice, get_notice_by_row
from board_hub.services.cases.timeline_reads import list_objections, list_timeline
from board_hub.services.clocks.clock_reads import ClockFilter, list_clocks
from board_hub.services.operation.snapshot import look
from board_hub.services.unit_of_work import Hub, Seen, UnitOfWork
from board_hub.store.case_tables import ExternalReference
from tests.services.rows import add_case, add_clock, add_notice, add_procedure, add_step
from tests.support.hub import AIO, DE, EE, FR, join_four

REFERENCE = "AIB-2026-900001"


@pytest.fixture
def four(hub: Hub) -> Hub:
    join_four(hub)
    return hub


@contextmanager
def reading(hub: Hub, code: str) -> Iterator[tuple[UnitOfWork, Reader]]:
    with look(hub, HUB) as uow:
        yield uow, reader_of([uow.directory.participants[code]])


def known_state(hub: Hub, code: str) -> str:
    with reading(hub, code) as (uow, reader):
        return get_case(uow, reader, REFERENCE).header.procedures[0].state


def change(uow: UnitOfWork, case_id: UUID, notice_id: UUID) -> None:
    seen = [Seen("notice", str(notice_id), case_id, notice_id)]
    uow.record(Event(EventName.NOTICE_ADDED, str(notice_id)), seen)


@pytest.fixture
def confidential(four: Hub) -> Hub:
    """Germany reads how a procedure began; what moved it then was between France and Estonia."""
    with four.work(HUB) as uow:
        case_id = add_case(uow)
        opening = add_notice(uow, case_id, to=[DE, EE], title="The opening")
        run_id = add_procedure(uow, case_id, opening)
        add_step(uow, run_id, "objection-window", notice_id=opening)
        change(uow, case_id, opening)
        secret = add_notice(uow, case_id, to=[EE], title="Between two", notice_type="art79-8-objection")
        add_step(uow, run_id, "objected", notice_id=secret)
        add_clock(uow, case_id, opening, holder=DE)
        add_clock(uow, case_id, secret, holder=EE)
        uow.add(ExternalReference, {"notice_id": secret, "system": "icsms", "reference": "ICSMS-1"})
        change(uow, case_id, secret)
        uow.commit()
    return four


def test_the_state_is_that_of_the_last_step_the_reader_may_see(confidential: Hub) -> None:
    assert known_state(confidential, EE) == "objected"
    assert known_state(confidential, DE) == "objection-window"


def test_a_step_by_clocks_is_seen_by_all_readers_of_the_opening(four: Hub) -> None:
    with four.work(HUB) as uow:
        case_id = add_case(uow)
        opening = add_notice(uow, case_id, to=[DE])
        run_id = add_procedure(uow, case_id, opening)
        add_step(uow, run_id, "deemed-justified", notice_id=None)
        add_notice(uow, case_id, to=[EE])
        uow.commit()
    assert known_state(four, DE) == "deemed-justified"
    with reading(four, EE) as (uow, reader):
        assert get_case(uow, reader, REFERENCE).header.procedures == ()


def test_filtering_by_state_tells_no_more_than_reading(confidential: Hub) -> None:
    for code, state, found in ((DE, "objected", 0), (DE, "objection-window", 1), (EE, "objected", 1)):
        with reading(confidential, code) as (uow, reader):
            assert len(list_cases(uow, reader, CaseFilter(state=state)).lines) == found, (code, state)


def test_neither_version_nor_date_tells_of_a_change_one_may_not_see(confidential: Hub) -> None:
    with reading(confidential, DE) as (uow, reader):
        germany = get_case(uow, reader, REFERENCE).header
    with reading(confidential, EE) as (uow, reader):
        estonia = get_case(uow, reader, REFERENCE).header
    assert (germany.version, estonia.version) == (1, 2)


def test_timeline_clocks_objections_and_numbers_are_those_of_readable_notices(confidential: Hub) -> None:
    for code, notices, objections, clocks, numbers in ((DE, 1, 0, 1, 0), (EE, 2, 1, 2, 1), (FR, 2, 1, 2, 1)):
        with reading(confidential, code) as (uow, reader):
            assert len(list_timeline(uow, reader, REFERENCE).lines) == notices, code
            assert len(list_objections(uow, reader, REFERENCE).lines) == objections, code
            assert len(list_clocks(uow, reader, ClockFilter(case=REFERENCE)).lines) == clocks, code
            assert len(get_case(uow, reader, REFERENCE).external_references) == numbers, code


def test_who_reads_nothing_of_a_case_finds_none(confidential: Hub) -> None:
    with reading(confidential, AIO) as (uow, reader):
        assert list_cases(uow, reader).lines == ()
        assert list_clocks(uow, reader).lines == ()
        for read in (get_case, list_timeline, list_objections):
            with pytest.raises(NotFound):
                read(uow, reader, REFERENCE)
        with pytest.raises(NotFound):
            list_clocks(uow, reader, ClockFilter(case=REFERENCE))


@pytest.mark.parametrize(
    ("wanted", "germany", "france"),
    [
        (CaseFilter(text="OPENING"), 1, 1),
        (CaseFilter(text="between"), 0, 1),
        (CaseFilter(text="%"), 0, 0),
        (CaseFilter(notice_type="art79-8-objection"), 0, 1),
        (CaseFilter(procedure="art79"), 1, 1),
        (CaseFilter(procedure="art79", state="objected"), 0, 1),
        (CaseFilter(participant=EE), 1, 1),
        (CaseFilter(member="DE"), 1, 1),
        (CaseFilter(member="EU"), 0, 0),
        (CaseFilter(external_reference="ICSMS-1"), 0, 1),
        (CaseFilter(is_open=True), 1, 1),
        (CaseFilter(is_open=False), 0, 0),
    ],
)
def test_a_filter_sees_no_more_than_its_reader(
    confidential: Hub, wanted: CaseFilter, germany: int, france: int
) -> None:
    for code, number in ((DE, germany), (FR, france)):
        with reading(confidential, code) as (uow, reader):
            assert len(list_cases(uow, reader, wanted).lines) == number, code


def test_a_case_is_closed_when_all_its_procedures_are_final_as_far_as_one_knows(four: Hub) -> None:
    with four.work(HUB) as uow:
        case_id = add_case(uow)
        opening = add_notice(uow, case_id, to=[DE, EE])
        run_id = add_procedure(uow, case_id, opening)
        add_step(uow, run_id, "objection-window", notice_id=opening)
        final = next(code for code, one in final_states(four).items() if one)
        add_step(uow, run_id, final, notice_id=add_notice(uow, case_id, to=[EE]))
        uow.commit()
    for code, number in ((DE, 0), (EE, 1)):
        with reading(four, code) as (uow, reader):
            assert len(list_cases(uow, reader, CaseFilter(is_open=False)).lines) == number
            assert len(list_cases(uow, reader, CaseFilter(is_open=True)).lines) == 1 - number


def final_states(hub: Hub) -> dict[str, bool]:
    states = hub.catalogues[max(hub.catalogues)].procedures["art79"].states
    return {code: one.final for code, one in states.items()}


def test_pages_of_cases_and_timelines_follow_without_gap_or_doubling(four: Hub) -> None:
    with four.work(HUB) as uow:
        ids = [add_case(uow, reference=f"AIB-2026-90000{number}") for number in range(7)]
        for case_id in ids:
            change(uow, case_id, add_notice(uow, case_id, to=[DE]))
        for _ in range(6):
            add_notice(uow, ids[0], to=[DE])
        uow.commit()
    with reading(four, DE) as (uow, reader):
        cases = whole(lambda cursor: list_cases(uow, reader, cursor=cursor, limit=3))
        entries = whole(lambda cursor: list_timeline(uow, reader, "AIB-2026-900000", cursor=cursor, limit=2))
    assert sorted(one.reference for one in cases) == [f"AIB-2026-90000{number}" for number in range(7)]
    assert [one.row_id for one in entries] == sorted({one.row_id for one in entries})
    assert len(entries) == 7


def whole(read: Callable[[str | None], Any]) -> list[Any]:
    """All lines of a list, page by page."""
    page = read(None)
    lines = list(page.lines)
    while page.following:
        page = read(page.following)
        lines += page.lines
    return lines


def test_a_cursor_that_no_page_gave_is_refused(four: Hub) -> None:
    with reading(four, DE) as (uow, reader):
        for cursor in ("x", "W10", "WyJ4IiwieSJd", "bnVsbA"):
            with pytest.raises(Invalid):
                list_cases(uow, reader, cursor=cursor)


def test_only_its_sender_sees_where_a_notice_stands(confidential: Hub) -> None:
    with reading(confidential, FR) as (uow, reader):
        opening = list_timeline(uow, reader, REFERENCE).lines[0]
        view = get_notice_by_row(uow, reader, opening.row_id)
    assert [stage.row.recipient for stage in view.deliveries or ()] == [DE, EE]
    with reading(confidential, DE) as (uow, reader):
        assert get_notice(uow, reader, FR, str(opening.row_id)).deliveries is None


@contextmanager
def counted(hub: Hub) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(*arguments: Any) -> None:
        statements.append(arguments[2])

    event.listen(hub.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(hub.engine, "before_cursor_execute", note)


def read_all(hub: Hub) -> int:
    """The number of statements that the pages of one case take together."""
    with counted(hub) as statements, reading(hub, DE) as (uow, reader):
        list_cases(uow, reader)
        get_case(uow, reader, REFERENCE)
        list_timeline(uow, reader, REFERENCE)
        list_clocks(uow, reader, ClockFilter(case=REFERENCE))
        list_objections(uow, reader, REFERENCE)
    return len(statements)


def test_the_number_of_statements_does_not_grow_with_the_notices(four: Hub) -> None:
    with four.work(HUB) as uow:
        case_id = add_case(uow)
        opening = add_notice(uow, case_id, to=[DE])
        run_id = add_procedure(uow, case_id, opening)
        add_step(uow, run_id, "objection-window", notice_id=opening)
        add_clock(uow, case_id, opening, holder=DE)
        uow.commit()
    read_all(four)  # what a process reads once: the directory, the plans
    few = read_all(four)
    with four.work(HUB) as uow:
        for _ in range(30):
            other = add_notice(uow, case_id, to=[DE, EE], marking=Marking.AUTHORITIES)
            add_clock(uow, case_id, other, holder=EE)
            add_step(uow, run_id, "objected", notice_id=other)
        uow.commit()
    assert read_all(four) == few


def test_its_holder_knows_of_a_clock_that_a_notice_to_others_started(four: Hub) -> None:
    with four.work(HUB) as uow:
        case_id = add_case(uow)
        add_clock(uow, case_id, add_notice(uow, case_id, to=[EE]), holder=DE)
        uow.commit()
    for code, number in ((DE, 1), (EE, 1), (FR, 1), (AIO, 0)):
        with reading(four, code) as (uow, reader):
            assert len(list_clocks(uow, reader).lines) == number, code


def test_clocks_come_by_their_ends_and_pages_follow(four: Hub) -> None:
    with four.work(HUB) as uow:
        case_id = add_case(uow)
        opening = add_notice(uow, case_id)
        for rule in ("E04", "E06", "E06"):
            add_clock(uow, case_id, opening, holder=DE, rule=rule)
        uow.commit()
    with reading(four, DE) as (uow, reader):
        lines = whole(lambda cursor: list_clocks(uow, reader, cursor=cursor, limit=1))
        ends = [line["end_at"] for line in lines]
        duties = list_clocks(uow, reader, ClockFilter(kind=ClockKind.DUTY)).lines
    assert ends == sorted(ends)
    assert [one["rule"] for one in duties] == ["E04"]
