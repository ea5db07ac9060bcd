"""The words and marks of the pages: instants, counts, states, notice types, participants. No rules."""

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from board_hub.domain.deliveries import DeliveryState, MustAct, Transport
from board_hub.domain.envelope import MessageType
from board_hub.law.catalogue import Catalogue, title_in
from board_hub.law.members import MEMBERS
from board_hub.services.operation.overview import Count

STATES: dict[str, str] = {
    DeliveryState.OWED: "Owed",
    DeliveryState.DELIVERED: "Delivered",
    DeliveryState.COLLECTED: "Collected",
    DeliveryState.HANDLED: "Handled",
}
EXPLAINED: dict[str, str] = {
    DeliveryState.OWED: "not yet in the recipient’s mailbox",
    DeliveryState.DELIVERED: "in the mailbox: the legal receipt",
    DeliveryState.COLLECTED: "signed for by the recipient’s system",
    DeliveryState.HANDLED: "acted on, and signed for",
}
MUST_ACT: dict[str, str] = {MustAct.HUB: "The hub", MustAct.RECIPIENT: "Recipient", MustAct.NOBODY: "Nobody"}
TRANSPORTS: dict[str, str] = {Transport.AMQP: "RabbitMQ queue", Transport.MAILBOX: "HTTPS mailbox"}
TYPES: dict[str, str] = {
    MessageType.NOTICE_ISSUED: "Notice",
    MessageType.NOTICE_WITHDRAWN: "Withdrawal of a notice",
    MessageType.PING_SENT: "Connection test",
    MessageType.RECEIPT_ACCEPTED: "Receipt: accepted",
    MessageType.RECEIPT_REJECTED: "Receipt: rejected",
    MessageType.RECEIPT_DELIVERED: "Receipt: delivered",
    MessageType.RECEIPT_COLLECTED: "Receipt: collected",
    MessageType.RECEIPT_HANDLED: "Receipt: handled",
    MessageType.CASE_OPENED: "News: case opened",
    MessageType.CASE_CHANGED: "News: case changed",
    MessageType.CLOCK_STARTED: "News: legal period begun",
    MessageType.CLOCK_WARNED: "News: legal period about to end",
    MessageType.CLOCK_EXPIRED: "News: legal period over",
    MessageType.FOLLOWUP_DUE: "News: follow-up due",
    MessageType.DELIVERY_OVERDUE: "News: delivery not collected",
    MessageType.KEY_EXPIRING: "News: signing key about to end",
    MessageType.HEAD_SIGNED: "News: head of the evidence log",
}
ACTS = {"AIA": "AI Act", "MSR": "Regulation (EU) 2019/1020"}
_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_MEMBERS = {entry.code: entry for entry in MEMBERS}


def day(moment: datetime) -> str:
    """`Sun 22 Nov 2026`, in UTC; the same words whatever the locale of the process."""
    utc = moment.astimezone(UTC)
    return f"{_DAYS[utc.weekday()]} {utc.day} {_MONTHS[utc.month - 1]} {utc.year}"


def clock_time(moment: datetime) -> str:
    """`19:31:05 UTC`."""
    return f"{moment.astimezone(UTC):%H:%M:%S} UTC"


def instant(moment: datetime) -> str:
    """`Sun 22 Nov 2026, 19:31:05 UTC`."""
    return f"{day(moment)}, {clock_time(moment)}"


def grouped(number: int) -> str:
    """`12 345` with a narrow no-break space, as the Interinstitutional Style Guide writes numbers."""
    return f"{number:,}".replace(",", "\u202f")


def count(value: Count) -> str:
    """The number, or `10 000+` where there may be more."""
    return grouped(value.number) + ("+" if value.at_least else "")


def plural(number: int, one: str, many: str) -> str:
    return f"{grouped(number)} {one if number == 1 else many}"


def member_shown_as(code: str) -> str:
    """A participant's member as it is shown: EL for GR."""
    member = _MEMBERS.get(code[:2])
    return member.shown_as if member else code[:2]


def member_name(code: str) -> str:
    member = _MEMBERS.get(code[:2])
    return member.name if member else code[:2]


def title(catalogues: Mapping[str, Catalogue], type_: str, notice_type: str | None) -> str:
    """The notice type's title, of the newest law that has it; for other messages what they are."""
    for version in sorted(catalogues, reverse=True):
        if found := catalogues[version].notice_types.get(notice_type or ""):
            return title_in(found.title)
    return TYPES.get(type_, type_)


def article(catalogues: Mapping[str, Catalogue], notice_type: str | None) -> str:
    """`Article 79(5) AI Act`; nothing for what is no notice."""
    for version in sorted(catalogues, reverse=True):
        if found := catalogues[version].notice_types.get(notice_type or ""):
            return f"Article {found.article} {ACTS.get(found.act, found.act)}"
    return ""


def short_id(value: UUID) -> str:
    """The last block of an id: enough to tell two lines apart; the whole id stands on the message's page."""
    return str(value)[-12:]
