"""The words and marks of the pages: instants, counts, states, notice types, participants. No rules."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from board_hub.domain.deliveries import DeliveryState, MustAct, Transport
from board_hub.domain.envelope import MessageType
from board_hub.domain.markings import Marking
from board_hub.law.catalogue import Catalogue, title_in
from board_hub.law.members import MEMBERS
from board_hub.services.operation.overview import Count
from board_hub.web.clock_words import clock_mark
from board_hub.web.languages import format_number, gettext, in_language
from board_hub.web.languages import lazy as _

__all__ = ["clock_mark"]

STATES: dict[str, Any] = {
    DeliveryState.OWED: _("Owed"),
    DeliveryState.DELIVERED: _("Delivered"),
    DeliveryState.COLLECTED: _("Collected"),
    DeliveryState.HANDLED: _("Handled"),
}
EXPLAINED: dict[str, Any] = {
    DeliveryState.OWED: _("not yet in the recipient’s mailbox"),
    DeliveryState.DELIVERED: _("in the mailbox: the legal receipt"),
    DeliveryState.COLLECTED: _("signed for by the recipient’s system"),
    DeliveryState.HANDLED: _("acted on, and signed for"),
}
MUST_ACT: dict[str, Any] = {MustAct.HUB: _("The hub"), MustAct.RECIPIENT: _("Recipient"), MustAct.NOBODY: _("Nobody")}
TRANSPORTS: dict[str, Any] = {Transport.AMQP: _("RabbitMQ queue"), Transport.MAILBOX: _("HTTPS mailbox")}
STATUSES: dict[str, Any] = {"active": _("Active"), "suspended": _("Suspended"), "removed": _("Removed")}
TYPES: dict[str, Any] = {
    MessageType.NOTICE_ISSUED: _("Notice"),
    MessageType.NOTICE_WITHDRAWN: _("Withdrawal of a notice"),
    MessageType.PING_SENT: _("Connection test"),
    MessageType.RECEIPT_ACCEPTED: _("Receipt: accepted"),
    MessageType.RECEIPT_REJECTED: _("Receipt: rejected"),
    MessageType.RECEIPT_DELIVERED: _("Receipt: delivered"),
    MessageType.RECEIPT_COLLECTED: _("Receipt: collected"),
    MessageType.RECEIPT_HANDLED: _("Receipt: handled"),
    MessageType.CASE_OPENED: _("News: case opened"),
    MessageType.CASE_CHANGED: _("News: case changed"),
    MessageType.CLOCK_STARTED: _("News: legal period begun"),
    MessageType.CLOCK_WARNED: _("News: legal period about to end"),
    MessageType.CLOCK_EXPIRED: _("News: legal period over"),
    MessageType.FOLLOWUP_DUE: _("News: follow-up due"),
    MessageType.DELIVERY_OVERDUE: _("News: delivery not collected"),
    MessageType.KEY_EXPIRING: _("News: signing key about to end"),
    MessageType.HEAD_SIGNED: _("News: head of the evidence log"),
}
MARKINGS: dict[str, Any] = {
    Marking.PUBLIC: _("Public"),
    Marking.AUTHORITIES: _("All authorities"),
    Marking.RESTRICTED: _("Named recipients"),
    Marking.ORIGINATOR_CONTROLLED: _("Originator decides"),
    Marking.POINTER_ONLY: _("Reference only"),
}
MARKINGS_EXPLAINED: dict[str, Any] = {
    Marking.PUBLIC: _("Anybody may see it."),
    Marking.AUTHORITIES: _("Every authority on the hub may see it."),
    Marking.RESTRICTED: _("Only the recipients that are named may see it."),
    Marking.ORIGINATOR_CONTROLLED: _("Only with the originator’s consent may it be passed on (Article 78(3))."),
    Marking.POINTER_ONLY: _("The file stays with its owner; the hub holds a reference."),
}
MARKING_SHAPES: dict[str, str] = {
    Marking.PUBLIC: "world",
    Marking.AUTHORITIES: "people",
    Marking.RESTRICTED: "lock",
    Marking.ORIGINATOR_CONTROLLED: "lock",
    Marking.POINTER_ONLY: "pointer",
}
ACTS: dict[str, Any] = {"AIA": _("AI Act"), "MSR": _("Regulation (EU) 2019/1020")}
_MEMBERS = {entry.code: entry for entry in MEMBERS}


def count(value: Count) -> str:
    """The number, or `10 000+` where there may be more."""
    return format_number(value.number) + ("+" if value.at_least else "")


def member_shown_as(code: str) -> str:
    """A participant's member as it is shown: EL for GR."""
    member = _MEMBERS.get(code[:2])
    return member.shown_as if member else code[:2]


def member_name(code: str) -> str:
    member = _MEMBERS.get(code[:2])
    return in_language(member.name) if member else code[:2]


def title(catalogues: Mapping[str, Catalogue], type_: str, notice_type: str | None) -> str:
    """The notice type's title, of the newest law that has it; for other messages what they are."""
    for version in sorted(catalogues, reverse=True):
        if found := catalogues[version].notice_types.get(notice_type or ""):
            return in_language(title_in(found.title))
    return str(TYPES.get(type_, type_))


def article(catalogues: Mapping[str, Catalogue], notice_type: str | None) -> str:
    """`Article 79(5) AI Act`; nothing for what is no notice."""
    for version in sorted(catalogues, reverse=True):
        if found := catalogues[version].notice_types.get(notice_type or ""):
            return gettext("Article %(number)s %(act)s", number=found.article, act=ACTS.get(found.act, found.act))
    return ""


def short_id(value: UUID) -> str:
    """The last block of an id: enough to tell two lines apart; the whole id stands on the message's page."""
    return str(value)[-12:]
