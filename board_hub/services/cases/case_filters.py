"""What a list of cases can be narrowed to; a filter sees no more than its reader."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, not_, or_, select, true
from sqlmodel import col

from board_hub.services.access import Reader
from board_hub.services.cases.procedure_reads import final_states, known_run
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.services.visibility import notice_in_case
from board_hub.store.case_tables import ExternalReference, Notice
from board_hub.store.tables import Delivery


@dataclass(frozen=True, kw_only=True)
class CaseFilter:
    """None: not narrowed by this. member, participant: who sent or was sent a notice; text: part of a title.

    is_open: a procedure is under way, or none has begun; since: something visible changed at or after that moment.
    """

    procedure: str | None = None
    state: str | None = None
    notice_type: str | None = None
    member: str | None = None
    participant: str | None = None
    is_open: bool | None = None
    since: datetime | None = None
    external_reference: str | None = None
    text: str | None = None


def conditions_of(uow: UnitOfWork, reader: Reader, wanted: CaseFilter) -> Iterator[ColumnElement[bool]]:
    """The conditions on `Case`, but `since`."""
    if wanted.procedure or wanted.state:
        yield known_run(reader, procedure=wanted.procedure, state=wanted.state)
    if wanted.notice_type:
        yield notice_in_case(reader, col(Notice.notice_type) == wanted.notice_type)
    if wanted.participant:
        yield _with_party(reader, [wanted.participant])
    if wanted.member:
        known = uow.directory.participants.values()
        yield _with_party(reader, sorted(one.code for one in known if one.member == wanted.member))
    if wanted.is_open is not None:
        under_way = or_(known_run(reader, outside=final_states(uow)), not_(known_run(reader)))
        yield under_way if wanted.is_open else not_(under_way)
    if wanted.external_reference:
        yield notice_in_case(reader, _has_number(wanted.external_reference))
    if wanted.text:
        yield notice_in_case(reader, col(Notice.title).icontains(wanted.text, autoescape=True))


def _with_party(reader: Reader, codes: list[str]) -> ColumnElement[bool]:
    to_it = (
        select(true())
        .select_from(Delivery)
        .where(col(Delivery.message_id) == Notice.id, col(Delivery.recipient).in_(codes))
        .correlate_except(Delivery)
    )
    return notice_in_case(reader, or_(col(Notice.sender).in_(codes), exists(to_it)))


def _has_number(reference: str) -> ColumnElement[bool]:
    inner = (
        select(true())
        .select_from(ExternalReference)
        .where(col(ExternalReference.notice_id) == Notice.id, col(ExternalReference.reference) == reference)
    )
    return exists(inner.correlate_except(ExternalReference))
