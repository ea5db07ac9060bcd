"""`board-hub mandate …`: who represents a member on the Board, from day to day (Art 65(3))."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import click

from board_hub.cli.commands import Group
from board_hub.cli.opening import administrator, opened_hub, unit_of_work
from board_hub.cli.printing import json_option, print_rows
from board_hub.cli.two_people import because_option
from board_hub.domain.mandates import MandateKind
from board_hub.services.operation.snapshot import look
from board_hub.services.people import mandates
from board_hub.services.people.mandates import Term

COLUMNS = ("member", "kind", "name", "email", "begins_on", "ends_on", "state", "days_left", "id")
_DAY = click.DateTime(["%Y-%m-%d"])


@click.group(cls=Group)
def command() -> None:
    """Representatives and alternates: three years, renewable once."""


@command.command("list")
@click.option("--member", help="Only of this member.")
@click.option("--ending", is_flag=True, help="Only those that end within 90 days.")
@json_option
def list_(member: str | None, ending: bool, as_json: bool) -> None:
    """List mandates, and the Member States that nobody represents."""
    with opened_hub() as (_, hub), look(hub, administrator()) as uow:
        terms = [one for one in mandates.list_mandates(uow, member) if one.is_ending or not ending]
        gaps = [one.member.shown_as for one in mandates.list_seats(uow) if one.gap]
    print_rows([_row(one) for one in terms], COLUMNS, as_json=as_json, empty="No mandates: `board-hub mandate add`.")
    if gaps and not as_json and not member:
        click.echo(f"Nobody represents: {', '.join(gaps)}.")


@command.command("add")
@click.argument("member")
@click.option("--kind", type=click.Choice([one.value for one in MandateKind]), default="representative")
@click.option("--name", required=True)
@click.option("--email", required=True, help="The address by which the person signs in.")
@click.option("--begins-on", type=_DAY, required=True)
@click.option("--ends-on", type=_DAY, help="Three years on, if not given.")
def add(member: str, kind: str, name: str, email: str, begins_on: datetime, ends_on: datetime | None) -> None:
    """Note whom MEMBER has designated."""
    days: dict[str, Any] = {"begins_on": begins_on.date(), "ends_on": _day(ends_on)}
    with unit_of_work() as uow:
        made = mandates.add_mandate(uow, member, kind, name=name, email=email, **days)
        uow.commit()
    click.echo(f"{made.name}: {made.kind} of {made.member} from {made.begins_on} to {made.ends_on} ({made.id}).")


@command.command("renew")
@click.argument("mandate_id", type=click.UUID)
@click.option("--ends-on", type=_DAY, help="Three years on, if not given.")
def renew(mandate_id: UUID, ends_on: datetime | None) -> None:
    """Add the second term of a mandate; there is no third one."""
    with unit_of_work() as uow:
        made = mandates.renew_mandate(uow, mandate_id, ends_on=_day(ends_on))
        uow.commit()
    click.echo(f"{made.name}: from {made.begins_on} to {made.ends_on} ({made.id}).")


@command.command("end")
@click.argument("mandate_id", type=click.UUID)
@click.option("--on", type=_DAY, required=True, help="Its last day.")
@because_option
def end(mandate_id: UUID, on: datetime, because: str) -> None:
    """End a mandate before its time; what the person may do for the member ends with it."""
    with unit_of_work() as uow:
        ended = mandates.end_mandate(uow, mandate_id, on=on.date(), because=because)
        uow.commit()
    click.echo(f"The mandate of {ended.name} ends on {ended.ends_on}.")


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _row(one: Term) -> dict[str, object]:
    return one.mandate.model_dump() | {"state": one.state, "days_left": one.days_left, "renewable": one.renewable}
