"""Words of the secretariat's pages: kinds of participants, roles, decisions, names of details, lengths of time."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from board_hub.domain.audience import Kind
from board_hub.services.access import Role
from board_hub.store.tables import Participant
from board_hub.web.languages import gettext, ngettext
from board_hub.web.languages import lazy as _
from board_hub.web.secretariat.navigation import secretariat
from board_hub.web.words import member_name

KINDS: dict[str, Any] = {
    Kind.MSA: _("Market surveillance authority"),
    Kind.NA: _("Notifying authority"),
    Kind.SPOC: _("Single point of contact"),
    Kind.SLO: _("Single liaison office"),
    Kind.FRA77: _("Fundamental rights authority (Art 77)"),
    Kind.DPA: _("Data protection authority"),
    Kind.BREP: _("Representative’s office"),
    Kind.AIO: _("AI Office"),
    Kind.EDPS: _("European Data Protection Supervisor"),
    Kind.PANEL: _("Scientific panel"),
    Kind.RUNNER: _("Evaluation runner"),
    Kind.PARTNER: _("Partner"),
    Kind.HUB: _("The hub itself"),
}
ROLES: dict[str, Any] = {
    Role.SYSTEM: _("System"),
    Role.CASE_HANDLER: _("Case handler"),
    Role.REPRESENTATIVE: _("Representative"),
    Role.ALTERNATE: _("Alternate"),
    Role.EXPERT: _("Expert"),
    Role.SECRETARIAT_OFFICER: _("Secretariat officer"),
    Role.SECRETARIAT_ADMINISTRATOR: _("Secretariat administrator"),
    Role.AUDITOR: _("Auditor"),
}
DECISIONS: dict[str, Any] = {
    "undecided": _("Not decided"),
    "released": _("Let in after all"),
    "rejected": _("Rejected for good"),
}
DETAILS: dict[str, Any] = {
    "because": _("reason"),
    "codes": _("codes"),
    "stage": _("stage"),
    "to": _("to"),
    "of": _("of"),
    "from": _("from"),
    "deliveries": _("deliveries"),
    "participant": _("Participant"),
    "kid": _("Key id"),
    "overlap_hours": _("Overlap in hours"),
    "valid_from": _("In force from"),
    "valid_until": _("In force until"),
    "provider": _("Identity provider"),
    "issuer": _("Issuer"),
    "name": _("Name"),
    "client_id": _("The hub’s name there"),
    "authentication": _("How the hub proves itself"),
    "secret": _("Secret"),
    "acr_values": _("Levels of assurance taken"),
    "algorithms": _("Signatures taken"),
    "scopes": _("Scopes"),
    "most_age": _("Oldest proof of identity, in seconds"),
    "claims": _("Claims named otherwise"),
    "claim": _("Claim"),
    "value": _("Value"),
    "role": _("Role"),
}
"""Names of what stands in proposals and in entries of the evidence log; one that is not here is shown as it is."""
CHECKS: dict[str, Any] = {
    "database": _("database"),
    "hub key file": _("hub key file"),
    "hub key": _("hub key"),
    "participants' keys": _("participants’ keys"),
    "clock": _("clock of the machine"),
    "disk": _("free disk space"),
    "evidence": _("evidence log"),
    "scheduler": _("clocks and jobs"),
}
"""What `board-hub doctor` looks at."""
AUTHENTICATIONS: dict[str, Any] = {
    "private_key_jwt": _("By its own key"),
    "client_secret_basic": _("By a secret, in the header"),
    "client_secret_post": _("By a secret, in the form"),
}


@secretariat.context_processor
def _words() -> dict[str, Any]:
    return {
        "role_words": ROLES,
        "decisions": DECISIONS,
        "content_word": content_word,
        "checks": CHECKS,
        "kinds_of": kinds_of,
        "all_kinds_named": all_kinds_named,
        "members_named": members_named,
        "codes_named": lambda codes: [(code, code) for code in codes],
        "duration": duration,
    }


def content_word(name: str) -> str:
    """What the detail is called."""
    return str(DETAILS.get(name, name))


def content_facts(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a proposal would do, as names and texts in the order of DETAILS; all but a public key."""
    places = {name: place for place, name in enumerate(DETAILS)}
    ordered = sorted(content.keys() - {"jwk"}, key=lambda name: (places.get(name, len(places)), name))
    return [(content_word(name), _content_text(name, content[name])) for name in ordered]


def _content_text(name: str, value: Any) -> str:
    known = {"role": ROLES, "authentication": AUTHENTICATIONS, "secret": {"changed": _("changed")}}.get(name, {})
    if isinstance(value, Mapping):
        value = [f"{ours}: {theirs}" for ours, theirs in value.items()]
    if isinstance(value, list):
        return ", ".join(map(str, value)) or gettext("none")
    return str(known.get(value, value))


def kinds_of(participant: Participant) -> list[str]:
    """What the participant is, in words."""
    return [str(KINDS.get(kind, kind)) for kind in participant.kind_codes]


def all_kinds_named(kinds: Iterable[str]) -> list[tuple[str, str]]:
    """Kinds as choices of a form."""
    return [(kind, f"{KINDS.get(kind, kind)} ({kind})") for kind in kinds]


def members_named(members: Iterable[str]) -> list[tuple[str, str]]:
    """Member codes as choices of a form, by name."""
    return sorted(((code, member_name(code)) for code in members), key=lambda one: one[1])


def duration(length: timedelta) -> str:
    """`5 seconds`, `10 minutes`, `1 hour`."""
    seconds = int(length.total_seconds())
    if seconds % 3600 == 0:
        return ngettext("%(num)s hour", "%(num)s hours", seconds // 3600)
    if seconds % 60 == 0:
        return ngettext("%(num)s minute", "%(num)s minutes", seconds // 60)
    return ngettext("%(num)s second", "%(num)s seconds", seconds)
