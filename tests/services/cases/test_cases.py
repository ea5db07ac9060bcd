"""Cases: a notice opens one or joins one, versions keep the earlier, and what may not be is refused with its reason."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlmodel import col

from board_hub.domain.envelope import MessageType
from board_hub.domain.events import HUB
from board_hub.services.unit_of_work import Hub
from board_hub.store.case_tables import Case, Notice, ProcedureRun
from board_hub.store.tables import Delivery, Message
from tests.support.cases import Sent, issue, transmit
from tests.support.hub import AIO, DE, EE, FR, Party, join, join_four, send


@pytest.fixture
def parties(hub: Hub) -> Iterator[dict[str, Party]]:
    return join_four(hub)


def recipients(hub: Hub, sent: Sent) -> set[str]:
    with hub.work(HUB) as uow:
        statement = select(col(Delivery.recipient)).join(Message, col(Message.id) == Delivery.message_id)
        return set(uow.session.execute(statement.where(col(Message.message_id) == sent.envelope.id)).scalars())


def state(hub: Hub, reference: str) -> str:
    with hub.work(HUB) as uow:
        statement = select(col(ProcedureRun.state)).join(Case, col(Case.id) == ProcedureRun.case_id)
        return str(uow.session.execute(statement.where(col(Case.reference) == reference)).scalar_one())


def objection(hub: Hub, party: Party, about: Sent) -> Sent:
    return issue(hub, party, "art79-8-objection", fields={"notice": about.reference}, to=[FR])


def test_a_notice_opens_a_case_with_one_reference_for_life(hub: Hub, parties: dict[str, Party]) -> None:
    first, second = issue(hub, parties[FR]), issue(hub, parties[FR])
    assert [first.case[-6:], second.case[-6:]] == ["000001", "000002"]
    assert first.case.startswith("AIB-20")


def test_a_notice_with_a_subject_joins_that_case(hub: Hub, parties: dict[str, Party]) -> None:
    opened = issue(hub, parties[FR], "art79-3")
    assert issue(hub, parties[FR], subject=opened.case).case == opened.case


def test_a_notice_that_names_another_joins_its_case(hub: Hub, parties: dict[str, Party]) -> None:
    opened = issue(hub, parties[FR])
    assert objection(hub, parties[DE], opened).case == opened.case


def test_two_measures_of_two_states_in_one_case_run_apart(hub: Hub, parties: dict[str, Party]) -> None:
    opened = issue(hub, parties[FR])
    issue(hub, parties[DE], subject=opened.case)
    with hub.work(HUB) as uow:
        originators = uow.session.execute(select(col(ProcedureRun.originator))).scalars().all()
    assert sorted(originators) == [DE, FR]


def test_an_unknown_case_and_one_that_is_not_for_the_sender_are_refused_alike(
    hub: Hub, parties: dict[str, Party]
) -> None:
    request = issue(hub, parties[FR], "msr22-request", to=[DE])
    foreign = issue(hub, parties[EE], subject=request.case).outcome.flaws
    unknown = issue(hub, parties[EE], subject="AIB-2026-999999").outcome.flaws
    assert foreign == unknown
    assert [flaw.code for flaw in unknown] == ["case.unknown"]


def test_an_unreadable_notice_and_an_unknown_one_are_refused_alike(hub: Hub, parties: dict[str, Party]) -> None:
    request = issue(hub, parties[FR], "msr22-request", to=[DE])
    fields = {"request": request.reference}
    answer = issue(hub, parties[EE], "msr22-answer", fields=fields, to=[FR])
    assert answer.codes == ["notice.unknown"]
    assert request.envelope.id not in str(issue(hub, parties[EE], "msr22-answer", to=[FR]).outcome.flaws)


def test_an_illegal_step_is_refused_with_what_is_possible_instead(hub: Hub, parties: dict[str, Party]) -> None:
    opened = issue(hub, parties[FR])
    refused = issue(hub, parties[AIO], "art81-1-decision", fields={"notice": opened.reference}, to=[FR])
    assert refused.codes == ["procedure.not_possible"]
    assert "art81-1-consultation" in refused.outcome.flaws[0].message


def test_an_answer_to_nothing_is_refused_with_how_the_procedure_begins(hub: Hub, parties: dict[str, Party]) -> None:
    opened = issue(hub, parties[FR], "art79-3")
    refused = issue(hub, parties[DE], "msr22-answer", fields={"request": opened.reference}, to=[FR])
    assert refused.codes == ["procedure.not_possible"]
    assert "msr22-request" in refused.outcome.flaws[0].message


def test_the_originator_cannot_object_to_its_own_measure(hub: Hub, parties: dict[str, Party]) -> None:
    opened = issue(hub, parties[FR])
    assert issue(hub, parties[FR], "art79-8-objection", fields={"notice": opened.reference}, to=[DE]).codes == [
        "procedure.not_possible"
    ]


def test_an_objection_moves_the_procedure(hub: Hub, parties: dict[str, Party]) -> None:
    opened = issue(hub, parties[FR])
    receipt = objection(hub, parties[DE], opened).receipt
    assert receipt["procedure"]["state"] == "objected"
    assert [clock["state"] for clock in receipt["clocks"] if clock["holder"] == DE] == ["met"]


def test_the_ai_offices_exclusive_competence_refuses_a_national_case_and_names_the_way(
    hub: Hub, parties: dict[str, Party]
) -> None:
    answers = {"built_on_gpai_model": True, "same_provider_or_undertaking": True, "exception": "none"}
    refused = issue(hub, parties[FR], fields={"competence": {**answers, "vlop_vlose": False}})
    assert refused.codes == ["competence.elsewhere"]
    assert "art75-2a" in refused.outcome.flaws[0].message


def test_an_exception_of_art_75_leaves_the_national_authority_competent(hub: Hub, parties: dict[str, Party]) -> None:
    answers = {"built_on_gpai_model": True, "same_provider_or_undertaking": True, "exception": "annex3-2"}
    assert issue(hub, parties[FR], fields={"competence": {**answers, "vlop_vlose": False}}).outcome.accepted


def test_a_correction_is_a_new_version_and_keeps_the_earlier(hub: Hub, parties: dict[str, Party]) -> None:
    opened = issue(hub, parties[FR])
    revision = {"of": opened.reference, "kind": "correction", "reason": "Wrong version number."}
    corrected = issue(hub, parties[FR], revision=revision)
    assert corrected.case == opened.case
    with hub.work(HUB) as uow:
        notices = uow.session.execute(select(Notice).order_by(col(Notice.id))).scalars().all()
    assert [(one.version, one.change) for one in notices] == [(1, None), (2, "correction")]
    assert (notices[0].replaced_by, notices[1].replaces) == (notices[1].id, notices[0].id)
    assert recipients(hub, corrected) == recipients(hub, opened)


def test_a_replaced_version_cannot_be_corrected_again(hub: Hub, parties: dict[str, Party]) -> None:
    opened = issue(hub, parties[FR])
    revision = {"of": opened.reference, "kind": "completion", "reason": "Now known."}
    issue(hub, parties[FR], revision=revision)
    assert issue(hub, parties[FR], revision=revision).codes == ["notice.not_current"]


def test_nobody_corrects_the_notice_of_another(hub: Hub, parties: dict[str, Party]) -> None:
    opened = issue(hub, parties[FR])
    revision = {"of": opened.reference, "kind": "correction", "reason": "No."}
    assert issue(hub, parties[DE], revision=revision).codes == ["notice.unknown"]


def withdraw(hub: Hub, party: Party, notice: Sent) -> Sent:
    data = {"notice": notice.reference, "reason": "Sent by mistake."}
    return transmit(hub, party, data, type_=MessageType.NOTICE_WITHDRAWN)


def test_a_withdrawn_notice_ends_its_procedure_and_its_readers_get_the_withdrawal(
    hub: Hub, parties: dict[str, Party]
) -> None:
    opened = issue(hub, parties[FR])
    withdrawal = withdraw(hub, parties[FR], opened)
    assert withdrawal.case == opened.case
    assert recipients(hub, withdrawal) == recipients(hub, opened)
    assert state(hub, opened.case) == "withdrawn"


def test_a_notice_is_withdrawn_once_and_by_its_sender_only(hub: Hub, parties: dict[str, Party]) -> None:
    opened = issue(hub, parties[FR])
    assert withdraw(hub, parties[DE], opened).codes == ["notice.unknown"]
    withdraw(hub, parties[FR], opened)
    assert withdraw(hub, parties[FR], opened).codes == ["notice.not_current"]


def test_an_unknown_marking_is_refused_with_the_known_ones(hub: Hub, parties: dict[str, Party]) -> None:
    refused = issue(hub, parties[FR], marking="secret")
    assert refused.codes == ["code.unknown"]
    assert "originator-controlled" in refused.outcome.flaws[0].message


def test_what_was_refused_leaves_no_case_behind(hub: Hub, parties: dict[str, Party]) -> None:
    issue(hub, parties[DE], "art81-2-measures")
    with hub.work(HUB) as uow:
        assert uow.session.execute(select(Case)).first() is None


def test_the_same_bytes_again_get_the_same_receipt_and_no_second_case(hub: Hub, parties: dict[str, Party]) -> None:
    opened = issue(hub, parties[FR])
    again = send(hub, parties[FR].arrival(opened.body))
    assert again.receipt is not None
    assert again.receipt["body"] == opened.outcome.receipt["body"]  # type: ignore[index]
    with hub.work(HUB) as uow:
        assert len(uow.session.execute(select(Case)).scalars().all()) == 1


def test_each_institution_acts_for_itself(hub: Hub, parties: dict[str, Party]) -> None:
    edps = join(hub, "EU-EDPS", kinds=("EDPS",))
    opened = issue(hub, edps)
    objection_of_aio = issue(
        hub, parties[AIO], "art79-8-objection", fields={"notice": opened.reference}, to=["EU-EDPS"]
    )
    assert objection_of_aio.receipt["procedure"]["state"] == "objected"


def test_a_measure_about_the_finding_of_another_state_runs_on_its_own(hub: Hub, parties: dict[str, Party]) -> None:
    finding = issue(hub, parties[FR], "art79-3")
    measure = issue(hub, parties[DE], fields={"notice": finding.reference})
    assert measure.case == finding.case
    assert measure.receipt["procedure"]["state"] == "objection-window"
    with hub.work(HUB) as uow:
        runs = uow.session.execute(select(ProcedureRun).order_by(col(ProcedureRun.id))).scalars().all()
    assert [(run.originator, run.state) for run in runs] == [(FR, "finding-shared"), (DE, "objection-window")]
