"""The tests' own RabbitMQ: one private node per test process, and participants of a test's own on it."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel

from messaging.node import PrivateNode, find_server
from messaging.provision import Management, Provisioner
from messaging.topology import HUB_USER, user_name, vhost_name

HUB_PASSWORD = "the hub's own / with what an address must quote"
_numbers = count(1)


@dataclass(frozen=True)
class Place:
    """A participant on the broker of the tests."""

    node: PrivateNode
    code: str
    password: str

    @property
    def vhost(self) -> str:
        return vhost_name(self.code)

    @property
    def participant_url(self) -> str:
        return self.node.amqp_url(user_name(self.code), self.password, self.vhost)

    @property
    def hub_url(self) -> str:
        return self.node.amqp_url(HUB_USER, HUB_PASSWORD, self.vhost)

    @property
    def administrator_url(self) -> str:
        return self.node.amqp_url(self.node.administrator, self.node.administrator_password, self.vhost)


@pytest.fixture(scope="session")
def rabbitmq_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateNode]:
    """A running node; with xdist each worker has one, so that no test meets another worker's participants."""
    if find_server() is None:
        message = "RabbitMQ is not installed: apt-get install rabbitmq-server"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    node = PrivateNode(tmp_path_factory.mktemp("rabbitmq"))
    node.start()
    yield node
    node.kill()  # nothing of it is kept, and an orderly stop takes seconds
    node.stop()


@pytest.fixture(scope="session")
def management(rabbitmq_node: PrivateNode) -> Management:
    return Management(rabbitmq_node.management_url)


@pytest.fixture(scope="session")
def provisioner(management: Management) -> Provisioner:
    return Provisioner(management, hub_password=HUB_PASSWORD)


@pytest.fixture
def new_place(rabbitmq_node: PrivateNode, provisioner: Provisioner) -> Iterator[Callable[[], Place]]:
    """Call it for a participant that nobody else has; it is removed after the test."""
    made: list[Place] = []

    def make() -> Place:
        made.append(Place(rabbitmq_node, fresh_code(), "participant's own"))
        provisioner.ensure(made[-1].code, made[-1].password)
        provisioner.await_ready(made[-1].code)
        return made[-1]

    yield make
    for place in made:
        provisioner.remove(place.code)


@pytest.fixture
def place(new_place: Callable[[], Place]) -> Place:
    """One participant that nobody else has."""
    return new_place()


def fresh_code() -> str:
    """A participant code no other test of this process has."""
    return f"XX-T{next(_numbers)}"


def connect(url: str) -> pika.BlockingConnection:
    """One attempt, bounded in time."""
    parameters = pika.URLParameters(url)
    parameters.socket_timeout = parameters.stack_timeout = parameters.blocked_connection_timeout = 10
    parameters.connection_attempts = 1
    return pika.BlockingConnection(parameters)


def open_channel(url: str, *, confirm: bool = False) -> BlockingChannel:
    """A channel on a connection of its own; close the connection with `channel.connection.close()`."""
    channel = connect(url).channel()
    if confirm:
        channel.confirm_delivery()
    return channel


def eventually(condition: Callable[[], object], *, timeout: float = 45) -> None:
    """Wait until the condition is true; AssertionError when it is not in time."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "the condition was not met in time"
        time.sleep(0.05)
