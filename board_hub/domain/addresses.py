"""Addresses: which may be gone to from a form or a parameter, and which a provider may have."""

import re
from urllib.parse import urlsplit

_LOCAL = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")
_MOST = 1500


def local_path(wanted: str | None, otherwise: str = "/") -> str:
    """The path if it leads to a page of the hub itself, else `otherwise`: `//evil`, `/\\evil`, `https:` do not."""
    if not wanted or len(wanted) > _MOST or not _LOCAL.fullmatch(wanted):
        return otherwise
    parts = urlsplit(wanted)
    return otherwise if parts.scheme or parts.netloc else wanted


def is_safe_endpoint(address: object) -> bool:
    """Whether a provider may be reached there: https, or plain http on this machine (demonstrations and tests)."""
    if not isinstance(address, str) or len(address) > 500:
        return False
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or parts.username is not None or parts.fragment or not address.isprintable() or " " in address:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
