"""Where a notice belongs: the case it opens or joins, the procedure it moves, and whether the law allows the step."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from board_hub.domain.audience import INSTITUTIONS, side_of
from board_hub.domain.clocks import OPEN
from board_hub.domain.envelope import participant_code
from board_hub.domain.errors import Flaw, Invalid
from board_hub.domain.procedures import START, By, NotPossible, Procedure, Transition, find_step
from board_hub.law.catalogue import Catalogue, FieldType, NoticeType, title_in
from board_hub.law.schemas import Notice as CheckedNotice
from board_hub.services.access import readable, reader_of
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.case_tables import Case, CaseShare, Clock, Notice, ProcedureRun
from board_hub.store.tables import Message, Participant

PRIMARY_FIELDS = ("request", "notice", "decision_notice")
"""Fields that say which earlier notice a notice is about, and so in which case and procedure it stands."""


@dataclass(frozen=True)
class Placement:
    """case, run: None where the notice opens one; step: what it does in the procedure, None without a procedure."""

    case: Case | None
    run: ProcedureRun | None
    procedure: Procedure | None
    step: Transition | None

    @property
    def state(self) -> str:
        """The state after the step."""
        assert self.step is not None
        return self.step.to or (self.run.state if self.run else START)


def place_notice(
    uow: UnitOfWork, catalogue: Catalogue, checked: CheckedNotice, *, sender: Participant, subject: str | None
) -> Placement:
    """Find the case and the step. Raises Invalid: `case.unknown`, `notice.unknown`, `case.mismatch`,
    `competence.elsewhere`, `version.unknown`, `procedure.not_possible`, `procedure.ambiguous`, `clock.expired`.
    """
    notice_type = catalogue.notice_types[checked.notice_type]
    _check_competence(catalogue, notice_type, checked)
    referred = _referred(uow, notice_type, checked.fields, sender)
    primary = _primary(notice_type, referred)
    case = _case(uow, sender, subject=subject, primary=primary)
    if case and case.law_version != catalogue.law_version:
        message = f"Case {case.reference} runs under the law version {case.law_version}; use that one."
        raise Invalid.one("version.unknown", "/data/law_version", message)
    if notice_type.procedure is None or notice_type.procedure not in catalogue.procedures:
        return Placement(case, None, None, None)
    procedure = catalogue.procedures[notice_type.procedure]
    return _step(uow, procedure, checked, sender=sender, case=case, primary=primary)


def _check_competence(catalogue: Catalogue, notice_type: NoticeType, checked: CheckedNotice) -> None:
    """Art 75(1): the AI Office may be exclusively competent; then no national case is opened."""
    if notice_type.competence is None:
        return
    test = catalogue.competence_tests[notice_type.competence]
    if test.leads_elsewhere(checked.fields):
        message = f"Art {test.article}: {title_in(test.message)} Use the notice type {test.notice}."
        raise Invalid.one("competence.elsewhere", f"/data/fields/{test.field}", message)


@dataclass(frozen=True)
class _Referred:
    field: str
    notice: Notice


def _referred(
    uow: UnitOfWork, notice_type: NoticeType, fields: Mapping[str, Any], sender: Participant
) -> list[_Referred]:
    """The earlier notices that this one names; each must be one that its sender may read."""
    wanted = list(_message_keys(notice_type, fields))
    if not wanted:
        return []
    found = find_readable_notices(uow, sender, {key for _, _, key in wanted})
    flaws = [
        Flaw("notice.unknown", path, f"No notice {key[1]} of {key[0]} is known to you; check source and id.")
        for _, path, key in wanted
        if key not in found
    ]
    if flaws:
        raise Invalid(flaws)
    return [_Referred(name, found[key]) for name, _, key in wanted]


def find_readable_notices(
    uow: UnitOfWork, sender: Participant, keys: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], Notice]:
    """Notices by (source code, message id), of those the participant may read."""
    uow.write()
    columns = (col(Message.source), col(Message.message_id))
    found = {}
    for source, message_id in sorted(keys):
        row = uow.session.execute(
            select(Notice)
            .join(Message, col(Message.id) == Notice.id)
            .where(columns[0] == source, columns[1] == message_id, readable(reader_of([sender])))
        ).scalar_one_or_none()
        if row:
            found[source, message_id] = row
    return found


def _message_keys(notice_type: NoticeType, fields: Mapping[str, Any]) -> Iterable[tuple[str, str, tuple[str, str]]]:
    for one in notice_type.fields:
        if one.type is not FieldType.MESSAGE or one.name not in fields:
            continue
        given = fields[one.name]
        for index, value in enumerate(given if one.many else [given]):
            path = f"/data/fields/{one.name}" + (f"/{index}" if one.many else "")
            yield one.name, path, (participant_code(value["source"]), value["id"])


def _primary(notice_type: NoticeType, referred: list[_Referred]) -> _Referred | None:
    """The notice that places this one: its primary field, or else the first it must name."""
    required = {one.name for one in notice_type.fields if one.required}
    for name in PRIMARY_FIELDS:
        for one in referred:
            if one.field == name:
                return one
    return next((one for one in referred if one.field in required), None)


def _case(uow: UnitOfWork, sender: Participant, *, subject: str | None, primary: _Referred | None) -> Case | None:
    case = find_case(uow, sender, subject) if subject is not None else None
    if subject is not None and case is None:
        message = "No such case is known to you; leave `subject` out to open a new one, or check the reference."
        raise Invalid.one("case.unknown", "/subject", message)
    if primary is None:
        return case
    if case and case.id != primary.notice.case_id:
        message = f"The notice named in `{primary.field}` belongs to another case than `subject`."
        raise Invalid.one("case.mismatch", "/subject", message)
    return case or uow.session.get_one(Case, primary.notice.case_id)


def find_case(uow: UnitOfWork, participant: Participant, reference: str) -> Case | None:
    """The case if the participant may know of it: by a notice it can read, or because it is shared with it."""
    uow.write()
    case = uow.session.execute(select(Case).where(col(Case.reference) == reference)).scalar_one_or_none()
    if case is None:
        return None
    seen = select(col(Notice.id)).where(col(Notice.case_id) == case.id, readable(reader_of([participant]))).limit(1)
    if uow.session.execute(seen).first() or uow.session.get(CaseShare, (case.id, participant.code)):
        return case
    return None


def _step(
    uow: UnitOfWork,
    procedure: Procedure,
    checked: CheckedNotice,
    *,
    sender: Participant,
    case: Case | None,
    primary: _Referred | None,
) -> Placement:
    opens = checked.notice_type in procedure.opened_by
    run = _run(uow, procedure, checked, sender=sender, case=case, primary=primary) if case else None
    if run is None and not opens:
        raise _no_run(procedure, checked, case)
    try:
        return _placed(uow, procedure, checked, sender=sender, case=case, run=run)
    except NotPossible as refusal:
        if opens and run is not None and _by(uow, run, sender) is By.OTHERS:  # a measure of its own, about another's
            return _placed(uow, procedure, checked, sender=sender, case=case, run=None)
        raise _not_possible(refusal, procedure, case, checked.notice_type) from refusal


def _placed(
    uow: UnitOfWork,
    procedure: Procedure,
    checked: CheckedNotice,
    *,
    sender: Participant,
    case: Case | None,
    run: ProcedureRun | None,
) -> Placement:
    by = _by(uow, run, sender) if run else None
    state = run.state if run else START
    step = find_step(procedure, state, notice=checked.notice_type, fields=checked.fields, by=by)
    if step.within and run:
        _check_within(uow, step, run, sender)
    return Placement(case, run, procedure, step)


def _by(uow: UnitOfWork, run: ProcedureRun, sender: Participant) -> By:
    originator = uow.directory.participants[run.originator]
    same = side_of(originator.code, originator.member) == side_of(sender.code, sender.member)
    return By.ORIGINATOR if same else By.OTHERS


def _run(
    uow: UnitOfWork,
    procedure: Procedure,
    checked: CheckedNotice,
    *,
    sender: Participant,
    case: Case,
    primary: _Referred | None,
) -> ProcedureRun | None:
    """The procedure under way that the notice moves, locked; None where there is none."""
    uow.write()
    condition = [col(ProcedureRun.case_id) == case.id, col(ProcedureRun.code) == procedure.code]
    statement = select(ProcedureRun).where(*condition).order_by(col(ProcedureRun.id)).with_for_update()
    runs = list(uow.session.execute(statement.execution_options(populate_existing=True)).scalars())
    if primary and primary.notice.procedure_id:
        for run in runs:
            if run.id == primary.notice.procedure_id:
                return run
    still_open = [run for run in runs if run.closed_at is None]
    possible = [run for run in still_open if _is_possible(uow, procedure, run, checked, sender)]
    if len(possible) > 1:
        message = f"Case {case.reference} has {len(possible)} such procedures open; name the notice it is about."
        raise Invalid.one("procedure.ambiguous", "/data/fields", message)
    if possible or checked.notice_type in procedure.opened_by:
        return possible[0] if possible else None
    return still_open[0] if still_open else None


def _is_possible(
    uow: UnitOfWork, procedure: Procedure, run: ProcedureRun, checked: CheckedNotice, sender: Participant
) -> bool:
    """Whether the notice is a step of this procedure; one that could also open its own moves only its originator's."""
    by = _by(uow, run, sender)
    if checked.notice_type in procedure.opened_by and by is not By.ORIGINATOR:
        return False
    try:
        find_step(procedure, run.state, notice=checked.notice_type, fields=checked.fields, by=by)
    except NotPossible:
        return False
    return True


def _check_within(uow: UnitOfWork, step: Transition, run: ProcedureRun, sender: Participant) -> None:
    """The step needs an open period of the sender's own; says which has ended, and when."""
    rows = uow.session.execute(
        select(col(Clock.state), col(Clock.end_on), col(Clock.end_at)).where(
            col(Clock.procedure_id) == run.id,
            col(Clock.rule).in_(sorted(step.within)),
            (col(Clock.holder) if sender.member == INSTITUTIONS else col(Clock.holder_member))
            == side_of(sender.code, sender.member),
        )
    ).all()
    if any(row.state in OPEN and (row.end_at is None or row.end_at > uow.now) for row in rows):
        return
    ended = max((row.end_on for row in rows if row.end_on), default=None)
    reason = f"your period for it ended on {ended}" if ended else "no such period runs for you"
    message = f"This step is not possible: {reason}. The secretariat can note a late step with its reason."
    raise Invalid.one("clock.expired", "/data/notice_type", message)


def _no_run(procedure: Procedure, checked: CheckedNotice, case: Case | None) -> Invalid:
    opening = ", ".join(sorted(procedure.opened_by))
    where = f"in case {case.reference}" if case else "and no case or earlier notice is named"
    message = (
        f"No procedure “{title_in(procedure.title)}” is under way {where}; {checked.notice_type} cannot begin one. "
        f"It begins with {opening}. Name the case in `subject`, or the earlier notice."
    )
    return Invalid.one("procedure.not_possible", "/data/notice_type", message)


def _not_possible(refusal: NotPossible, procedure: Procedure, case: Case | None, notice: str) -> Invalid:
    reference = f" of case {case.reference}" if case else ""
    instead = ", ".join(refusal.instead) or "none: the procedure has ended"
    message = (
        f"In the state “{title_in(refusal.state.title)}” of “{title_in(procedure.title)}”{reference} {notice} is not "
        f"possible for you with these contents. Notices possible in this state: {instead}."
    )
    return Invalid.one("procedure.not_possible", "/data/notice_type", message)
