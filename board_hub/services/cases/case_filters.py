"""What a list of cases can be narrowed to; a filter sees no more than its reader."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, false, func, not_, or_, select, true
from sqlmodel import col

from board_hub.domain.clocks import ClockState
from board_hub.domain.search_words import read_query
from board_hub.services.access import Reader
from board_hub.services.cases.procedure_reads import final_states, known_run
from board_hub.services.cases.word_search import has_words
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.services.visibility import notice_in_case
from board_hub.store.case_tables import Case, Clock, ExternalReference, Notice
from board_hub.store.tables import Delivery


@dataclass(frozen=True, kw_only=True)
class CaseFilter:
    """None: not narrowed by this. member, participant: who sent or was sent a notice; marking: that of a notice.

    is_open: a procedure is under way, or none has begun; since: something visible changed at or after that moment;
    text: words of one notice, the last of which may be a beginning; sent, addressed: the reader sent a notice, was sent
    one; ends_before: a period of the reader's own that runs and ends before that moment.
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
    reference: str | None = None
    marking: str | None = None
    sent: bool | None = None
    addressed: bool | None = None
    ends_before: datetime | None = None


def conditions_of(uow: UnitOfWork, reader: Reader, wanted: CaseFilter) -> Iterator[ColumnElement[bool]]:
    """The conditions on `Case`, but `since`."""
    if wanted.procedure or wanted.state:
        yield known_run(reader, procedure=wanted.procedure, state=wanted.state)
    if wanted.notice_type:
        yield notice_in_case(reader, col(Notice.notice_type) == wanted.notice_type)
    if wanted.participant:
        yield _with_party(reader, [wanted.participant])
    if wanted.member:
        yield _with_party(reader, _of_member(uow, wanted.member))
    if wanted.is_open is not None:
        under_way = or_(known_run(reader, outside=final_states(uow)), not_(known_run(reader)))
        yield under_way if wanted.is_open else not_(under_way)
    if wanted.external_reference:
        yield notice_in_case(reader, _has_number(wanted.external_reference))
    if wanted.text:
        sought = read_query(wanted.text)
        yield has_words(reader, sought) if sought else false()
    yield from _of_reader(reader, wanted)


def _of_reader(reader: Reader, wanted: CaseFilter) -> Iterator[ColumnElement[bool]]:
    """What a reader asks of its own part in a case, and of the case itself."""
    mine = sorted(reader.participants)
    if wanted.reference:
        yield col(Case.reference) == wanted.reference
    if wanted.marking:
        yield notice_in_case(reader, col(Notice.marking) == wanted.marking)
    if wanted.sent:
        sender = func.coalesce(Notice.sender, "")  # else SQLite looks through all that they ever sent, for each case
        yield notice_in_case(reader, sender.in_(mine))
    if wanted.addressed:
        yield notice_in_case(reader, _sent_to(mine))
    if wanted.ends_before:
        clock = select(true()).where(col(Clock.case_id) == Case.id, col(Clock.holder).in_(mine))
        running = clock.where(col(Clock.state) == ClockState.RUNNING, col(Clock.end_at) < wanted.ends_before)
        yield exists(running.correlate_except(Clock))


def parties_of(uow: UnitOfWork, wanted: CaseFilter) -> list[str]:
    """Codes of the participants that a filter asks for."""
    return [wanted.participant] if wanted.participant else _of_member(uow, wanted.member or "")


def _of_member(uow: UnitOfWork, member: str) -> list[str]:
    return sorted(one.code for one in uow.directory.participants.values() if one.member == member)


def _with_party(reader: Reader, codes: list[str]) -> ColumnElement[bool]:
    return notice_in_case(reader, or_(col(Notice.sender).in_(codes), _sent_to(codes)))


def _sent_to(codes: list[str]) -> ColumnElement[bool]:
    to_it = (
        select(true())
        .select_from(Delivery)
        .where(col(Delivery.message_id) == Notice.id, col(Delivery.recipient).in_(codes))
        .correlate_except(Delivery)
    )
    return exists(to_it)


def _has_number(reference: str) -> ColumnElement[bool]:
    inner = (
        select(true())
        .select_from(ExternalReference)
        .where(col(ExternalReference.notice_id) == Notice.id, col(ExternalReference.reference) == reference)
    )
    return exists(inner.correlate_except(ExternalReference))
