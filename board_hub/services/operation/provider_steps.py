"""Steps on identity providers that need a second person: a provider vouches for who officials are and what they may do.

What only takes power away, closing a provider and removing a rule, needs one: see `people/providers.py`.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from board_hub.domain.errors import Conflict, Invalid
from board_hub.services.operation.proposals import SEALED, Step, Wanted
from board_hub.services.people import providers
from board_hub.services.people.providers import ProviderDraft
from board_hub.services.unit_of_work import UnitOfWork


def add_provider(uow: UnitOfWork, code: str, draft: ProviderDraft) -> Wanted:
    return Wanted(code, {"provider": code, **_content(uow, draft)})


def change_provider(uow: UnitOfWork, code: str, draft: ProviderDraft) -> Wanted:
    """What would be otherwise than now, and nothing else: what others change meanwhile stays. Raises NotFound."""
    if draft.active is not None:
        message = "Opening or closing a provider is a step of its own, without other changes."
        raise Invalid.one("field.invalid", "/active", message)
    now = providers.get_provider(uow, code)
    entered = _content(uow, draft)
    changed = {name: value for name, value in entered.items() if name == SEALED or value != getattr(now, name)}
    return Wanted(code, {"provider": code, **changed})


def reopen_provider(code: str) -> Wanted:
    return Wanted(code, {"provider": code})


def add_rule(code: str, *, claim: str, value: str, participant: str, role: str) -> Wanted:
    content = {"provider": code, "claim": claim, "value": value, "participant": participant, "role": role}
    return Wanted(code, content)


# --- checking and carrying out ---------------------------------------------------------------------------------------


def _check_new(uow: UnitOfWork, wanted: Wanted) -> None:
    providers.check_new_provider(uow, wanted.subject, _draft(wanted.content))


def _carry_out_new(uow: UnitOfWork, wanted: Wanted) -> str:
    made = providers.add_provider(uow, wanted.subject, _draft(wanted.content))
    return f"Provider {made.code} is added: check it, then give it rules."


def _check_change(uow: UnitOfWork, wanted: Wanted) -> None:
    providers.check_change(uow, wanted.subject, _draft(wanted.content))
    if not wanted.content.keys() - {"provider"}:
        raise Conflict("This changes nothing of the provider.")


def _carry_out_change(uow: UnitOfWork, wanted: Wanted) -> str:
    providers.change_provider(uow, wanted.subject, _draft(wanted.content))
    return f"Provider {wanted.subject} is changed, from the next sign-in on."


def _check_reopening(uow: UnitOfWork, wanted: Wanted) -> None:
    if providers.get_provider(uow, wanted.subject).active:
        raise Conflict(f"Provider {wanted.subject} is open already.")
    providers.check_change(uow, wanted.subject, ProviderDraft(active=True))


def _carry_out_reopening(uow: UnitOfWork, wanted: Wanted) -> str:
    providers.change_provider(uow, wanted.subject, ProviderDraft(active=True))
    return f"People may sign in by provider {wanted.subject} again."


def _check_rule(uow: UnitOfWork, wanted: Wanted) -> None:
    providers.check_rule(uow, wanted.subject, **_rule(wanted.content))


def _carry_out_rule(uow: UnitOfWork, wanted: Wanted) -> str:
    providers.add_rule(uow, wanted.subject, **_rule(wanted.content))
    return f"The rule of provider {wanted.subject} is added; it holds from the next sign-in on."


def _content(uow: UnitOfWork, draft: ProviderDraft) -> dict[str, Any]:
    """What is entered, as JSON; the secret sealed."""
    content: dict[str, Any] = {}
    for name in (one.name for one in fields(draft) if one.name not in ("secret", SEALED)):
        value = getattr(draft, name)
        if value is not None:
            content[name] = list(value) if name in ("acr_values", "algorithms") else value
    sealed = uow.hub.sealer.seal(draft.secret.encode()) if draft.secret else draft.secret_sealed
    return content | ({SEALED: b64encode(sealed).decode()} if sealed else {})


def _draft(content: Mapping[str, Any]) -> ProviderDraft:
    plain = {name: value for name, value in content.items() if name not in ("provider", SEALED)}
    return ProviderDraft(**plain, secret_sealed=b64decode(content[SEALED]) if SEALED in content else None)


def _rule(content: Mapping[str, Any]) -> dict[str, str]:
    return {name: content[name] for name in ("claim", "value", "participant", "role")}


PROVIDER_ADDED = Step("provider.add", "Add an identity provider", _check_new, _carry_out_new)
PROVIDER_CHANGED = Step("provider.change", "Change an identity provider", _check_change, _carry_out_change)
PROVIDER_REOPENED = Step("provider.reopen", "Open an identity provider again", _check_reopening, _carry_out_reopening)
RULE_ADDED = Step("rule.add", "Add a rule of an identity provider", _check_rule, _carry_out_rule)
OF_PROVIDERS = (PROVIDER_ADDED, PROVIDER_CHANGED, PROVIDER_REOPENED, RULE_ADDED)
