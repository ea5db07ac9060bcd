"""Cases: an accepted notice opens one or joins one, moves its procedure, and starts or stops its clocks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlmodel import col

from board_hub.domain.envelope import MessageType, participant_urn
from board_hub.domain.ids import uuid7
from board_hub.domain.markings import KEPT_BY_ORIGINATOR, Marking
from board_hub.domain.procedures import Procedure
from board_hub.law.catalogue import Catalogue, NoticeType, title_in
from board_hub.law.schemas import Notice as CheckedNotice
from board_hub.services.cases.case_numbers import next_reference
from board_hub.services.cases.placement import Placement
from board_hub.services.cases.procedures import enter_state, follow_clocks, procedure_words, setting_of
from board_hub.services.clocks.clock_changes import apply_notice, meet_standing
from board_hub.services.clocks.clock_completion import start_completed
from board_hub.services.clocks.clocks import Cause, Setting, start_by_notice
from board_hub.services.unit_of_work import News, Seen, UnitOfWork
from board_hub.store.case_tables import (
    Case,
    CaseShare,
    ExternalReference,
    Notice,
    ProcedureRun,
)
from board_hub.store.tables import Participant, row_of
from board_hub.store.work_tables import NoticeAttachment


@dataclass(frozen=True)
class Filed:
    """What became of a notice: what its receipt says of the case, and what shows in the feed of changes."""

    receipt: dict[str, object]
    changes: list[Seen]


@dataclass(frozen=True)
class Filing:
    """An accepted notice on its way into its case. row: columns of `Message`; at_once: recipients that have it."""

    row: Mapping[str, Any]
    checked: CheckedNotice
    notice_type: NoticeType
    catalogue: Catalogue
    sender: Participant
    recipients: Sequence[str]
    at_once: Sequence[str]

    @property
    def cause(self) -> Cause:
        """The notice as the clocks see it."""
        return Cause(self.notice_type.code, self.checked.fields, self.sender, self.row["id"])


def shared_with(uow: UnitOfWork, case: Case | None, marking: str) -> list[str]:
    """Participants the case is shared with, who receive what is added; never what its originator must clear."""
    if case is None or marking in KEPT_BY_ORIGINATOR:
        return []
    statement = select(col(CaseShare.participant)).where(col(CaseShare.case_id) == case.id)
    return sorted(uow.session.execute(statement).scalars())


def file_notice(uow: UnitOfWork, filing: Filing, placement: Placement, *, replaces: Notice | None = None) -> Filed:
    """File an accepted notice: open or touch its case, move its procedure, start and stop clocks, tell recipients.

    replaces: the earlier version of it; then the procedure and the clocks stay as they are.
    """
    case, opened = _open_or_touch(uow, filing, placement)
    came_from = placement.run.state if placement.run else None
    run = _run(uow, filing, placement, case)
    _add_notice(uow, filing, case, run, replaces=replaces)
    changes = [Seen("case" if opened else "notice", str(filing.row["id"]), case["id"], filing.row["id"])]
    content: dict[str, object] = {"case": case["reference"]}
    clocks: list[dict[str, Any]] = []
    if run and placement.procedure:
        changes.append(Seen("procedure", str(run["id"]), case["id"], filing.row["id"]))
        clocks, state = _advance(uow, filing, placement.procedure, case=case, run=run, came_from=came_from)
        content["procedure"] = procedure_words(placement.procedure, state)
    elif replaces and replaces.procedure_id:
        moved = uow.session.get_one(ProcedureRun, replaces.procedure_id)
        setting, _ = setting_of(uow, moved, started_by=replaces.id)
        clocks = start_completed(uow, setting, notice_type=replaces.notice_type, fields=filing.checked.fields)
    if replaces is None:
        clocks += meet_standing(uow, filing.catalogue, filing.cause)
    _tell(uow, filing, content, opened=opened)
    return Filed({**content, "clocks": clocks}, changes)


def _advance(
    uow: UnitOfWork,
    filing: Filing,
    procedure: Procedure,
    *,
    case: Mapping[str, Any],
    run: Mapping[str, Any],
    came_from: str | None,
) -> tuple[list[dict[str, Any]], str]:
    """Clocks that the notice stops or starts, described, and the state they lead to from the notice's own."""
    originator = uow.directory.participants[run["originator"]]
    setting = Setting(filing.catalogue, case["id"], case["reference"], run["id"], originator, filing.cause.message_id)
    state: str = run["state"]
    clocks: list[dict[str, Any]] = []
    if came_from is not None:
        clocks += apply_notice(uow, setting, filing.cause, procedure=procedure.code)
    touched = bool(clocks)
    if state != came_from:
        clocks += enter_state(
            uow,
            setting,
            procedure,
            state=state,
            notice_id=filing.cause.message_id,
            cause=f"notice {filing.notice_type.code}",
            opening=came_from is None,
        )
    clocks += start_by_notice(
        uow,
        setting,
        filing.cause,
        recipients=filing.recipients,
        at_once=filing.at_once,
        procedure=procedure.code,
    )
    return clocks, follow_clocks(uow, setting, procedure, state=state) if touched else state


def _tell(uow: UnitOfWork, filing: Filing, content: dict[str, object], *, opened: bool) -> None:
    item = {
        **content,
        "notice": {"source": participant_urn(filing.row["source"]), "id": filing.row["message_id"]},
        "notice_type": filing.notice_type.code,
        "at": uow.now.isoformat(),
    }
    if filing.checked.revision:
        item["change"] = filing.checked.revision["kind"]
    type_ = MessageType.CASE_OPENED if opened else MessageType.CASE_CHANGED
    uow.tell(filing.recipients, type_, News(item))


def _open_or_touch(uow: UnitOfWork, filing: Filing, placement: Placement) -> tuple[dict[str, Any], bool]:
    if placement.case is not None:
        touch(uow, placement.case.id)
        return placement.case.model_dump(), False
    row = row_of(
        Case,
        id=uuid7(uow.now),
        reference=next_reference(uow),
        law_version=filing.catalogue.law_version,
        opened_by=filing.row["id"],
        originator=filing.sender.code,
        opened_at=uow.now,
        changed_at=uow.now,
    )
    uow.add(Case, row)
    return row, True


def touch(uow: UnitOfWork, case_id: UUID) -> None:
    """Count up the case's version; who shows it from a cache sees that it changed."""
    uow.write()
    uow.session.execute(
        update(Case)
        .where(col(Case.id) == case_id)
        .values(version=Case.version + 1, changed_at=uow.now)
        .execution_options(synchronize_session=False)
    )


def _run(uow: UnitOfWork, filing: Filing, placement: Placement, case: Mapping[str, Any]) -> dict[str, Any] | None:
    """The procedure's row with its new state; None for a notice that belongs to none."""
    if placement.procedure is None or placement.step is None:
        return None
    state = placement.state
    final = placement.procedure.states[state].final
    if placement.run is not None:
        run = placement.run
        run.state, run.changed_at = state, uow.now
        run.closed_at = (run.closed_at or uow.now) if final else None
        return run.model_dump()
    row = row_of(
        ProcedureRun,
        id=uuid7(uow.now),
        case_id=case["id"],
        code=placement.procedure.code,
        state=state,
        originator=filing.sender.code,
        opened_by=filing.row["id"],
        opened_at=uow.now,
        changed_at=uow.now,
        closed_at=uow.now if final else None,
    )
    uow.add(ProcedureRun, row)
    return row


def _add_notice(
    uow: UnitOfWork,
    filing: Filing,
    case: Mapping[str, Any],
    run: Mapping[str, Any] | None,
    *,
    replaces: Notice | None,
) -> None:
    row, checked = filing.row, filing.checked
    later: dict[str, Any] = {}
    if replaces and checked.revision:
        later = {"version": replaces.version + 1, "replaces": replaces.id, "change": checked.revision["kind"]}
        replaces.replaced_by = row["id"]
    uow.add(
        Notice,
        row_of(
            Notice,
            id=row["id"],
            case_id=case["id"],
            procedure_id=run["id"] if run else replaces.procedure_id if replaces else None,
            notice_type=checked.notice_type,
            sender=filing.sender.code,
            marking=row["marking"] or Marking.RESTRICTED,
            title=title_of(filing.notice_type, checked.fields),
            informal=filing.notice_type.informal,
            complete=checked.completeness.score,
            issued_at=uow.now,
            **later,
        ),
    )
    for system, reference in checked.external_references.items():
        uow.add(ExternalReference, {"notice_id": row["id"], "system": system, "reference": reference})
    for position, one in enumerate(checked.attachments):
        uow.add(NoticeAttachment, attachment_row(row["id"], position, one, marking=row["marking"]))


def attachment_row(
    notice_id: UUID, position: int, attachment: Mapping[str, Any], *, marking: str | None
) -> dict[str, Any]:
    """The row of an attachment; without a marking of its own it has the notice's."""
    given = {"marking": marking or Marking.RESTRICTED, **attachment}
    return row_of(NoticeAttachment, notice_id=notice_id, position=position, **given)


def title_of(notice_type: NoticeType, fields: Mapping[str, Any]) -> str:
    """What a list calls the notice: its title or subject, the system or model it is about, else its type."""
    for name in ("title", "subject"):
        if isinstance(fields.get(name), str):
            return str(fields[name])
    for name in ("system", "model", "body"):
        if isinstance(fields.get(name), Mapping) and "name" in fields[name]:
            return str(fields[name]["name"])
    return title_in(notice_type.title)
