"""What a form begins with: the case's system and operators, the notice it is about, an informal message, an earlier
version; so that nothing that the hub knows is typed again."""

from collections.abc import Mapping
from typing import Any

from board_hub.domain.audience import check_sender
from board_hub.domain.calendars import local_date, zone_of
from board_hub.domain.envelope import MessageType, participant_urn
from board_hub.domain.errors import Conflict, Invalid
from board_hub.law.catalogue import Catalogue, Field, FieldType, NoticeType
from board_hub.law.notice_parts import RevisionKind
from board_hub.services.access import Reader, reader_of
from board_hub.services.cases.case_reads import find_case_id
from board_hub.services.cases.drafts import draft_from_message
from board_hub.services.cases.notice_reads import NoticeView, get_notice, get_notice_by_row
from board_hub.services.cases.placement import PRIMARY_FIELDS
from board_hub.services.cases.timeline_reads import ListedNotice, list_notices
from board_hub.services.desk.drafting import Content
from board_hub.services.paging import LONGEST_PAGE
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.case_tables import Case
from board_hub.store.tables import Participant

Key = tuple[str, str]
"""A notice: its sender's code and the id its sender gave it."""


def law_of(uow: UnitOfWork, reader: Reader, reference: str | None) -> Catalogue:
    """The law of the case; without a case the law in force today. Raises NotFound."""
    if reference is not None:
        case = uow.session.get_one(Case, find_case_id(uow, reader, reference))
        return uow.hub.catalogues[case.law_version]
    today, versions = local_date(uow.now, zone_of("EU")).isoformat(), sorted(uow.hub.catalogues)
    return uow.hub.catalogues[max((one for one in versions if one <= today), default=versions[0])]


def begin_notice(
    uow: UnitOfWork, sender: Participant, notice_type: str, *, case: str | None = None, about: Key | None = None
) -> Content:
    """A notice of this type in a case, about an earlier notice, or of its own. Raises NotFound, Invalid."""
    reader = reader_of([sender])
    earlier = get_notice(uow, reader, *about) if about else None
    case = earlier.reference if earlier else case
    catalogue = law_of(uow, reader, case)
    wanted = get_type(catalogue, notice_type)
    check_sender(wanted, sender)
    latest = _latest(uow, reader, case) if case and earlier is None else earlier
    fields = _structures(catalogue, wanted, latest) if latest else {}
    data: dict[str, Any] = {"notice_type": wanted.code, "law_version": catalogue.law_version}
    content: Content = {"type": str(MessageType.NOTICE_ISSUED), "subject": case, "marking": None, "data": data}
    if earlier:
        fields |= _copied(catalogue, wanted, earlier) | _naming(wanted, earlier)
        data["to"] = _recipients(uow, wanted, sender, earlier)
        content |= {"marking": earlier.row.marking, "causationid": earlier.message.message_id}
    data["fields"] = fields
    return content


def begin_from_message(uow: UnitOfWork, sender: Participant, notice_type: str, message: Key) -> Content:
    """A formal notice made from an informal message. Raises NotFound, Conflict, Invalid."""
    draft = draft_from_message(uow, sender, message, notice_type)
    draft.pop("source")
    return {**draft, "type": str(draft["type"])}


def begin_revision(uow: UnitOfWork, sender: Participant, about: Key) -> Content:
    """The earlier version of a notice of one's own, to be corrected or completed. Raises NotFound, Conflict."""
    earlier = _own(uow, sender, about)
    data = {key: value for key, value in earlier.envelope.data.items() if key != "revision"}
    missing = data.get("missing")
    data["revision"] = {
        "of": {"source": participant_urn(sender.code), "id": earlier.message.message_id},
        "kind": str(RevisionKind.COMPLETION if missing else RevisionKind.CORRECTION),
        "reason": "",
    }
    content: Content = {"type": str(MessageType.NOTICE_ISSUED), "subject": earlier.reference, "data": data}
    return content | {"marking": earlier.row.marking, "causationid": earlier.message.message_id}


def begin_withdrawal(uow: UnitOfWork, sender: Participant, about: Key) -> Content:
    """The withdrawal of a notice of one's own. Raises NotFound, Conflict."""
    earlier = _own(uow, sender, about)
    data = {
        "notice_type": earlier.row.notice_type,
        "law_version": str(earlier.envelope.data["law_version"]),
        "notice": {"source": participant_urn(sender.code), "id": earlier.message.message_id},
        "reason": "",
    }
    return {"type": str(MessageType.NOTICE_WITHDRAWN), "subject": earlier.reference, "marking": None, "data": data}


def get_type(catalogue: Catalogue, code: str) -> NoticeType:
    """Raises Invalid `type.unknown`."""
    found = catalogue.notice_types.get(code)
    if found is None:
        raise Invalid.one("type.unknown", "/type", "There is no such notice type; choose one from the list.")
    return found


def list_case_notices(uow: UnitOfWork, reader: Reader, reference: str, limit: int = LONGEST_PAGE) -> list[ListedNotice]:
    """Notices of a case that a form can name, oldest first. Raises NotFound."""
    case_id = find_case_id(uow, reader, reference)
    return list(list_notices(uow, reader, case_id, after=None, limit=limit))


def _own(uow: UnitOfWork, sender: Participant, about: Key) -> NoticeView:
    notice = get_notice(uow, reader_of([sender]), *about)
    if notice.row.sender != sender.code:
        raise Conflict(f"This notice is of {notice.row.sender}; only its sender corrects or withdraws it.")
    if notice.row.replaced_by or notice.row.withdrawn_at:
        raise Conflict("This notice was replaced or withdrawn already; open its latest version.")
    return notice


def _latest(uow: UnitOfWork, reader: Reader, reference: str) -> NoticeView | None:
    """The newest notice of the case that still stands."""
    notices = [one for one in list_case_notices(uow, reader, reference) if not (one.replaced_by or one.withdrawn_at)]
    formal = [one for one in notices if not one.informal] or notices
    return get_notice_by_row(uow, reader, formal[-1].row_id) if formal else None


def _structures(catalogue: Catalogue, wanted: NoticeType, earlier: NoticeView) -> dict[str, Any]:
    """What is the same whatever is said about it: the system, the model, the operators."""
    return _same(catalogue, wanted, earlier, lambda one: one.type is FieldType.STRUCTURE)


def _copied(catalogue: Catalogue, wanted: NoticeType, earlier: NoticeView) -> dict[str, Any]:
    return _same(catalogue, wanted, earlier, lambda one: one.copied)


def _same(catalogue: Catalogue, wanted: NoticeType, earlier: NoticeView, takes: Any) -> dict[str, Any]:
    """Values of fields of the same name and form."""
    given: Mapping[str, Any] = earlier.envelope.data.get("fields", {})  # type: ignore[assignment]
    before = {one.name: one for one in catalogue.notice_types[earlier.row.notice_type].fields}
    return {
        one.name: given[one.name]
        for one in wanted.fields
        if takes(one) and one.name in given and one.name in before and _form(one) == _form(before[one.name])
    }


def _form(one: Field) -> tuple[object, ...]:
    return (one.type_name, one.vocabulary, one.many)


def _naming(wanted: NoticeType, earlier: NoticeView) -> dict[str, Any]:
    """The field that names the notice this one is about."""
    named = {one.name: one for one in wanted.fields if one.type is FieldType.MESSAGE}
    required = [name for name, one in named.items() if one.required]
    name = next((name for name in (*PRIMARY_FIELDS, "about", *required) if name in named), None)
    if name is None:
        return {}
    key = {"source": participant_urn(earlier.row.sender), "id": earlier.message.message_id}
    return {name: [key] if named[name].many else key}


def _recipients(uow: UnitOfWork, wanted: NoticeType, sender: Participant, earlier: NoticeView) -> list[str]:
    """Who must be named: the sender of the notice it is about, or whom oneself had written to."""
    if not wanted.audience.named_required:
        return []
    codes = [earlier.row.sender] if earlier.row.sender != sender.code else earlier.envelope.data.get("to", [])
    known = uow.directory.participants
    assert isinstance(codes, list)
    return [code for code in codes if code in known and not known[code].kinds.isdisjoint(wanted.audience.named)]
