"""An authority tries its own connection from the command line, over the mailbox."""

import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from board_hub.law.examples import example_notice
from board_hub.services.unit_of_work import Hub
from tests.cli.conftest import ALONE, CommandLine
from tests.support.hub import catalogue_of
from tests.support.rabbitmq import eventually

PORTS = range(21000, 32000)


@pytest.fixture
def served(board_hub: CommandLine) -> Iterator[CommandLine]:
    """The hub with `board-hub web` running."""
    port = next(port for port in PORTS if _is_free(port))
    url = f"http://127.0.0.1:{port}"
    served = CommandLine(replace(board_hub.settings, web_bind=f"127.0.0.1:{port}", public_url=url))
    environment = {name: value for name, value in served.environment.items() if value}
    web = subprocess.Popen([sys.executable, "-m", "board_hub.cli", "web"], env=environment, stderr=subprocess.DEVNULL)
    eventually(lambda: _answers(url), timeout=60)
    yield served
    web.terminate()
    assert web.wait(30) == 0


@pytest.fixture
def joined(served: CommandLine, public_key: Callable[[str], str]) -> CommandLine:
    """France, Germany and the AI Office have their keys registered."""
    for code, kind in (("FR-CNIL", "MSA"), ("DE-BNETZA", "MSA"), ("EU-AIO", "AIO")):
        key = public_key(code)
        served("participant", "add", code, "--name", code, "--kind", kind, "--public-key", key, *ALONE)
    return served


@pytest.fixture
def own_key(public_key: Callable[[str], str], tmp_path: Path) -> Path:
    """France's private key; nobody has registered its public half."""
    public_key("FR-CNIL")
    return tmp_path / "FR-CNIL.pem"


def at(joined: CommandLine, folder: Path, code: str) -> tuple[str, ...]:
    """The options by which a participant says who it is."""
    key, inbox = str(folder / f"{code}.pem"), str(folder / f"{code}.sqlite")
    return code, "--url", joined.settings.public_url, "--key", key, "--inbox", inbox


def test_a_ping_shows_each_hop(joined: CommandLine, tmp_path: Path) -> None:
    output = joined("participant", "ping", *at(joined, tmp_path, "FR-CNIL")).stdout
    assert len([line for line in output.splitlines() if line.startswith("ok")]) == 3
    assert "accepted by the hub" in output


def test_a_ping_with_a_key_the_hub_does_not_know_names_the_hop_that_failed(joined: CommandLine, tmp_path: Path) -> None:
    joined("participant", "revoke-key", kid_of(joined, "FR-CNIL"), *ALONE)
    result = joined("participant", "ping", *at(joined, tmp_path, "FR-CNIL"), code=7)
    assert "FAILED  Logged in" in result.stderr


def test_a_ping_to_nowhere_says_that_the_hub_cannot_be_reached(board_hub: CommandLine, own_key: Path) -> None:
    arguments = ("FR-CNIL", "--url", "http://127.0.0.1:9", "--key", str(own_key))
    assert "cannot be reached" in board_hub("participant", "ping", *arguments, code=7).stderr


def test_a_notice_is_sent_received_once_and_handled(joined: CommandLine, hub: Hub, tmp_path: Path) -> None:
    file = tmp_path / "notice.json"
    file.write_text(json.dumps(example_notice(catalogue_of(hub), "art79-5")))
    receipt = joined("participant", "send", *at(joined, tmp_path, "FR-CNIL"), "--notice", str(file)).stdout
    assert json.loads(receipt)["recipients"] == ["DE-BNETZA", "EU-AIO"]

    receive = ("participant", "receive", *at(joined, tmp_path, "DE-BNETZA"), "--seconds", "0.5", "--handled")
    given = [json.loads(line) for line in joined(*receive).stdout.splitlines()]
    assert [one["type"] for one in given if one["from"] == "FR-CNIL"] == ["eu.aiboard.notice.issued.v1"]
    assert {one["from"] for one in given} == {"FR-CNIL", "EU-HUB"}
    assert joined(*receive).stdout == ""
    matrix = joined("messages", "list").stdout
    assert "DE-BNETZA handled" in matrix


def test_a_rejected_notice_names_each_error(joined: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "notice.json"
    file.write_text(json.dumps({"notice_type": "art79-5", "law_version": "2026-07-27", "fields": {}}))
    send = ("participant", "send", *at(joined, tmp_path, "FR-CNIL"), "--notice", str(file))
    assert "field.missing" in joined(*send, code=5).stderr


def test_what_is_no_json_is_not_sent(board_hub: CommandLine, own_key: Path, tmp_path: Path) -> None:
    file = tmp_path / "notice.json"
    file.write_text("rubbish")
    send = ("participant", "send", *at(board_hub, tmp_path, "FR-CNIL"), "--notice", str(file))
    assert "json.invalid" in board_hub(*send, code=5).stderr


def test_over_amqp_the_hubs_keys_must_be_given(board_hub: CommandLine, own_key: Path) -> None:
    arguments = ("FR-CNIL", "--url", "amqp://FR-CNIL:x@127.0.0.1:9", "--key", str(own_key))
    assert "--hub-keys" in board_hub("participant", "ping", *arguments, code=5).stderr


def kid_of(board_hub: CommandLine, code: str) -> str:
    return str(json.loads(board_hub("participant", "show", code, "--json").stdout)["keys"][0]["kid"])


def _is_free(port: int) -> bool:
    with socket.socket() as trial:
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/health/ready", timeout=5).ok
    except requests.RequestException:
        return False
