"""The program that the README shows is the one in deploy/examples, and it works over AMQP and over HTTPS."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from board_hub.domain.deliveries import DeliveryState, Transport
from board_hub.domain.events import HUB
from board_hub.law.examples import example_notice
from board_hub.services.directory import directory
from tests.exchange.scene import await_delivery, delivery, issue
from tests.support.exchange import PASSWORD, Exchange
from tests.support.hub import DE, FR, catalogue_of
from tests.support.rabbitmq import eventually

DATABASES = ("sqlite",)
ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "deploy" / "examples" / "participant.py"


def test_the_readme_shows_it() -> None:
    shown = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert EXAMPLE.read_text(encoding="utf-8") in shown


def test_it_has_ten_lines_of_code() -> None:
    code = EXAMPLE.read_text(encoding="utf-8").partition("SigningKey\n")[2]
    assert len([line for line in code.splitlines() if line.strip()]) <= 10


@pytest.fixture
def broker_url(exchange: Exchange) -> str:
    return exchange.node.amqp_url(FR, PASSWORD, "").rstrip("/")


@pytest.fixture
def web_url(exchange: Exchange) -> Iterator[str]:
    """The web process at work, and France reached by its mailbox."""
    usual = exchange.settings
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    exchange.settings = replace(usual, web_bind=address, public_url=f"http://{address}")
    exchange.extra_environment["BOARD_HUB_WEB_WORKERS"] = "1"
    exchange.start("web")
    reach_by(exchange, Transport.MAILBOX)
    eventually(lambda: answers(f"http://{address}/health/live"), timeout=60)
    yield f"http://{address}"
    exchange.stop("web")
    reach_by(exchange, Transport.AMQP)
    exchange.settings = usual
    exchange.extra_environment.clear()


def reach_by(exchange: Exchange, transport: Transport) -> None:
    with exchange.hub.work(HUB) as uow:
        directory.set_transport(uow, FR, transport)
        uow.commit()


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).ok
    except requests.RequestException:
        return False


@pytest.mark.parametrize("address", ["broker_url", "web_url"])
def test_it_sends_gets_its_answer_and_handles_what_others_send(
    exchange: Exchange, address: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = request.getfixturevalue(address)
    key = exchange.parties[FR].key
    (tmp_path / "key.pem").write_bytes(key.to_pem())
    (tmp_path / "hub-keys.json").write_text(json.dumps({"keys": [exchange.hub.key.public_jwk()]}))
    (tmp_path / "notice.json").write_text(json.dumps(example_notice(catalogue_of(exchange.hub), "art79-5")))
    incoming = issue(exchange, DE)
    await_delivery(exchange.hub, incoming, FR, state=DeliveryState.DELIVERED)

    environment = {**os.environ, "HUB_URL": url, "KEY_FILE": "key.pem", "KEY_ID": key.kid}
    ran = subprocess.run(
        [sys.executable, EXAMPLE], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=90
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    sent = re.search(r"Receipt\(message_id='([^']+)', accepted=True", ran.stdout)
    assert sent, ran.stdout
    assert ran.stdout.count(DE) >= 1
    await_delivery(exchange.hub, incoming, FR, state=DeliveryState.HANDLED)
    assert delivery(exchange.hub, sent[1], DE)
