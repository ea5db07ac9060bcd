"""What a participant may send: every notice type open to its kinds, and in a case whether the law allows it now."""

from collections.abc import Sequence
from dataclasses import dataclass

from board_hub.domain.audience import side_of
from board_hub.domain.procedures import By, Procedure, Trigger, by_fits
from board_hub.law.catalogue import Catalogue, NoticeType, title_in
from board_hub.services.access import reader_of
from board_hub.services.cases.case_reads import get_case
from board_hub.services.cases.procedure_reads import KnownProcedure
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.case_tables import ProcedureRun
from board_hub.store.tables import Participant


@dataclass(frozen=True)
class Sendable:
    """A notice type and whether it is possible now. state: of the procedure that does not allow it, else empty."""

    notice_type: NoticeType
    possible: bool = True
    state: str = ""


@dataclass(frozen=True)
class Theme:
    """Notice types of one procedure; procedure: None for those outside procedures, and for informal messages."""

    procedure: Procedure | None
    notices: tuple[Sendable, ...]

    @property
    def possible(self) -> tuple[Sendable, ...]:
        return tuple(one for one in self.notices if one.possible)


def list_sendable(uow: UnitOfWork, catalogue: Catalogue, sender: Participant, case: str | None) -> tuple[Theme, ...]:
    """What the participant may send, by procedure in the order of the catalogue. Raises NotFound for a foreign case."""
    known: Sequence[KnownProcedure] = ()
    if case is not None:
        known = get_case(uow, reader_of([sender]), case).header.procedures
    themes: dict[str, list[Sendable]] = {}
    for one in catalogue.notice_types.values():
        if not sender.kinds.isdisjoint(one.senders):
            themes.setdefault(one.procedure or "", []).append(_sendable(uow, catalogue, one, known, sender, case))
    order = ["", *catalogue.procedures]
    return tuple(Theme(catalogue.procedures.get(code), tuple(themes[code])) for code in order if code in themes)


def _sendable(
    uow: UnitOfWork,
    catalogue: Catalogue,
    one: NoticeType,
    known: Sequence[KnownProcedure],
    sender: Participant,
    case: str | None,
) -> Sendable:
    procedure = catalogue.procedures.get(one.procedure or "")
    if procedure is None or one.code in procedure.opened_by:
        return Sendable(one)
    runs = [run for run in known if run.code == procedure.code]
    if any(can_step(uow, procedure, run, one.code, sender) for run in runs):
        return Sendable(one)
    if case is None:
        return Sendable(one, possible=False)
    return Sendable(one, possible=False, state=runs[-1].state_title if runs else "")


def can_step(uow: UnitOfWork, procedure: Procedure, run: KnownProcedure, notice: str, sender: Participant) -> bool:
    """Whether the procedure, as far as it is known to the sender, takes such a notice of the sender's now."""
    by = side_in(uow, run, sender)
    return any(
        step.trigger is Trigger.NOTICE and notice in step.codes and by_fits(step, by)
        for step in procedure.states[run.state].transitions
    )


def side_in(uow: UnitOfWork, run: KnownProcedure, sender: Participant) -> By:
    """On which side of the procedure the sender is: its Member State opened it, or another did."""
    row = uow.session.get_one(ProcedureRun, run.id)
    originator = uow.directory.participants[row.originator]
    same = side_of(originator.code, originator.member) == side_of(sender.code, sender.member)
    return By.ORIGINATOR if same else By.OTHERS


def begins_with(catalogue: Catalogue, one: NoticeType) -> tuple[str, ...]:
    """Titles of the notices with which the procedure of this one begins."""
    procedure = catalogue.procedures.get(one.procedure or "")
    codes = sorted(procedure.opened_by) if procedure else []
    return tuple(title_in(catalogue.notice_types[code].title) for code in codes)
