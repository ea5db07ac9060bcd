"""`board-hub participant ping|send|receive`: an authority tries its own connection, with its own key."""

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from board_hub.cli.printing import print_json, words
from board_hub.domain.envelope import MessageType
from board_hub.domain.errors import Flaw, Invalid, Unavailable
from board_hub.services.exchange.public_keys import key_id
from board_hub.services.exchange.signing import SigningKey
from messaging.client import Client, Receipt, Received

PATIENCE = 30


def add_to(group: click.Group) -> None:
    for one in (ping, send, receive):
        group.add_command(one)


def connection_options(function: Any) -> Any:
    """Who one is, with which key, and where the hub is."""
    file = click.Path(exists=True, path_type=Path)
    options: list[Callable[[Any], Any]] = [
        click.argument("code"),
        click.option("--url", required=True, help="https://hub.example, or amqps://CODE:password@broker:5671."),
        click.option("--key", "key_file", required=True, type=file, help="Your private key (PEM)."),
        click.option("--kid", help="The key's id, where the hub's directory has one of your own choice."),
        click.option("--hub-keys", type=file, help="The hub's public keys (JWKS); needed for AMQP."),
        click.option("--inbox", type=click.Path(path_type=Path), help="File that remembers what came [CODE.sqlite]."),
    ]
    for option in reversed(options):
        function = option(function)
    return function


@click.command("ping")
@connection_options
def ping(**connection: Any) -> None:
    """Send a signed ping and show each hop: connection, signature accepted, receipt back and verified."""
    client = _step("Your key and the hub's keys are at hand", lambda: connect(**connection))
    with client:
        message_id = _step("Logged in; the signed ping is handed over", lambda: client.send(MessageType.PING_SENT, {}))
        receipt = _step("The hub's receipt is here, and signed by the hub", lambda: _await(client, message_id))
    _raise_if_rejected(receipt)
    click.echo(f"accepted by the hub at {receipt.content['accepted_at']}: your connection works both ways.")


@click.command("send")
@connection_options
@click.option(
    "--notice", type=click.File("r"), required=True, help="JSON file with the notice's data; - for the input."
)
@click.option("--subject", help="Case reference.")
def send(notice: Any, subject: str | None, **connection: Any) -> None:
    """Send a notice and print the hub's signed answer."""
    try:
        content = json.load(notice)
    except ValueError as error:
        raise Invalid.one("json.invalid", "", f"The notice is no JSON: {error}.") from None
    with connect(**connection) as client:
        receipt = _await(client, client.send_notice(content, subject=subject))
    _raise_if_rejected(receipt)
    print_json(receipt.content)


@click.command("receive")
@connection_options
@click.option("--seconds", default=5.0, show_default=True, help="End after this long without a message.")
@click.option("--handled", is_flag=True, help="Also sign that your authority acted on each.")
def receive(seconds: float, handled: bool, **connection: Any) -> None:
    """Print the messages that wait, one JSON object a line, each once; the hub is told that they were collected."""
    with connect(**connection) as client:
        for message in client.receive(seconds):
            click.echo(json.dumps(_as_line(message), ensure_ascii=False))
            if handled:
                message.handled()


def connect(
    code: str, *, url: str, key_file: Path, kid: str | None, hub_keys: Path | None, inbox: Path | None
) -> Client:
    """A client by the address's scheme; Invalid when something about it is missing."""
    try:
        key = SigningKey.load(key_file, "unnamed")
        key = SigningKey.load(key_file, kid or key_id(code, key.public_jwk()))
    except ValueError as error:
        raise Invalid.one("field.invalid", "/key", f"{key_file}: {error}.") from None
    known = json.loads(hub_keys.read_text()) if hub_keys else None
    place = inbox or Path(f"{code}.sqlite")
    if url.startswith(("http://", "https://")):
        return Client.https(url, code, key=key, inbox=place, hub_keys=known)
    if known is None:
        raise Invalid.one(
            "field.missing", "/hub-keys", "Over AMQP give --hub-keys: the JWKS at the hub's /.well-known/jwks.json."
        )
    return Client.amqp(url, code, key=key, inbox=place, hub_keys=known)


def _step(says: str, act: Callable[[], Any]) -> Any:
    """Do one hop, and print it with the time it took; a hop that fails is named before its error ends the command."""
    started = time.monotonic()
    try:
        result = act()
    except Exception:
        click.echo(f"FAILED  {says}", err=True)
        raise
    click.echo(f"ok  {(time.monotonic() - started) * 1000:6.0f} ms  {says}")
    return result


def _await(client: Client, message_id: str) -> Receipt:
    receipt = client.receipt(message_id, PATIENCE)
    if receipt is None:
        raise Unavailable(
            f"The hub has not answered message {message_id} within {PATIENCE} s. It was sent and is not lost: look "
            "again with `participant receive`; if nothing comes, ask the secretariat whether intake runs."
        )
    return receipt


def _raise_if_rejected(receipt: Receipt) -> None:
    if not receipt.accepted:
        raise Invalid(Flaw(**{name: error[name] for name in ("code", "path", "message")}) for error in receipt.errors)


def _as_line(message: Received) -> Mapping[str, Any]:
    envelope = message.envelope
    return {
        "from": message.sender,
        "id": envelope.id,
        "type": envelope.type,
        "time": words(envelope.time),
        "subject": envelope.subject,
        "data": envelope.data,
    }
