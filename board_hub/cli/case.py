"""`board-hub case …`: where a case stands, and a step that no notice takes. Never content."""

from dataclasses import asdict

import click

from board_hub.cli.commands import Group
from board_hub.cli.opening import administrator, opened_hub, unit_of_work
from board_hub.cli.printing import json_option, print_facts, print_json, print_rows
from board_hub.services.cases.case_facts import get_case_facts, get_procedure_id
from board_hub.services.cases.procedures import override_state
from board_hub.services.operation.snapshot import look


@click.group(cls=Group)
def command() -> None:
    """Cases: where they stand."""


@command.command("show")
@click.argument("reference")
@json_option
def show(reference: str, as_json: bool) -> None:
    """Show where case REFERENCE stands: its procedures with their states, how many notices and clocks it has."""
    with opened_hub() as (_, hub), look(hub, administrator()) as uow:
        facts = asdict(get_case_facts(uow, reference))
    if as_json:
        print_json(facts)
        return
    procedures = facts.pop("procedures")
    facts["clocks"] = [f"{number} {state}" for state, number in sorted(facts["clocks"].items())]
    print_facts(facts, as_json=False)
    click.echo()
    columns = ("code", "state", "originator", "changed_at", "closed_at", "id")
    print_rows(procedures, columns, as_json=False, empty="No procedure is under way in it.")


@command.command("override")
@click.argument("reference")
@click.argument("procedure")
@click.argument("state")
@click.option(
    "--because", required=True, help="The reason; it is on record, and told to all who can read the procedure."
)
def override(reference: str, procedure: str, state: str, because: str) -> None:
    """Set PROCEDURE (its code or id) of case REFERENCE to STATE, as the secretariat.

    For what the law allows and the table of steps does not know, such as a late objection that is noted.
    """
    with unit_of_work() as uow:
        override_state(uow, get_procedure_id(uow, reference, procedure), state=state, reason=because)
        uow.commit()
    click.echo(f"{reference}: {procedure} is at {state}.")
