"""The private node: what it keeps, that nodes do not meet, and that nothing outlives its supervisor."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from board_hub.domain.errors import Unavailable
from messaging.management import Management
from messaging.node import PrivateNode, find_server
from messaging.node_layout import PORT_RANGE, Ports
from messaging.provision import Provisioner
from tests.support.rabbitmq import HUB_PASSWORD, Place, eventually, open_channel

pytestmark = pytest.mark.broker


@pytest.fixture
def supervisor(rabbitmq_node: PrivateNode, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m messaging.node` on a directory of its own, ready."""
    process = subprocess.Popen([sys.executable, "-m", "messaging.node", str(tmp_path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert b"node.started" in process.stdout.readline()
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def processes_in(directory: Path) -> list[int]:
    """Ids of the living processes that work in, or were started for, a node's directory."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if str(directory) in (entry / "environ").read_text(errors="replace") or _port_mapper_of(directory, entry):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def _port_mapper_of(directory: Path, entry: Path) -> bool:
    port = str(PrivateNode(directory).ports.epmd)
    return f"epmd\0-port\0{port}\0" in (entry / "cmdline").read_text()


def test_ports_are_distinct_free_and_outside_what_clients_connect_from() -> None:
    ports = Ports.pick()
    chosen = {ports.amqp, ports.management, ports.distribution, ports.epmd}
    assert len(chosen) == 4
    assert chosen <= set(PORT_RANGE)
    assert PORT_RANGE.stop <= 32768


def test_a_server_is_found_that_is_not_the_wrapper_of_the_distribution(rabbitmq_node: PrivateNode) -> None:
    server = find_server()
    assert server is not None
    assert server.with_name("rabbitmq-defaults").exists()


def test_only_we_can_read_the_files_that_hold_the_password(rabbitmq_node: PrivateNode) -> None:
    for name in ("node.json", "rabbitmq.conf", ".erlang.cookie"):
        assert (rabbitmq_node.directory / name).stat().st_mode & 0o077 == 0


def test_there_is_no_default_guest(rabbitmq_node: PrivateNode) -> None:
    address = f"http://127.0.0.1:{rabbitmq_node.ports.management}/api/overview"
    assert requests.get(address, auth=("guest", "guest"), timeout=10).status_code == 401


def test_it_listens_on_the_loopback_interface_only(rabbitmq_node: PrivateNode) -> None:
    ports = rabbitmq_node.ports
    ours = {f"{port:04X}" for port in (ports.amqp, ports.management, ports.distribution, ports.epmd)}
    listening = [line.split()[1:4] for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    addresses = {local.split(":")[0] for local, _, state in listening if state == "0A" and local.split(":")[1] in ours}
    assert addresses == {"0100007F"}


def test_a_second_start_beside_another_node_keeps_data_and_ports(rabbitmq_node: PrivateNode, tmp_path: Path) -> None:
    first = PrivateNode(tmp_path)
    first.start()
    Provisioner(Management(first.management_url), hub_password=HUB_PASSWORD).ensure("XX-N1", "secret")
    channel = open_channel(Place(first, "XX-N1", "secret").participant_url, confirm=True)
    channel.basic_publish("to-hub", "", b"kept", mandatory=True)
    channel.connection.close()
    with pytest.raises(Unavailable, match="another process runs the node"):
        PrivateNode(tmp_path).start(timeout=0.2)
    first.stop()
    second = PrivateNode(tmp_path)
    second.start()
    assert second.ports == first.ports
    provisioner = Provisioner(Management(second.management_url), hub_password=HUB_PASSWORD)
    eventually(lambda: provisioner.depths("XX-N1")["to-hub"].ready == 1)
    assert provisioner.check("XX-N1") == []
    second.stop()
    assert processes_in(tmp_path) == []
    assert rabbitmq_node.is_running


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_its_supervisor(
    supervisor: subprocess.Popen[bytes], tmp_path: Path, how: signal.Signals
) -> None:
    assert len(processes_in(tmp_path)) >= 2
    os.kill(supervisor.pid, how)
    supervisor.wait(timeout=30)
    eventually(lambda: processes_in(tmp_path) == [], timeout=30)


def test_a_node_that_cannot_start_says_why(rabbitmq_node: PrivateNode, tmp_path: Path) -> None:
    taken = PrivateNode(tmp_path, ports=Ports(rabbitmq_node.ports.amqp, *_others()))
    with pytest.raises(Unavailable, match=r"(?s)did not start; its log ends:.*eaddrinuse"):
        taken.start()
    assert processes_in(tmp_path) == []


def _others() -> tuple[int, int, int]:
    ports = Ports.pick()
    return ports.management, ports.distribution, ports.epmd
