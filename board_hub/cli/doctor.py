"""`board-hub doctor`: checks database, broker, keys, clock, disk and evidence; exit code 1 when something is wrong."""

from collections.abc import Iterator
from dataclasses import asdict

import click

from board_hub.cli.commands import WRONG
from board_hub.cli.opening import administrator, read_settings
from board_hub.cli.printing import json_option, print_json
from board_hub.services.operation import doctor
from board_hub.services.operation.doctor import Finding, examine
from board_hub.services.operation.health import examine_hub, examine_machine
from board_hub.services.operation.opening import open_hub
from board_hub.settings import Settings
from board_hub.store.engine import open_engine
from messaging.checks import check_broker


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
    yield from examine_machine(engine, settings)
    if not examine("database", lambda: doctor.check_store(engine)).ok or not settings.hub_key_file.exists():
        return
    hub = open_hub(settings)
    yield from examine_hub(hub, settings, administrator())
    yield from check_broker(hub, settings)
