"""Keys that the hub holds for participants, so that their officials can send from the browser.

The public half is a key of the directory like any other; the private half is sealed with the hub's sealing key.
"""

from datetime import datetime

from sqlalchemy import delete, select
from sqlmodel import col

from board_hub.domain.errors import Conflict, NotFound
from board_hub.domain.ids import uuid7
from board_hub.services.directory import directory
from board_hub.services.exchange.signing import SigningKey
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.desk_tables import HeldKey
from board_hub.store.tables import ParticipantKey


def make_held_key(uow: UnitOfWork, code: str) -> str:
    """Make a key pair that the hub holds for a participant; returns its id. Raises NotFound, Conflict if it has one."""
    participant = directory.get_participant(uow, code)
    if _in_force(uow, code):
        raise Conflict(f"The hub holds a key for {code} already; rotate it, or revoke it first.")
    return _make(uow, participant.code)


def rotate_held_key(uow: UnitOfWork, code: str) -> str:
    """A new held key; the present one signs nothing more, and what it signed stays valid. Raises NotFound."""
    present = _in_force(uow, code)
    if present is None:
        raise NotFound(f"The hub holds no key for {code}; make one.")
    directory.end_key(uow, present.kid)
    _destroy(uow, present.kid)
    return _make(uow, code)


def revoke_held_key(uow: UnitOfWork, code: str, because: str) -> str:
    """Accept nothing more that is signed with the held key, and destroy its private half. Raises NotFound."""
    present = _in_force(uow, code)
    if present is None:
        raise NotFound(f"The hub holds no key for {code}.")
    directory.revoke_key(uow, present.kid, because)
    _destroy(uow, present.kid)
    return present.kid


def has_held_key(uow: UnitOfWork, code: str) -> bool:
    """Whether officials of this participant can send from the browser."""
    return _in_force(uow, code) is not None


def get_signing_key(uow: UnitOfWork, code: str) -> SigningKey:
    """The key to sign with in a participant's name. Raises Conflict if the hub holds none."""
    held = _in_force(uow, code)
    if held is None:
        raise Conflict(f"The hub holds no signing key for {code}; ask the secretariat to make one.")
    return SigningKey.load(uow.hub.sealer.unseal(held.sealed), held.kid)


def _make(uow: UnitOfWork, code: str) -> str:
    kid = f"{code}-held-{uuid7(uow.now).hex[-12:]}"
    key = SigningKey.generate(kid)
    directory.add_key(uow, code, kid, jwk=key.public_jwk())
    sealed = uow.hub.sealer.seal(key.to_pem())
    uow.session.add(HeldKey(kid=kid, participant=code, sealed=sealed, created_at=uow.now))
    return kid


def _destroy(uow: UnitOfWork, kid: str) -> None:
    uow.session.execute(delete(HeldKey).where(col(HeldKey.kid) == kid))


def _in_force(uow: UnitOfWork, code: str) -> HeldKey | None:
    statement = (
        select(HeldKey, ParticipantKey)
        .join(ParticipantKey, col(ParticipantKey.kid) == HeldKey.kid)
        .where(col(HeldKey.participant) == code)
        .order_by(col(HeldKey.created_at).desc())
    )
    for held, key in uow.session.execute(statement):
        if _signs(key, uow.now):
            found: HeldKey = held
            return found
    return None


def _signs(key: ParticipantKey, now: datetime) -> bool:
    return key.revoked_at is None and key.valid_from <= now and (key.valid_until is None or now < key.valid_until)
