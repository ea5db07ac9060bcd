"""`board-hub evidence …`: verify the log, sign its head, prove a message."""

from dataclasses import asdict
from pathlib import Path
from uuid import UUID

import click

from board_hub.cli.commands import WRONG, Group
from board_hub.cli.opening import administrator, opened_hub, unit_of_work
from board_hub.cli.printing import json_option, print_facts, print_json
from board_hub.services.cases.bundle_check import BundleReport, check_bundle
from board_hub.services.exchange.public_keys import read_jwks
from board_hub.services.operation.evidence import prove_message, sign_head
from board_hub.services.operation.evidence_check import NAMED, Report
from board_hub.services.operation.evidence_check import verify as verify_log
from board_hub.services.operation.snapshot import look


@click.group(cls=Group)
def command() -> None:
    """The evidence log: a Merkle tree (RFC 9162) over every message, receipt, refusal and change of the directory."""


@command.command("verify")
@json_option
@click.pass_context
def verify(context: click.Context, as_json: bool) -> None:
    """Recompute the whole log and compare it with all that is stored. Exit code 1 if anything differs."""
    with opened_hub() as (_, hub), look(hub, administrator()) as uow:
        report = verify_log(uow)
    if as_json:
        print_json(asdict(report) | {"clean": report.clean})
    else:
        _print(report)
    context.exit(0 if report.clean else WRONG)


def _print(report: Report) -> None:
    looked_at = f"{report.messages} messages, {report.quarantined} refused, {report.heads} signed heads"
    click.echo(f"{report.leaves} leaves, {looked_at}. Root {report.root}")
    if report.clean:
        click.echo("Clean: everything on record is what the log vouches for.")
        return
    click.echo(f"NOT CLEAN: {report.differences} differences.", err=True)
    for one in report.first:
        where = "" if one.position is None else f" (leaf {one.position})"
        click.echo(f"  {one.subject}{where}: {one.what}", err=True)
    if report.differences > len(report.first):
        click.echo(f"  … and {report.differences - len(report.first)} more", err=True)
    click.echo("Copy the database before anything else, and compare with heads and receipts kept elsewhere.", err=True)


@command.command("verify-bundle")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--hub-keys",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The hub's public keys as got from elsewhere: its /.well-known/jwks.json, kept in a file.",
)
@json_option
@click.pass_context
def verify_bundle(context: click.Context, file: Path, hub_keys: Path | None, as_json: bool) -> None:
    """Check a case's evidence bundle (FILE) offline: needs no database. Exit code 1 if anything is wrong."""
    report = check_bundle(file.read_bytes(), read_jwks(hub_keys.read_text()) if hub_keys else None)
    if as_json:
        print_json(asdict(report) | {"clean": report.clean})
    else:
        _print_bundle(report)
    context.exit(0 if report.clean else WRONG)


def _print_bundle(report: BundleReport) -> None:
    about = (
        f"Case {report.case or '?'}, exported {report.exported_at or '?'} for {', '.join(report.exported_for) or '?'}"
    )
    click.echo(f"{about}: {report.messages} messages, proved in a log of {report.log_size} entries.")
    if not report.trusted:
        click.echo("The hub's keys were taken from the bundle itself. Compare their thumbprints (RFC 7638) with those")
        click.echo(f"that the hub publishes, or give --hub-keys: {', '.join(report.hub_keys) or 'none'}")
    if report.clean:
        click.echo("Clean: every byte is what was signed, and in the log.")
        return
    click.echo(f"NOT CLEAN: {len(report.differences)} differences.", err=True)
    for name, what in report.differences[:NAMED]:
        click.echo(f"  {name or 'the file'}: {what}", err=True)


@command.command("head")
@json_option
def head(as_json: bool) -> None:
    """Sign the log's head as it is now and print it: keep it elsewhere, and no rewriting of the past stays unseen."""
    with unit_of_work() as uow:
        signed = sign_head(uow)
        uow.commit()
    print_facts(
        {"size": signed.size, "root": signed.root, "signed_at": signed.signed_at}
        | {"body": signed.body, "signature": signed.signature},
        as_json=as_json,
    )


@command.command("prove")
@click.argument("message_id", type=click.UUID)
def prove(message_id: UUID) -> None:
    """Print, as JSON, the proof that the message with the hub's id MESSAGE_ID is in the log, under a signed head."""
    with unit_of_work() as uow:
        proof = prove_message(uow, message_id)
        uow.commit()
    print_json(proof.as_dict())
