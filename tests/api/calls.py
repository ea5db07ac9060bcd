"""Calls to the real application as participants' systems make them: assertions, tokens, messages."""

import json
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from board_hub.domain.envelope import MEDIA_TYPE, NEWS, MessageType, encode, participant_urn
from board_hub.services.exchange.signing import SigningKey
from board_hub.services.unit_of_work import Hub
from board_hub.wsgi import create_app
from tests.support.hub import Party, envelope, sqlite_settings

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
PUBLIC_URL = "https://hub.example"
TOKEN_URL = f"{PUBLIC_URL}/oauth2/token"


@dataclass
class MovableClock:
    """The hub's clock in a test; `shift` moves it."""

    shift: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.shift


@dataclass(frozen=True)
class Stage:
    """The application of a test, with its hub and its clock."""

    app: Flask
    hub: Hub
    clock: MovableClock

    def client(self) -> FlaskClient:
        return self.app.test_client()

    def sign_in(self, party: Party) -> "System":
        return System(self, party, token_of(self.ask_token(assertion(party.key, party.code))))

    def ask_token(self, signed: str, **changes: str) -> TestResponse:
        form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE}
        return self.client().post("/oauth2/token", data=form | {"client_assertion": signed} | changes)


@dataclass(frozen=True)
class System:
    """A participant's system that is signed in."""

    stage: Stage
    party: Party
    token: str

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.stage.client().get(path, headers=self._headers() | headers)

    def delete(self, path: str) -> TestResponse:
        return self.stage.client().delete(path, headers=self._headers())

    def post_once(self, path: str, content: object, key: str) -> TestResponse:
        """A call with an Idempotency-Key."""
        return self.stage.client().post(path, json=content, headers=self._headers() | {"Idempotency-Key": key})

    def upload(self, content: bytes, media_type: str = "application/pdf", **headers: str) -> TestResponse:
        given = self._headers() | {"Content-Type": media_type} | headers
        return self.stage.client().post("/api/v1/attachments", data=content, headers=given)

    def post_json(self, path: str, content: object) -> TestResponse:
        return self.stage.client().post(path, json=content, headers=self._headers())

    def send(self, body: bytes, signature: str | None = None) -> TestResponse:
        """Send a message; `signature` is the sender's own over the body unless given, none at all if it is empty."""
        headers = self._headers() | {"Content-Type": MEDIA_TYPE}
        if signature != "":
            headers["x-jws-signature"] = signature or self.party.key.sign(body)
        return self.stage.client().post("/api/v1/messages", data=body, headers=headers)

    def mailbox(self, query: str = "") -> list[dict[str, Any]]:
        """A page of the mailbox, without what the hub tells of cases and clocks."""
        answer = self.get(f"/api/v1/mailbox{query}")
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json["items"]
        return [item for item in items if content_of(item)["type"] not in NEWS]

    def acknowledge(self, *ids: str) -> TestResponse:
        return self.post_json("/api/v1/mailbox/ack", {"ids": list(ids)})

    def collect(self, *items: Mapping[str, Any]) -> TestResponse:
        """Send the signed `collected` for items of the mailbox."""
        named = [
            {
                "source": participant_urn(item["source"]),
                "id": content_of(item)["id"],
                "sha256": sha256(b64decode(item["body"])).hexdigest(),
            }
            for item in items
        ]
        return self.send(encode(envelope(self.party.code, MessageType.RECEIPT_COLLECTED, data={"items": named})))

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def stage(hub: Hub, tmp_path: Path, **changes: Any) -> Stage:
    """The application over a hub whose clock can be moved."""
    clock = MovableClock()
    hub = replace(hub, clock=clock)
    settings = sqlite_settings(tmp_path, **{"public_url": PUBLIC_URL} | changes)
    return Stage(create_app(settings, hub), hub, clock)


def content_of(item: Mapping[str, Any]) -> dict[str, Any]:
    """The CloudEvent in an item of the mailbox."""
    content: dict[str, Any] = json.loads(b64decode(item["body"]))
    return content


def token_of(answer: TestResponse) -> str:
    assert answer.status_code == 200, answer.text
    return str(answer.json["access_token"])


def claims_of(code: str, **changes: Any) -> dict[str, Any]:
    """The claims of a good assertion; a change to None takes a claim out."""
    now = int(datetime.now(UTC).timestamp())
    claims = {"iss": code, "sub": code, "aud": TOKEN_URL, "iat": now, "exp": now + 60, "jti": uuid4().hex}
    return {name: value for name, value in (claims | changes).items() if value is not None}


def assertion(key: SigningKey, code: str, **changes: Any) -> str:
    """A client assertion signed with `key`."""
    return compact(key, claims_of(code, **changes))


def compact(key: SigningKey, claims: Mapping[str, Any]) -> str:
    """A compact JWS over the claims."""
    payload = json.dumps(claims).encode()
    header, signature = key.sign(payload).split("..")
    return f"{header}.{base64url(payload)}.{signature}"


def base64url(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")
