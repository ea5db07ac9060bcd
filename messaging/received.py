"""What a participant's program holds in its hands: a message it was given, the hub's answer to one it sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from board_hub.domain.envelope import NEWS, Envelope, MessageType
from messaging.inbox import Letter
from messaging.line import Line


@dataclass(frozen=True)
class Receipt:
    """The hub's answer to a message. errors: [{code, path, message}] if it was rejected."""

    message_id: str
    accepted: bool
    content: Mapping[str, Any]

    @property
    def errors(self) -> list[dict[str, str]]:
        return list(self.content.get("errors", ()))

    @property
    def case(self) -> str | None:
        """The reference of the case that a notice opened or joined: the `subject` of what is to join it."""
        reference: str | None = self.content.get("case")
        return reference


@dataclass(frozen=True)
class Received:
    """A message from another participant, by way of the hub; or news of the hub itself (then see `items`)."""

    line: Line
    letter: Letter
    envelope: Envelope

    @property
    def sender(self) -> str:
        return self.envelope.sender

    @property
    def type(self) -> MessageType:
        return self.envelope.type

    @property
    def data(self) -> dict[str, Any]:
        return self.envelope.data

    @property
    def items(self) -> list[dict[str, Any]]:
        """What the hub tells (case.opened, clock.started, …), one for each case, clock, delivery or key."""
        return list(self.data["items"]) if self.type in NEWS else []

    @property
    def reference(self) -> dict[str, str]:
        """How a notice names this message."""
        return {"source": self.letter.source, "id": self.letter.id}

    def handled(self) -> None:
        """Tell the hub, signed, that your authority acted on this message."""
        self.line.report(MessageType.RECEIPT_HANDLED, [self.letter])
