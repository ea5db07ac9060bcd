"""`board-hub up`: all of the hub's processes in one terminal; with --demo a whole exchange to look at."""

from pathlib import Path

import click

from board_hub.cli.commands import WRONG
from board_hub.cli.demo import run_demo
from board_hub.cli.opening import read_settings
from board_hub.cli.supervisor import Supervisor
from board_hub.services.operation.bootstrap import prepare
from board_hub.settings import Settings


@click.command()
@click.option("--demo", is_flag=True, help="With a broker, a database and four simulated authorities of its own.")
@click.option(
    "--directory", type=click.Path(path_type=Path), default=Path("var"), show_default=True, help="For --demo."
)
@click.pass_context
def command(context: click.Context, demo: bool, directory: Path) -> None:
    """Run web, intake, relay and scheduler here until Ctrl-C; if one ends by itself, all do.

    The demonstration keeps its data in DIRECTORY. BROKER=none in the environment runs it without RabbitMQ.
    """
    try:
        reason = run_demo(directory) if demo else _run(read_settings())
    except KeyboardInterrupt:
        click.echo("All processes have ended.")
        context.exit(0)
    click.echo(f"Ended: {reason}.", err=True)
    context.exit(WRONG)


def _run(settings: Settings) -> str:
    with Supervisor() as supervisor:
        prepare(settings).engine.dispose()
        supervisor.start("web", "web")
        if settings.amqp_url:
            supervisor.start("intake", "intake")
            supervisor.start("relay", "relay")
        supervisor.start("scheduler", "scheduler")
        supervisor.say(f"The hub is at {settings.public_url}. Ctrl-C ends it.")
        return supervisor.watch()
