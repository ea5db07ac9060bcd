"""OpenID Connect: what an ID token and a logout token must say, and why a sign-in is refused; plain values in."""

from base64 import urlsafe_b64encode
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256, sha384, sha512

from board_hub.domain.errors import Forbidden

Claims = Mapping[str, object]

FUTURE = timedelta(seconds=10)
"""How far a provider's clock may be ahead of ours (FAPI 2.0 §5.3.2.1)."""
LEEWAY = timedelta(seconds=10)
"""How long after its end a token is still taken."""
OLDEST = timedelta(minutes=10)
"""How long ago an ID token or a logout token may have been issued: both are used at once."""
LONGEST_LOGOUT = timedelta(hours=1)
"""How far ahead the end of a logout token may lie: that long its `jti` is remembered."""
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT_TYPE = "logout+jwt"
ALGORITHMS = ("ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512", "Ed25519", "EdDSA")
"""Signatures a provider may be pinned to; `none` and shared secrets (HS*) are not among them."""
_MOST_TEXT = 255
_HASHES = {"256": sha256, "384": sha384, "512": sha512, "Ed25519": sha512, "EdDSA": sha512}


class Reason(StrEnum):
    """Why somebody was not let in; the pages have the words."""

    STATE = "state"
    OTHER_PROVIDER = "other_provider"
    RESPONSE_ISSUER = "response_issuer"
    DECLINED = "declined"
    SIGN_IN_AGAIN = "sign_in_again"
    PROVIDER_ERROR = "provider_error"
    PROVIDER_AWAY = "provider_away"
    PROVIDER_WRONG = "provider_wrong"
    PROVIDER_CLOSED = "provider_closed"
    CODE_REFUSED = "code_refused"
    ID_TOKEN = "id_token"  # noqa: S105 (a reason)
    ASSURANCE = "assurance"
    TOO_OLD = "too_old"
    USERINFO = "userinfo"
    NO_RULE = "no_rule"
    NO_MANDATE = "no_mandate"
    ENDED = "ended"
    OTHER_PERSON = "other_person"


class SignInRefused(Forbidden):
    """A sign-in that is not taken: `reason` for people's words, the message for whoever mends it (never a token)."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class Proof:
    """Who somebody is, as a provider has proven: (issuer, subject), and what it says of the person.

    sid: the provider's own session; proven_at: when the person last showed who it is.
    """

    issuer: str
    subject: str
    claims: Claims
    acr: str
    sid: str | None = None
    proven_at: datetime | None = None
    refresh_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Expected:
    """What the ID token of one attempt must say. nonce: None when it answers a refresh, which has none."""

    issuer: str
    client_id: str
    nonce: str | None
    now: datetime
    most_age: int = 0
    access_token: str | None = None
    algorithm: str = "ES256"


def check_id_token(claims: Claims, expected: Expected) -> None:
    """Raises SignInRefused unless the claims are those of OpenID Connect Core §3.1.3.7 for this attempt."""
    if claims.get("iss") != expected.issuer:
        raise _bad("iss is not the provider's configured issuer")
    _check_audience(claims, expected.client_id)
    _check_times(claims, expected.now)
    if _text(claims, "sub") is None:
        raise _bad(f"sub is missing, or is no text of 1 to {_MOST_TEXT} characters")
    if expected.nonce is not None and claims.get("nonce") != expected.nonce:
        raise _bad("nonce is not that of this attempt")
    _check_access_token_hash(claims, expected)
    check_age(claims, expected.most_age, expected.now)


def check_assurance(claims: Claims, accepted: Sequence[str]) -> str:
    """The level of assurance (`acr`) if it is one of those accepted; unknown or missing is refused (ASVS 6.8.4)."""
    acr = claims.get("acr")
    if not isinstance(acr, str) or acr not in accepted:
        came = "none came" if acr is None else f"{str(acr)[:100]!r} came"
        wanted = ", ".join(accepted) or "nothing: no level is accepted"
        raise SignInRefused(Reason.ASSURANCE, f"acr: {came}; accepted is {wanted}.")
    return acr


def check_age(claims: Claims, most_age: int, now: datetime) -> None:
    """Refuse a proof of identity older than `most_age` seconds; 0 sets no limit."""
    if not most_age:
        return
    proven = _seconds(claims, "auth_time")
    if proven is None:
        raise SignInRefused(Reason.TOO_OLD, "auth_time is missing, though max_age was asked for.")
    age = now.timestamp() - proven
    if age > most_age + LEEWAY.total_seconds() or -age > FUTURE.total_seconds():
        raise SignInRefused(Reason.TOO_OLD, f"auth_time is {age:.0f} s ago; at most {most_age} s are accepted.")


def check_response_issuer(given: Collection[str], *, issuer: str, promised: bool) -> None:
    """The `iss` parameter of an authorization response (RFC 9207): the provider's own, and there if it was promised."""
    if len(given) > 1 or any(one != issuer for one in given):
        raise SignInRefused(Reason.RESPONSE_ISSUER, "The response names another issuer (iss) than the provider's.")
    if promised and not given:
        raise SignInRefused(Reason.RESPONSE_ISSUER, "The response lacks iss, which the provider's metadata promise.")


@dataclass(frozen=True)
class Logout:
    """What a logout token ends: the session `sid`, or all of `subject` where it names none."""

    subject: str | None
    sid: str | None
    jti: str
    expires_at: float


def check_logout(header: Claims, claims: Claims, *, issuer: str, client_id: str, now: datetime) -> Logout:
    """What the token ends (OpenID Connect Back-Channel Logout 1.0 §2.6). Raises SignInRefused with the reason."""
    if str(header.get("typ", "")).lower().removeprefix("application/") != LOGOUT_TYPE:
        raise _bad(f"typ is not {LOGOUT_TYPE}")
    if claims.get("iss") != issuer:
        raise _bad("iss is not the provider's configured issuer")
    _check_audience(claims, client_id)
    expires_at = _check_times(claims, now)
    if expires_at > (now + LONGEST_LOGOUT).timestamp():
        raise _bad("exp is more than an hour ahead")
    if "nonce" in claims:
        raise _bad("a logout token has no nonce")
    events = claims.get("events")
    if not isinstance(events, Mapping) or not isinstance(events.get(LOGOUT_EVENT), Mapping):
        raise _bad("events lacks the back-channel logout event")
    jti, subject, sid = (_text(claims, name) for name in ("jti", "sub", "sid"))
    if jti is None or len(jti) > 200:
        raise _bad("jti is missing or too long")
    if ("sub" in claims and subject is None) or ("sid" in claims and sid is None):
        raise _bad("sub and sid must be texts")
    if subject is None and sid is None:
        raise _bad("neither sub nor sid says whose session ends")
    return Logout(subject, sid, jti, expires_at)


def _check_audience(claims: Claims, client_id: str) -> None:
    audience = claims.get("aud")
    several = audience if isinstance(audience, list) else [audience]
    if client_id not in several:
        raise _bad("aud is not the hub's client id")
    authorized = claims.get("azp")
    if (authorized is not None or len(several) > 1) and authorized != client_id:
        raise _bad("azp is not the hub's client id")


def _check_times(claims: Claims, now: datetime) -> float:
    """When the token ends, in seconds since 1970."""
    expires, issued = _seconds(claims, "exp"), _seconds(claims, "iat")
    if expires is None or issued is None:
        raise _bad("exp or iat is missing, or no number")
    if now.timestamp() >= expires + LEEWAY.total_seconds():
        raise _bad("exp is over")
    if issued > (now + FUTURE).timestamp():
        raise _bad("iat lies in the future")
    if issued < (now - OLDEST).timestamp():
        raise _bad("iat is too long ago")
    starts = _seconds(claims, "nbf")
    if "nbf" in claims and (starts is None or starts > (now + FUTURE).timestamp()):
        raise _bad("nbf lies in the future")
    return expires


def _check_access_token_hash(claims: Claims, expected: Expected) -> None:
    if expected.access_token is None or "at_hash" not in claims:
        return
    name = expected.algorithm
    make = _HASHES.get(name) or _HASHES[name[-3:]]
    digest = make(expected.access_token.encode("ascii", "replace")).digest()
    half = urlsafe_b64encode(digest[: len(digest) // 2]).decode().rstrip("=")
    if claims["at_hash"] != half:
        raise _bad("at_hash is not that of the access token")


def _seconds(claims: Claims, name: str) -> float | None:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**40:
        return None
    return float(value)


def _text(claims: Claims, name: str) -> str | None:
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= _MOST_TEXT or "\0" in value or not value.isprintable():
        return None
    return value


def _bad(why: str) -> SignInRefused:
    return SignInRefused(Reason.ID_TOKEN, f"The token is refused: {why}.")
