"""`board-hub messages …`: what is on record, and where each delivery stands. Never a message's content (Art 78)."""

from dataclasses import asdict
from uuid import UUID

import click

from board_hub.cli.commands import Group
from board_hub.cli.opening import administrator, opened_hub, unit_of_work
from board_hub.cli.printing import json_option, print_facts, print_json, print_rows
from board_hub.cli.two_people import because_option
from board_hub.domain.deliveries import DeliveryState
from board_hub.services.exchange import delivery_changes
from board_hub.services.exchange.delivery_changes import list_open_deliveries
from board_hub.services.exchange.message_reads import ListedMessage, MessageView, get_message, list_messages
from board_hub.services.operation.snapshot import look

MATRIX = ("recipient", "state", "attempts", "last_error", "next_attempt_at", "delivered_at", "handled_at", "must_act")


@click.group(cls=Group)
def command() -> None:
    """Messages on record, and where each of their deliveries stands."""


@command.command("list")
@click.option("--participant", help="Only those from or to this participant.")
@click.option(
    "--stage", type=click.Choice([one.value for one in DeliveryState]), help="Only those that have come this far."
)
@click.option("--before", type=click.UUID, help="Only those older than this message.")
@click.option("--limit", default=25, show_default=True)
@json_option
def list_(participant: str | None, stage: str | None, before: UUID | None, limit: int, as_json: bool) -> None:
    """List notices, withdrawals and pings, newest first."""
    with opened_hub() as (_, hub), look(hub, administrator()) as uow:
        page = list_messages(
            uow, participant=participant, stage=DeliveryState(stage) if stage else None, before=before, limit=limit
        )
    columns = ("received_at", "id", "from", "type", "case", "stage", "recipients")
    print_rows([_line(one) for one in page.messages], columns, as_json=as_json, empty="No messages.")
    if page.older and not as_json:
        click.echo(f"Older ones: --before {page.older}")


@command.command("show")
@click.argument("message_id", type=click.UUID)
@json_option
def show(message_id: UUID, as_json: bool) -> None:
    """Show one message by the hub's id for it: receipts, and recipient by recipient who must act."""
    with opened_hub() as (_, hub), look(hub, administrator()) as uow:
        view = get_message(uow, message_id)
    matrix = [asdict(row) | {"must_act": row.must_act} for row in view.deliveries]
    if as_json:
        print_json(asdict(view) | {"stage": view.stage, "deliveries": matrix})
        return
    print_facts(_facts(view), as_json=False)
    click.echo()
    print_rows(matrix, MATRIX, as_json=False, empty="It is addressed to nobody but the hub.")


@command.command("owed")
@click.argument("code")
@click.option("--limit", default=25, show_default=True)
@json_option
def owed(code: str, limit: int, as_json: bool) -> None:
    """List what waits for participant CODE, the oldest first."""
    with opened_hub() as (_, hub), look(hub, administrator()) as uow:
        lines = list_open_deliveries(uow, code, limit=limit)
    rows = [asdict(one) | {"must_act": one.must_act} for one in lines]
    columns = ("received_at", "message_id", "source", "type", "state", "attempts", "last_error", "must_act")
    print_rows(rows, columns, as_json=as_json, empty=f"Nothing waits for {code}.")


@command.command("resend")
@click.argument("code")
@click.option("--message", "message_id", type=click.UUID, help="Only this one, by the hub's id for it.")
@because_option
def resend(code: str, message_id: UUID | None, because: str) -> None:
    """Send again now what waits for participant CODE, under the same message ids: its inbox drops doubles."""
    with unit_of_work() as uow:
        number = 1
        if message_id:
            delivery_changes.resend(uow, message_id, code, because)
        else:
            number = delivery_changes.resend_all(uow, code, because)
        uow.commit()
    click.echo(f"{number} deliveries to {code} are due now.")


def _line(one: ListedMessage) -> dict[str, object]:
    return {
        "received_at": one.received_at,
        "id": one.id,
        "from": one.source,
        "type": one.notice_type or one.type,
        "case": one.case,
        "stage": one.stage,
        "recipients": [f"{code} {state}" for code, state in one.recipients],
    }


def _facts(view: MessageView) -> dict[str, object]:
    left_out = {"deliveries", "receipts"}
    facts = {name: value for name, value in vars(view).items() if name not in left_out}
    receipts = [f"{one.type.split('.')[-2]} ({one.state})" for one in view.receipts]
    return facts | {"stage": view.stage, "receipts": receipts}
