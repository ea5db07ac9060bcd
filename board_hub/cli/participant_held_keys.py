"""Held-key commands of `board-hub participant`: keys that the hub keeps so that officials can send from the browser."""

import click

from board_hub.cli.opening import unit_of_work
from board_hub.services.exchange import held_keys


def add_to(group: click.Group) -> None:
    for one in (hold_key, rotate_held_key, revoke_held_key):
        group.add_command(one)


@click.command("hold-key")
@click.argument("code")
def hold_key(code: str) -> None:
    """Make a key pair that the hub holds for CODE; its officials can send from the browser from now on."""
    with unit_of_work() as uow:
        kid = held_keys.make_held_key(uow, code)
        uow.commit()
    click.echo(f"The hub holds the key {kid} for {code}: its officials can send from the browser.")


@click.command("rotate-held-key")
@click.argument("code")
def rotate_held_key(code: str) -> None:
    """Replace the key that the hub holds for CODE; what the earlier one signed stays valid."""
    with unit_of_work() as uow:
        kid = held_keys.rotate_held_key(uow, code)
        uow.commit()
    click.echo(f"The hub signs for {code} with {kid} from now on; the earlier key ended.")


@click.command("revoke-held-key")
@click.argument("code")
@click.option("--because", required=True, help="The reason, on record.")
def revoke_held_key(code: str, because: str) -> None:
    """Accept nothing more signed with the key that the hub holds for CODE, and destroy its private half."""
    with unit_of_work() as uow:
        kid = held_keys.revoke_held_key(uow, code, because)
        uow.commit()
    click.echo(f"Revoked {kid} and destroyed its private half; {code} sends by its own system only.")
