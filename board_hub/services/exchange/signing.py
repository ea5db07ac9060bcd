"""Signatures over the exact bytes of a message: detached JWS (RFC 7515, Appendix F), ES256 and nothing else."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Self

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from joserfc.util import urlsafe_b64decode, urlsafe_b64encode

from board_hub.domain import strict_json
from board_hub.domain.errors import Invalid

ALGORITHM = "ES256"
_CURVE = "P-256"
_PATH = "/x-jws-signature"
_MAX_SIGNATURE = 8_192
_EMBEDDED = ("jwk", "jku", "x5u", "x5c")
_COORDINATES = ("kty", "crv", "x", "y")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_KID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_DETACHED = re.compile(r"([A-Za-z0-9_-]+)\.\.([A-Za-z0-9_-]*)")


# The algorithm itself, not joserfc's token functions: those would read the header a second time, by other rules than
# ours, obey its `alg` and `b64`, and refuse documents over 128 kB.
_ES256 = jws.JWSRegistry(algorithms=[ALGORITHM]).get_alg(ALGORITHM)


class SigningKey:
    """A private key and its name; signs, and shows only its public half."""

    def __init__(self, key: ECKey, kid: str) -> None:
        if not _KID.fullmatch(kid):
            raise ValueError("a key's name has 1 to 128 characters of A-Z a-z 0-9 . _ : -")
        if key.curve_name != _CURVE or not key.is_private:
            raise ValueError(f"{ALGORITHM} needs a private key on the curve {_CURVE}")
        self._key = key
        self.kid = kid

    def __repr__(self) -> str:
        return f"SigningKey(kid={self.kid!r})"

    def __reduce__(self) -> str:
        raise TypeError("a signing key is not pickled; load it from its file")

    @classmethod
    def generate(cls, kid: str) -> Self:
        """A new random key."""
        return cls(ECKey.generate_key(_CURVE, auto_kid=False), kid)

    @classmethod
    def load(cls, pem: Path | str | bytes, kid: str) -> Self:
        """The key in a PEM file (a path), or in the PEM's bytes. ValueError if it is no private key on P-256."""
        content = pem if isinstance(pem, bytes) else Path(pem).read_bytes()
        try:
            key = ECKey.import_key(content)
        except (JoseError, ValueError, TypeError):
            raise ValueError(f"no private EC key in PEM form for {kid}") from None
        return cls(key, kid)

    def public_jwk(self) -> dict[str, str]:
        """The public half as a JWK (RFC 7517) with kid, alg and use, for the directory."""
        return _coordinates(self._key) | {"kid": self.kid, "alg": ALGORITHM, "use": "sig"}

    def thumbprint(self) -> str:
        """The JWK thumbprint (RFC 7638) of the public half."""
        return self._key.thumbprint()

    def to_pem(self) -> bytes:
        """The private key, PKCS #8 PEM, not encrypted: write it only to a file that others cannot read."""
        return self._key.as_pem(private=True)

    def sign(self, body: bytes) -> str:
        """The detached JWS `header..signature`; the header says kid and the body's SHA-256."""
        protected = {"alg": ALGORITHM, "kid": self.kid, "sha256": sha256(body).hexdigest()}
        header = urlsafe_b64encode(strict_json.encode(protected))
        signature = urlsafe_b64encode(_ES256.sign(_signing_input(header, body), self._key))
        return f"{header.decode()}..{signature.decode()}"


@dataclass(frozen=True)
class KnownKey:
    """A participant's public key as the directory holds it; the moments are aware."""

    kid: str
    participant: str
    jwk: Mapping[str, object] = field(hash=False)
    valid_from: datetime
    valid_until: datetime | None = None
    revoked_at: datetime | None = None


def verify(
    body: bytes, detached: str | None, *, keys: Mapping[str, KnownKey], signed_at: datetime, now: datetime
) -> KnownKey:
    """The key that signed exactly these bytes, of the sender's keys by kid.

    A key's validity is judged at signed_at, its revocation at now: who holds a stolen key can also back-date.
    Raises Invalid with one flaw at /x-jws-signature: `signature.…`, `key.…` or `body.changed`.
    """
    segment, signature = _segments(detached)
    header = _protected_header(segment)
    _check_header(header)
    known = _known_key(header, keys)
    digest = header.get("sha256")
    if digest is not None and digest != sha256(body).hexdigest():
        raise _refusal("body.changed", "The body is not the one that was signed: its SHA-256 is not the header's.")
    if not _ES256.verify(_signing_input(segment, body), signature, _key_of(known)):
        raise _refusal("signature.invalid", f"The signature was not made over this body with the key {known.kid}.")
    _check_validity(known, signed_at=signed_at, now=now)
    return known


def check_public_jwk(jwk: Mapping[str, object]) -> dict[str, str]:
    """The JWK's key as the directory keeps it: kty, crv, x, y.

    Raises Invalid `field.invalid`: not an EC key on P-256, no point of that curve, or private material in it.
    """
    if "d" in jwk:
        raise Invalid.one("field.invalid", "/d", "The JWK holds a private key: replace that key, send a public half.")
    try:
        key = _import(jwk)
    except ValueError:
        raise Invalid.one("field.invalid", "", f"The JWK must be a public EC key on the curve {_CURVE}.") from None
    return _coordinates(key)


def _segments(detached: str | None) -> tuple[bytes, bytes]:
    """The header still encoded, for it is signed that way, and the signature's bytes."""
    if not detached:
        raise _refusal("signature.missing", "There is no signature; sign the body's exact bytes (header..signature).")
    match = _DETACHED.fullmatch(detached) if len(detached) <= _MAX_SIGNATURE else None
    if not match:
        raise _malformed("it must be a detached compact JWS, header..signature, in base64url")
    return match[1].encode(), _from_base64url(match[2].encode())


def _protected_header(segment: bytes) -> dict[str, object]:
    try:
        return strict_json.decode(_from_base64url(segment))
    except Invalid as invalid:
        raise _malformed(f"its header is refused ({invalid.flaws[0].code})") from None


def _from_base64url(segment: bytes) -> bytes:
    try:
        return urlsafe_b64decode(segment)
    except ValueError:
        raise _malformed("it is not base64url") from None


def _signing_input(header: bytes, body: bytes) -> bytes:
    return header + b"." + urlsafe_b64encode(body)


def _check_header(header: Mapping[str, object]) -> None:
    if header.get("alg") != ALGORITHM:
        raise _refusal("signature.algorithm", f"The signature's algorithm (alg) must be {ALGORITHM}.")
    if embedded := [name for name in _EMBEDDED if name in header]:
        message = f"The header brings its own key ({', '.join(embedded)}); name a key of the directory by kid alone."
        raise _refusal("signature.embedded_key", message)
    if "crit" in header or "b64" in header:
        raise _malformed("its header may use no extensions (crit, b64)")
    digest = header.get("sha256")
    if digest is not None and not (isinstance(digest, str) and _SHA256.fullmatch(digest)):
        raise _malformed("sha256 in its header must be 64 lower-case hexadecimal digits")


def _known_key(header: Mapping[str, object], keys: Mapping[str, KnownKey]) -> KnownKey:
    kid = header.get("kid")
    known = keys.get(kid) if isinstance(kid, str) else None
    if known is None:
        raise _refusal("key.unknown", "The header's kid names no key of this sender in the hub's directory.")
    return known


def _key_of(known: KnownKey) -> ECKey:
    try:
        return _public_key(known.kid, *(str(known.jwk.get(name)) for name in _COORDINATES))
    except ValueError:
        raise _refusal("key.unknown", f"The directory holds no usable {ALGORITHM} key under this kid.") from None


def _check_validity(known: KnownKey, *, signed_at: datetime, now: datetime) -> None:
    if known.revoked_at is not None and now >= known.revoked_at:
        raise _refusal("key.revoked", f"The key {known.kid} was revoked; sign with a key in force.")
    if signed_at < known.valid_from:
        raise _refusal("key.not_yet_valid", f"The key {known.kid} was not yet valid at the message's time.")
    if known.valid_until is not None and signed_at >= known.valid_until:
        raise _refusal("key.expired", f"The key {known.kid} was no longer valid at the message's time.")


@lru_cache(maxsize=1024)
def _public_key(kid: str, kty: str, crv: str, x: str, y: str) -> ECKey:
    """Parsing costs as much as verifying. Cached by kid and point, so that a kid used anew is a new entry."""
    return _import({"kid": kid, "kty": kty, "crv": crv, "x": x, "y": y})


def _import(jwk: Mapping[str, object]) -> ECKey:
    if jwk.get("kty") != "EC" or jwk.get("crv") != _CURVE:
        raise ValueError("not an EC key on P-256")
    try:
        key = ECKey.import_key({name: str(jwk.get(name)) for name in _COORDINATES})
        key.get_op_key("verify")  # parses the point now: later errors would come out of a verification
    except (JoseError, ValueError, TypeError):
        raise ValueError("not a point of P-256") from None
    return key


def _coordinates(key: ECKey) -> dict[str, str]:
    public = key.as_dict(private=False)
    return {name: str(public[name]) for name in _COORDINATES}


def _refusal(code: str, message: str) -> Invalid:
    return Invalid.one(code, _PATH, message)


def _malformed(why: str) -> Invalid:
    return _refusal("signature.malformed", f"The signature cannot be read: {why}.")
