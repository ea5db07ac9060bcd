"""`board-hub quarantine …`: what was refused, why, and what is done about it. Its content for a reason only."""

from dataclasses import asdict
from uuid import UUID

import click

from board_hub.cli.commands import Group
from board_hub.cli.opening import administrator, opened_hub, unit_of_work
from board_hub.cli.printing import json_option, print_facts, print_rows
from board_hub.cli.two_people import because_option
from board_hub.services.exchange import quarantine
from board_hub.services.exchange.refusal_reads import Decided, get_refusal, list_refusals
from board_hub.services.operation.snapshot import look


@click.group(cls=Group)
def command() -> None:
    """What was refused, kept as it came; the senders were told by signed receipts."""


@command.command("list")
@click.option("--participant", help="Only those from this participant.")
@click.option("--decided", type=click.Choice([one.value for one in Decided]), help="Only those decided on so.")
@click.option("--before", type=click.UUID, help="Only those older than this one.")
@click.option("--limit", default=25, show_default=True)
@json_option
def list_(participant: str | None, decided: str | None, before: UUID | None, limit: int, as_json: bool) -> None:
    """List what was refused, newest first."""
    with opened_hub() as (_, hub), look(hub, administrator()) as uow:
        narrowed = Decided(decided) if decided else None
        page = list_refusals(uow, participant=participant, decided=narrowed, before=before, limit=limit)
    rows = [asdict(one) | {"codes": sorted({flaw["code"] for flaw in one.flaws})} for one in page.refusals]
    columns = ("received_at", "id", "participant", "via", "bytes", "codes", "decision")
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


@command.command("content")
@click.argument("refusal_id", type=click.UUID)
@because_option
def content(refusal_id: UUID, because: str) -> None:
    """Show what a refused message contains. It is its sender's content: that you look, and why, goes on record."""
    with unit_of_work() as uow:
        quarantine.open_content(uow, refusal_id, because)
        uow.commit()
        shown = quarantine.read_content(uow, refusal_id).body
    click.echo(shown.text)
    if shown.is_cut:
        click.echo(f"… {shown.shown} of {shown.total} bytes", err=True)


@command.command("release")
@click.argument("refusal_id", type=click.UUID)
@because_option
def release(refusal_id: UUID, because: str) -> None:
    """Let a refused message in after all, as it came: after its key was added, or with a time of another day."""
    with unit_of_work() as uow:
        outcome = quarantine.release(uow, refusal_id, because)
        uow.commit()
    click.echo(f"Released {refusal_id}; its sender is told by a signed receipt." if outcome.receipt else "Released.")


@command.command("reject")
@click.argument("refusal_id", type=click.UUID)
@because_option
def reject(refusal_id: UUID, because: str) -> None:
    """Mark a refused message as seen to: it stays refused, and kept."""
    with unit_of_work() as uow:
        quarantine.reject(uow, refusal_id, because)
        uow.commit()
    click.echo(f"Rejected {refusal_id} for good.")
