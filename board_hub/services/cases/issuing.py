"""Issuing a notice, a new version of one, and withdrawing one: checked by the catalogue, placed, filed in its case."""

from collections.abc import Mapping, Sequence
from typing import Any

from board_hub.domain.audience import check_sender
from board_hub.domain.calendars import local_date, zone_of
from board_hub.domain.envelope import Envelope, MessageType, participant_code
from board_hub.domain.errors import Invalid
from board_hub.domain.events import Event, EventName
from board_hub.domain.markings import Marking
from board_hub.law.catalogue import Catalogue
from board_hub.law.schemas import Notice as CheckedNotice
from board_hub.law.schemas import check_notice
from board_hub.services.cases.attachments import check_attachments
from board_hub.services.cases.cases import Filed, Filing, file_notice, shared_with, touch
from board_hub.services.cases.placement import Placement, find_readable_notices, place_notice
from board_hub.services.cases.procedures import readers_of, withdraw
from board_hub.services.exchange.acceptance import send_accepted, store_message
from board_hub.services.exchange.message_schemas import check_withdrawal
from board_hub.services.exchange.receipts import send_delivered
from board_hub.services.unit_of_work import News, Seen, UnitOfWork
from board_hub.store.case_tables import Case, Notice
from board_hub.store.tables import Participant


def issue_notice(uow: UnitOfWork, envelope: Envelope, sender: Participant, row: dict[str, Any]) -> dict[str, Any]:
    """Take a notice; returns the row of its `accepted` receipt. Raises Invalid before anything is gathered."""
    catalogue = find_catalogue(uow, envelope)
    checked = check_notice(catalogue, envelope.data)
    notice_type = catalogue.notice_types[checked.notice_type]
    row["marking"] = _marking(envelope.marking)
    check_sender(notice_type, sender)
    recipients = uow.directory.audience(notice_type.audience, sender, checked.to)
    if checked.attachments and (flaws := check_attachments(uow, sender.code, checked.attachments)):
        raise Invalid(flaws)
    if checked.revision:
        return _issue_revision(uow, sender, row, checked=checked, catalogue=catalogue, recipients=recipients)
    placement = place_notice(uow, catalogue, checked, sender=sender, subject=envelope.subject)
    if placement.case is None:
        _check_law(uow, catalogue, envelope)
    if shared := shared_with(uow, placement.case, row["marking"]):
        recipients = tuple(sorted({*recipients, *shared} - {sender.code}))
    row["notice_type"] = checked.notice_type
    row["hub_signature"] = uow.hub.key.sign(row["body"])
    changes: list[Seen] = []
    at_once = store_message(uow, row, recipients, changes=changes)
    filing = Filing(row, checked, notice_type, catalogue, sender, recipients, at_once)
    filed = file_notice(uow, filing, placement)
    changes += filed.changes
    return _receipts(uow, row, checked=checked, filed=filed, recipients=recipients, at_once=at_once)


def find_catalogue(uow: UnitOfWork, envelope: Envelope) -> Catalogue:
    """The law version that the notice names. Raises Invalid `version.unknown`."""
    version = envelope.data.get("law_version")
    if not isinstance(version, str) or version not in uow.hub.catalogues:
        known = ", ".join(sorted(uow.hub.catalogues))
        raise Invalid.one("version.unknown", "/data/law_version", f"Name the law version you use, one of: {known}.")
    return uow.hub.catalogues[version]


def _check_law(uow: UnitOfWork, catalogue: Catalogue, envelope: Envelope) -> None:
    """A case runs under the law in force on the day of its start event (the Commission's days)."""
    day = local_date(envelope.time, zone_of("EU")).isoformat()
    versions = sorted(uow.hub.catalogues)
    in_force = max((version for version in versions if version <= day), default=versions[0])
    if catalogue.law_version != in_force:
        message = f"A case that begins on {day} runs under the law version {in_force}; use that one."
        raise Invalid.one("version.unknown", "/data/law_version", message)


def _marking(given: str | None) -> str:
    """The envelope's marking; without one the named recipients alone may see the notice."""
    if given is None:
        return Marking.RESTRICTED
    if given not in tuple(Marking):
        known = ", ".join(Marking)
        raise Invalid.one("code.unknown", "/marking", f"{given[:64]} is no marking; use one of: {known}.")
    return given


def _receipts(
    uow: UnitOfWork,
    row: dict[str, Any],
    *,
    checked: CheckedNotice,
    filed: Filed,
    recipients: Sequence[str],
    at_once: Sequence[str],
) -> dict[str, Any]:
    """The `accepted` receipt with case and clocks, and `delivered` for mailboxes that hold the notice by this."""
    extra = {"completeness": checked.completeness.as_dict(), **filed.receipt}
    receipt = send_accepted(uow, row, recipients=recipients, extra=extra)
    if at_once:
        send_delivered(uow, row, [(code, uow.now) for code in at_once])
    return receipt


def _issue_revision(
    uow: UnitOfWork,
    sender: Participant,
    row: dict[str, Any],
    *,
    checked: CheckedNotice,
    catalogue: Catalogue,
    recipients: Sequence[str],
) -> dict[str, Any]:
    """A correction or completion: a new version in the same case; the procedure and its clocks stay as they are."""
    assert checked.revision is not None
    earlier = _own_current(uow, sender, checked.revision["of"], place="/data/revision/of")
    if earlier.notice_type != checked.notice_type:
        message = f"The earlier version is a {earlier.notice_type}; a new version has the same type."
        raise Invalid.one("field.invalid", "/data/notice_type", message)
    case = uow.session.get_one(Case, earlier.case_id)
    if case.law_version != catalogue.law_version:
        message = f"Case {case.reference} runs under the law version {case.law_version}; use that one."
        raise Invalid.one("version.unknown", "/data/law_version", message)
    everyone = sorted({*recipients, *readers_of(uow, earlier.id, sender.code)} - {sender.code})
    row["notice_type"], row["hub_signature"] = checked.notice_type, uow.hub.key.sign(row["body"])
    seen = Seen("notice", str(row["id"]), case.id, row["id"])
    at_once = store_message(uow, row, everyone, changes=[seen])
    filing = Filing(row, checked, catalogue.notice_types[checked.notice_type], catalogue, sender, everyone, at_once)
    filed = file_notice(uow, filing, Placement(case, None, None, None), replaces=earlier)
    return _receipts(uow, row, checked=checked, filed=filed, recipients=everyone, at_once=at_once)


def withdraw_notice(uow: UnitOfWork, envelope: Envelope, sender: Participant, row: dict[str, Any]) -> dict[str, Any]:
    """Take back a notice of one's own: it stays on record, marked as withdrawn, and its readers are told."""
    content = check_withdrawal(envelope.data)
    notice = _own_current(uow, sender, content["notice"], place="/data/notice")
    readers = [code for code in readers_of(uow, notice.id, sender.code) if code != sender.code]
    case = uow.session.get_one(Case, notice.case_id)
    row["marking"], row["hub_signature"] = notice.marking, uow.hub.key.sign(row["body"])
    notice.withdrawn_at, notice.withdrawn_by = uow.now, row["id"]
    touch(uow, case.id)
    at_once = store_message(uow, row, readers)
    detail: dict[str, object] = {"notice": str(notice.id), "case": case.reference}
    seen = Seen("notice", str(notice.id), case.id, notice.id)
    uow.record(Event(EventName.NOTICE_WITHDRAWN, str(notice.id), {"sha256": row["sha256"]}, detail), [seen])
    told = {"case": case.reference, "notice": dict(content["notice"]), "change": "withdrawal"}
    uow.tell(readers, MessageType.CASE_CHANGED, News({**told, "at": uow.now.isoformat()}))
    withdraw(uow, notice)
    receipt = send_accepted(uow, row, recipients=readers, extra={"case": case.reference})
    if at_once:
        send_delivered(uow, row, [(code, uow.now) for code in at_once])
    return receipt


def _own_current(uow: UnitOfWork, sender: Participant, named: Mapping[str, str], *, place: str) -> Notice:
    """The notice named, if it is the sender's own and neither replaced nor withdrawn; locked. Raises Invalid."""
    key = (participant_code(named["source"]), named["id"])
    notice = find_readable_notices(uow, sender, {key}).get(key) if key[0] == sender.code else None
    if notice is None:
        raise Invalid.one("notice.unknown", place, "No such notice of yours is on record; check source and id.")
    uow.session.refresh(notice, with_for_update=True)
    if notice.replaced_by or notice.withdrawn_at:
        what = "replaced by a later version; name that one" if notice.replaced_by else "withdrawn"
        raise Invalid.one("notice.not_current", place, f"This notice was {what}.")
    return notice
