"""The directory: who takes part, and the public keys that verify what they sent."""

from typing import Any

from api.schemas import DirectoryList, GapList, KeyList
from board_hub.domain.envelope import HUB as HUB_CODE
from board_hub.domain.errors import NotFound
from board_hub.http.current import current_hub
from board_hub.http.sign_in import SignedInBlueprint, caller
from board_hub.services.directory.directory import list_members
from board_hub.services.directory.directory_gaps import list_gaps
from board_hub.services.exchange.tokens import public_jwk
from board_hub.store.tables import Member, Participant

blueprint = SignedInBlueprint("directory", __name__, url_prefix="/api/v1/directory", description="Who takes part.")


@blueprint.route("", methods=["GET"])
@blueprint.response(200, DirectoryList, description="All participants, also those that no longer take part.")
def get_directory() -> dict[str, Any]:
    """All participants, by code."""
    with current_hub().work(caller().actor) as uow:
        members = {member.code: member for member in list_members(uow)}
        participants = [one for one in uow.directory.participants.values() if one.code != HUB_CODE]
    return {"participants": [_shown(one, members[one.member]) for one in participants]}


def _shown(participant: Participant, member: Member) -> dict[str, Any]:
    return {
        "code": participant.code,
        "name": participant.name,
        "member": member.code,
        "shown_as": member.shown_as,
        "kinds": sorted(participant.kinds),
        "languages": participant.languages,
        "transport": participant.transport,
        "active": participant.active,
    }


@blueprint.route("/gaps", methods=["GET"])
@blueprint.response(200, GapList, description="By audience and member; empty when all can be reached.")
def get_gaps() -> dict[str, Any]:
    """Whom your notices would not reach as the law wants, because the directory lacks them: seen before you send."""
    with current_hub().work(caller().actor) as uow:
        found = list_gaps(uow, caller().participant)
    return {
        "gaps": [
            {
                "audience": one.audience,
                "member": one.gap.member,
                "wanted": one.gap.wanted,
                "used": one.gap.used,
                "notice_types": one.notice_types,
            }
            for one in found
        ]
    }


@blueprint.route("/<code>/keys", methods=["GET"])
@blueprint.response(200, KeyList, description="Its public keys, also those no longer in force.")
def get_keys(code: str) -> dict[str, Any]:
    """A participant's public keys, or the hub's (EU-HUB), with the time each was in force."""
    with current_hub().work(caller().actor) as uow:
        if code not in uow.directory.participants:
            raise NotFound("There is no such participant.")
        keys = sorted(uow.directory.keys_of(code).values(), key=lambda key: key.valid_from)
    times = ("valid_from", "valid_until", "revoked_at")
    return {
        "participant": code,
        "keys": [{"jwk": public_jwk(key)} | {name: getattr(key, name) for name in times} for key in keys],
    }
