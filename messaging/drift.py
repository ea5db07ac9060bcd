"""What on the broker differs from what is wanted: two sets of definitions compared, values in, verdicts out."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from messaging.topology import Definitions

Item = Mapping[str, Any]
Key = tuple[str, ...]

HASHING_ALGORITHM = "rabbit_password_hashing_sha256"
SALT_BYTES = 4

# What tells one item of a section from another, beside the arguments of a binding.
IDENTITY: Mapping[str, Key] = {
    "vhosts": ("name",),
    "users": ("name",),
    "permissions": ("vhost", "user"),
    "parameters": ("vhost", "component", "name"),
    "policies": ("vhost", "name"),
    "exchanges": ("vhost", "name"),
    "queues": ("vhost", "name"),
    "bindings": ("vhost", "source", "destination_type", "destination", "routing_key"),
}
NOUNS = {"vhosts": "virtual host", "policies": "policy"}


class Kind(StrEnum):
    MISSING = "missing"
    DIFFERENT = "different"
    STRAY = "not ours"


@dataclass(frozen=True)
class Drift:
    """One thing on the broker that is not as wanted. `item` is the wanted one, or the stray one."""

    kind: Kind
    section: str
    item: Item

    def __str__(self) -> str:
        noun = NOUNS.get(self.section, self.section.removesuffix("s"))
        names = [str(self.item[part]) for part in IDENTITY[self.section] if part not in ("vhost", "destination_type")]
        place = f" in {self.item['vhost']}" if "vhost" in self.item else ""
        return f"{noun} {' -> '.join(name for name in names if name)}{place} is {self.kind}"


def compare(wanted: Definitions, actual: Definitions, *, users: Collection[str]) -> Iterator[Drift]:
    """Every drift within the virtual hosts that `wanted` names and among the users in `users`."""
    vhosts = {item["name"] for item in wanted["vhosts"]}
    for section in IDENTITY:
        ours = {_key(section, item): item for item in wanted.get(section, ())}
        theirs = {
            _key(section, item): item
            for item in actual.get(section, ())
            if _is_in_scope(section, item, vhosts=vhosts, users=users)
        }
        for key, item in ours.items():
            if key not in theirs:
                yield Drift(Kind.MISSING, section, item)
            elif not _agree(section, item, theirs[key]):
                yield Drift(Kind.DIFFERENT, section, item)
        yield from (Drift(Kind.STRAY, section, item) for key, item in theirs.items() if key not in ours)


def user(name: str, *, limits: Mapping[str, int]) -> dict[str, Any]:
    """An ordinary user in definitions format; as long as it has no password hash, any password agrees with it."""
    return {"name": name, "tags": [], "limits": dict(limits)}


def with_password(wanted: Item, password: str | None, actual: Definitions) -> dict[str, Any]:
    """The same user with this password (None: none at all, it logs in by certificate).

    The hash the broker has is kept where it is this password's, so that nothing is written when nothing changed.
    """
    known = next((item for item in actual.get("users", ()) if item["name"] == wanted["name"]), None)
    kept = known is not None and _is_hash_of(password, known)
    hashed = known["password_hash"] if kept and known else _hash(password, secrets.token_bytes(SALT_BYTES))
    return {**wanted, "password_hash": hashed, "hashing_algorithm": HASHING_ALGORITHM}


def with_kept_password(wanted: Item, actual: Definitions) -> dict[str, Any]:
    """The same user with the password it has; a user that is missing gets none, and cannot log in by one."""
    known = next((item for item in actual.get("users", ()) if item["name"] == wanted["name"]), None)
    if known is None:
        return with_password(wanted, None, actual)
    return {**wanted, **{name: known[name] for name in ("password_hash", "hashing_algorithm") if name in known}}


def _is_hash_of(password: str | None, item: Item) -> bool:
    hashed = item.get("password_hash", "")
    if password is None or not hashed:
        return password is None and not hashed
    if item.get("hashing_algorithm") != HASHING_ALGORITHM:
        return False
    return hmac.compare_digest(hashed, _hash(password, base64.b64decode(hashed)[:SALT_BYTES]))


def _hash(password: str | None, salt: bytes) -> str:
    if password is None:
        return ""
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def _key(section: str, item: Item) -> Key:
    arguments = (json.dumps(item["arguments"], sort_keys=True),) if section == "bindings" else ()
    return (*(str(item[part]) for part in IDENTITY[section]), *arguments)


def _is_in_scope(section: str, item: Item, *, vhosts: Collection[str], users: Collection[str]) -> bool:
    if section == "users":
        return item["name"] in users
    return item["name" if section == "vhosts" else "vhost"] in vhosts


def _agree(section: str, wanted: Item, actual: Item) -> bool:
    """Whatever is wanted is so; what newer brokers tell beyond it does not matter."""
    if section == "users":
        return all(wanted[name] == (actual.get(name) or type(wanted[name])()) for name in wanted)
    return all(actual.get(name) == value for name, value in wanted.items())
