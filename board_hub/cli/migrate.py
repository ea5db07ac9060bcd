"""`board-hub migrate`: makes or mends what the hub needs before its processes start."""

import tempfile
from pathlib import Path

import click

from board_hub.cli.commands import WRONG
from board_hub.cli.opening import read_settings
from board_hub.domain.events import HUB
from board_hub.services.clocks.calendars import fill_calendars
from board_hub.services.operation.bootstrap import prepare
from board_hub.services.operation.doctor import check_reachable
from board_hub.settings import Settings
from board_hub.store.engine import open_engine
from board_hub.store.migrate import find_differences, upgrade
from board_hub.store.revisions import current_revision


@click.command()
@click.option(
    "--check", is_flag=True, help="For developers: do the migrations make the tables of the code? Changes nothing."
)
@click.pass_context
def command(context: click.Context, check: bool) -> None:
    """Make the tables, the hub's key and its members, or bring them up to date. Changes nothing when all is there."""
    if check:
        context.exit(_check())
    _migrate(read_settings())


def _migrate(settings: Settings) -> None:
    engine = open_engine(settings.database_url)
    check_reachable(engine)
    before = current_revision(engine)
    engine.dispose()
    hub = prepare(settings)
    with hub.work(HUB) as uow:
        written = fill_calendars(uow)
        uow.commit()
    after = current_revision(hub.engine)
    was = "unchanged" if before == after else f"was at {before}" if before else "was empty"
    click.echo(f"Database: at revision {after} ({was}).")
    click.echo(f"The hub's key: {settings.hub_key_file} ({hub.key.kid}). Keep a copy of it in a safe place.")
    if written:
        click.echo(f"Public holidays: {written} calendar years written, none confirmed (`board-hub calendar confirm`).")
    hub.engine.dispose()


def _check() -> int:
    """Exit code: whether an empty database, migrated, has exactly the tables of the code."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'check.sqlite'}")
        upgrade(engine)
        differences = find_differences(engine)
        engine.dispose()
    for difference in differences:
        click.echo(f"The migrations do not make what the code has: {difference}", err=True)
    return WRONG if differences else 0
