"""`board-hub participant …`: the directory at the command line; the broker follows right after each commit."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from board_hub.cli import participant_exchange, participant_held_keys, participant_keys
from board_hub.cli.commands import Group
from board_hub.cli.opening import administrator, opened_hub, unit_of_work
from board_hub.cli.printing import json_option, print_facts, print_rows
from board_hub.cli.provision import RECOVERY, admit, erase, expel
from board_hub.cli.two_people import TwoPeople, because_option, two_people, two_people_with_reason
from board_hub.domain.deliveries import Transport
from board_hub.domain.errors import Conflict, HubError
from board_hub.services.directory import directory, participant_changes
from board_hub.services.directory.directory import KINDS
from board_hub.services.directory.participant_changes import change_participant
from board_hub.services.operation import high_value_steps as steps
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.settings import Settings
from board_hub.store.tables import Participant, ParticipantKey, ParticipantStatus

COLUMNS = ("code", "name", "kinds", "transport", "status")
certificate_option = click.option("--certificate", is_flag=True, help="It logs in to the broker by certificate.")


@click.group(cls=Group)
def command() -> None:
    """Participants of the exchange: organisations with a mailbox and keys."""


@command.command("add")
@click.argument("code")
@click.option("--name", required=True, help="The organisation's name.")
@click.option(
    "--kind", "kinds", multiple=True, required=True, help=f"One or more of {', '.join(sorted(KINDS - {'HUB'}))}."
)
@click.option(
    "--transport",
    type=click.Choice([one.value for one in Transport]),
    default=Transport.MAILBOX.value,
    show_default=True,
)
@click.option("--language", "languages", multiple=True, default=("en",), show_default=True)
@click.option("--contact", default="", help="Address for people, for example its functional mailbox.")
@participant_keys.key_options(required=False)
@certificate_option
@two_people_with_reason("The first key of a new participant.")
def add(code: str, certificate: bool, people: TwoPeople, **given: object) -> None:
    """Add CODE (like FR-CNIL; the first two letters name the member), with its first public key if you have it.

    The key is proposed: it signs nothing until a second person has confirmed it.
    """
    public_key, kid = given.pop("public_key"), given.pop("kid")
    given["transport"] = Transport(str(given["transport"]))
    said = ""
    with changed() as (settings, uow):
        participant = directory.add_participant(uow, code, **given)  # type: ignore[arg-type]
        if public_key:
            uow.session.flush()
            jwk = participant_keys.read_key_file(str(public_key))
            said = people.take_within(uow, steps.KEY_ADDED, steps.add_key(code, jwk, str(kid) if kid else None))
        uow.commit()
    click.echo(f"Added {code}. {said}".strip())
    if not public_key:
        click.echo(f"It has no key yet: `board-hub participant add-key {code} --public-key FILE`.")
    if participant.transport == Transport.AMQP:
        with broker_follows():
            admit(settings, code, certificate=certificate)


@command.command("list")
@click.option("--all", "with_removed", is_flag=True, help="Removed ones too.")
@json_option
def list_(with_removed: bool, as_json: bool) -> None:
    """List participants."""
    with unit_of_work() as uow:
        rows = [
            _row(p) for p in directory.list_participants(uow) if with_removed or p.status != ParticipantStatus.REMOVED
        ]
    print_rows(rows, COLUMNS, as_json=as_json, empty="No participants yet: `board-hub participant add`.")


@command.command("show")
@click.argument("code")
@json_option
def show(code: str, as_json: bool) -> None:
    """Show one participant and its keys."""
    with unit_of_work() as uow:
        participant, keys = directory.get_participant(uow, code), directory.list_keys(uow, code)
    rows: list[Any] = [_key_row(key) for key in keys]
    if not as_json:
        rows = [f"{row['kid']} (from {row['valid_from']:%Y-%m-%d}, {row['state']})" for row in rows]
    print_facts(_row(participant) | {"keys": rows}, as_json=as_json)


@command.command("change")
@click.argument("code")
@click.option("--name", help="The organisation's name.")
@click.option("--kind", "kinds", multiple=True, help="All its kinds, each by one --kind.")
@click.option("--language", "languages", multiple=True, help="All its languages, each by one --language.")
@click.option("--contact", help="Address for people.")
@click.option("--four-eyes/--no-four-eyes", default=None, help="Whether a second official approves each notice.")
def change(code: str, **given: Any) -> None:
    """Change what is known of CODE; what is not named stays as it is."""
    with unit_of_work() as uow:
        one = directory.get_participant(uow, code)
        facts: dict[str, Any] = {"name": one.name, "kinds": one.kind_codes, "languages": one.languages}
        facts |= {"contact": one.contact, "four_eyes": one.four_eyes}
        facts |= {name: value for name, value in given.items() if value not in (None, ())}
        is_changed = change_participant(uow, code, **facts)
        uow.commit()
    click.echo(f"Changed {code}." if is_changed else f"{code} is so already.")


@command.command("suspend")
@click.argument("code")
@because_option
def suspend(code: str, because: str) -> None:
    """Stop CODE's exchange and cut it off the broker at once. What it is owed stays owed."""
    with changed() as (settings, uow):
        participant_changes.suspend(uow, code, because)
        uow.commit()
        transport = directory.get_participant(uow, code).transport
    click.echo(f"Suspended {code}.")
    if transport == Transport.AMQP:
        with broker_follows():
            expel(settings, code)


@command.command("restore")
@click.argument("code")
@because_option
@certificate_option
def restore(code: str, because: str, certificate: bool) -> None:
    """Let a suspended CODE take part again; it gets a new broker password."""
    with changed() as (settings, uow):
        participant_changes.restore(uow, code, because)
        uow.commit()
        transport = directory.get_participant(uow, code).transport
    click.echo(f"Restored {code}.")
    if transport == Transport.AMQP:
        with broker_follows():
            admit(settings, code, certificate=certificate)


@command.command("remove")
@click.argument("code")
@click.confirmation_option(prompt="Remove it for good? Its queues are deleted; messages and evidence stay")
@two_people
def remove(code: str, people: TwoPeople) -> None:
    """Propose to end CODE's part for good. The code is never used again; messages and evidence stay."""
    if people.take(steps.PARTICIPANT_REMOVED, lambda _: steps.remove_participant(code)):
        erase_removed(code)


@command.command("set-transport")
@click.argument("code")
@click.argument("transport", type=click.Choice([one.value for one in Transport]))
@certificate_option
def set_transport(code: str, transport: str, certificate: bool) -> None:
    """Reach CODE by its queue (amqp) or by the mailbox over HTTPS; what it is owed follows."""
    with changed() as (settings, uow):
        before = directory.get_participant(uow, code).transport
        directory.set_transport(uow, code, Transport(transport))
        uow.commit()
    click.echo(f"{code} is now reached by {transport}.")
    if transport == Transport.AMQP and before != transport:
        with broker_follows():
            admit(settings, code, certificate=certificate)
    elif before == Transport.AMQP and before != transport:
        with broker_follows():
            expel(settings, code)


@command.command("password")
@click.argument("code")
def password(code: str) -> None:
    """Give CODE a new broker password, shown this once. The old one stops working at its next login."""
    with opened_hub() as (settings, hub):
        with hub.work(administrator()) as uow:
            participant = directory.get_participant(uow, code)
        if not participant.active or participant.transport != Transport.AMQP:
            raise Conflict(
                f"{code} has no login at the broker: it is {participant.status}, by {participant.transport}."
            )
        admit(settings, code, certificate=False)


participant_keys.add_to(command)
participant_exchange.add_to(command)
participant_held_keys.add_to(command)


def erase_removed(code: str) -> None:
    """After the commit of a removal: its queues go."""
    with opened_hub() as (settings, hub):
        with hub.work(administrator()) as uow:
            transport = directory.get_participant(uow, code).transport
        if transport == Transport.AMQP:
            with broker_follows():
                erase(settings, code)


@contextmanager
def changed() -> Iterator[tuple[Settings, UnitOfWork]]:
    """Settings and a unit of work that the command commits."""
    with opened_hub() as (settings, hub), hub.work(administrator()) as uow:
        yield settings, uow


@contextmanager
def broker_follows() -> Iterator[None]:
    """After the commit: a broker that fails now leaves the directory changed, and the person is told so."""
    try:
        yield
    except HubError:
        click.echo(RECOVERY, err=True)
        raise


def _row(participant: Participant) -> dict[str, object]:
    return {
        "code": participant.code,
        "member": participant.member,
        "name": participant.name,
        "kinds": sorted(participant.kinds),
        "languages": participant.languages,
        "contact": participant.contact,
        "transport": participant.transport,
        "status": participant.status,
        "four_eyes": participant.four_eyes,
        "created_at": participant.created_at,
        "changed_at": participant.changed_at,
    }


def _key_row(key: ParticipantKey) -> dict[str, Any]:
    if key.revoked_at:
        state = f"revoked: {key.revoked_because}"
    else:
        state = f"until {key.valid_until:%Y-%m-%d}" if key.valid_until else "in force"
    return {
        "kid": key.kid,
        "valid_from": key.valid_from,
        "valid_until": key.valid_until,
        "state": state,
        "jwk": key.jwk,
    }
