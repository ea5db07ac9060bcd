"""The broker follows the directory: at once after each command, and whenever it is told to."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count

import pika
import pytest
from pika.exceptions import AMQPError

from board_hub.cli.broker_job import broker_jobs
from board_hub.domain.events import HUB
from board_hub.jobs.runs import run_due
from board_hub.services.directory import participant_changes
from board_hub.services.operation.job_runs import JobOutcome
from board_hub.services.operation.opening import open_hub
from messaging.management import Management
from messaging.node import PrivateNode
from messaging.topology import vhost_name
from tests.cli.conftest import ALONE, CommandLine
from tests.support.rabbitmq import connect, eventually

pytestmark = pytest.mark.broker
_numbers = count(1)


@pytest.fixture
def code(with_broker: CommandLine) -> Iterator[str]:
    """The code of a participant that is on the broker no longer than the test."""
    code = f"FR-CLI{next(_numbers)}"
    yield code
    with_broker("participant", "remove", code, "--yes", *ALONE)


@pytest.fixture
def password(with_broker: CommandLine, code: str) -> str:
    """Adds the participant; its password as the command shows it."""
    add = ("participant", "add", code, "--name", "x", "--kind", "MSA", "--transport", "amqp")
    return password_in(with_broker(*add).stdout)


@pytest.fixture
def login(rabbitmq_node: PrivateNode, code: str) -> Callable[[str], pika.BlockingConnection]:
    """Connects as the participant with a password."""
    return lambda password: connect(rabbitmq_node.amqp_url(code, password, vhost_name(code)))


Login = Callable[[str], pika.BlockingConnection]


def password_in(output: str) -> str:
    found = re.search(r"^Password .*: (\S{43})$", output, re.MULTILINE)
    assert found, output
    return found[1]


def is_cut_off(connection: pika.BlockingConnection) -> bool:
    try:
        connection.process_data_events(0)
    except AMQPError:
        return True
    return not connection.is_open


def test_the_password_shown_lets_the_participant_in(password: str, login: Login) -> None:
    login(password).close()


def test_a_new_password_replaces_the_old_one(with_broker: CommandLine, code: str, password: str, login: Login) -> None:
    new = password_in(with_broker("participant", "password", code).stdout)
    login(new).close()
    with pytest.raises(AMQPError):
        login(password)


def test_a_suspended_participant_is_cut_off_while_connected(
    with_broker: CommandLine, code: str, password: str, login: Login
) -> None:
    connection = login(password)
    with_broker("participant", "suspend", code, "--because", "test")
    eventually(lambda: is_cut_off(connection), timeout=5)
    with pytest.raises(AMQPError):
        login(password)


def test_one_suspended_on_the_pages_is_cut_off_by_the_scheduler(
    with_broker: CommandLine, code: str, password: str, login: Login
) -> None:
    """The pages change the directory alone; the scheduler's job brings the broker after it, once for each change."""
    hub = open_hub(with_broker.settings)
    (job,) = broker_jobs(with_broker.settings)
    assert run_due(hub, job) == JobOutcome.IDLE
    connection = login(password)
    with hub.work(HUB) as uow:
        participant_changes.suspend(uow, code, "Its key may be stolen.")
        uow.commit()
    assert run_due(hub, job) == JobOutcome.DONE
    eventually(lambda: is_cut_off(connection), timeout=5)
    assert run_due(hub, job) == JobOutcome.IDLE
    hub.engine.dispose()


def test_a_restored_participant_gets_a_new_password(
    with_broker: CommandLine, code: str, password: str, login: Login
) -> None:
    with_broker("participant", "suspend", code, "--because", "test")
    login(password_in(with_broker("participant", "restore", code, "--because", "test").stdout)).close()


def test_one_that_moves_to_the_mailbox_loses_its_login(
    with_broker: CommandLine, code: str, password: str, login: Login
) -> None:
    with_broker("participant", "set-transport", code, "mailbox")
    with pytest.raises(AMQPError):
        login(password)
    login(password_in(with_broker("participant", "set-transport", code, "amqp").stdout)).close()


def test_a_participant_may_log_in_by_certificate_only(with_broker: CommandLine, code: str) -> None:
    add = ("participant", "add", code, "--name", "x", "--kind", "MSA", "--transport", "amqp", "--certificate")
    output = with_broker(*add).stdout
    assert "certificate" in output
    assert "Password" not in output


def test_provision_mends_the_broker_and_leaves_the_passwords(
    with_broker: CommandLine, code: str, password: str, login: Login, management: Management
) -> None:
    management.delete("queues", vhost_name(code), "from-hub")
    assert "from-hub" in with_broker("provision").stdout
    login(password).close()


def test_provision_says_when_there_is_nothing_to_do(with_broker: CommandLine, code: str, password: str) -> None:
    said = with_broker("provision").stdout
    assert code not in said


def test_provision_cuts_off_who_was_suspended_while_the_broker_was_away(
    with_broker: CommandLine, code: str, password: str, login: Login
) -> None:
    url = re.sub(r":\d+$", ":9", with_broker.settings.amqp_management_url)
    away = CommandLine(replace(with_broker.settings, amqp_management_url=url))
    assert "board-hub provision" in away("participant", "suspend", code, "--because", "test", code=7).stderr
    login(password).close()
    with_broker("provision")
    with pytest.raises(AMQPError):
        login(password)
