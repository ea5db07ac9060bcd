"""`board-hub member …`: members and observers of the Board."""

import click

from board_hub.cli.commands import Group
from board_hub.cli.opening import unit_of_work
from board_hub.cli.printing import json_option, print_rows
from board_hub.services.directory import directory


@click.group(cls=Group)
def command() -> None:
    """Members and observers of the Board (Art 65)."""


@command.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List Member States, observers and institutions. Greece is stored as GR and shown as EL."""
    with unit_of_work() as uow:
        rows = [member.model_dump() for member in directory.list_members(uow)]
    print_rows(rows, ("code", "shown_as", "name", "kind"), as_json=as_json, empty="None: run `board-hub migrate`.")
