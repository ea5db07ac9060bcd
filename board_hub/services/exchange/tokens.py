"""Access tokens: a client assertion signed with a participant's key becomes a short-lived token of the hub's.

OAuth 2 client credentials with private_key_jwt (RFC 7523); tokens are JWTs after RFC 9068. The directory is asked at
every use: a suspended participant or a revoked key is out at once, whatever its token says.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from joserfc import jwt
from joserfc.jwk import ECKey
from joserfc.util import urlsafe_b64decode
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from board_hub.domain import strict_json
from board_hub.domain.envelope import HUB as HUB_CODE
from board_hub.domain.errors import Forbidden, Invalid
from board_hub.domain.events import Actor, ActorKind
from board_hub.domain.ids import new_secret
from board_hub.services.exchange.signing import ALGORITHM, KnownKey, verify
from board_hub.services.unit_of_work import Hub, UnitOfWork
from board_hub.store.tables import Participant, UsedAssertion

ASSERTION_LIFE = timedelta(minutes=5)
LEEWAY = timedelta(seconds=60)
"""How far a participant's clock may be off."""
TOKEN_TYPE = "at+jwt"  # noqa: S105 (RFC 9068 §2.1: what keeps other things the hub signs from being taken for tokens)
_MAX_LENGTH = 8_192
_MAX_JTI = 200
_UNKNOWN = "The assertion was not signed with a key in force of an active participant."


@dataclass(frozen=True)
class Caller:
    """A participant's system that is signed in, and the key it signed in with."""

    participant: Participant
    kid: str

    @property
    def code(self) -> str:
        return self.participant.code

    @property
    def actor(self) -> Actor:
        return Actor(ActorKind.SYSTEM, self.code)


@dataclass(frozen=True)
class _Jwt:
    header: Mapping[str, object]
    claims: Mapping[str, object]
    payload: bytes
    detached: str


def check_assertion(uow: UnitOfWork, assertion: str, audiences: Collection[str]) -> Caller:
    """Who signed this client assertion; it is used up when the unit of work commits. Raises Forbidden with the reason.

    iss and sub are the participant's code, aud is one of `audiences`, exp at most five minutes ahead, jti new.
    """
    opened = _open(assertion)
    code = opened.claims.get("sub")
    if not isinstance(code, str) or code == HUB_CODE:
        raise Forbidden(_UNKNOWN)
    key = _verify(uow, opened, uow.directory.keys_of(code))
    caller = Caller(_active(uow, code), key.kid)
    expires_at = _check_claims(opened.claims, code, audiences, uow.now)
    _use_up(uow, code, opened.claims.get("jti"), expires_at)
    return caller


def issue_token(uow: UnitOfWork, caller: Caller, *, issuer: str, seconds: int) -> str:
    """An access token (RFC 9068) for the caller; it names the key that was used, so that revoking the key ends it."""
    now = int(uow.now.timestamp())
    claims = {
        "iss": issuer,
        "aud": issuer,
        "sub": caller.code,
        "client_id": caller.code,
        "iat": now,
        "exp": now + seconds,
        "jti": new_secret(),
        "key": caller.kid,
    }
    key = uow.hub.key
    header = {"alg": ALGORITHM, "typ": TOKEN_TYPE, "kid": key.kid}
    return jwt.encode(header, claims, ECKey.import_key(key.to_pem()), algorithms=[ALGORITHM])


def check_token(uow: UnitOfWork, token: str, *, issuer: str) -> Caller:
    """Who holds this access token. Raises Forbidden if it is not ours, has expired, or its holder is out by now."""
    opened = _open(token)
    if opened.header.get("typ") != TOKEN_TYPE:
        raise Forbidden("This is no access token.")
    _verify(uow, opened, {uow.hub.key.kid: _hub_key(uow.hub)})
    claims = opened.claims
    if claims.get("iss") != issuer or claims.get("aud") != issuer:
        raise Forbidden("The access token is for another service.")
    if _moment(claims, "exp") <= uow.now.timestamp():
        raise Forbidden("The access token has expired; get a new one.")
    code, kid = str(claims.get("sub")), str(claims.get("key"))
    _check_in_force(uow.directory.keys_of(code).get(kid), uow.now)
    return Caller(_active(uow, code), kid)


def list_hub_keys(uow: UnitOfWork) -> list[dict[str, str]]:
    """The hub's public keys as JWKs, those of earlier years too: what verifies its receipts and tokens."""
    keys = uow.directory.keys_of(HUB_CODE)
    return [public_jwk(key) for key in keys.values() if key.revoked_at is None]


def public_jwk(key: KnownKey) -> dict[str, str]:
    """A directory key as a JWK (RFC 7517): its point and its name, nothing else."""
    point = {name: str(key.jwk[name]) for name in ("kty", "crv", "x", "y")}
    return point | {"kid": key.kid, "alg": ALGORITHM, "use": "sig"}


def _open(compact: str) -> _Jwt:
    """The parts of a compact JWS whose payload is an object; nothing in it is believed yet."""
    parts = compact.split(".")
    if len(compact) > _MAX_LENGTH or len(parts) != 3 or not compact.isascii():
        raise Forbidden("This is no signed JWT.")
    try:
        header, payload = (urlsafe_b64decode(part.encode()) for part in parts[:2])
        return _Jwt(strict_json.decode(header), strict_json.decode(payload), payload, f"{parts[0]}..{parts[2]}")
    except (ValueError, Invalid):
        raise Forbidden("This is no signed JWT.") from None


def _verify(uow: UnitOfWork, opened: _Jwt, keys: Mapping[str, KnownKey]) -> KnownKey:
    """A JWS is what the hub's detached signatures are, with the payload inside: the same rules hold."""
    try:
        return verify(opened.payload, opened.detached, keys=keys, signed_at=uow.now, now=uow.now)
    except Invalid as refusal:
        flaw = refusal.flaws[0]
        raise Forbidden(_UNKNOWN if flaw.code.startswith("key.") else flaw.message) from None


def _hub_key(hub: Hub) -> KnownKey:
    return KnownKey(hub.key.kid, HUB_CODE, hub.key.public_jwk(), valid_from=datetime.fromtimestamp(0, UTC))


def _active(uow: UnitOfWork, code: str) -> Participant:
    participant = uow.directory.participants.get(code)
    if participant is None or not participant.active:
        raise Forbidden(f"{code} is not an active participant of the hub.")
    return participant


def _check_in_force(key: KnownKey | None, now: datetime) -> None:
    ended = key is None or key.revoked_at is not None or (key.valid_until is not None and now >= key.valid_until)
    if ended:
        raise Forbidden("The key this token was got with is no longer in force; sign in with another.")


def _check_claims(claims: Mapping[str, object], code: str, audiences: Collection[str], now: datetime) -> datetime:
    """When the assertion can no longer be used."""
    if claims.get("iss") != code:
        raise Forbidden("The assertion's iss and sub must both be your participant code.")
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    if not any(isinstance(one, str) and one in audiences for one in named):
        raise Forbidden(f"The assertion's aud must be {' or '.join(sorted(audiences))}.")
    leeway, present = LEEWAY.total_seconds(), now.timestamp()
    expires = _moment(claims, "exp")
    if expires <= present - leeway:
        raise Forbidden("The assertion has expired; sign a new one.")
    if expires > present + ASSERTION_LIFE.total_seconds() + leeway:
        raise Forbidden("The assertion's exp may be at most five minutes ahead.")
    if any(name in claims and _moment(claims, name) > present + leeway for name in ("iat", "nbf")):
        raise Forbidden("The assertion is from the future; check your clock.")
    return datetime.fromtimestamp(expires, UTC) + LEEWAY


def _moment(claims: Mapping[str, object], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Forbidden(f"The claim {name} must be given, as seconds since 1970.")
    return value


def _use_up(uow: UnitOfWork, code: str, jti: object, expires_at: datetime) -> None:
    """Note the assertion as used; its digest, so that nobody can take another's jti, and any text will do."""
    if not isinstance(jti, str) or not 1 <= len(jti) <= _MAX_JTI:
        raise Forbidden(f"The assertion must have a jti of 1 to {_MAX_JTI} characters.")
    uow.session.execute(delete(UsedAssertion).where(col(UsedAssertion.expires_at) < uow.now))
    digest = sha256(json.dumps([code, jti]).encode()).hexdigest()
    uow.session.add(UsedAssertion(jti=digest, participant=code, expires_at=expires_at))
    try:
        uow.session.flush()
    except IntegrityError:
        raise Forbidden("The assertion was used before; sign a new one, with a jti of its own.") from None
