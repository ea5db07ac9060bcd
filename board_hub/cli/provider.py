"""`board-hub provider …`: identity providers and their claim rules at the command line."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from board_hub.cli import provider_rules
from board_hub.cli.commands import WRONG, Group
from board_hub.cli.opening import administrator, opened_hub, unit_of_work
from board_hub.cli.printing import json_option, print_facts, print_rows
from board_hub.cli.two_people import TwoPeople, two_people, two_people_unless_urgent
from board_hub.domain import strict_json
from board_hub.domain.openid import ALGORITHMS, SignInRefused
from board_hub.http.openid.client import ProviderClient
from board_hub.http.openid.clients import callback_address
from board_hub.services.operation import provider_steps as steps
from board_hub.services.people import providers, sign_ins
from board_hub.services.people.providers import AUTHENTICATIONS, ProviderDraft
from board_hub.store.people_tables import IdentityProvider

COLUMNS = ("code", "name", "issuer", "active", "last_success")


@click.group(cls=Group)
def command() -> None:
    """Identity providers: one or more for each Member State and for the EU institutions."""


def draft_options(function: Any) -> Any:
    """Options for what is entered of a provider."""
    options = (
        click.option("--name", help="What people see when they choose."),
        click.option("--client-id", help="The hub's name at the provider."),
        click.option("--authentication", type=click.Choice(AUTHENTICATIONS), help="How the hub proves itself."),
        click.option("--secret-file", type=click.Path(exists=True, dir_okay=False), help="Its file."),
        click.option("--scopes", help="With spaces; openid must be among them."),
        click.option("--acr", "acr_values", multiple=True, help="A level of assurance that is taken; the least first."),
        click.option("--algorithm", "algorithms", multiple=True, help=f"Signatures taken: {', '.join(ALGORITHMS)}."),
        click.option("--claim-name", help="The claim with the person's name, where it is not `name`."),
        click.option("--claim-email", help="The claim with the e-mail address, where it is not `email`."),
        click.option("--most-age", type=int, help="Seconds since the person proved who it is; 0: no limit."),
    )
    for option in reversed(options):
        function = option(function)
    return function


@command.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List providers, and when somebody last signed in by each."""
    with unit_of_work() as uow:
        last = providers.last_successes(uow)
        rows = [_facts(one) | {"last_success": last.get(one.code)} for one in providers.list_providers(uow)]
    print_rows(rows, COLUMNS, as_json=as_json, empty="No providers yet: `board-hub provider add`.")


@command.command("show")
@click.argument("code")
@json_option
def show(code: str, as_json: bool) -> None:
    """Show a provider, what it has to know of the hub, and its rules."""
    with opened_hub() as (settings, hub), hub.work(administrator()) as uow:
        facts = _facts(providers.get_provider(uow, code))
        rules = [provider_rules.row(one) for one in providers.list_rules(uow, code)]
    facts |= _addresses(settings.public_url, code)
    if not as_json:
        rules = [f"{one['claim']} = {one['value']} → {one['role']} at {one['participant']}" for one in rules]  # type: ignore[misc]
    print_facts(facts | {"rules": rules}, as_json=as_json)


@command.command("add")
@click.argument("code")
@click.option("--issuer", required=True, help="Exactly as the provider writes it in its metadata.")
@draft_options
@two_people
def add(code: str, issuer: str, people: TwoPeople, **given: Any) -> None:
    """Propose the provider CODE: a member's code like FR, alone or with a name after a dash."""
    with opened_hub() as (settings, hub), hub.work(administrator()) as uow:
        wanted = steps.add_provider(uow, code, _draft(given, issuer=issuer))
        says = people.take_within(uow, steps.PROVIDER_ADDED, wanted)
        uow.commit()
    click.echo(says)
    click.echo("The provider has to know of the hub:")
    print_facts(_addresses(settings.public_url, code), as_json=False)
    click.echo(f"Next, once it is added: `board-hub provider check {code}`, `board-hub provider rule add {code} …`.")


@command.command("change")
@click.argument("code")
@click.option("--open/--close", "active", default=None, help="By itself; closing ends sessions, at once.")
@draft_options
@two_people_unless_urgent
def change(code: str, active: bool | None, people: TwoPeople, **given: Any) -> None:
    """Propose to change what is given of provider CODE; what is not given stays.

    --close needs one person and takes effect at once; --open is proposed.
    """
    draft = _draft(given, active=active)
    if draft == ProviderDraft(active=False):
        with unit_of_work() as uow:
            providers.change_provider(uow, code, draft)
            uow.commit()
        click.echo(f"Closed {code}.")
    elif draft == ProviderDraft(active=True):
        people.take(steps.PROVIDER_REOPENED, lambda _: steps.reopen_provider(code))
    else:
        people.take(steps.PROVIDER_CHANGED, lambda uow: steps.change_provider(uow, code, draft))


@command.command("check")
@click.argument("code")
@json_option
def check(code: str, as_json: bool) -> None:
    """Ask provider CODE for its metadata and keys, and say what is wrong with them."""
    with opened_hub() as (settings, hub):
        with hub.work(administrator()) as uow:
            provider = providers.get_provider(uow, code)
        try:
            facts = ProviderClient(provider, hub, callback_address(settings.public_url, code)).check()
        except SignInRefused as refusal:
            print_facts({"code": code, "fine": False, "problem": str(refusal)}, as_json=as_json)
            sys.exit(WRONG)
    print_facts({"code": code, "fine": True, **facts}, as_json=as_json)


@command.command("try")
@click.argument("code")
@click.argument("claims", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@json_option
def try_(code: str, claims: str, as_json: bool) -> None:
    """Say which rules of CODE match the CLAIMS in a JSON file (- for standard input), and what they would give."""
    text = sys.stdin.buffer.read() if claims == "-" else Path(claims).read_bytes()
    with unit_of_work() as uow:
        verdict = sign_ins.try_claims(uow, providers.get_provider(uow, code), strict_json.decode(text))
    rows = [match.as_dict() for match in verdict.matched]
    if as_json:
        held = [{"participant": one.participant, "role": str(one.role), "until": one.until} for one in verdict.held]
        click.echo(json.dumps({"matched": rows, "roles": held, "reason": verdict.reason}, default=str, indent=2))
    else:
        print_rows(rows, ("claim", "value", "participant", "role", "counts", "why"), as_json=False, empty="No match.")
        click.echo(f"Refused: {verdict.explanation}" if verdict.reason else f"Let in: {verdict.name}, {verdict.email}")
    sys.exit(WRONG if verdict.reason else 0)


provider_rules.add_to(command)


def _draft(given: dict[str, Any], **more: Any) -> ProviderDraft:
    secret_file = given.pop("secret_file")
    names = {"name": given.pop("claim_name"), "email": given.pop("claim_email")}
    claims = {ours: theirs for ours, theirs in names.items() if theirs}
    given = {name: value for name, value in given.items() if value not in (None, ())}
    secret = Path(secret_file).read_text().strip() if secret_file else None
    return ProviderDraft(**given, **more, secret=secret, claims=claims or None)


def _facts(provider: IdentityProvider) -> dict[str, Any]:
    """All but the secret."""
    facts = provider.model_dump(exclude={"secret_sealed"})
    return facts | {"has_secret": provider.secret_sealed is not None}


def _addresses(public_url: str, code: str) -> dict[str, str]:
    """What the provider has to know of the hub."""
    base = public_url.rstrip("/")
    return {
        "redirect_uri": callback_address(base, code),
        "post_logout_redirect_uri": f"{base}/login/signed-out",
        "backchannel_logout_uri": f"{base}/login/{code}/backchannel-logout",
        "jwks_uri": f"{base}/.well-known/jwks.json",
    }
