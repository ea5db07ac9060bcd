"""Public keys as files bring them: JWK or PEM in, the directory's form out, and an id made from the key itself."""

import json

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


def key_id(code: str, jwk: dict[str, str]) -> str:
    """The id a key gets unless its owner names it: code and the first half of its thumbprint (RFC 7638)."""
    imported: dict[str, str | list[str]] = {**jwk}
    return f"{code}-{ECKey.import_key(imported).thumbprint()[:16]}"
