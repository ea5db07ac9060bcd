"""`board-hub provider rule …`: what a provider's claims give."""

from uuid import UUID

import click

from board_hub.cli.commands import Group
from board_hub.cli.opening import unit_of_work
from board_hub.cli.printing import json_option, print_rows
from board_hub.cli.two_people import TwoPeople, two_people
from board_hub.domain.errors import NotFound
from board_hub.services.operation import provider_steps as steps
from board_hub.services.people import providers
from board_hub.services.people.claims import ROLES
from board_hub.store.people_tables import ClaimRule

COLUMNS = ("id", "claim", "value", "participant", "role")


@click.group("rule", cls=Group)
def rule() -> None:
    """What a provider's claims give: all rules that match count."""


def add_to(group: click.Group) -> None:
    group.add_command(rule)


@rule.command("list")
@click.argument("code")
@json_option
def list_(code: str, as_json: bool) -> None:
    """List the rules of provider CODE."""
    with unit_of_work() as uow:
        providers.get_provider(uow, code)
        rows = [row(one) for one in providers.list_rules(uow, code)]
    print_rows(rows, COLUMNS, as_json=as_json, empty=f"No rules yet: `board-hub provider rule add {code} …`.")


@rule.command("add")
@click.argument("code")
@click.option("--claim", required=True, help="The claim's name, or a path with dots.")
@click.option("--value", required=True, help="The value that it has, or has among others.")
@click.option("--participant", required=True)
@click.option("--role", required=True, type=click.Choice([str(one) for one in ROLES]))
@two_people
def add(code: str, people: TwoPeople, **rule: str) -> None:
    """Propose that whoever brings VALUE in CLAIM acts for PARTICIPANT in ROLE."""
    people.take(steps.RULE_ADDED, lambda _: steps.add_rule(code, **rule))


@rule.command("remove")
@click.argument("code")
@click.argument("rule_id")
def remove(code: str, rule_id: str) -> None:
    """Remove a rule, at once; roles it gave end when the provider is asked again."""
    with unit_of_work() as uow:
        providers.remove_rule(uow, code, _id(rule_id))
        uow.commit()
    click.echo("Removed.")


def row(one: ClaimRule) -> dict[str, object]:
    return {"id": one.id, "claim": one.claim, "value": one.value, "participant": one.participant, "role": one.role}


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("There is no such rule.") from None
