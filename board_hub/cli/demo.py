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
from board_hub.cli import demo_login
from board_hub.cli.demo_seed import CODES, OTHERS, DemoPlace
from board_hub.cli.supervisor import Supervisor
from board_hub.domain.errors import Conflict, Unavailable
from board_hub.settings import Settings
from messaging.node import PrivateNode
from messaging.node_layout import find_server

PORTS = range(8080, 8180)
LOGIN_PORTS = range(8180, 8280)
"""Outside 32768-60999, from which the kernel lends ports to clients."""
READY_WITHIN = 60.0


def run_demo(directory: Path) -> str:
    """Run the demonstration until Ctrl-C (KeyboardInterrupt) or until something ends by itself; returns what did."""
    place = DemoPlace(directory.resolve())
    with _only_one(place.directory), _broker(place) as node, Supervisor() as supervisor:
        settings = _settings(place, node, supervisor)
        supervisor.say("Preparing database, keys and participants …")
        ports = _login_ports(place)
        place.seed(settings, ports)
        _start_login(supervisor, place, ports)
        _start(supervisor, settings, place)
        supervisor.say(_welcome(settings, place, with_broker=node is not None, with_login=bool(ports)))
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
    port = _free_ports(1)[0]
    if port != PORTS[0]:
        supervisor.say(f"Port {PORTS[0]} is taken: using {port}.")
    values = {
        "BOARD_HUB_DATABASE_URL": f"sqlite:///{place.directory / 'board-hub.sqlite'}",
        "BOARD_HUB_HUB_KEY_FILE": str(place.directory / "hub-key.pem"),
        "BOARD_HUB_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "BOARD_HUB_WEB_BIND": f"127.0.0.1:{port}",
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


def _free_ports(many: int, ports: range = PORTS) -> list[int]:
    found = [port for port in ports if _is_free(port)][:many]
    if len(found) < many:
        raise Unavailable(f"The ports from {ports[0]} to {ports[-1]} are taken: free one, or set BOARD_HUB_WEB_BIND.")
    return found


def _is_free(port: int) -> bool:
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does: one just left is free
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _login_ports(place: DemoPlace) -> dict[str, int]:
    """Where the demonstration's identity providers will be; none where Node.js is missing."""
    if demo_login.find_node() is None:
        click.echo(demo_login.HOW_TO_GET)
        return {}
    return place.login_ports(lambda many: _free_ports(many, LOGIN_PORTS))


def _start_login(supervisor: Supervisor, place: DemoPlace, ports: dict[str, int]) -> None:
    node = demo_login.find_node()
    if not ports or node is None:
        return
    program = demo_login.install(place.login / "program")
    supervisor.start_program("login", node, str(program), str(place.login_issuers))
    addresses = [f"{demo_login.issuer_address(port)}/.well-known/openid-configuration" for port in ports.values()]
    if not supervisor.await_condition(lambda: all(map(_answers, addresses)), READY_WITHIN):
        raise Unavailable("The demonstration's identity providers did not start; see above.")


def _start(supervisor: Supervisor, settings: Settings, place: DemoPlace) -> None:
    supervisor.start("web", "web")
    if settings.amqp_url:
        supervisor.start("intake", "intake")
        supervisor.start("relay", "relay")
    supervisor.start("scheduler", "scheduler")
    if not supervisor.await_condition(lambda: _answers(f"{settings.public_url}/health/ready"), READY_WITHIN):
        raise Unavailable(f"The hub was not ready at {settings.public_url} within {READY_WITHIN:.0f} s; see above.")
    for code in CODES:
        supervisor.start_program(code, sys.executable, "-m", "messaging.demo", str(place.system_file(code)))
    others = [str(place.system_file(code)) for code in OTHERS]
    supervisor.start_program("others", sys.executable, "-m", "messaging.demo_others", *others)


def _answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=3).ok
    except requests.RequestException:
        return False


def _welcome(settings: Settings, place: DemoPlace, *, with_broker: bool, with_login: bool) -> str:
    way = "RabbitMQ, each through a virtual host of its own" if with_broker else "the mailbox over HTTPS"
    logins = demo_login.logins(settings.public_url) if with_login else f"  {demo_login.HOW_TO_GET}"
    return f"""
  The hub is running at   {settings.public_url}

{logins}

  Look there at           the dashboard: what needs your action, the cases, and for the secretariat how the hub is
  Talking to each other   {", ".join(CODES)} (simulated; fictional data), over {way}
  Listening               one authority of each of the {len(OTHERS)} other Member States, through the mailbox
  Kept in                 {place.directory} (a second start goes on with it; `make clean` removes it)
  End it with             Ctrl-C
"""
