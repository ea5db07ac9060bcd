"""From a provider's claims to roles: which rules match, which of them count, and why somebody is not let in."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from board_hub.domain.audience import Kind
from board_hub.domain.calendars import local_date, zone_of
from board_hub.domain.claim_rules import matches, values_at
from board_hub.domain.openid import Claims, Reason
from board_hub.services.access import Role
from board_hub.services.people.mandates import ends_at, find_mandate
from board_hub.services.people.officials import Held
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.people_tables import ClaimRule, IdentityProvider
from board_hub.store.tables import Participant

ON_THE_BOARD = frozenset({Role.REPRESENTATIVE, Role.ALTERNATE})
"""Roles for which a claim is not enough: a mandate in force must say so too."""
OF_THE_SECRETARIAT = frozenset({Role.SECRETARIAT_OFFICER, Role.SECRETARIAT_ADMINISTRATOR, Role.AUDITOR})
"""Roles that are given at the AI Office alone: they hold for the whole hub."""
ROLES = tuple(role for role in Role if role != Role.SYSTEM)
_MOST_VALUES, _MOST_TEXT, _MOST_NAMES = 30, 200, 60
_ALWAYS = ("sub", "acr", "amr", "auth_time", "email_verified")


@dataclass(frozen=True)
class Match:
    """A rule that the claims match. counts: it gives the role; otherwise `why` says why it does not."""

    claim: str
    value: str
    participant: str
    role: str
    counts: bool
    why: str = ""

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True)
class Verdict:
    """What the claims give: roles, or none and the reason."""

    name: str
    email: str
    matched: tuple[Match, ...]
    held: tuple[Held, ...]
    reason: Reason | None = None
    explanation: str = ""


def map_claims(uow: UnitOfWork, provider: IdentityProvider, rules: Sequence[ClaimRule], claims: Claims) -> Verdict:
    """All rules that match count, unless their role needs a mandate that is not there, or belongs to another member."""
    name, email = name_in(provider, claims), email_in(provider, claims)
    found = [_judge(uow, provider, rule, claims, email) for rule in rules if matches(claims, rule.claim, rule.value)]
    matched, held = tuple(match for match, _ in found), tuple(one for _, one in found if one is not None)
    reason, explanation = (None, "") if held else _why_not(rules, matched)
    return Verdict(name, email, matched, _without_doubles(held), reason, explanation)


def misfit(provider: IdentityProvider, participant: Participant | None, role: str) -> str:
    """Why a provider may not give this role at this participant; empty if it may."""
    if role not in ROLES:
        return f"there is no role {role}; there are: {', '.join(ROLES)}"
    if participant is None or not participant.active:
        return "the participant is not active in the directory"
    if participant.member != provider.member:
        return f"{participant.code} belongs to {participant.member}, the provider speaks for {provider.member} alone"
    if Role(role) in OF_THE_SECRETARIAT and Kind.AIO not in participant.kinds:
        return "roles of the secretariat are held at the AI Office alone"
    return ""


def name_in(provider: IdentityProvider, claims: Claims) -> str:
    """The person's name as far as the provider tells it."""
    both = " ".join(_text(claims, name) for name in ("given_name", "family_name")).strip()
    known = (_text(claims, provider.claims.get("name", "name")), both, _text(claims, "preferred_username"))
    return next((one for one in known if one), _text(claims, "sub"))[:200]


def email_in(provider: IdentityProvider, claims: Claims) -> str:
    """The person's address, unless the provider says that it did not verify it."""
    email = _text(claims, provider.claims.get("email", "email"))
    verified = claims.get("email_verified") not in (False, "false")
    return email if verified and "@" in email and len(email) <= 320 else ""


def worth_keeping(provider: IdentityProvider, rules: Sequence[ClaimRule], claims: Claims) -> dict[str, object]:
    """What the diagnosis shows of the claims: values the rules looked at, and the mere names of all others."""
    own = {*_ALWAYS, provider.claims.get("name", "name"), provider.claims.get("email", "email")}
    looked_at = own | {rule.claim for rule in rules}
    kept: dict[str, object] = {}
    for path in sorted(looked_at):
        values = [one[:_MOST_TEXT] for one in values_at(claims, path)[:_MOST_VALUES]]
        if values:
            kept[path] = values if len(values) > 1 else values[0]
    names = {path.split(".")[0] for path in looked_at} | looked_at
    others = sorted(name[:_MOST_TEXT] for name in claims if name not in names)[:_MOST_NAMES]
    return {"values": kept, "others": others}


def _judge(
    uow: UnitOfWork, provider: IdentityProvider, rule: ClaimRule, claims: Claims, email: str
) -> tuple[Match, Held | None]:
    participant = uow.directory.participants.get(rule.participant)
    why, held = misfit(provider, participant, rule.role), None
    if not why:
        why, held = _hold(uow, provider, rule, email)
    match = Match(rule.claim, rule.value, rule.participant, rule.role, counts=held is not None, why=why)
    return match, held


def _hold(uow: UnitOfWork, provider: IdentityProvider, rule: ClaimRule, email: str) -> tuple[str, Held | None]:
    role = Role(rule.role)
    if role not in ON_THE_BOARD:
        return "", Held(rule.participant, role)
    if not email:
        return "no verified e-mail address came, by which the mandate is found", None
    today = local_date(uow.now, zone_of(provider.member))
    mandate = find_mandate(uow, provider.member, email, today)
    if mandate is None or mandate.kind != role:
        return f"no mandate as {role} of {provider.member} is in force for this e-mail address", None
    return "", Held(rule.participant, role, ends_at(mandate))


def _why_not(rules: Sequence[ClaimRule], matched: Sequence[Match]) -> tuple[Reason, str]:
    if not rules:
        return Reason.NO_RULE, "The provider has no claim rules yet."
    if not matched:
        looked = ", ".join(sorted({rule.claim for rule in rules}))
        return Reason.NO_RULE, f"None of the {len(rules)} rules matches; they look at: {looked}."[:500]
    reason = Reason.NO_MANDATE if all(one.role in ON_THE_BOARD for one in matched) else Reason.NO_RULE
    return reason, "; ".join(f"{one.role} at {one.participant}: {one.why}" for one in matched)[:500]


def _without_doubles(held: Sequence[Held]) -> tuple[Held, ...]:
    """Two rules may give the same role."""
    return tuple({(one.participant, one.role): one for one in held}.values())


def _text(claims: Mapping[str, object], path: str) -> str:
    found = values_at(claims, path)
    text = found[0].strip() if found else ""
    return text if text.isprintable() else ""
