"""Tokens a provider signed: opened by its keys and the algorithms pinned in its row, never by what the token says."""

from collections.abc import Sequence

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.util import urlsafe_b64decode

from board_hub.domain import strict_json
from board_hub.domain.errors import Invalid
from board_hub.domain.openid import ALGORITHMS, Reason, SignInRefused
from board_hub.http.openid.keys import ProviderKeys

_MOST_BYTES = 32 * 1024
_EMBEDDED = ("jwk", "jku", "x5u", "x5c", "crit", "b64")


def open_token(raw: str, keys: ProviderKeys, algorithms: Sequence[str]) -> tuple[dict[str, object], dict[str, object]]:
    """Header and claims of a token whose signature holds. Raises SignInRefused."""
    if len(raw) > _MOST_BYTES or raw.count(".") != 2:
        raise _bad("it is no signed token (an encrypted one is not taken)")
    header = _part(raw.split(".")[0])
    algorithm = header.get("alg")
    allowed = [one for one in algorithms if one in ALGORITHMS]
    if algorithm not in allowed:
        raise _bad(f"its algorithm {str(algorithm)[:20]!r} is not among those configured: {', '.join(allowed)}")
    if embedded := [name for name in _EMBEDDED if name in header]:
        raise _bad(f"its header brings what it may not: {', '.join(embedded)}")
    kid = header.get("kid")
    if kid is not None and not isinstance(kid, str):
        raise _bad("its kid is no text")
    registry = jws.JWSRegistry(algorithms=[str(algorithm)], strict_check_header=False)
    for key in keys.find(kid):
        try:
            opened = jws.deserialize_compact(raw, key, registry=registry)
        except (JoseError, ValueError, TypeError):
            continue
        return header, _json(opened.payload)
    raise _bad("its signature was not made by one of the provider's keys")


def _part(segment: str) -> dict[str, object]:
    try:
        return _json(urlsafe_b64decode(segment.encode("ascii", "replace")))
    except ValueError:
        raise _bad("it is not base64url") from None


def _json(content: bytes | None) -> dict[str, object]:
    try:
        return strict_json.decode(content or b"", max_bytes=_MOST_BYTES)
    except Invalid as invalid:
        raise _bad(f"it holds no JSON object ({invalid.flaws[0].code})") from None


def _bad(why: str) -> SignInRefused:
    return SignInRefused(Reason.ID_TOKEN, f"The token is refused: {why}.")
