"""Which steps of the secretariat need a second person, and how each is carried out. A new kind is one line in STEPS."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from board_hub.domain.envelope import HUB as HUB_CODE
from board_hub.domain.errors import Conflict, Forbidden, Invalid, NotFound
from board_hub.services.directory import directory
from board_hub.services.exchange.public_keys import key_id
from board_hub.services.exchange.signing import check_public_jwk
from board_hub.services.operation import provider_steps
from board_hub.services.operation.proposals import Step, Wanted
from board_hub.services.people.administrators import (
    check_somebody_administers,
    list_administrators,
)
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.tables import ParticipantKey, ParticipantStatus

LONGEST_OVERLAP_HOURS = 24 * 90


def add_key(
    code: str,
    jwk: dict[str, str],
    kid: str | None = None,
    *,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
) -> Wanted:
    """A further public key of a participant; kid: made from code and thumbprint if not given."""
    moments = {"valid_from": valid_from, "valid_until": valid_until}
    written = {name: moment.isoformat() for name, moment in moments.items() if moment}
    return Wanted(code, {"participant": code, "kid": kid or key_id(code, jwk), "jwk": dict(jwk), **written})


def rotate_key(code: str, jwk: dict[str, str], kid: str | None = None, *, overlap_hours: int) -> Wanted:
    """A new public key; the present ones end `overlap_hours` after the second person confirmed."""
    if not 0 <= overlap_hours <= LONGEST_OVERLAP_HOURS:
        message = f"The overlap is 0 to {LONGEST_OVERLAP_HOURS} hours."
        raise Invalid.one("field.invalid", "/overlap_hours", message)
    content = {"participant": code, "kid": kid or key_id(code, jwk), "jwk": dict(jwk), "overlap_hours": overlap_hours}
    return Wanted(code, content)


def revoke_key(uow: UnitOfWork, kid: str, because: str) -> Wanted:
    """The end of a key from the moment of confirmation on. Raises NotFound."""
    return Wanted(kid, {"participant": _key(uow, kid).participant, "because": because})


def remove_participant(code: str) -> Wanted:
    return Wanted(code, {"participant": code})


# --- checking and carrying out ---------------------------------------------------------------------------------------


def _check_new_key(uow: UnitOfWork, wanted: Wanted) -> None:
    participant = directory.get_participant(uow, wanted.subject)
    if participant.status == ParticipantStatus.REMOVED:
        raise Conflict(f"Participant {participant.code} was removed; it takes no part any more.")
    if participant.code == HUB_CODE:
        raise Conflict("The hub's own key comes from its key file: put the new file in place and migrate.")
    jwk, kid = wanted.content["jwk"], wanted.content["kid"]
    check_public_jwk(jwk)
    if not kid or len(kid) > 100:
        raise Invalid.one("field.invalid", "/kid", "The key id has 1 to 100 characters.")
    if uow.session.get(ParticipantKey, kid) is not None:
        raise Conflict(f"Key id {kid} is taken; key ids are never used twice.")
    if any((key.jwk["x"], key.jwk["y"]) == (jwk["x"], jwk["y"]) for key in directory.list_keys(uow, wanted.subject)):
        raise Conflict("This very key is registered already, under another key id.")


def _carry_out_add(uow: UnitOfWork, wanted: Wanted) -> str:
    content = wanted.content
    moments = {name: _moment(content, name) for name in ("valid_from", "valid_until")}
    key = directory.add_key(uow, wanted.subject, content["kid"], jwk=content["jwk"], **moments)
    return f"Added {key.kid} for {wanted.subject}: its messages name this key id."


def _carry_out_rotation(uow: UnitOfWork, wanted: Wanted) -> str:
    until = uow.now + timedelta(hours=wanted.content["overlap_hours"])
    content = wanted.content
    key = directory.rotate_key(uow, wanted.subject, content["kid"], jwk=content["jwk"], overlap_until=until)
    return f"Added {key.kid} for {wanted.subject}; its earlier keys end on {until:%Y-%m-%d %H:%M} UTC."


def _check_revocation(uow: UnitOfWork, wanted: Wanted) -> None:
    key = _key(uow, wanted.subject)
    if key.revoked_at is not None:
        raise Conflict(f"Key {key.kid} is revoked already.")
    if key.participant == HUB_CODE:
        raise Conflict("The hub's own key comes from its key file: put the new file in place and migrate.")


def _carry_out_revocation(uow: UnitOfWork, wanted: Wanted) -> str:
    directory.revoke_key(uow, wanted.subject, wanted.content["because"])
    return f"Revoked {wanted.subject}."


def _check_removal(uow: UnitOfWork, wanted: Wanted) -> None:
    participant = directory.get_participant(uow, wanted.subject)
    if participant.code == HUB_CODE:
        raise Conflict("The hub itself cannot be removed.")
    if participant.status == ParticipantStatus.REMOVED:
        raise Conflict(f"Participant {participant.code} was removed already.")
    check_somebody_administers(uow, without=participant.code)


def _carry_out_removal(uow: UnitOfWork, wanted: Wanted) -> str:
    directory.remove_participant(uow, wanted.subject)
    return f"Removed {wanted.subject}."


def _key(uow: UnitOfWork, kid: str) -> ParticipantKey:
    key = uow.session.get(ParticipantKey, kid)
    if key is None:
        raise NotFound(f"There is no key {kid}.")
    return key


def _moment(content: Mapping[str, Any], name: str) -> datetime | None:
    return datetime.fromisoformat(content[name]) if name in content else None


KEY_ADDED = Step("key.add", "Add a key", _check_new_key, _carry_out_add)
KEY_ROTATED = Step("key.rotate", "Rotate the keys", _check_new_key, _carry_out_rotation)
KEY_REVOKED = Step("key.revoke", "Revoke a key", _check_revocation, _carry_out_revocation)
PARTICIPANT_REMOVED = Step("participant.remove", "Remove a participant", _check_removal, _carry_out_removal)
OF_PARTICIPANTS = (KEY_ADDED, KEY_ROTATED, KEY_REVOKED, PARTICIPANT_REMOVED)
STEPS: Mapping[str, Step] = {one.kind: one for one in (*OF_PARTICIPANTS, *provider_steps.OF_PROVIDERS)}
"""All kinds of steps that need a second person."""


def begin_with(uow: UnitOfWork, step: Step, wanted: Wanted) -> str:
    """Carry a step out without a second person, because there can be none yet. Forbidden once somebody administers."""
    if list_administrators(uow):
        message = "There are administrators: propose the step, and let a second one confirm it (no --bootstrap)."
        raise Forbidden(message)
    step.check(uow, wanted)
    return step.carry_out(uow, wanted)
