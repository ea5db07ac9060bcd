"""Public keys as files bring them: JWK or PEM in, the directory's form out, and an id made from the key itself."""

import json
from collections.abc import Mapping

from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from board_hub.domain.errors import Invalid
from board_hub.services.exchange.signing import check_public_jwk


def read_public_key(text: str) -> dict[str, str]:
    """The public ES256 key in the text of a JWK (JSON) or PEM file; Invalid if there is none, or a private one."""
    if text.lstrip().startswith("{"):
        try:
            return check_public_jwk(json.loads(text))
        except ValueError:
            raise Invalid.one("field.invalid", "/public-key", "The file is no JSON.") from None
    try:
        key = ECKey.import_key(text.strip())
    except (JoseError, ValueError, TypeError):
        raise Invalid.one("field.invalid", "/public-key", "The file holds no EC key, as JWK or PEM.") from None
    if key.is_private:
        message = "The file holds a private key: replace that key, and send its public half only."
        raise Invalid.one("field.invalid", "/public-key", message)
    return check_public_jwk(key.as_dict(private=False))


def read_jwks(text: str) -> list[dict[str, str]]:
    """The public ES256 keys of a JWK Set (RFC 7517) or of a single key's file. Raises Invalid."""
    try:
        keys = json.loads(text)["keys"]
    except (ValueError, KeyError, TypeError):
        return [read_public_key(text)]
    if not isinstance(keys, list) or not all(isinstance(one, dict) for one in keys):
        raise Invalid.one("field.invalid", "/keys", "`keys` of a JWK Set must be a list of keys.")
    return [check_public_jwk(one) for one in keys]


def key_id(code: str, jwk: dict[str, str]) -> str:
    """The id a key gets unless its owner names it: code and the first half of its thumbprint (RFC 7638)."""
    return f"{code}-{thumbprint_of(jwk)[:16]}"


def thumbprint_of(jwk: Mapping[str, object]) -> str:
    """The JWK thumbprint (RFC 7638) of a public key."""
    imported: dict[str, str | list[str]] = {name: str(value) for name, value in jwk.items()}
    return ECKey.import_key(imported).thumbprint()
