"""Drafts: what an informal message already says, as the beginning of a formal notice with its clock."""

from collections.abc import Iterator, Mapping
from typing import Any

from board_hub.domain.audience import check_sender
from board_hub.domain.envelope import MessageType, participant_urn
from board_hub.domain.errors import Conflict, Invalid
from board_hub.law.catalogue import Catalogue, Field, FieldType, NoticeType
from board_hub.services.access import reader_of
from board_hub.services.cases.notice_reads import NoticeView, get_notice
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.case_tables import Case
from board_hub.store.tables import Participant

FROM_MESSAGE = "from_message"
TEXT = "text"
TEXT_BECOMES = ("questions", "facts", "reasons", "purpose")
"""Where the words of the message go: the first of these that the formal notice has."""


def draft_from_message(
    uow: UnitOfWork, participant: Participant, key: tuple[str, str], notice_type: str
) -> dict[str, Any]:
    """The attributes of a notice of this type as far as the informal message `key` (source, id) gives them.

    Raises NotFound for a message the participant cannot read, Conflict for one that is formal already, Invalid
    `type.unknown`, `sender.not_entitled`.
    """
    message = get_notice(uow, reader_of([participant]), *key)
    if not message.row.informal:
        raise Conflict("This is a formal notice already; only an informal message can be made into one.")
    catalogue = uow.hub.catalogues[uow.session.get_one(Case, message.row.case_id).law_version]
    wanted = _notice_type(catalogue, notice_type)
    check_sender(wanted, participant)
    data: dict[str, Any] = {
        "notice_type": wanted.code,
        "law_version": catalogue.law_version,
        "fields": dict(_prefilled(catalogue, wanted, message)),
    }
    if to := _recipients(uow, wanted, participant, message):
        data["to"] = to
    return {
        "type": MessageType.NOTICE_ISSUED,
        "source": participant_urn(participant.code),
        "subject": message.reference,
        "marking": message.row.marking,
        "causationid": message.message.message_id,
        "data": data,
    }


def _notice_type(catalogue: Catalogue, code: str) -> NoticeType:
    found = catalogue.notice_types.get(code)
    if found is None or found.informal:
        raise Invalid.one("type.unknown", "/notice_type", "There is no such formal notice type; see the reference.")
    return found


def _prefilled(catalogue: Catalogue, wanted: NoticeType, message: NoticeView) -> Iterator[tuple[str, Any]]:
    """Fields of the same name and form, and the field that names the message itself."""
    given: Mapping[str, Any] = message.envelope.data.get("fields", {})  # type: ignore[assignment]
    informal = catalogue.notice_types.get(message.row.notice_type)
    before = {one.name: one for one in informal.fields} if informal else {}
    for one in wanted.fields:
        if one.name == FROM_MESSAGE and one.type is FieldType.MESSAGE:
            yield one.name, {"source": participant_urn(message.row.sender), "id": message.message.message_id}
        elif one.name in given and one.name in before and _same_form(one, before[one.name]):
            yield one.name, given[one.name]
    if becomes := next((one for name in TEXT_BECOMES for one in wanted.fields if one.name == name), None):
        words = given.get(TEXT)
        if isinstance(words, str) and TEXT not in wanted.field_names and len(words) <= becomes.max_length:
            yield becomes.name, [words] if becomes.many else words


def _same_form(one: Field, other: Field) -> bool:
    return (one.type_name, one.vocabulary) == (other.type_name, other.vocabulary)


def _recipients(uow: UnitOfWork, wanted: NoticeType, participant: Participant, message: NoticeView) -> list[str]:
    """Whom the request goes to: the message's sender, or whom the participant had written to itself."""
    if not wanted.audience.named:
        return []
    if message.row.sender != participant.code:
        codes = [message.row.sender]
    else:
        codes = [stage.row.recipient for stage in message.deliveries or ()]
    known = uow.directory.participants
    return [code for code in codes if not known[code].kinds.isdisjoint(wanted.audience.named)]
