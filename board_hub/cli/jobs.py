"""`board-hub jobs …`: the scheduler's jobs, their last runs, and running one now."""

import click

from board_hub.cli.commands import WRONG, Group
from board_hub.cli.opening import administrator, opened_hub, read_settings
from board_hub.cli.printing import json_option, print_rows
from board_hub.jobs.runs import run_job
from board_hub.jobs.schedule import find_job, jobs_of
from board_hub.services.operation.job_runs import JobOutcome, list_runs
from board_hub.services.operation.snapshot import look

COLUMNS = ("job", "outcome", "started_at", "ended_at", "done", "total", "counts", "process", "error")


@click.group(cls=Group)
def command() -> None:
    """The scheduler's jobs."""


@command.command("list")
@click.option("--job", help="Only runs of this job.")
@click.option("--limit", default=25, show_default=True)
@json_option
def list_(job: str | None, limit: int, as_json: bool) -> None:
    """List the last runs. Runs that found nothing to do are counted in one line per job."""
    with opened_hub() as (_, hub), look(hub, administrator()) as uow:
        rows = [{name: getattr(run, name) for name in COLUMNS} for run in list_runs(uow, job=job, limit=limit)]
    print_rows(rows, COLUMNS, as_json=as_json, empty="No job has run yet: start `board-hub scheduler`.")


@command.command("names")
@json_option
def names(as_json: bool) -> None:
    """List the jobs there are."""
    rows = [{"job": job.name, "every": str(job.every), "does": job.says} for job in jobs_of(read_settings())]
    print_rows(rows, ("job", "every", "does"), as_json=as_json, empty="")


@command.command("run")
@click.argument("name")
@click.pass_context
def run(context: click.Context, name: str) -> None:
    """Run one job now. Safe beside a running scheduler: what is due takes effect once."""
    with opened_hub() as (settings, hub):
        outcome = run_job(hub, find_job(settings, name))
    click.echo(f"{name}: {outcome}")
    context.exit(WRONG if outcome is JobOutcome.FAILED else 0)
