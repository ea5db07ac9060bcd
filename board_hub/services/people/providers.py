"""Identity providers and their claim rules: who may vouch for whom, and what for."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlmodel import col

from board_hub.domain.addresses import is_safe_endpoint
from board_hub.domain.errors import Conflict, Flaw, Invalid, NotFound
from board_hub.domain.events import Event, EventName
from board_hub.domain.openid import ALGORITHMS
from board_hub.services.people.claims import misfit
from board_hub.services.people.sessions import end_sessions_by
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.people_tables import ClaimRule, IdentityProvider, SignIn
from board_hub.store.tables import Member

AUTHENTICATIONS = ("private_key_jwt", "client_secret_basic", "client_secret_post")
NAMES = ("name", "email")
"""What a provider may call otherwise; the subject is always `sub`, for logouts name it so."""
_CODE = re.compile(r"[A-Z]{2}(-[A-Z0-9]+)*")
_LONGEST_AGE = 86_400


@dataclass(frozen=True, kw_only=True)
class ProviderDraft:
    """What is entered of a provider; `None` leaves as it is.

    secret: a client secret, kept sealed; secret_sealed: one that is sealed already.
    """

    name: str | None = None
    issuer: str | None = None
    client_id: str | None = None
    authentication: str | None = None
    secret: str | None = None
    secret_sealed: bytes | None = None
    scopes: str | None = None
    acr_values: Collection[str] | None = None
    algorithms: Collection[str] | None = None
    claims: Mapping[str, str] | None = None
    most_age: int | None = None
    active: bool | None = None


def list_providers(uow: UnitOfWork, *, with_closed: bool = True) -> list[IdentityProvider]:
    """All providers by member and name."""
    statement = select(IdentityProvider).order_by(col(IdentityProvider.member), col(IdentityProvider.code))
    if not with_closed:
        statement = statement.where(col(IdentityProvider.active).is_(True))
    return list(uow.session.execute(statement).scalars())


def get_provider(uow: UnitOfWork, code: str) -> IdentityProvider:
    """Raises NotFound."""
    found = uow.session.get(IdentityProvider, code) if _CODE.fullmatch(code) and len(code) <= 40 else None
    if found is None:
        raise NotFound("There is no such identity provider.")
    return found


def add_provider(uow: UnitOfWork, code: str, draft: ProviderDraft) -> IdentityProvider:
    """Add a provider. The code's first two letters name its member; it stays in the redirect address for ever."""
    provider = check_new_provider(uow, code, draft)
    uow.session.add(provider)
    uow.session.flush()
    uow.record(Event(EventName.PROVIDER_ADDED, code, detail=_told(draft)))
    return provider


def check_new_provider(uow: UnitOfWork, code: str, draft: ProviderDraft) -> IdentityProvider:
    """The provider that would be added, which is nowhere yet. Raises what stands against it."""
    if not _CODE.fullmatch(code) or len(code) > 40 or uow.session.get(Member, code[:2]) is None:
        message = "Write a member's ISO code (Greece: GR), alone or with a name after a dash: FR, FR-AGENTS."
        raise Invalid.one("field.invalid", "/code", message)
    if uow.session.get(IdentityProvider, code) is not None:
        raise Conflict(f"Provider {code} exists already; codes are never used twice.")
    provider = IdentityProvider(
        code=code,
        member=code[:2],
        name="",
        issuer="",
        client_id="",
        acr_values=[],
        algorithms=["ES256"],
        created_at=uow.now,
        changed_at=uow.now,
    )
    _fill(uow, provider, draft)
    _check(uow, provider)
    return provider


def change_provider(uow: UnitOfWork, code: str, draft: ProviderDraft) -> IdentityProvider:
    """Change what the draft gives. A new issuer is a new provider: (issuer, subject) is who somebody is."""
    check_change(uow, code, draft)
    provider = get_provider(uow, code)
    was_active = provider.active
    _fill(uow, provider, draft)
    provider.changed_at = uow.now
    if was_active and not provider.active:
        end_sessions_by(uow, code, "the provider was closed")
    uow.record(Event(EventName.PROVIDER_CHANGED, code, detail=_told(draft)))
    return provider


def check_change(uow: UnitOfWork, code: str, draft: ProviderDraft) -> None:
    """Raises what stands against the change; the provider stays as it is."""
    provider = get_provider(uow, code)
    if draft.issuer is not None and draft.issuer != provider.issuer:
        raise Conflict("The issuer does not change: close this provider and add one with another code.")
    trial = IdentityProvider(**provider.model_dump())
    _fill(uow, trial, draft)
    _check(uow, trial)


def list_rules(uow: UnitOfWork, code: str) -> list[ClaimRule]:
    statement = select(ClaimRule).where(col(ClaimRule.provider) == code)
    return list(uow.session.execute(statement.order_by(col(ClaimRule.claim), col(ClaimRule.id))).scalars())


def add_rule(uow: UnitOfWork, code: str, *, claim: str, value: str, participant: str, role: str) -> ClaimRule:
    """Whoever brings `value` in `claim` acts for the participant in the role."""
    check_rule(uow, code, claim=claim, value=value, participant=participant, role=role)
    rule = ClaimRule(provider=code, claim=claim, value=value, participant=participant, role=role)
    uow.session.add(rule)
    uow.record(Event(EventName.CLAIM_RULE_ADDED, str(rule.id), detail=_rule(rule)))
    return rule


def check_rule(uow: UnitOfWork, code: str, *, claim: str, value: str, participant: str, role: str) -> None:
    """Raises what stands against such a rule."""
    provider = get_provider(uow, code)
    flaws = [
        Flaw("field.invalid", f"/{name}", f"Must have 1 to {most} characters.")
        for name, text, most in (("claim", claim, 100), ("value", value, 200))
        if not 0 < len(text) <= most or not text.isprintable()
    ]
    if why := misfit(provider, uow.directory.participants.get(participant), role):
        flaws.append(Flaw("rule.misfit", "/participant", f"This rule cannot be: {why}."))
    if flaws:
        raise Invalid(flaws)
    if _has_rule(uow, code, claim, value, participant, role):
        raise Conflict("The provider has this rule already.")


def remove_rule(uow: UnitOfWork, code: str, rule_id: UUID) -> None:
    """Remove a rule; roles it gave end when the provider is asked again. Raises NotFound."""
    rule = uow.session.get(ClaimRule, rule_id)
    if rule is None or rule.provider != code:
        raise NotFound("There is no such rule.")
    uow.session.execute(delete(ClaimRule).where(col(ClaimRule.id) == rule_id))
    uow.record(Event(EventName.CLAIM_RULE_REMOVED, str(rule_id), detail=_rule(rule)))


def last_successes(uow: UnitOfWork) -> dict[str, Any]:
    """When somebody last signed in, by provider."""
    statement = select(col(SignIn.provider), func.max(col(SignIn.at))).where(col(SignIn.outcome) == "accepted")
    return {str(code): at for code, at in uow.session.execute(statement.group_by(col(SignIn.provider)))}


def _fill(uow: UnitOfWork, provider: IdentityProvider, draft: ProviderDraft) -> None:
    for one in fields(draft):
        value = getattr(draft, one.name)
        if value is not None and one.name != "secret":
            setattr(provider, one.name, list(value) if one.name in ("acr_values", "algorithms") else value)
    if draft.secret:
        provider.secret_sealed = uow.hub.sealer.seal(draft.secret.encode())
    if provider.authentication == "private_key_jwt":
        provider.secret_sealed = None


def _check(uow: UnitOfWork, provider: IdentityProvider) -> None:
    if flaws := [*_flaws(provider), *_issuer_flaws(uow, provider)]:
        raise Invalid(flaws)


def _flaws(one: IdentityProvider) -> list[Flaw]:
    secretless = one.authentication != "private_key_jwt" and one.secret_sealed is None
    found = (
        (not 0 < len(one.name) <= 200, "name", "Must have 1 to 200 characters."),
        (not 0 < len(one.client_id) <= 200, "client_id", "Must have 1 to 200 characters: the name the provider gave."),
        (one.authentication not in AUTHENTICATIONS, "authentication", f"Must be one of {', '.join(AUTHENTICATIONS)}."),
        (secretless, "secret", "This way of authentication needs the client secret."),
        ("openid" not in one.scopes.split() or len(one.scopes) > 300, "scopes", "Must contain openid."),
        (
            not one.algorithms or not set(one.algorithms) <= set(ALGORITHMS),
            "algorithms",
            f"Name one or more of {', '.join(ALGORITHMS)}.",
        ),
        (
            not one.acr_values or any(not text or " " in text or len(text) > 200 for text in one.acr_values),
            "acr_values",
            "Name the levels of assurance (acr) that are taken, the least first; each is one word or address.",
        ),
        (not set(one.claims) <= set(NAMES), "claims", f"Only these can be named otherwise: {', '.join(NAMES)}."),
        (not 0 <= one.most_age <= _LONGEST_AGE, "most_age", f"Seconds from 0 to {_LONGEST_AGE}."),
    )
    return [Flaw("field.invalid", f"/{name}", message) for wrong, name, message in found if wrong]


def _issuer_flaws(uow: UnitOfWork, provider: IdentityProvider) -> list[Flaw]:
    if not is_safe_endpoint(provider.issuer) or "?" in provider.issuer:
        return [Flaw("field.invalid", "/issuer", "Must be an https address as the provider writes it, without query.")]
    with uow.session.no_autoflush:
        others = select(col(IdentityProvider.code)).where(
            col(IdentityProvider.issuer) == provider.issuer, col(IdentityProvider.code) != provider.code
        )
        taken = uow.session.execute(others).scalar()
    return [Flaw("issuer.taken", "/issuer", f"Provider {taken} has this issuer already.")] if taken else []


def _has_rule(uow: UnitOfWork, code: str, claim: str, value: str, participant: str, role: str) -> bool:
    wanted = (claim, value, participant, role)
    return any((one.claim, one.value, one.participant, one.role) == wanted for one in list_rules(uow, code))


def _told(draft: ProviderDraft) -> dict[str, object]:
    """For the evidence log: what was changed, never the secret."""
    plain = (str, int, bool)
    told: dict[str, object] = {}
    for one in fields(draft):
        value = getattr(draft, one.name)
        if value is None:
            continue
        if one.name in ("secret", "secret_sealed"):
            told["secret"] = "changed"  # noqa: S105 (that it was, not what it is)
        else:
            told[one.name] = value if isinstance(value, plain) else sorted(map(str, value))
    return told


def _rule(rule: ClaimRule) -> dict[str, object]:
    return {
        "provider": rule.provider,
        "claim": rule.claim,
        "value": rule.value,
        "participant": rule.participant,
        "role": rule.role,
    }
