"""What a participant can do next in a case: the steps that the law knows, from what it may know of the state."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlmodel import col

from board_hub.domain.audience import INSTITUTIONS, side_of
from board_hub.domain.clocks import OPEN
from board_hub.domain.procedures import By, Transition, Trigger, by_fits
from board_hub.law.catalogue import Catalogue, NoticeType
from board_hub.services.access import readable, reader_of
from board_hub.services.cases.drafts import FROM_MESSAGE
from board_hub.services.cases.procedure_paths import ProcedurePath, list_paths
from board_hub.services.cases.timeline_reads import NoticeKey
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.case_tables import Case, Clock, Notice, ProcedureRun
from board_hub.store.tables import Message, Participant


@dataclass(frozen=True)
class NextStep:
    """A notice that this participant may issue now. about: the notice that opened the procedure, where there is one;
    within: whether a period of its own must run for it, and does.
    """

    participant: str
    notice_type: NoticeType
    procedure: str | None
    about: NoticeKey | None
    within: bool = False


def list_next_steps(uow: UnitOfWork, participants: Collection[str], case_id: UUID) -> tuple[NextStep, ...]:
    """Steps of the procedures under way that these participants may take, each once, windows first.

    Each is judged by what that participant itself may know of the state, so that an offer tells of nothing else.
    """
    catalogue = uow.hub.catalogues[uow.session.get_one(Case, case_id).law_version]
    found: dict[tuple[str, str, str | None], NextStep] = {}
    for code in sorted(participants):
        participant = uow.directory.participants[code]
        for one in _steps_of(uow, catalogue, participant, case_id):
            found.setdefault((code, one.notice_type.code, one.procedure), one)
    return tuple(sorted(found.values(), key=lambda one: (not one.within, one.participant, one.notice_type.code)))


def _steps_of(uow: UnitOfWork, catalogue: Catalogue, participant: Participant, case_id: UUID) -> Iterator[NextStep]:
    paths = {path.id: path for path in list_paths(uow, reader_of([participant]), case_id)}
    runs = _runs(uow, participant, sorted(paths))
    open_rules = _open_rules(uow, participant, sorted(paths))
    for run in runs:
        path = paths[run.id]
        by = _by(uow, run.originator, participant)
        for step in _transitions(catalogue, path):
            if not by_fits(step, by) or (step.within and not step.within & open_rules.get(run.id, set())):
                continue
            about = NoticeKey(run.source, run.message_id) if run.message_id else None
            for notice_type in _issuable(catalogue, step.codes, participant):
                yield NextStep(participant.code, notice_type, path.code, about, bool(step.within))


def _transitions(catalogue: Catalogue, path: ProcedurePath) -> Iterable[Transition]:
    state = catalogue.procedures[path.code].states[path.present.state]
    return (one for one in state.transitions if one.trigger is Trigger.NOTICE)


def _issuable(catalogue: Catalogue, codes: Iterable[str], participant: Participant) -> Iterator[NoticeType]:
    for code in sorted(codes):
        notice_type = catalogue.notice_types[code]
        if not participant.kinds.isdisjoint(notice_type.senders):
            yield notice_type


def _by(uow: UnitOfWork, originator: str, participant: Participant) -> By:
    first = uow.directory.participants[originator]
    mine = side_of(participant.code, participant.member)
    return By.ORIGINATOR if side_of(first.code, first.member) == mine else By.OTHERS


def _runs(uow: UnitOfWork, participant: Participant, ids: Sequence[UUID]) -> Sequence[Any]:
    """These procedures, with the key of the notice that opened each where the participant may read it."""
    opening = and_(col(Notice.id) == ProcedureRun.opened_by, readable(reader_of([participant])))
    columns: list[Any] = [ProcedureRun.id, ProcedureRun.originator, Message.source, Message.message_id]
    statement = (
        select(*columns)
        .select_from(ProcedureRun)
        .outerjoin(Notice, opening)
        .outerjoin(Message, col(Message.id) == Notice.id)
        .where(col(ProcedureRun.id).in_(ids))
        .order_by(col(ProcedureRun.id))
    )
    return uow.session.execute(statement).all()


def _open_rules(uow: UnitOfWork, participant: Participant, ids: Sequence[UUID]) -> dict[UUID, set[str]]:
    """Clock rules of which a period of the participant's side runs, by procedure; as placement judges a step."""
    holder = col(Clock.holder) if participant.member == INSTITUTIONS else col(Clock.holder_member)
    statement = select(col(Clock.procedure_id), col(Clock.rule)).where(
        col(Clock.procedure_id).in_(ids),
        holder == side_of(participant.code, participant.member),
        col(Clock.state).in_(sorted(OPEN)),
        or_(col(Clock.end_at).is_(None), col(Clock.end_at) > uow.now),
    )
    found: dict[UUID, set[str]] = {}
    for procedure_id, rule in uow.session.execute(statement):
        if procedure_id:
            found.setdefault(procedure_id, set()).add(rule)
    return found


def list_informal_types(catalogue: Catalogue, participants: Iterable[Participant]) -> tuple[NoticeType, ...]:
    """Informal message types that one of these participants may send."""
    kinds = frozenset(kind for one in participants for kind in one.kinds)
    types = catalogue.notice_types.values()
    return tuple(one for one in types if one.informal and not kinds.isdisjoint(one.senders))


def list_formal_requests(catalogue: Catalogue, participant: Participant) -> tuple[NoticeType, ...]:
    """Formal requests that this participant may make, from an informal message (`from_message`) or afresh."""
    return tuple(
        one
        for one in catalogue.notice_types.values()
        if not one.informal and FROM_MESSAGE in one.field_names and not participant.kinds.isdisjoint(one.senders)
    )
