"""What the page of a case asks: its history, how far notices are, where procedures stand, what is next, who sees."""

import pytest

from board_hub.domain.deliveries import DeliveryState
from board_hub.domain.errors import Forbidden, Invalid, NotFound
from board_hub.domain.events import HUB
from board_hub.domain.markings import Marking
from board_hub.services.access import reader_of
from board_hub.services.cases.audience_reads import (
    AudiencePreview,
    Seat,
    Unusual,
    list_audiences,
    preview_case_share,
    preview_notice_share,
)
from board_hub.services.cases.case_reads import find_case_id
from board_hub.services.cases.history_reads import Shown, list_history, list_progress
from board_hub.services.cases.next_steps import NextStep, list_formal_requests, list_informal_types, list_next_steps
from board_hub.services.cases.procedure_paths import ProcedurePath, list_paths
from board_hub.services.cases.sharing import share_case, share_notice
from board_hub.services.cases.timeline_reads import ListedNotice, ListedStep, NoticeKey, TimelineEntry
from board_hub.services.paging import Page
from board_hub.services.unit_of_work import Hub
from tests.services.rows import add_case, add_notice, add_procedure, add_step
from tests.support.cases import Sent, SetClock, issue, with_clock
from tests.support.hub import AIO, DE, EE, FR, Party, catalogue_of, join, join_four


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def living(sqlite_hub: Hub, clock: SetClock) -> Hub:
    return with_clock(sqlite_hub, clock)


@pytest.fixture
def parties(living: Hub) -> dict[str, Party]:
    return join_four(living)


@pytest.fixture
def opened(living: Hub, parties: dict[str, Party]) -> Sent:
    return issue(living, parties[FR])


def history(hub: Hub, code: str, case: str, shown: Shown = Shown.ALL, **page: object) -> Page[TimelineEntry]:
    with hub.work(HUB) as uow:
        reader = reader_of([uow.directory.participants[code]])
        return list_history(uow, reader, find_case_id(uow, reader, case), shown, **page)  # type: ignore[arg-type]


def names(page: Page[TimelineEntry]) -> list[str]:
    return [one.notice_type if isinstance(one, ListedNotice) else one.state for one in page.lines]


def next_steps(hub: Hub, code: str, case: str) -> tuple[NextStep, ...]:
    with hub.work(HUB) as uow:
        return list_next_steps(uow, [code], find_case_id(uow, reader_of([uow.directory.participants[code]]), case))


def paths(hub: Hub, code: str, case: str) -> tuple[ProcedurePath, ...]:
    with hub.work(HUB) as uow:
        reader = reader_of([uow.directory.participants[code]])
        return list_paths(uow, reader, find_case_id(uow, reader, case))


def test_the_history_begins_with_the_newest_and_goes_on_where_it_stopped(
    living: Hub, parties: dict[str, Party], opened: Sent
) -> None:
    issue(living, parties[DE], "informal-message", subject=opened.case, to=[FR])
    issue(living, parties[DE], "art79-8-objection", fields={"notice": opened.reference})
    assert names(history(living, FR, opened.case)) == ["art79-8-objection", "informal-message", "art79-5"]
    first = history(living, FR, opened.case, limit=2)
    assert names(history(living, FR, opened.case, cursor=first.following)) == ["art79-5"]
    assert names(history(living, FR, opened.case, Shown.INFORMAL)) == ["informal-message"]
    assert "informal-message" not in names(history(living, FR, opened.case, Shown.FORMAL))
    assert names(history(living, EE, opened.case)) == ["art79-8-objection", "art79-5"]
    with pytest.raises(Invalid):
        history(living, FR, opened.case, cursor="rubbish")


def test_steps_that_no_notice_took_are_in_the_history(sqlite_hub: Hub) -> None:
    join_four(sqlite_hub)
    with sqlite_hub.work(HUB) as uow:
        case_id = add_case(uow)
        opening = add_notice(uow, case_id, to=[DE])
        run_id = add_procedure(uow, case_id, opening)
        add_step(uow, run_id, "objection-window", notice_id=opening)
        add_step(uow, run_id, "deemed-justified", notice_id=None)
        uow.commit()
    page = history(sqlite_hub, DE, "AIB-2026-900001")
    assert [type(one) for one in page.lines] == [ListedStep, ListedNotice]


def test_the_sender_sees_how_far_all_are_and_a_recipient_itself_alone(
    living: Hub, parties: dict[str, Party], opened: Sent
) -> None:
    for code, is_sender, total in ((FR, True, 3), (DE, False, 1)):
        page = history(living, code, opened.case)
        with living.work(HUB) as uow:
            notices = [one for one in page.lines if isinstance(one, ListedNotice)]
            (progress,) = list_progress(uow, reader_of([uow.directory.participants[code]]), notices).values()
        assert (progress.is_sender, progress.total, progress.opened) == (is_sender, total, 0)
        assert progress.counts[DeliveryState.DELIVERED] == total


def test_a_path_tells_where_a_procedure_was_is_and_may_go(living: Hub, parties: dict[str, Party], opened: Sent) -> None:
    issue(living, parties[DE], "art79-8-objection", fields={"notice": opened.reference})
    (path,) = paths(living, EE, opened.case)
    assert [one.state for one in path.passed] == ["objection-window", "objected"]
    assert path.present.title
    assert path.ahead
    assert path.present.state not in [code for code, _ in path.ahead]


def test_a_path_tells_nothing_of_steps_one_may_not_see(living: Hub, parties: dict[str, Party]) -> None:
    with living.work(HUB) as uow:
        case_id = add_case(uow)
        opening = add_notice(uow, case_id, to=[DE, EE])
        run_id = add_procedure(uow, case_id, opening)
        add_step(uow, run_id, "objection-window", notice_id=opening)
        add_step(uow, run_id, "objected", notice_id=add_notice(uow, case_id, to=[EE]))
        uow.commit()
    assert [one.state for one in paths(living, DE, "AIB-2026-900001")[0].passed] == ["objection-window"]


def test_a_recipient_may_object_while_its_window_runs(
    living: Hub, clock: SetClock, parties: dict[str, Party], opened: Sent
) -> None:
    objection = next(one for one in next_steps(living, DE, opened.case) if one.within)
    assert objection.notice_type.code == "art79-8-objection"
    assert objection.about == NoticeKey(FR, opened.envelope.id)
    clock.move(days=200)
    assert not any(one.within for one in next_steps(living, DE, opened.case))


def test_what_is_offered_is_what_the_hub_takes(living: Hub, parties: dict[str, Party], opened: Sent) -> None:
    codes = [one.notice_type.code for one in next_steps(living, DE, opened.case)]
    assert "art79-8-objection" in codes
    assert "art79-5" not in codes
    assert issue(living, parties[DE], "art79-8-objection", fields={"notice": opened.reference}).outcome.accepted


def test_the_originator_is_not_offered_what_others_do(living: Hub, opened: Sent) -> None:
    assert "art79-8-objection" not in [one.notice_type.code for one in next_steps(living, FR, opened.case)]


def test_informal_messages_and_formal_requests_are_offered_by_kind(living: Hub, parties: dict[str, Party]) -> None:
    catalogue = catalogue_of(living)
    with living.work(HUB) as uow:
        germany = uow.directory.participants[DE]
    assert [one.code for one in list_informal_types(catalogue, [germany])] == ["informal-message"]
    assert "msr22-request" in [one.code for one in list_formal_requests(catalogue, germany)]


def case_preview(hub: Hub, by: str, case: str, with_: str) -> AudiencePreview:
    with hub.work(HUB) as uow:
        return preview_case_share(uow, uow.directory.participants[by], case, with_)


def test_a_preview_says_who_is_told_before_and_after(living: Hub, parties: dict[str, Party]) -> None:
    private = issue(living, parties[FR], "informal-message", to=[EE])
    before = case_preview(living, FR, private.case, DE)
    assert (before.before, before.after, before.unusual, before.there, before.sees_now) == ((), (DE,), (), 1, 0)
    with living.work(HUB) as uow:
        share_case(uow, uow.directory.participants[FR], private.case, DE)
        uow.commit()
    assert not case_preview(living, FR, private.case, DE).changes


def test_a_preview_warns_of_whom_one_would_not_expect(living: Hub, parties: dict[str, Party], opened: Sent) -> None:
    join(living, "EU-ECAT", kinds=("RUNNER",))
    join(living, "NO-NKOM", kinds=("MSA",))
    assert case_preview(living, FR, opened.case, "EU-ECAT").unusual == (Unusual.NOT_AN_AUTHORITY,)
    assert case_preview(living, FR, opened.case, "NO-NKOM").unusual == (Unusual.OBSERVER,)


def test_a_preview_is_refused_as_the_sharing_would_be(living: Hub, parties: dict[str, Party], opened: Sent) -> None:
    with pytest.raises(Forbidden):
        case_preview(living, DE, opened.case, EE)
    with pytest.raises(Invalid):
        case_preview(living, FR, opened.case, "XX-NOBODY")
    private = issue(living, parties[FR], "informal-message", to=[EE], marking=Marking.ORIGINATOR_CONTROLLED)
    with pytest.raises(NotFound):
        case_preview(living, DE, private.case, EE)
    with living.work(HUB) as uow, pytest.raises(Forbidden):
        preview_notice_share(uow, uow.directory.participants[EE], (FR, private.envelope.id), DE)


def test_only_the_sender_learns_that_a_notice_was_passed_on(living: Hub, parties: dict[str, Party]) -> None:
    private = issue(living, parties[FR], "informal-message", to=[EE])
    with living.work(HUB) as uow:
        preview = preview_notice_share(uow, uow.directory.participants[FR], (FR, private.envelope.id), DE)
        assert (preview.before, preview.after) == ((EE, FR), (DE, EE, FR))
        row_id = share_notice(uow, uow.directory.participants[FR], (FR, private.envelope.id), DE)
        uow.commit()
    for code, seats in ((FR, (Seat(DE, passed_on=True), Seat(EE))), (EE, (Seat(DE), Seat(EE)))):
        with living.work(HUB) as uow:
            reader = reader_of([uow.directory.participants[code]])
            case_id = find_case_id(uow, reader, private.case)
            assert list_audiences(uow, reader, case_id, [row_id]) == {row_id: seats}, code
    with living.work(HUB) as uow:
        reader = reader_of([uow.directory.participants[AIO]])
        assert list_audiences(uow, reader, case_id, [row_id]) == {}
