"""Key commands of `board-hub participant`; what the secretariat gets is always the public half."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from board_hub.cli.opening import unit_of_work
from board_hub.domain.errors import Invalid
from board_hub.services.directory import directory
from board_hub.services.exchange.public_keys import key_id, read_public_key
from board_hub.services.exchange.signing import SigningKey
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
def add_key(code: str, public_key: str, kid: str | None) -> None:
    """Register a public key of CODE, in force from now on beside those it has."""
    jwk = read_key_file(public_key)
    with unit_of_work() as uow:
        key = directory.add_key(uow, code, name_key(code, kid, jwk), jwk=jwk)
        uow.commit()
    click.echo(f"Added {key.kid} for {code}: its messages name this key id.")


@click.command("rotate-key")
@click.argument("code")
@key_options(required=True)
@click.option("--overlap-hours", default=OVERLAP_HOURS, show_default=True, help="How long the present keys still work.")
def rotate_key(code: str, public_key: str, kid: str | None, overlap_hours: int) -> None:
    """Register a new public key of CODE and let the present ones end after an overlap."""
    jwk = read_key_file(public_key)
    with unit_of_work() as uow:
        until = uow.now + timedelta(hours=overlap_hours)
        key = directory.rotate_key(uow, code, name_key(code, kid, jwk), jwk=jwk, overlap_until=until)
        uow.commit()
    click.echo(f"Added {key.kid} for {code}; its earlier keys end on {until:%Y-%m-%d %H:%M} UTC.")


@click.command("revoke-key")
@click.argument("kid")
@click.option("--because", required=True, help="The reason, on record.")
def revoke_key(kid: str, because: str) -> None:
    """Accept nothing signed with key KID any more, whatever time it claims."""
    with unit_of_work() as uow:
        directory.revoke_key(uow, kid, because)
        uow.commit()
    click.echo(f"Revoked {kid}.")


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
    named = SigningKey.load(file, name_key(code, None, key.public_jwk()))
    click.echo(json.dumps(named.public_jwk(), indent=2))


def read_key_file(path: str) -> dict[str, str]:
    """The public key in a JWK or PEM file."""
    return read_public_key(Path(path).read_text(errors="replace"))


def name_key(code: str, kid: object, jwk: dict[str, str]) -> str:
    """The key id given, or one made from the participant's code and the key itself."""
    return str(kid) if kid else key_id(code, jwk)
