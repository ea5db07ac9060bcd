"""`board-hub quarantine …`: what was refused, and why. Never its content."""

from dataclasses import asdict
from uuid import UUID

import click

from board_hub.cli.commands import Group
from board_hub.cli.opening import administrator, opened_hub
from board_hub.cli.printing import json_option, print_facts, print_rows
from board_hub.services.exchange.refusal_reads import get_refusal, list_refusals
from board_hub.services.operation.snapshot import look


@click.group(cls=Group)
def command() -> None:
    """What was refused, kept as it came; the senders were told by signed receipts."""


@command.command("list")
@click.option("--participant", help="Only those from this participant.")
@click.option("--before", type=click.UUID, help="Only those older than this one.")
@click.option("--limit", default=25, show_default=True)
@json_option
def list_(participant: str | None, before: UUID | None, limit: int, as_json: bool) -> None:
    """List what was refused, newest first."""
    with opened_hub() as (_, hub), look(hub, administrator()) as uow:
        page = list_refusals(uow, participant=participant, before=before, limit=limit)
    rows = [asdict(one) | {"codes": sorted({flaw["code"] for flaw in one.flaws})} for one in page.refusals]
    columns = ("received_at", "id", "participant", "via", "bytes", "codes")
    print_rows(rows, columns, as_json=as_json, empty="Nothing was refused.")
    if page.older and not as_json:
        click.echo(f"Older ones: --before {page.older}")


@command.command("show")
@click.argument("refusal_id", type=click.UUID)
@json_option
def show(refusal_id: UUID, as_json: bool) -> None:
    """Show one refusal with each of its errors: code, path, and how its sender can mend it."""
    with opened_hub() as (_, hub), look(hub, administrator()) as uow:
        refusal = get_refusal(uow, refusal_id)
    facts = asdict(refusal)
    if not as_json:
        del facts["flaws"]
    print_facts(facts, as_json=as_json)
    if not as_json:
        for flaw in refusal.flaws:
            click.echo(f"  {flaw['path'] or '/'}  {flaw['message']} ({flaw['code']})")
