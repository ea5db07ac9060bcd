"""`board-hub proposal …`: high-value steps that wait for a second person."""

from uuid import UUID

import click

from board_hub.cli.commands import Group
from board_hub.cli.opening import administrator, opened_hub, unit_of_work
from board_hub.cli.participant import erase_removed
from board_hub.cli.printing import json_option, print_facts, print_rows
from board_hub.cli.two_people import as_option, because_option
from board_hub.services.operation import proposals
from board_hub.services.operation.high_value_steps import PARTICIPANT_REMOVED, STEPS
from board_hub.services.operation.snapshot import look
from board_hub.services.people.administrators import person_at_command_line
from board_hub.store.desk_tables import Proposal

COLUMNS = ("id", "kind", "subject", "proposed_at", "state", "because")


@click.group(cls=Group)
def command() -> None:
    """Keys, the end of a participant, identity providers and rules: one proposes, another confirms or declines."""


@command.command("list")
@click.option("--all", "decided_too", is_flag=True, help="Those that are over too.")
@json_option
def list_(decided_too: bool, as_json: bool) -> None:
    """List what waits for a second person, the oldest first."""
    with opened_hub() as (_, hub), look(hub, administrator()) as uow:
        found = [*proposals.list_open(uow), *(proposals.list_decided(uow) if decided_too else ())]
    print_rows([_row(one) for one in found], COLUMNS, as_json=as_json, empty="Nothing waits for a second person.")


@command.command("show")
@click.argument("proposal_id", type=click.UUID)
@json_option
def show(proposal_id: UUID, as_json: bool) -> None:
    """Show one proposal with what it would do."""
    with opened_hub() as (_, hub), look(hub, administrator()) as uow:
        found = proposals.get_proposal(uow, proposal_id)
    print_facts(_row(found), as_json=as_json)


@command.command("confirm")
@click.argument("proposal_id", type=click.UUID)
@as_option
def confirm(proposal_id: UUID, named: str | None) -> None:
    """Carry a proposed step out, as its second person: never who proposed it."""
    with unit_of_work() as uow:
        who = person_at_command_line(uow, named)
        done = proposals.confirm(uow, STEPS, proposal_id, who=who)
        uow.commit()
    click.echo(done.outcome)
    if done.kind == PARTICIPANT_REMOVED.kind:
        erase_removed(done.subject)


@command.command("decline")
@click.argument("proposal_id", type=click.UUID)
@because_option
@as_option
def decline(proposal_id: UUID, because: str, named: str | None) -> None:
    """Refuse a proposed step; your own you withdraw by this."""
    with unit_of_work() as uow:
        done = proposals.decline(uow, proposal_id, because=because, who=person_at_command_line(uow, named))
        uow.commit()
    click.echo(f"{done.state.capitalize()}.")


def _row(one: Proposal) -> dict[str, object]:
    return one.model_dump() | {"content": proposals.shown_content(one), "ends_at": proposals.ends_at(one)}
