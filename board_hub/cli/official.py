"""`board-hub official …`: who signs in, with which roles and sessions; ending somebody's access, restoring it."""

from datetime import timedelta
from uuid import UUID

import click

from board_hub.cli.commands import Group
from board_hub.cli.opening import administrator, opened_hub, unit_of_work
from board_hub.cli.printing import json_option, print_rows
from board_hub.cli.two_people import because_option
from board_hub.services.operation.snapshot import look
from board_hub.services.people import access_changes
from board_hub.services.people.sessions import Limits, list_sessions
from board_hub.settings import Settings

COLUMNS = ("name", "email", "roles", "sessions", "signed_in_at", "ended_at", "id")
_ID = click.argument("official_id", type=click.UUID)


@click.group(cls=Group)
def command() -> None:
    """People who sign in through their member's identity provider."""


@command.command("list")
@click.option("--participant", help="Only those who act for this participant.")
@click.option("--text", default="", help="Part of a name or an address.")
@click.option("--limit", default=50, show_default=True)
@json_option
def list_(participant: str | None, text: str, limit: int, as_json: bool) -> None:
    """List officials, the one who signed in last first."""
    with opened_hub() as (settings, hub), look(hub, administrator()) as uow:
        narrowed = {"participant": participant, "text": text, "limit": limit}
        page = access_changes.list_officials(uow, _limits(settings), **narrowed)  # type: ignore[arg-type]
    rows = [
        one.official.model_dump(mode="json")
        | {"roles": [f"{role.role} at {role.participant}" for role in one.roles], "sessions": one.sessions}
        for one in page.lines
    ]
    print_rows(rows, COLUMNS, as_json=as_json, empty="Nobody has signed in yet.")


@command.command("sessions")
@_ID
@json_option
def sessions(official_id: UUID, as_json: bool) -> None:
    """List an official's sessions in force."""
    with opened_hub() as (settings, hub), look(hub, administrator()) as uow:
        rows = [
            one.model_dump(exclude={"content", "refresh_sealed"})
            for one in list_sessions(uow, official_id, _limits(settings))
        ]
    columns = ("started_at", "seen_at", "ends_at", "browser", "acr")
    print_rows(rows, columns, as_json=as_json, empty="It has no session.")


@command.command("end-sessions")
@_ID
@because_option
def end_sessions(official_id: UUID, because: str) -> None:
    """Sign an official out everywhere. It may sign in again."""
    with unit_of_work() as uow:
        number = access_changes.end_all_sessions(uow, official_id, because)
        uow.commit()
    click.echo(f"{number} sessions ended.")


@command.command("end")
@_ID
@because_option
def end(official_id: UUID, because: str) -> None:
    """End an official's access, whatever its provider says: its sessions and calendar links end at once."""
    with unit_of_work() as uow:
        number = access_changes.end_access(uow, official_id, because)
        uow.commit()
    click.echo(f"Access ended, with {number} sessions.")


@command.command("restore")
@_ID
@because_option
def restore(official_id: UUID, because: str) -> None:
    """Let an official sign in again."""
    with unit_of_work() as uow:
        access_changes.restore_access(uow, official_id, because)
        uow.commit()
    click.echo("Access restored.")


def _limits(settings: Settings) -> Limits:
    return Limits(timedelta(minutes=settings.session_idle_minutes), timedelta(hours=settings.session_hours))
