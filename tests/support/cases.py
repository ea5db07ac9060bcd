"""Cases for tests: all Member States on the hub, notices with chosen contents, a hub whose clock is set."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from board_hub.domain.deliveries import Transport
from board_hub.domain.envelope import Envelope, MessageType, encode, participant_urn
from board_hub.domain.ids import uuid7
from board_hub.law.examples import example_notice
from board_hub.law.members import MEMBERS
from board_hub.services.exchange.intake import Outcome
from board_hub.services.unit_of_work import Hub
from tests.support.hub import AIO, FR, Party, catalogue_of, join, send

STATES = tuple(one.code for one in MEMBERS if one.kind == "member_state")


@dataclass
class SetClock:
    """A clock of the hub that stands until it is moved."""

    now: datetime = datetime(2026, 11, 2, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **span: float) -> None:
        self.now += timedelta(**span)


def with_clock(hub: Hub, clock: SetClock) -> Hub:
    """The same hub, living by this clock."""
    return replace(hub, clock=clock)


def authority(state: str) -> str:
    """The code of a Member State's market surveillance authority in these tests."""
    return FR if state == "FR" else f"{state}-MSA"


def join_union(hub: Hub, *, transport: Transport = Transport.MAILBOX) -> dict[str, Party]:
    """One authority of each Member State and the AI Office, by code."""
    parties = {AIO: join(hub, AIO, kinds=("AIO",), transport=transport)}
    for state in STATES:
        code = authority(state)
        parties[code] = join(hub, code, kinds=("MSA", "SPOC"), transport=transport)
    return parties


@dataclass(frozen=True)
class Sent:
    """A notice as sent, and what became of it."""

    envelope: Envelope
    body: bytes
    outcome: Outcome

    @property
    def reference(self) -> dict[str, str]:
        """How a later notice names this one."""
        return {"source": self.envelope.source, "id": self.envelope.id}

    @property
    def receipt(self) -> dict[str, Any]:
        """The contents of the `accepted` receipt; fails the test, with the reasons, if it was refused."""
        assert self.outcome.accepted, self.outcome.flaws
        assert self.outcome.receipt is not None
        content: dict[str, Any] = json.loads(self.outcome.receipt["body"])["data"]
        return content

    @property
    def case(self) -> str:
        return str(self.receipt["case"])

    @property
    def codes(self) -> list[str]:
        """The codes of the refusal."""
        return [flaw.code for flaw in self.outcome.flaws]


def issue(
    hub: Hub,
    party: Party,
    notice_type: str = "art79-5",
    *,
    fields: Mapping[str, Any] | None = None,
    without: Collection[str] = (),
    subject: str | None = None,
    marking: str | None = None,
    **data: Any,
) -> Sent:
    """Issue a valid notice whose fields are changed where given; further keywords are keys of `data`."""
    content = example_notice(catalogue_of(hub), notice_type, sender=party.code)
    if notice_type == "art79-5":
        content["fields"]["grounds"] = ["requirement-not-met"]
    content["fields"] = {name: value for name, value in content["fields"].items() if name not in without}
    content["fields"] |= fields or {}
    return transmit(hub, party, content | data, subject=subject, marking=marking)


def transmit(
    hub: Hub,
    party: Party,
    data: dict[str, Any],
    *,
    type_: MessageType = MessageType.NOTICE_ISSUED,
    subject: str | None = None,
    marking: str | None = None,
) -> Sent:
    """Send any message of a participant over HTTPS."""
    now = hub.clock()
    envelope = Envelope(
        id=str(uuid7(now)),
        source=participant_urn(party.code),
        type=type_,
        time=now,
        subject=subject,
        marking=marking,
        data=data,
    )
    body = encode(envelope)
    return Sent(envelope, body, send(hub, party.arrival(body)))
