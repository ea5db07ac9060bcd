"""Words of the secretariat's pages: kinds of participants, roles, decisions, names of details, lengths of time."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from board_hub.domain.audience import Kind
from board_hub.services.access import Role
from board_hub.store.tables import Participant
from board_hub.web.languages import lazy as _
from board_hub.web.languages import ngettext
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
}
"""Names of what stands in proposals and in entries of the evidence log; one that is not here is shown as it is."""


@secretariat.context_processor
def _words() -> dict[str, Any]:
    return {
        "role_words": ROLES,
        "decisions": DECISIONS,
        "content_word": lambda name: DETAILS.get(name, name),
        "kinds_of": kinds_of,
        "all_kinds_named": all_kinds_named,
        "members_named": members_named,
        "codes_named": lambda codes: [(code, code) for code in codes],
        "duration": duration,
    }


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
