"""`board-hub doctor`: checks database, broker, keys, clock, disk and evidence; exit code 1 when something is wrong."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import timedelta
from typing import TypeVar

import click

from board_hub.cli.commands import WRONG
from board_hub.cli.opening import administrator, read_settings
from board_hub.cli.printing import json_option, print_json
from board_hub.services.operation import doctor
from board_hub.services.operation.doctor import Finding, examine
from board_hub.services.operation.opening import load_key, open_hub
from board_hub.services.operation.scheduler_check import check_scheduler
from board_hub.services.unit_of_work import Hub, UnitOfWork
from board_hub.settings import Settings
from board_hub.store.engine import open_engine
from messaging.checks import check_broker

Result = TypeVar("Result")


@click.command()
@json_option
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """Check everything the hub stands on. Each finding says what is wrong and how to mend it."""
    findings = list(examine_all(read_settings()))
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            click.echo(f"{'ok   ' if finding.ok else 'WRONG'}  {finding.check}: {finding.says}")
            if not finding.ok and finding.mend:
                click.echo(f"       mend it: {finding.mend}")
    context.exit(0 if all(finding.ok for finding in findings) else WRONG)


def examine_all(settings: Settings) -> Iterator[Finding]:
    """All findings, in the order in which one would mend them; what stands on something broken is left out."""
    engine = open_engine(settings.database_url)
    store = examine("database", lambda: doctor.check_store(engine))
    key_file = examine("hub key file", lambda: doctor.check_key_file(settings.hub_key_file))
    yield store
    yield key_file
    yield examine("disk", lambda: doctor.check_disk(settings, engine))
    if not store.ok:
        return
    yield examine("clock", lambda: doctor.check_clock(engine))
    if not settings.hub_key_file.exists():
        return
    hub = open_hub(settings)
    key = load_key(settings.hub_key_file)
    yield examine("hub key", lambda: within(hub, lambda uow: doctor.check_key_known(uow, key)))
    yield from within(hub, doctor.check_participants_keys)
    yield examine("evidence", lambda: within(hub, doctor.check_evidence_tail))
    tick = timedelta(seconds=settings.tick_seconds)
    yield examine("scheduler", lambda: within(hub, lambda uow: check_scheduler(uow, tick)))
    yield from check_broker(hub, settings)


def within(hub: Hub, read: Callable[[UnitOfWork], Result]) -> Result:
    with hub.work(administrator()) as uow:
        return read(uow)
