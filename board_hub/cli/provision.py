"""`board-hub provision`, and what the participant commands tell the broker right after their commit."""

import click

from board_hub.cli.opening import administrator, opened_hub
from board_hub.domain.deliveries import Transport
from board_hub.domain.ids import new_secret
from board_hub.services.directory import directory
from board_hub.services.unit_of_work import Hub, UnitOfWork
from board_hub.settings import Settings
from board_hub.store.tables import ParticipantStatus
from messaging.checks import provisioner_of
from messaging.provision import Wanted

RECOVERY = "The directory is changed; the broker is not yet. Mend the cause and run `board-hub provision`."


@click.command()
@click.option("--remove-strays", is_flag=True, help="Also delete virtual hosts of participants the directory has not.")
def command(remove_strays: bool) -> None:
    """Make the broker equal to the directory: virtual hosts, queues, logins, permissions, limits. Passwords stay."""
    with opened_hub() as (settings, hub):
        said = provision_all(settings, hub, remove_strays=remove_strays)
    for line in said:
        click.echo(line)
    click.echo(f"{len(said)} things mended or named." if said else "The broker is equal to the directory.")


def provision_all(settings: Settings, hub: Hub, *, remove_strays: bool = False) -> list[str]:
    """Make the broker equal to the directory; returns in words what was not."""
    provisioner = provisioner_of(settings)
    with hub.work(administrator()) as uow:
        wanted = wanted_on_broker(uow)
    said = provisioner.reconcile(wanted, remove_strays=remove_strays)
    for code in wanted:
        provisioner.await_ready(code)
    return said


def wanted_on_broker(uow: UnitOfWork) -> dict[str, Wanted]:
    """What the broker is to hold of each participant that is reached through it."""
    return {
        p.code: Wanted(None, suspended=not p.active, keep_password=True)
        for p in directory.list_participants(uow)
        if p.transport == Transport.AMQP and p.status != ParticipantStatus.REMOVED
    }


def admit(settings: Settings, code: str, *, certificate: bool) -> None:
    """Let a participant in on the broker; by a fresh password, printed this once, or by certificate."""
    password = None if certificate else new_secret()
    provisioner = provisioner_of(settings)
    provisioner.ensure(code, password)
    provisioner.await_ready(code)
    if password is None:
        click.echo(f"Broker: virtual host p.{code}, user {code}, login by certificate with common name {code}.")
        return
    click.echo(f"Broker: virtual host p.{code}, user {code}.")
    click.echo(f"Password (shown this once, kept by the broker alone): {password}")


def expel(settings: Settings, code: str) -> None:
    """Cut a participant off at once; its queues stay."""
    provisioner_of(settings).suspend(code)
    click.echo(f"Broker: {code} is cut off; its queues are kept.")


def erase(settings: Settings, code: str) -> None:
    """Cut a participant off at once and delete its queues."""
    provisioner_of(settings).remove(code)
    click.echo(f"Broker: {code}'s virtual host is deleted.")
