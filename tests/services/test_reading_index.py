"""The read index says what the rule says: the same cases, in the same order, whatever was filed, moved and shared."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select
from sqlmodel import col

from board_hub.domain.events import HUB, Event, EventName
from board_hub.domain.markings import Marking, may_pass_on
from board_hub.domain.readings import Standing
from board_hub.services.access import Reader
from board_hub.services.cases import case_index, case_sources
from board_hub.services.cases.case_filters import CaseFilter, conditions_of
from board_hub.services.cases.case_reads import list_cases
from board_hub.services.cases.sharing import end_share, share_case, share_notice
from board_hub.services.operation.snapshot import look
from board_hub.services.unit_of_work import Hub, Seen, UnitOfWork
from board_hub.services.visibility import visible_case, visible_change
from board_hub.store.case_tables import Case, Change, ProcedureRun
from board_hub.store.reading_tables import CaseReading, NoticeWords
from board_hub.store.readings_fill import fill_readings
from tests.services.rows import add_case, add_notice, add_procedure, add_step
from tests.services.test_access import BOUNDED, PARTICIPANTS
from tests.support.hub import join

AUTHORITIES = ("FR-CNIL", "DE-BNETZA", "DE-BFDI", "EU-AIO")
codes = st.sampled_from(sorted(PARTICIPANTS))


@dataclass(frozen=True)
class Filed:
    """A notice of a case. state: where it moves the procedure, None for one that moves nothing."""

    marking: Marking
    sender: str
    to: frozenset[str]
    state: str | None
    notice_type: str
    word: str


@dataclass(frozen=True)
class Shared:
    """The originator shares the case, or its first notice, or ends a share."""

    what: str
    with_: str


filed = st.builds(
    Filed,
    marking=st.sampled_from(Marking),
    sender=st.sampled_from(AUTHORITIES),
    to=st.frozensets(codes, max_size=3),
    state=st.sampled_from([None, "objection-window", "objected", "withdrawn"]),
    notice_type=st.sampled_from(["art79-5", "art79-8-objection", "informal-message"]),
    word=st.sampled_from(["Łódź", "Zurich", "zürcher"]),
)
shared = st.builds(Shared, what=st.sampled_from(["case", "notice", "end"]), with_=codes)
histories = st.tuples(filed, st.lists(filed | shared | st.just("by clocks"), max_size=4))
READERS = [
    Reader(frozenset(), authority=False),
    *(Reader(frozenset({code}), authority=code in AUTHORITIES) for code in ("FR-CNIL", "DE-BFDI", "NO-NKOM")),
    Reader(frozenset({"DE-BNETZA", "EU-AIO", "IT-LAB"}), authority=True),
]
FILTERS = (
    CaseFilter(),
    CaseFilter(is_open=True),
    CaseFilter(is_open=False),
    CaseFilter(notice_type="art79-8-objection"),
    CaseFilter(procedure="art79", state="objected"),
    CaseFilter(marking="authorities", participant="EU-AIO"),
    CaseFilter(sent=True),
    CaseFilter(addressed=True, is_open=True),
    CaseFilter(member="DE"),
    CaseFilter(text="lodz"),
    CaseFilter(text="zür", marking="restricted"),
    CaseFilter(text="zur zürcher"),
)


class Stage:
    """A hub on which histories of cases are played, one after the other."""

    def __init__(self, hub: Hub) -> None:
        self.hub, self.number = hub, 0
        for code, kinds in PARTICIPANTS.items():
            join(hub, code, kinds=kinds)

    def play(self, opening: Filed, later: Collection[Filed | Shared | str]) -> None:
        self.number += 1
        reference = f"AIB-2026-{900_000 + self.number}"
        with self.hub.work(HUB) as uow:
            case_id = add_case(uow, reference=reference, originator=opening.sender)
            notice_id = self.file(uow, case_id, opening)
            uow.commit()
        for one in later:
            with self.hub.work(HUB) as uow:
                if isinstance(one, Filed):
                    self.file(uow, case_id, one)
                elif isinstance(one, Shared):
                    self.share(uow, one, reference, opening, notice_id)
                else:
                    self.expire(uow, case_id)
                uow.commit()

    def file(self, uow: UnitOfWork, case_id: UUID, one: Filed) -> UUID:
        notice_id = add_notice(
            uow, case_id, sender=one.sender, to=one.to, marking=one.marking, notice_type=one.notice_type, title=one.word
        )
        seen = [Seen("notice", str(notice_id), case_id, notice_id)]
        if one.state:
            run = self.run_of(uow, case_id) or add_procedure(uow, case_id, notice_id)
            uow.write()
            self.move(uow, run, one.state, notice_id)
            seen.append(Seen("procedure", str(run), case_id, notice_id))
        uow.record(Event(EventName.NOTICE_ADDED, str(notice_id)), seen)
        return notice_id

    def run_of(self, uow: UnitOfWork, case_id: UUID) -> UUID | None:
        return uow.session.execute(select(col(ProcedureRun.id)).where(col(ProcedureRun.case_id) == case_id)).scalar()

    def move(self, uow: UnitOfWork, run_id: UUID, state: str, notice_id: UUID | None) -> None:
        add_step(uow, run_id, state, notice_id=notice_id)
        final = uow.hub.catalogues[max(uow.hub.catalogues)].procedures["art79"].states[state].final
        run = uow.session.get_one(ProcedureRun, run_id)
        run.closed_at = uow.now if final else None
        uow.session.flush()

    def expire(self, uow: UnitOfWork, case_id: UUID) -> None:
        run_id = self.run_of(uow, case_id)
        if run_id is None:
            return
        self.move(uow, run_id, "closed", None)
        opened_by = uow.session.get_one(ProcedureRun, run_id).opened_by
        seen = [Seen("procedure", str(run_id), case_id, opened_by)]
        uow.record(Event(EventName.PROCEDURE_MOVED, str(run_id)), seen)

    def share(self, uow: UnitOfWork, one: Shared, reference: str, opening: Filed, notice_id: UUID) -> None:
        actor = uow.directory.participants[opening.sender]
        if one.with_ == actor.code:
            return
        if one.what == "case":
            share_case(uow, actor, reference, one.with_)
        elif one.what == "notice" and may_pass_on(opening.marking, is_originator=True):
            share_notice(uow, actor, (opening.sender, str(notice_id)), one.with_)
        elif one.what == "end" and any(self.shares(uow, reference, one.with_)):
            end_share(uow, actor, reference, one.with_)

    def shares(self, uow: UnitOfWork, reference: str, with_: str) -> list[str]:
        from_table = Case.metadata.tables["case_share"].c
        statement = select(from_table.participant).join(Case, col(Case.id) == from_table.case_id)
        return list(
            uow.session.execute(
                statement.where(col(Case.reference) == reference, from_table.participant == with_)
            ).scalars()
        )


def by_the_rule(uow: UnitOfWork, reader: Reader, wanted: CaseFilter) -> list[tuple[str, datetime]]:
    """The list as the rule alone makes it: from all cases and all changes."""
    seen = (visible_change(reader), col(Change.case_id) == Case.id)
    newest = select(func.max(Change.at)).select_from(Change).where(*seen).correlate_except(Change).scalar_subquery()
    changed = func.coalesce(newest, Case.opened_at)
    rows = uow.session.execute(
        select(col(Case.reference), changed.label("changed"))
        .where(visible_case(reader), *conditions_of(uow, reader, wanted))
        .order_by(changed.desc(), col(Case.id).desc())
    )
    return [(row[0], row[1]) for row in rows]


def by_the_index(uow: UnitOfWork, reader: Reader, wanted: CaseFilter) -> list[tuple[str, datetime]]:
    """The list as it is read, in pages of three."""
    found, cursor = [], None
    for _ in range(200):
        page = list_cases(uow, reader, wanted, cursor=cursor, limit=3)
        found += [(one.reference, one.changed_at) for one in page.lines]
        if page.following is None:
            return found
        cursor = page.following
    raise AssertionError("the list does not end")


def check_all(hub: Hub) -> None:
    with look(hub, HUB) as uow:
        for reader in READERS:
            for wanted in FILTERS:
                assert by_the_index(uow, reader, wanted) == by_the_rule(uow, reader, wanted), (reader, wanted)


def test_the_index_and_the_rule_agree(hub: Hub) -> None:
    stage = Stage(hub)

    @given(st.lists(histories, min_size=3, max_size=5))
    @settings(BOUNDED, max_examples=3)
    def agree(played: list[tuple[Filed, list[Filed | Shared | str]]]) -> None:
        for opening, later in played:
            stage.play(opening, later)
        check_all(hub)

    agree()


def test_a_list_that_is_walked_in_short_stretches_leaves_nothing_out(
    sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case_index, "MOST_LOOKED_AT", 2)
    monkeypatch.setattr(case_sources, "FEW", -1)
    stage = Stage(sqlite_hub)

    @given(st.lists(histories, min_size=7, max_size=9))
    @settings(BOUNDED, max_examples=1)
    def play(played: list[tuple[Filed, list[Filed | Shared | str]]]) -> None:
        for opening, later in played:
            stage.play(opening, later)

    play()
    check_all(sqlite_hub)


def test_older_entries_of_cases_already_shown_take_no_place_on_a_later_page(sqlite_hub: Hub) -> None:
    stage = Stage(sqlite_hub)
    known_to_all = Filed(Marking.PUBLIC, "FR-CNIL", frozenset(), None, "art79-5", "x")
    later = Filed(Marking.RESTRICTED, "FR-CNIL", frozenset({"DE-BNETZA"}), None, "art79-5", "x")
    for _ in range(3):
        stage.play(known_to_all, [])
    for _ in range(4):
        stage.play(known_to_all, [later])
    check_all(sqlite_hub)
    with look(sqlite_hub, HUB) as uow:
        assert len(by_the_index(uow, Reader(frozenset({"DE-BNETZA"}), authority=True), CaseFilter())) == 7


def test_an_index_filled_from_what_is_stored_agrees_too(sqlite_hub: Hub) -> None:
    stage = Stage(sqlite_hub)

    @given(st.lists(histories, min_size=6, max_size=6))
    @settings(BOUNDED, max_examples=1, suppress_health_check=list(HealthCheck))
    def play(played: list[tuple[Filed, list[Filed | Shared | str]]]) -> None:
        for opening, later in played:
            stage.play(opening, later)

    play()
    with sqlite_hub.work(HUB) as uow:
        for table in (CaseReading, NoticeWords):
            uow.session.execute(delete(table))
        uow.session.connection().exec_driver_sql(
            "INSERT INTO notice_words_index(notice_words_index) VALUES('delete-all')"
        )
        fill_readings(uow.session)
        uow.session.commit()
    check_all(sqlite_hub)


def test_a_closed_case_is_marked_so_for_who_saw_it_close_and_for_nobody_else(sqlite_hub: Hub) -> None:
    stage = Stage(sqlite_hub)
    opening = Filed(
        Marking.RESTRICTED, "FR-CNIL", frozenset({"DE-BNETZA", "DE-BFDI"}), "objection-window", "art79-5", "x"
    )
    closing = Filed(Marking.RESTRICTED, "FR-CNIL", frozenset({"DE-BFDI"}), "withdrawn", "art79-5", "x")
    stage.play(opening, [closing])
    with look(sqlite_hub, HUB) as uow:
        rows = uow.session.execute(select(col(CaseReading.reader_key), col(CaseReading.standing)))
        assert {row.reader_key: row.standing for row in rows} == {
            "FR-CNIL": Standing.CLOSED,
            "DE-BFDI": Standing.CLOSED,
            "DE-BNETZA": Standing.OPEN,
        }
