"""The demonstration: a private broker and database, four participants with keys, and their simulated systems."""

import fcntl
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import requests

from board_hub import log
from board_hub.cli.demo_seed import CODES, OTHERS, DemoPlace
from board_hub.cli.supervisor import Supervisor
from board_hub.domain.errors import Conflict, Unavailable
from board_hub.settings import Settings
from messaging.node import PrivateNode
from messaging.node_layout import find_server

PORTS = range(8080, 8180)
"""Outside 32768-60999, from which the kernel lends ports to clients."""
READY_WITHIN = 60.0


def run_demo(directory: Path) -> str:
    """Run the demonstration until Ctrl-C (KeyboardInterrupt) or until something ends by itself; returns what did."""
    place = DemoPlace(directory.resolve())
    with _only_one(place.directory), _broker(place) as node, Supervisor() as supervisor:
        settings = _settings(place, node, supervisor)
        supervisor.say("Preparing database, keys and participants …")
        place.seed(settings)
        _start(supervisor, settings, place)
        supervisor.say(_welcome(settings, place, with_broker=node is not None))
        return supervisor.watch(lambda: "the broker ended by itself" if node and not node.is_running else None)


@contextmanager
def _only_one(directory: Path) -> Iterator[None]:
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "demo.lock").open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(f"A demonstration runs in {directory} already; end that one first.") from None
        yield


@contextmanager
def _broker(place: DemoPlace) -> Iterator[PrivateNode | None]:
    """The private RabbitMQ node; None where there is to be none, or none can be had."""
    if os.environ.get("BROKER") == "none":
        click.echo("BROKER=none: no RabbitMQ. The authorities' systems use the mailbox over HTTPS.")
        yield None
        return
    if find_server() is None:
        click.echo("RabbitMQ is not installed (apt-get install rabbitmq-server): the authorities' systems use the")
        click.echo("mailbox over HTTPS instead. Everything else is the same.")
        yield None
        return
    node = PrivateNode(place.directory / "broker")
    click.echo("Starting a private RabbitMQ node …")
    node.start()
    try:
        yield node
    finally:
        node.stop()


def _settings(place: DemoPlace, node: PrivateNode | None, supervisor: Supervisor) -> Settings:
    """The hub's settings, also put into the processes' environment; whatever the caller's environment sets wins."""
    port = _free_port(supervisor)
    values = {
        "BOARD_HUB_DATABASE_URL": f"sqlite:///{place.directory / 'board-hub.sqlite'}",
        "BOARD_HUB_HUB_KEY_FILE": str(place.directory / "hub-key.pem"),
        "BOARD_HUB_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "BOARD_HUB_WEB_BIND": f"127.0.0.1:{port}",
        "BOARD_HUB_STATUS_PAGE": "true",
        "BOARD_HUB_DEMONSTRATION": "true",
        "BOARD_HUB_LOG_FORMAT": "console",
        "BOARD_HUB_LOG_LEVEL": "warning",
    }
    if node is not None:
        values["BOARD_HUB_AMQP_URL"] = node.amqp_url("hub", place.password("hub"), "").rstrip("/")
        values["BOARD_HUB_AMQP_MANAGEMENT_URL"] = node.management_url
    environment = values | {name: text for name, text in os.environ.items() if name.startswith("BOARD_HUB_")}
    supervisor.add_environment(environment)
    settings = Settings.from_environment(environment)
    log.configure(settings)
    return settings


def _free_port(supervisor: Supervisor) -> int:
    for port in PORTS:
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does: one just left is free
            try:
                trial.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port != PORTS[0]:
            supervisor.say(f"Port {PORTS[0]} is taken: using {port}.")
        return port
    raise Unavailable(f"All ports from {PORTS[0]} to {PORTS[-1]} are taken: free one, or set BOARD_HUB_WEB_BIND.")


def _start(supervisor: Supervisor, settings: Settings, place: DemoPlace) -> None:
    supervisor.start("web", "web")
    if settings.amqp_url:
        supervisor.start("intake", "intake")
        supervisor.start("relay", "relay")
    supervisor.start("scheduler", "scheduler")
    if not supervisor.await_condition(lambda: _is_ready(settings), READY_WITHIN):
        raise Unavailable(f"The hub was not ready at {settings.public_url} within {READY_WITHIN:.0f} s; see above.")
    for code in CODES:
        supervisor.start_program(code, sys.executable, "-m", "messaging.demo", str(place.system_file(code)))
    others = [str(place.system_file(code)) for code in OTHERS]
    supervisor.start_program("others", sys.executable, "-m", "messaging.demo_others", *others)


def _is_ready(settings: Settings) -> bool:
    try:
        return requests.get(f"{settings.public_url}/health/ready", timeout=3).ok
    except requests.RequestException:
        return False


def _welcome(settings: Settings, place: DemoPlace, *, with_broker: bool) -> str:
    way = "RabbitMQ, each through a virtual host of its own" if with_broker else "the mailbox over HTTPS"
    return f"""
  The hub is running at   {settings.public_url}

  Look there at           the messages, and for each of them the delivery matrix: recipient, state, who must act
  Talking to each other   {", ".join(CODES)} (simulated; fictional data), over {way}
  Listening               one authority of each of the {len(OTHERS)} other Member States, through the mailbox
  Kept in                 {place.directory} (a second start goes on with it; `make clean` removes it)
  End it with             Ctrl-C
"""
