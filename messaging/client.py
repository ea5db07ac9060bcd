"""What an authority's system needs to take part: send signed notices, get receipts, receive messages once each.

The same program works over AMQP and over HTTPS; the address says which (deploy/examples/participant.py):

    client = Client.connect("amqps://FR-CNIL:password@broker:5671", "FR-CNIL", key=key, inbox="fr.db", hub_keys=jwks)
    client = Client.connect("https://hub.example", "FR-CNIL", key=key, inbox="fr.db")
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import structlog

from board_hub.domain.envelope import (
    MessageType,
    decode,
    participant_urn,
)
from board_hub.domain.errors import Invalid, Unavailable
from board_hub.services.exchange.signing import SigningKey
from messaging.files import Files
from messaging.line import Line
from messaging.received import Receipt, Received
from messaging.transports import AmqpTransport, HttpsTransport

__all__ = ["Client", "MessageType", "Receipt", "Received", "SigningKey"]

log = structlog.get_logger(__name__)


class Client(Line):
    """A participant's end of the exchange. Not to be shared between threads."""

    _files: Files | None = None

    @classmethod
    def connect(
        cls,
        url: str,
        code: str,
        *,
        key: SigningKey,
        inbox: Path | str,
        hub_keys: Mapping[str, Any] | None = None,
        web_url: str | None = None,
    ) -> Self:
        """Over the broker or the mailbox, by the address's scheme; over the broker with the hub's keys (JWKS).

        web_url: over the broker, the hub's address over HTTPS, where files are uploaded and downloaded.
        """
        if url.startswith(("http://", "https://")):
            return cls.https(url, code, key=key, inbox=inbox, hub_keys=hub_keys)
        if hub_keys is None:
            raise Invalid.one("field.missing", "/hub_keys", "Over AMQP give the hub's public keys (JWKS).")
        return cls.amqp(url, code, key=key, inbox=inbox, hub_keys=hub_keys, web_url=web_url)

    @classmethod
    def amqp(
        cls,
        url: str,
        code: str,
        *,
        key: SigningKey,
        inbox: Path | str,
        hub_keys: Mapping[str, Any],
        web_url: str | None = None,
    ) -> Self:
        """Over the broker. `hub_keys` is the hub's JWKS, as the secretariat gave it to you."""
        client = cls(AmqpTransport(url, code), code, key=key, inbox=inbox, hub_keys=hub_keys)
        client._files = Files(web_url, code, key) if web_url else None
        return client

    @classmethod
    def https(
        cls, url: str, code: str, *, key: SigningKey, inbox: Path | str, hub_keys: Mapping[str, Any] | None = None
    ) -> Self:
        """Over the mailbox. Without `hub_keys` the hub's published keys are used."""
        transport = HttpsTransport(url, code, key)
        client = cls(transport, code, key=key, inbox=inbox, hub_keys=hub_keys or transport.hub_keys())
        client._files = Files(url, code, key)
        return client

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        super().close()
        if self._files:
            self._files.close()

    # --- sending -----------------------------------------------------------------------------------------------------

    def send_notice(
        self,
        data: Mapping[str, Any],
        *,
        subject: str | None = None,
        marking: str | None = None,
        attachments: Sequence[Mapping[str, Any]] = (),
        revision: Mapping[str, Any] | None = None,
        id_: str | None = None,
    ) -> str:
        """Send a notice (its `data`: notice_type, law_version, fields, …); returns the message's id at once.

        subject: the reference of the case it joins; without one it opens a case, or joins that of a notice it names.
        marking: who may see it; without one its recipients alone. attachments: what `upload` returned. revision: {of:
        {source, id}, kind: correction or completion, reason} for a new version of a notice of your own.
        With an id of your own a program that starts again may send everything again: see `send`.
        """
        whole = dict(data)
        if attachments:
            whole["attachments"] = [dict(one) for one in attachments]
        if revision:
            whole["revision"] = dict(revision)
        return self.send(MessageType.NOTICE_ISSUED, whole, subject=subject, marking=marking, id_=id_)

    def withdraw_notice(self, message_id: str, reason: str, *, id_: str | None = None) -> str:
        """Take a notice of your own back: it stays on record, marked as withdrawn; returns this message's id."""
        notice = {"source": participant_urn(self.code), "id": message_id}
        return self.send(MessageType.NOTICE_WITHDRAWN, {"notice": notice, "reason": reason}, id_=id_)

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

    def clocks(self, message_id: str) -> list[dict[str, Any]]:
        """The clocks that a notice of yours started or touched, each with its end and why, as last reported."""
        return self._inbox.clocks(message_id)

    # --- files -------------------------------------------------------------------------------------------------------

    def upload(self, name: str, content: bytes, media_type: str) -> dict[str, Any]:
        """Store a file at the hub; returns its entry for `attachments`. Raises Invalid with what the hub refuses."""
        return self._at_the_hub().upload(name, content, media_type)

    def download(self, digest: str) -> bytes:
        """A file by the `sha256` of an attachment. Raises NotFound where you may not read it."""
        return self._at_the_hub().download(digest)

    def _at_the_hub(self) -> Files:
        if self._files is None:
            raise Invalid.one("field.missing", "/web_url", "Files go over HTTPS: give the hub's address as `web_url`.")
        return self._files

    # --- receiving ---------------------------------------------------------------------------------------------------

    def receive(self, seconds: float | None = None) -> Iterator[Received]:
        """Messages from other participants and news of the hub, each once, oldest first; ends after `seconds` without
        one (None: never; 0: with what waits now).

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

    def dispatch(
        self, handlers: Mapping[MessageType, Callable[[Received], None]], seconds: float | None = None
    ) -> None:
        """Give each message to the handler of its type, as `receive` does; what has no handler is passed over."""
        for message in self.receive(seconds):
            if handler := handlers.get(message.type):
                handler(message)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _exchange_for_ever(self) -> None:
        """A program that waits without end outlives the hub's absence, however long."""
        try:
            self.exchange(1.0)
        except Unavailable as error:
            log.warning("hub still away", participant=self.code, reason=str(error))
