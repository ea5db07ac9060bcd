"""What an authority's system needs to take part: send signed notices, get receipts, receive messages once each.

The same program works over AMQP and over HTTPS; the address says which (deploy/examples/participant.py):

    client = Client.connect("amqps://FR-CNIL:password@broker:5671", "FR-CNIL", key=key, inbox="fr.db", hub_keys=jwks)
    client = Client.connect("https://hub.example", "FR-CNIL", key=key, inbox="fr.db")
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import structlog

from board_hub.domain.envelope import HUB, Envelope, MessageType, decode, encode, participant_urn
from board_hub.domain.errors import Invalid, Unavailable
from board_hub.domain.ids import uuid7
from board_hub.services.signing import KnownKey, SigningKey, verify
from messaging.inbox import Inbox, Letter
from messaging.transports import AmqpTransport, HttpsTransport, Parcel, Transport, pause

__all__ = ["Client", "Receipt", "Received", "SigningKey"]

log = structlog.get_logger(__name__)

PULL_MOST = 500
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Receipt:
    """The hub's answer to a message. errors: [{code, path, message}] if it was rejected."""

    message_id: str
    accepted: bool
    content: Mapping[str, Any]

    @property
    def errors(self) -> list[dict[str, str]]:
        return list(self.content.get("errors", ()))


@dataclass(frozen=True)
class Received:
    """A message from another participant, by way of the hub."""

    client: "Client"
    letter: Letter
    envelope: Envelope

    @property
    def sender(self) -> str:
        return self.envelope.sender

    @property
    def data(self) -> dict[str, Any]:
        return self.envelope.data

    def handled(self) -> None:
        """Tell the hub, signed, that your authority acted on this message."""
        self.client._report(MessageType.RECEIPT_HANDLED, [self.letter])


class Client:
    """A participant's end of the exchange. Not to be shared between threads."""

    def __init__(
        self, transport: Transport, code: str, *, key: SigningKey, inbox: Path | str, hub_keys: Mapping[str, Any]
    ) -> None:
        self.code = code
        self._transport = transport
        self._key = key
        self._inbox = Inbox(inbox)
        self._hub_keys = {
            jwk["kid"]: KnownKey(kid=jwk["kid"], participant=HUB, jwk=jwk, valid_from=_EPOCH)
            for jwk in hub_keys["keys"]
        }

    @classmethod
    def connect(
        cls, url: str, code: str, *, key: SigningKey, inbox: Path | str, hub_keys: Mapping[str, Any] | None = None
    ) -> Self:
        """Over the broker or the mailbox, by the address's scheme; over the broker with the hub's keys (JWKS)."""
        if url.startswith(("http://", "https://")):
            return cls.https(url, code, key=key, inbox=inbox, hub_keys=hub_keys)
        if hub_keys is None:
            raise Invalid.one("field.missing", "/hub_keys", "Over AMQP give the hub's public keys (JWKS).")
        return cls.amqp(url, code, key=key, inbox=inbox, hub_keys=hub_keys)

    @classmethod
    def amqp(cls, url: str, code: str, *, key: SigningKey, inbox: Path | str, hub_keys: Mapping[str, Any]) -> Self:
        """Over the broker. `hub_keys` is the hub's JWKS, as the secretariat gave it to you."""
        return cls(AmqpTransport(url, code), code, key=key, inbox=inbox, hub_keys=hub_keys)

    @classmethod
    def https(
        cls, url: str, code: str, *, key: SigningKey, inbox: Path | str, hub_keys: Mapping[str, Any] | None = None
    ) -> Self:
        """Over the mailbox. Without `hub_keys` the hub's published keys are used."""
        transport = HttpsTransport(url, code, key)
        return cls(transport, code, key=key, inbox=inbox, hub_keys=hub_keys or transport.hub_keys())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._transport.close()
        self._inbox.close()

    # --- sending -----------------------------------------------------------------------------------------------------

    def send_notice(self, data: Mapping[str, Any], *, subject: str | None = None, id_: str | None = None) -> str:
        """Send a notice (its `data`: notice_type, law_version, fields, …); returns the message's id at once.

        With an id of your own a program that starts again may send everything again: see `send`.
        """
        return self.send(MessageType.NOTICE_ISSUED, data, subject=subject, id_=id_)

    def send(
        self, type_: MessageType, data: Mapping[str, Any], *, subject: str | None = None, id_: str | None = None
    ) -> str:
        """Sign a message, keep it, hand it to the hub. It is sent again by `resend` until the hub has answered.

        An id that was used before sends the same bytes as then; Invalid `id.reused` if the content is another.
        """
        sent = self._inbox.find_sent(id_) if id_ else None
        envelope = Envelope(
            id=id_ or str(uuid7()),
            source=participant_urn(self.code),
            type=type_,
            time=decode(sent[0]).time if sent else datetime.now(UTC),
            subject=subject,
            data=dict(data),
        )
        body = encode(envelope)
        if sent and sent[0] != body:
            message = f"You sent message {id_} before with other content; give every message an id of its own."
            raise Invalid.one("id.reused", "/id", message)
        signature = sent[1] if sent else self._key.sign(body)
        if not sent and type_ in (MessageType.NOTICE_ISSUED, MessageType.PING_SENT):  # our receipts get none themselves
            self._inbox.remember_sent(envelope.id, body, signature)
        self._hand_over(body, signature)
        return envelope.id

    def resend(self) -> int:
        """Send again, byte for byte, whatever the hub has not answered; returns how many. Doubles do no harm."""
        unanswered = self._inbox.list_unanswered()
        for _, body, signature in unanswered:
            self._hand_over(body, signature)
        return len(unanswered)

    def receipt(self, message_id: str, seconds: float = 30.0) -> Receipt | None:
        """The accepted or rejected receipt of a message; waits up to `seconds` for it."""
        deadline = time.monotonic() + seconds
        while (content := self._inbox.receipt(message_id)) is None:
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            self.exchange(min(left, 5.0))
        return Receipt(message_id, "errors" not in content, content)

    def deliveries(self, message_id: str) -> dict[str, str]:
        """Since when each recipient's mailbox holds a message of yours, as far as the hub has reported."""
        return self._inbox.deliveries(message_id)

    # --- receiving ---------------------------------------------------------------------------------------------------

    def receive(self, seconds: float | None = None) -> Iterator[Received]:
        """Messages from other participants, each once, oldest first; ends after `seconds` without one (None: never;
        0: with what waits now).

        A message counts as taken when you ask for the next: one that your program dies on is given again.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        while True:
            letter = self._inbox.next_waiting()
            if letter is not None:
                yield Received(self, letter, decode(letter.body))
                self._inbox.finish(letter)
                deadline = None if seconds is None else time.monotonic() + seconds
            elif deadline is None:
                self._exchange_for_ever()
            else:
                left = max(0.0, deadline - time.monotonic())
                if not self.exchange(min(1.0, left)) and not left:
                    return

    def exchange(self, seconds: float = 0.0) -> int:
        """Take what waits at the hub: check, store, report it collected. Returns how many messages came."""
        parcels = self._persist(lambda: self._transport.pull(PULL_MOST, seconds))
        taken = [(parcel, letter) for parcel in parcels if (letter := self._open(parcel)) is not None]
        if taken:
            self._take([letter for _, letter in taken])
            with suppress(Unavailable):  # they are stored; what the hub does not hear of comes again, and is known
                self._transport.done([parcel for parcel, _ in taken])
            self._report(MessageType.RECEIPT_COLLECTED, [letter for _, letter in taken])
        return len(taken)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _exchange_for_ever(self) -> None:
        """A program that waits without end outlives the hub's absence, however long."""
        try:
            self.exchange(1.0)
        except Unavailable as error:
            log.warning("hub still away", participant=self.code, reason=str(error))

    def _hand_over(self, body: bytes, signature: str) -> None:
        answer = self._persist(lambda: self._transport.send(body, signature))
        if answer is not None and (letter := self._open(answer)) is not None:
            self._take([letter])

    def _persist(self, call: Any, attempts: int = 6) -> Any:
        """Try again when the hub is away, with growing pauses."""
        for attempt in range(attempts):
            try:
                return call()
            except Unavailable as error:
                if attempt == attempts - 1:
                    raise
                log.warning("hub away", participant=self.code, reason=str(error))
                time.sleep(pause(attempt))
        raise AssertionError("unreachable")

    def _open(self, parcel: Parcel) -> Letter | None:
        """The letter in a parcel, if the hub signed it; otherwise it is refused and None."""
        try:
            envelope = decode(parcel.body)
            signature = parcel.signature if envelope.sender == HUB else parcel.hub_signature
            verify(parcel.body, signature, keys=self._hub_keys, signed_at=envelope.time, now=datetime.now(UTC))
        except Invalid as refusal:
            log.error("not from the hub, or changed on its way", participant=self.code, reason=refusal.flaws[0].code)
            with suppress(Unavailable):  # it comes again, and is refused again
                self._transport.refuse(parcel)
            return None
        return Letter(envelope.source, envelope.id, envelope.type, parcel.body, parcel.signature)

    def _take(self, letters: Sequence[Letter]) -> None:
        from_hub = [letter for letter in letters if letter.source == participant_urn(HUB)]
        for letter in from_hub:
            self._note_receipt(decode(letter.body))
        self._inbox.store(from_hub, done=True)
        self._inbox.store([letter for letter in letters if letter.source != participant_urn(HUB)])

    def _note_receipt(self, envelope: Envelope) -> None:
        content: dict[str, Any] = envelope.data
        if content.get("message_id") is None:
            return
        if envelope.type == MessageType.RECEIPT_DELIVERED:
            self._inbox.note_deliveries(content["message_id"], content["deliveries"])
        else:
            self._inbox.answer(content["message_id"], content)

    def _report(self, type_: MessageType, letters: Sequence[Letter]) -> None:
        items = [{"source": one.source, "id": one.id, "sha256": sha256(one.body).hexdigest()} for one in letters]
        self.send(type_, {"items": items})
