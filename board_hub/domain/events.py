"""Events: what happened, in the words that go into the evidence log and the audit trail."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from board_hub.domain import strict_json


class ActorKind(StrEnum):
    OFFICIAL = "official"
    SYSTEM = "system"
    HUB = "hub"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True)
class Actor:
    """Whoever acts now: an official, a participant's system, the hub itself, an administrator at the command line."""

    kind: ActorKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


HUB = Actor(ActorKind.HUB, "EU-HUB")


class EventName(StrEnum):
    """subject:action; the subject's id stands in the event."""

    MESSAGE_ACCEPTED = "message:accepted"
    MESSAGE_REFUSED = "message:refused"
    NEWS_SENT = "news:sent"
    RECEIPT_SENT = "receipt:sent"
    RECEIPT_TAKEN = "receipt:taken"
    CASE_OPENED = "case:opened"
    CASE_SHARED = "case:shared"
    CASES_EXPORTED = "cases:exported"
    CASE_EXPORTED = "case:exported"
    NOTICE_ADDED = "notice:added"
    NOTICE_OPENED = "notice:opened"
    NOTICE_SHARED = "notice:shared"
    NOTICE_WITHDRAWN = "notice:withdrawn"
    PROCEDURE_MOVED = "procedure:moved"
    PROCEDURE_OVERRIDDEN = "procedure:overridden"
    CLOCK_STARTED = "clock:started"
    CLOCK_CHANGED = "clock:changed"
    CLOCK_MET = "clock:met"
    CLOCK_ENDED = "clock:ended"
    CLOCK_EXPIRED = "clock:expired"
    CALENDAR_CHANGED = "calendar:changed"
    ATTACHMENT_STORED = "attachment:stored"
    CALENDAR_LINK_MADE = "calendar_link:made"
    CALENDAR_LINK_REVOKED = "calendar_link:revoked"
    MEMBER_ADDED = "member:added"
    PARTICIPANT_ADDED = "participant:added"
    PARTICIPANT_CHANGED = "participant:changed"
    PARTICIPANT_SUSPENDED = "participant:suspended"
    PARTICIPANT_RESTORED = "participant:restored"
    PARTICIPANT_REMOVED = "participant:removed"
    PROVIDER_ADDED = "provider:added"
    PROVIDER_CHANGED = "provider:changed"
    CLAIM_RULE_ADDED = "claim_rule:added"
    CLAIM_RULE_REMOVED = "claim_rule:removed"
    OFFICIAL_ADDED = "official:added"
    OFFICIAL_CHANGED = "official:changed"
    DRAFT_STARTED = "draft:started"
    DRAFT_SUBMITTED = "draft:submitted"
    DRAFT_RETURNED = "draft:returned"
    DRAFT_APPROVED = "draft:approved"
    DRAFT_SIGNED = "draft:signed"
    DRAFT_REFUSED = "draft:refused"
    DRAFT_SENT = "draft:sent"
    DRAFT_DISCARDED = "draft:discarded"
    SESSION_STARTED = "session:started"
    SESSION_ENDED = "session:ended"
    PREFERENCES_CHANGED = "preferences:changed"
    KEY_ADDED = "key:added"
    KEY_ENDED = "key:ended"
    KEY_REVOKED = "key:revoked"
    PROPOSAL_MADE = "proposal:made"
    PROPOSAL_CONFIRMED = "proposal:confirmed"
    PROPOSAL_DECLINED = "proposal:declined"
    PROPOSAL_EXPIRED = "proposal:expired"
    MANDATE_ADDED = "mandate:added"
    MANDATE_RENEWED = "mandate:renewed"
    MANDATE_ENDED = "mandate:ended"
    OFFICIAL_ENDED = "official:ended"
    OFFICIAL_RESTORED = "official:restored"
    QUARANTINE_OPENED = "quarantine:opened"
    QUARANTINE_RELEASED = "quarantine:released"
    QUARANTINE_REJECTED = "quarantine:rejected"
    DELIVERY_RESENT = "delivery:resent"
    JOB_REQUESTED = "job:requested"


@dataclass(frozen=True)
class Event:
    """One thing that happened to `subject` (a message id, a participant code, a key id).

    `digests` holds SHA-256 hex digests of what the event vouches for; content itself never enters the log (Art 78).
    """

    name: EventName
    subject: str
    digests: dict[str, str] = field(default_factory=dict)
    detail: dict[str, object] = field(default_factory=dict)

    def entry(self, actor: Actor, now: datetime) -> str:
        """The text that is hashed into the log: canonical JSON, one line."""
        content: dict[str, object] = {
            "event": self.name,
            "subject": self.subject,
            "actor": str(actor),
            "at": now.isoformat(),
        }
        content |= self.digests
        if self.detail:
            content["detail"] = self.detail
        return strict_json.encode(content).decode()
