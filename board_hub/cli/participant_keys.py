"""Key commands of `board-hub participant`; what the secretariat gets is always the public half."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from board_hub.cli.two_people import TwoPeople, two_people
from board_hub.domain.errors import Invalid
from board_hub.services.exchange.public_keys import key_id, read_public_key
from board_hub.services.exchange.signing import SigningKey
from board_hub.services.operation import high_value_steps as steps
from board_hub.services.operation.bootstrap import write_key

OVERLAP_HOURS = 48


def key_options(*, required: bool) -> Callable[[Any], Any]:
    """The options --public-key and --kid."""

    def add(function: Any) -> Any:
        name = click.option("--kid", default=None, help="The key's id; made from code and thumbprint if not given.")
        file = click.option(
            "--public-key",
            required=required,
            type=click.Path(exists=True, dir_okay=False),
            help="Its public ES256 key: a JWK (JSON) or PEM file.",
        )
        return file(name(function))

    return add


def add_to(group: click.Group) -> None:
    for one in (add_key, rotate_key, revoke_key, make_key):
        group.add_command(one)


@click.command("add-key")
@click.argument("code")
@key_options(required=True)
@click.option("--valid-from", type=click.DateTime(), help="UTC; if it signed messages before now.")
@two_people
def add_key(code: str, public_key: str, kid: str | None, valid_from: datetime | None, people: TwoPeople) -> None:
    """Propose a further public key of CODE, in force beside those it has."""
    since = valid_from.replace(tzinfo=UTC) if valid_from else None
    people.take(steps.KEY_ADDED, lambda _: steps.add_key(code, read_key_file(public_key), kid, valid_from=since))


@click.command("rotate-key")
@click.argument("code")
@key_options(required=True)
@click.option("--overlap-hours", default=OVERLAP_HOURS, show_default=True, help="How long the present keys still work.")
@two_people
def rotate_key(code: str, public_key: str, kid: str | None, overlap_hours: int, people: TwoPeople) -> None:
    """Propose a new public key of CODE; the present ones end after an overlap, counted from the confirmation."""
    jwk = read_key_file(public_key)
    people.take(steps.KEY_ROTATED, lambda _: steps.rotate_key(code, jwk, kid, overlap_hours=overlap_hours))


@click.command("revoke-key")
@click.argument("kid")
@two_people
def revoke_key(kid: str, people: TwoPeople) -> None:
    """Propose to accept nothing signed with key KID any more, whatever time it claims.

    Is it urgent? `board-hub participant suspend` needs one person, and takes effect at once.
    """
    people.take(steps.KEY_REVOKED, lambda uow: steps.revoke_key(uow, kid, people.because))


@click.command("make-key")
@click.argument("code")
@click.argument("file", type=click.Path(path_type=Path))
def make_key(code: str, file: Path) -> None:
    """Make a key pair for CODE's own system: the private key into FILE (mode 0600), its public JWK to the output.

    For the participant's side. Only the JWK is given to the secretariat.
    """
    if file.exists():
        raise Invalid.one("field.invalid", "/file", f"{file} exists; a key is never written over.")
    key = SigningKey.generate("new")
    write_key(file, key)
    named = SigningKey.load(file, key_id(code, key.public_jwk()))
    click.echo(json.dumps(named.public_jwk(), indent=2))


def read_key_file(path: str) -> dict[str, str]:
    """The public key in a JWK or PEM file."""
    return read_public_key(Path(path).read_text(errors="replace"))
