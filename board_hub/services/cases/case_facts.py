"""A case as the secretariat's administrator sees it: where it stands, never what is in it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col

from board_hub.domain.errors import NotFound
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.case_tables import Case, CaseShare, Clock, Notice, ProcedureRun


@dataclass(frozen=True)
class RunFacts:
    """A procedure of the case; states: those it can be set to."""

    id: UUID
    code: str
    state: str
    originator: str
    changed_at: datetime
    closed_at: datetime | None
    states: tuple[str, ...]


@dataclass(frozen=True)
class CaseFacts:
    """A case without its content. notices: how many; clocks: how many by state."""

    reference: str
    law_version: str
    originator: str
    opened_at: datetime
    changed_at: datetime
    notices: int
    clocks: dict[str, int]
    shared_with: tuple[str, ...]
    procedures: tuple[RunFacts, ...]


def get_case_facts(uow: UnitOfWork, reference: str) -> CaseFacts:
    """Raises NotFound."""
    case = uow.session.execute(select(Case).where(col(Case.reference) == reference)).scalar_one_or_none()
    if case is None:
        raise NotFound(f"There is no case {reference}.")
    notices = select(func.count()).select_from(Notice).where(col(Notice.case_id) == case.id)
    clocks = select(col(Clock.state), func.count()).where(col(Clock.case_id) == case.id).group_by(col(Clock.state))
    shares = select(col(CaseShare.participant)).where(col(CaseShare.case_id) == case.id)
    return CaseFacts(
        reference=case.reference,
        law_version=case.law_version,
        originator=case.originator,
        opened_at=case.opened_at,
        changed_at=case.changed_at,
        notices=uow.session.execute(notices).scalar_one(),
        clocks={str(row[0]): row[1] for row in uow.session.execute(clocks)},
        shared_with=tuple(sorted(uow.session.execute(shares).scalars())),
        procedures=_procedures(uow, case),
    )


def _procedures(uow: UnitOfWork, case: Case) -> tuple[RunFacts, ...]:
    known = uow.hub.catalogues[case.law_version].procedures
    statement = select(ProcedureRun).where(col(ProcedureRun.case_id) == case.id).order_by(col(ProcedureRun.id))
    return tuple(
        RunFacts(
            run.id, run.code, run.state, run.originator, run.changed_at, run.closed_at, tuple(known[run.code].states)
        )
        for run in uow.session.execute(statement).scalars()
    )


def get_procedure_id(uow: UnitOfWork, reference: str, procedure: str) -> UUID:
    """The one procedure of a case with this code or row id. Raises NotFound: none, or several of that code."""
    runs = get_case_facts(uow, reference).procedures
    found = [run.id for run in runs if procedure in (run.code, str(run.id))]
    if len(found) == 1:
        return found[0]
    known = ", ".join(f"{run.code} ({run.id})" for run in runs) or "none"
    raise NotFound(f"Name one procedure of {reference} by its code or id; it has: {known}.")
