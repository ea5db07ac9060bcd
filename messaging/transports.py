"""The two ways a participant reaches the hub: its virtual host on the broker, or the mailbox over HTTPS."""

import random
import time
from base64 import b64decode
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol

import pika
from pika.exceptions import AMQPError, NackError, UnroutableError

from board_hub.domain.envelope import MEDIA_TYPE
from board_hub.domain.errors import Unavailable
from board_hub.services.exchange.signing import SigningKey
from messaging.connections import vhost_parameters
from messaging.hub_session import HubSession
from messaging.topology import FROM_HUB, TO_HUB

HEARTBEAT = 60
LONGEST_WAIT = 30.0


@dataclass(frozen=True)
class Parcel:
    """A message as it came. `handle` names it to its transport."""

    body: bytes
    signature: str
    hub_signature: str | None
    handle: Any


class Transport(Protocol):
    """All methods raise Unavailable when the hub cannot be reached now; calling again connects anew."""

    def send(self, body: bytes, signature: str) -> Parcel | None:
        """Hand a message over; returns its receipt where the transport answers at once."""

    def pull(self, most: int, seconds: float) -> list[Parcel]:
        """Up to `most` waiting messages; waits up to `seconds` for the first."""

    def done(self, parcels: Sequence[Parcel]) -> None:
        """These are stored; the transport need not keep them. Those of a lost connection come again anyway."""

    def refuse(self, parcel: Parcel) -> None:
        """This one is not from the hub, or was changed on its way."""

    def close(self) -> None: ...


class AmqpTransport:
    """One blocking connection to the participant's virtual host. `url` is amqp(s)://user:password@host:port."""

    def __init__(self, url: str, code: str) -> None:
        self._parameters = vhost_parameters(url, code, f"participant {code}")
        self._parameters.heartbeat = HEARTBEAT
        self._connection: pika.BlockingConnection | None = None
        self._channel: Any = None

    def send(self, body: bytes, signature: str) -> Parcel | None:
        properties = pika.BasicProperties(
            content_type=MEDIA_TYPE, delivery_mode=2, headers={"x-jws-signature": signature}
        )
        with self._reaching():
            self._open().basic_publish(TO_HUB, "", body, properties, mandatory=True)
        return None

    def pull(self, most: int, seconds: float) -> list[Parcel]:
        deadline = time.monotonic() + seconds
        found: list[Parcel] = []
        with self._reaching():
            channel = self._open()
            while len(found) < most:
                method, properties, body = channel.basic_get(FROM_HUB)
                if method is not None:
                    found.append(_parcel((channel, method.delivery_tag), properties, body))
                elif found or time.monotonic() >= deadline:
                    break
                else:
                    self._await_message(deadline - time.monotonic())
        return found

    def _await_message(self, seconds: float) -> None:
        if self._connection is not None:
            self._connection.process_data_events(min(0.02, max(seconds, 0)))

    def done(self, parcels: Sequence[Parcel]) -> None:
        tags = [tag for channel, tag in (parcel.handle for parcel in parcels) if channel is self._channel]
        if tags:
            with self._reaching():
                self._channel.basic_ack(max(tags), multiple=True)

    def refuse(self, parcel: Parcel) -> None:
        channel, tag = parcel.handle
        if channel is self._channel:
            with self._reaching():
                channel.basic_nack(tag, requeue=False)

    def close(self) -> None:
        if self._connection is not None and self._connection.is_open:
            with suppress(AMQPError, OSError):  # it is going away, one way or the other
                self._connection.close()
        self._connection = self._channel = None

    def _open(self) -> Any:
        if self._channel is None or not self._channel.is_open:
            self.close()
            self._connection = pika.BlockingConnection(self._parameters)
            self._channel = self._connection.channel()
            self._channel.confirm_delivery()
        return self._channel

    def _reaching(self) -> "_Reaching":
        return _Reaching(self)


class _Reaching:
    """Turns what pika raises into Unavailable and forgets the broken connection."""

    def __init__(self, transport: AmqpTransport) -> None:
        self._transport = transport

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if isinstance(error, NackError):
            raise Unavailable("Your queue to the hub is full; the hub takes from it again soon.") from error
        if isinstance(error, AMQPError | UnroutableError | OSError):
            self._transport._channel = None
            raise Unavailable(f"The broker cannot be reached or refused: {type(error).__name__} {error}") from error


def _parcel(handle: tuple[Any, int], properties: pika.BasicProperties, body: bytes) -> Parcel:
    headers = properties.headers or {}
    return Parcel(body, str(headers.get("x-jws-signature", "")), headers.get("x-hub-signature"), handle)


class HttpsTransport:
    """The mailbox."""

    def __init__(self, url: str, code: str, key: SigningKey) -> None:
        self._hub = HubSession(url, code, key)

    def send(self, body: bytes, signature: str) -> Parcel | None:
        headers = {"Content-Type": MEDIA_TYPE, "x-jws-signature": signature}
        response = self._hub.call(
            "POST", "/api/v1/messages", data=body, headers=headers, expected=(202, 204, 409, 413, 422)
        )
        if response.status_code != 202:
            return None  # a refusal's signed receipt comes by the mailbox
        return Parcel(response.content, response.headers["x-jws-signature"], None, None)

    def pull(self, most: int, seconds: float) -> list[Parcel]:
        query = {"limit": min(most, 100), "wait": round(min(seconds, LONGEST_WAIT), 3)}
        response = self._hub.call("GET", "/api/v1/mailbox", params=query, timeout=LONGEST_WAIT + 10)
        return [
            Parcel(b64decode(item["body"]), item["signature"], item.get("hub_signature"), item["message_id"])
            for item in response.json()["items"]
        ]

    def done(self, parcels: Sequence[Parcel]) -> None:
        handles = [parcel.handle for parcel in parcels if parcel.handle]
        if handles:
            self._hub.call("POST", "/api/v1/mailbox/ack", json={"ids": handles})

    def refuse(self, parcel: Parcel) -> None:
        """Nothing to do: what is not acknowledged stays in the mailbox."""

    def hub_keys(self) -> dict[str, Any]:
        """The hub's public keys (JWKS), trusted because TLS says who the hub is."""
        keys: dict[str, Any] = self._hub.call("GET", "/.well-known/jwks.json", token=False).json()
        return keys

    def close(self) -> None:
        self._hub.close()


def pause(attempt: int) -> float:
    """Seconds before the next attempt: growing, jittered, ten at most."""
    return min(10.0, 0.2 * 2.0**attempt) * random.uniform(0.5, 1.5)  # noqa: S311 (jitter, no secret)
