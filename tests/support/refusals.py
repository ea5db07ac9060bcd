"""What a sender can get wrong, whichever way it sends: each with the code and the path it is refused with."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from joserfc import jws
from joserfc.jwk import OctKey

from board_hub.domain.events import HUB
from board_hub.services.directory import directory
from board_hub.services.exchange.signing import SigningKey
from board_hub.services.unit_of_work import Hub
from tests.support.hub import AIO, Party, notice

SIGNATURE = "/x-jws-signature"


@dataclass(frozen=True)
class Sender:
    """A participant with the keys that good and bad messages are signed with."""

    hub: Hub
    party: Party
    revoked: SigningKey

    @property
    def key(self) -> SigningKey:
        return self.party.key

    def good(self, **changes: Any) -> dict[str, Any]:
        """A good notice's content; changes to envelope attributes."""
        content: dict[str, Any] = json.loads(notice(self.hub, self.party.code))
        return content | changes

    def body(self, **changes: Any) -> bytes:
        return json.dumps(self.good(**changes)).encode()

    def with_fields(self, **changes: Any) -> bytes:
        """A notice with these fields changed; None takes one out."""
        content = self.good()
        fields = content["data"]["fields"] | changes
        content["data"]["fields"] = {name: value for name, value in fields.items() if value is not None}
        return json.dumps(content).encode()

    def raw(self, inside: bytes) -> bytes:
        """A good notice with these bytes as one more value, `x`, in its data."""
        return self.body().replace(b'"notice_type"', b'"x": ' + inside + b', "notice_type"', 1)


@dataclass(frozen=True)
class Refusal:
    """A bad message. A `sign` of None signs the body as it must be signed."""

    name: str
    code: str
    path: str
    body: Callable[[Sender], bytes] = Sender.body
    sign: Callable[[Sender, bytes], str] | None = None

    def make(self, sender: Sender) -> tuple[bytes, str]:
        """Body and signature, as they are to be sent."""
        body = self.body(sender)
        return body, self.sign(sender, body) if self.sign else sender.key.sign(body)


def ready_to_fail(hub: Hub, party: Party) -> Sender:
    """The party with two more keys, both a month old: one it signs with, and one that is revoked."""
    used, revoked = SigningKey.generate(f"{party.code}-used"), SigningKey.generate(f"{party.code}-lost")
    with hub.work(HUB) as uow:
        for key in (used, revoked):
            month_ago = uow.now - timedelta(days=30)
            directory.add_key(uow, party.code, key.kid, jwk=key.public_jwk(), valid_from=month_ago)
        directory.revoke_key(uow, revoked.kid, "lost")
        uow.commit()
    return Sender(hub, Party(party.code, used), revoked)


def _moment(after: timedelta) -> Callable[[Sender], bytes]:
    return lambda sender: sender.body(time=(sender.hub.clock() + after).isoformat())


def _header(**header: Any) -> str:
    return urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()


def _unsigned(sender: Sender, _body: bytes) -> str:
    return f"{_header(alg='none', kid=sender.key.kid)}.."


def _hs256(sender: Sender, body: bytes) -> str:
    """The public key taken for a shared secret: the classic confusion of algorithms."""
    secret = OctKey.import_key(json.dumps(sender.key.public_jwk()))
    whole = jws.serialize_compact({"alg": "HS256", "kid": sender.key.kid}, body[:100], secret)
    head, _, signature = whole.split(".")
    return f"{head}..{signature}"


def _embedded(sender: Sender, _body: bytes) -> str:
    own = SigningKey.generate(sender.key.kid)
    return f"{_header(alg='ES256', kid=own.kid, jwk=own.public_jwk())}..{own.sign(_body).split('..')[1]}"


def _changed(sender: Sender, body: bytes) -> str:
    return sender.key.sign(body[:-1] + b" }")


def _of_another_body(sender: Sender, body: bytes) -> str:
    head, _ = sender.key.sign(body).split("..")
    _, other = sender.key.sign(b"other").split("..")
    return f"{head}..{other}"


def _with_revoked(sender: Sender, body: bytes) -> str:
    return sender.revoked.sign(body)


def _with_unknown(_sender: Sender, body: bytes) -> str:
    return SigningKey.generate("nobodys").sign(body)


def _with_foreign(sender: Sender, body: bytes) -> str:
    return SigningKey.generate(sender.key.kid).sign(body)


def _wrong_law(sender: Sender) -> bytes:
    content = sender.good()
    content["data"]["law_version"] = "1999-01-01"
    return json.dumps(content).encode()


REFUSALS = [
    Refusal("rubbish for a signature", "signature.malformed", SIGNATURE, sign=lambda _s, _b: "x"),
    Refusal("no signature", "signature.missing", SIGNATURE, sign=lambda _s, _b: ""),
    Refusal("wrong signature", "signature.invalid", SIGNATURE, sign=_of_another_body),
    Refusal("foreign key under a known name", "signature.invalid", SIGNATURE, sign=_with_foreign),
    Refusal("unknown key", "key.unknown", SIGNATURE, sign=_with_unknown),
    Refusal("revoked key", "key.revoked", SIGNATURE, sign=_with_revoked),
    Refusal("alg none", "signature.algorithm", SIGNATURE, sign=_unsigned),
    Refusal("HS256", "signature.algorithm", SIGNATURE, sign=_hs256),
    Refusal("embedded key", "signature.embedded_key", SIGNATURE, sign=_embedded),
    Refusal("changed byte", "body.changed", SIGNATURE, sign=_changed),
    Refusal("another's name", "source.mismatch", "/source", lambda s: s.body(source=f"urn:aiboard:participant:{AIO}")),
    Refusal("missing field", "field.missing", "/data/fields/grounds", lambda s: s.with_fields(grounds=None)),
    Refusal("unknown field", "field.unknown", "/data/fields/grund", lambda s: s.with_fields(grund="x")),
    Refusal("unknown code", "code.unknown", "/data/fields/grounds/0", lambda s: s.with_fields(grounds=["x"])),
    Refusal("unknown attribute", "envelope.unknown", "/extra", lambda s: s.body(extra="x")),
    Refusal("unknown type", "type.unknown", "/type", lambda s: s.body(type="eu.aiboard.coffee.made.v1")),
    Refusal(
        "wrong version of the type", "version.unknown", "/type", lambda s: s.body(type="eu.aiboard.notice.issued.v2")
    ),
    Refusal("wrong law version", "version.unknown", "/data/law_version", _wrong_law),
    Refusal("null id", "envelope.missing", "/id", lambda s: s.body(id=None)),
    Refusal("2 MB", "body.too_large", "", lambda s: s.raw(b'"' + b"x" * 2_000_000 + b'"')),
    Refusal("invalid UTF-8", "json.invalid_utf8", "", lambda s: s.raw(b'"\xff"')),
    Refusal("NUL", "json.nul", "/data/x", lambda s: s.raw(rb'"\u0000"')),
    Refusal("lone surrogate", "json.surrogate", "/data/x", lambda s: s.raw(rb'"\ud800"')),
    Refusal("duplicate key", "json.duplicate_key", "/data/x", lambda s: s.raw(b'1, "x": 2')),
    Refusal("NaN", "json.not_finite", "/data/x", lambda s: s.raw(b"NaN")),
    Refusal("5,000 digits", "json.integer_range", "/data/x", lambda s: s.raw(b"9" * 5000)),
    Refusal("depth 300", "json.too_deep", "", lambda s: s.raw(b"[" * 300 + b"]" * 300)),
    Refusal("no JSON", "json.invalid", "", lambda _: b"{"),
    Refusal("nothing", "json.invalid", "", lambda _: b""),
    Refusal("no object", "json.not_an_object", "", lambda _: b"[]"),
    Refusal("future", "time.future", "/time", _moment(timedelta(minutes=5))),
    Refusal("ancient", "time.ancient", "/time", _moment(timedelta(hours=-25))),
]
