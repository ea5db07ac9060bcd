"""`board-hub scheduler`: runs the scheduler's process; of several on one database one ticks, the others stand by."""

import click

from board_hub.cli.broker_job import broker_jobs
from board_hub.cli.opening import read_settings, ready_hub
from board_hub.jobs.process import SchedulerProcess


@click.command()
def command() -> None:
    """Do what is due until SIGTERM: clocks, reminders, tree heads. Several may run: one leads, the others stand by."""
    settings = read_settings()
    process = SchedulerProcess(ready_hub(settings), settings, broker_jobs(settings))
    process.stop_on_signals()
    process.run()
