"""A participant's line to the hub: signs and keeps what it sends, checks and keeps what it gets, and answers for it."""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import structlog

from board_hub.domain.envelope import HUB, RECEIPTS_OF_HUB, Envelope, MessageType, decode, encode, participant_urn
from board_hub.domain.errors import Invalid, Unavailable
from board_hub.domain.ids import uuid7
from board_hub.services.exchange.signing import KnownKey, SigningKey, verify
from messaging.inbox import Inbox, Letter
from messaging.transports import Parcel, Transport, pause

log = structlog.get_logger(__name__)

PULL_MOST = 500
_ANSWERED = (MessageType.NOTICE_ISSUED, MessageType.NOTICE_WITHDRAWN, MessageType.PING_SENT)
"""What the hub answers by a receipt; the participant's own receipts get none."""
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


class Line:
    """The protocol, whatever the transport. Not to be shared between threads."""

    def __init__(
        self,
        transport: Transport,
        code: str,
        *,
        key: SigningKey,
        inbox: Path | str,
        hub_keys: Mapping[str, Any],
    ) -> None:
        self.code = code
        self._transport = transport
        self._key = key
        self._inbox = Inbox(inbox)
        self._hub_keys = {
            jwk["kid"]: KnownKey(kid=jwk["kid"], participant=HUB, jwk=jwk, valid_from=_EPOCH)
            for jwk in hub_keys["keys"]
        }

    def close(self) -> None:
        self._transport.close()
        self._inbox.close()

    def send(
        self,
        type_: MessageType,
        data: Mapping[str, Any],
        *,
        subject: str | None = None,
        marking: str | None = None,
        id_: str | None = None,
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
            marking=marking,
            data=dict(data),
        )
        body = encode(envelope)
        if sent and sent[0] != body:
            message = f"You sent message {id_} before with other content; give every message an id of its own."
            raise Invalid.one("id.reused", "/id", message)
        signature = sent[1] if sent else self._key.sign(body)
        if not sent and type_ in _ANSWERED:
            self._inbox.remember_sent(envelope.id, body, signature)
        self._hand_over(body, signature)
        return envelope.id

    def resend(self) -> int:
        """Send again, byte for byte, whatever the hub has not answered; returns how many. Doubles do no harm."""
        unanswered = self._inbox.list_unanswered()
        for _, body, signature in unanswered:
            self._hand_over(body, signature)
        return len(unanswered)

    def exchange(self, seconds: float = 0.0) -> int:
        """Take what waits at the hub: check, store, report it collected. Returns how many messages came."""
        parcels = self._persist(lambda: self._transport.pull(PULL_MOST, seconds))
        taken = [(parcel, letter) for parcel in parcels if (letter := self._open(parcel)) is not None]
        if taken:
            self._take([letter for _, letter in taken])
            with suppress(Unavailable):  # they are stored; what the hub does not hear of comes again, and is known
                self._transport.done([parcel for parcel, _ in taken])
            self.report(MessageType.RECEIPT_COLLECTED, [letter for _, letter in taken])
        return len(taken)

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
        receipts = [letter for letter in letters if letter.type in RECEIPTS_OF_HUB]
        for letter in receipts:
            self._note_receipt(decode(letter.body))
        self._inbox.store(receipts, done=True)
        self._inbox.store([letter for letter in letters if letter.type not in RECEIPTS_OF_HUB])

    def _note_receipt(self, envelope: Envelope) -> None:
        content: dict[str, Any] = envelope.data
        message_id = content.get("message_id")
        if message_id is None:
            return
        if envelope.type == MessageType.RECEIPT_DELIVERED:
            self._inbox.note_deliveries(message_id, content["deliveries"])
            self._inbox.note_clocks(
                message_id, [clock for one in content["deliveries"] for clock in one.get("clocks", ())]
            )
        else:
            self._inbox.note_clocks(message_id, content.get("clocks", ()))
            self._inbox.answer(message_id, content)

    def report(self, type_: MessageType, letters: Sequence[Letter]) -> None:
        """Tell the hub, signed, that these were collected or handled."""
        items = [{"source": one.source, "id": one.id, "sha256": sha256(one.body).hexdigest()} for one in letters]
        self.send(type_, {"items": items})
