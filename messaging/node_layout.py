"""What a private RabbitMQ node is made of: the installed server, four ports of its own, its configuration."""

import os
import random
import re
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

ADMINISTRATOR = "administrator"
LOOPBACK = "127.0.0.1"
# Outside 32768-60999: a client that reconnects from there can connect to itself and take the listener's port.
PORT_RANGE = range(21000, 32000)
SERVER_PLACES = (
    "/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server",
    "/usr/local/lib/rabbitmq_server-*/sbin/rabbitmq-server",
    "/opt/rabbitmq*/sbin/rabbitmq-server",
    "/opt/homebrew/opt/rabbitmq/sbin/rabbitmq-server",
)
CONFIGURATION = """\
listeners.tcp.1 = 127.0.0.1:{amqp}
management.tcp.ip = 127.0.0.1
management.tcp.port = {management}
default_user = {administrator}
default_pass = {password}
heartbeat = 20
channel_max = 32
max_message_size = 8388608
disk_free_limit.absolute = 50MB
vm_memory_high_watermark.relative = 0.2
raft.wal_max_size_bytes = 67108864
collect_statistics_interval = 1000
log.file.level = warning
log.console = false
"""
# A second between the counts a quorum queue reports (5 by default), so that a condition on them is met soon.
ADVANCED_CONFIGURATION = "[{rabbit, [{quorum_tick_interval, 1000}]}].\n"

# A scheduler that has nothing to do sleeps at once: the hub's processes are on the same machine.
ERLANG_ARGUMENTS = "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none"


@dataclass(frozen=True)
class Ports:
    """The loopback ports of one node; all four are its own, so that nodes side by side never meet."""

    amqp: int
    management: int
    distribution: int
    epmd: int

    @classmethod
    def pick(cls) -> "Ports":
        """Four free ports, chosen at random so that two processes choosing at once choose differently."""
        free = (port for port in random.sample(PORT_RANGE, len(PORT_RANGE)) if _is_free(port))
        return cls(amqp=next(free), management=next(free), distribution=next(free), epmd=next(free))


def find_server() -> Path | None:
    """The newest installed `rabbitmq-server` script, or None.

    Debian's wrapper in /usr/sbin is passed over: it insists on its own system user and on its own directories.
    """
    found = [path for place in SERVER_PLACES for path in Path("/").glob(place.removeprefix("/"))]
    on_path = shutil.which("rabbitmq-server")
    if on_path and (resolved := Path(on_path).resolve()).with_name("rabbitmq-defaults").exists():
        found.append(resolved)
    return max(found, key=_version, default=None)


def configuration(ports: Ports, password: str) -> dict[str, str]:
    """The node's files by name; rabbitmq.conf holds the administrator's password."""
    settings = CONFIGURATION.format(
        amqp=ports.amqp, management=ports.management, administrator=ADMINISTRATOR, password=password
    )
    return {
        "rabbitmq.conf": settings,
        "advanced.config": ADVANCED_CONFIGURATION,
        "enabled_plugins": "[rabbitmq_management].\n",
    }


def environment(here: Path, ports: Ports) -> dict[str, str]:
    """Nothing is inherited but the search path: an RABBITMQ_* or ERL_* of the caller's would lead elsewhere."""
    return {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "LANG": "C.UTF-8",
        "HOME": str(here),  # where Erlang keeps its cookie
        "ERL_EPMD_PORT": str(ports.epmd),
        "ERL_EPMD_ADDRESS": LOOPBACK,
        "ERL_CRASH_DUMP_BYTES": "0",
        "RABBITMQ_NODENAME": "hub@localhost",
        "RABBITMQ_DIST_PORT": str(ports.distribution),
        "RABBITMQ_MNESIA_BASE": str(here / "data"),
        "RABBITMQ_LOG_BASE": str(here / "log"),
        "RABBITMQ_PID_FILE": str(here / "node.pid"),
        "RABBITMQ_CONFIG_FILE": str(here / "rabbitmq.conf"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(here / "advanced.config"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(here / "enabled_plugins"),
        "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": ERLANG_ARGUMENTS,
        # The script then becomes the Erlang machine instead of watching over it: one process to signal.
        "RUNNING_UNDER_SYSTEMD": "true",
    }


def _is_free(port: int) -> bool:
    with socket.socket() as trial:
        try:
            trial.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def _version(script: Path) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", script.parent.parent.name))
