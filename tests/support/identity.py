"""Real identity providers in tests: the demonstration's, on the certified npm oidc-provider, beside a served hub."""

import json
import re
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urljoin

import requests
from flask import Flask
from werkzeug.serving import make_server

from board_hub.cli import demo_login
from board_hub.domain.events import HUB
from board_hub.services.operation.bootstrap import prepare
from board_hub.services.unit_of_work import Hub
from board_hub.settings import Settings
from board_hub.wsgi import create_app
from tests.support.hub import Party, join_four, sqlite_settings


@dataclass
class Scene:
    """A hub of four parties at `base`, and its providers at `ports`; `issuers` is their configuration, in a file."""

    hub: Hub
    parties: dict[str, Party]
    app: Flask
    base: str
    ports: dict[str, int]
    issuers: Path


def sign_in_as(browser: requests.Session, address: str, person: str) -> requests.Response:
    """Open this address of the hub, over HTTP: to the provider, choose the person there, and back to the hub."""
    page = browser.get(address, timeout=30)
    if "/interaction/" not in page.url:
        return page
    action = re.search(r'action="([^"]+)"', page.text)
    assert action is not None, page.text
    return browser.post(urljoin(page.url, action[1]), data={"person": person}, timeout=30)


def free_ports(many: int) -> list[int]:
    """Ports that nobody has at this moment."""
    trials = [socket.create_server(("127.0.0.1", 0)) for _ in range(many)]
    ports = [int(trial.getsockname()[1]) for trial in trials]
    for trial in trials:
        trial.close()
    return ports


@contextmanager
def real_providers(folder: Path, **settings: object) -> Iterator[Scene]:
    """The demonstration's people, providers and rules, and a hub on which they sign in."""
    port, *others = free_ports(1 + len(demo_login.PROVIDERS))
    base, ports = f"http://127.0.0.1:{port}", dict(zip(demo_login.PROVIDERS, others, strict=True))
    chosen = replace(sqlite_settings(folder), public_url=base, demonstration=True, **settings)
    hub, parties = _seeded(chosen, ports)
    issuers = folder / "issuers.json"
    issuers.write_text(demo_login.issuers(ports, base, hub.key.public_jwk()))
    app = create_app(chosen, hub)
    server = make_server("127.0.0.1", port, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with _running(demo_login.install(folder / "idp"), issuers):
        yield Scene(hub, parties, app, base, ports, issuers)
    server.shutdown()
    server.server_close()
    hub.engine.dispose()


def _seeded(settings: Settings, ports: dict[str, int]) -> tuple[Hub, dict[str, Party]]:
    hub = prepare(settings)
    parties = join_four(hub)
    with hub.work(HUB) as uow:
        demo_login.seed_providers(uow, ports)
        uow.commit()
    return hub, parties


@contextmanager
def _running(program: Path, issuers: Path) -> Iterator[None]:
    node = demo_login.find_node()
    assert node is not None, "Node.js and npm are needed: apt-get install nodejs npm"
    process = subprocess.Popen([node, str(program), str(issuers)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if line.strip() == b"ready":
                break
        assert process.poll() is None, f"the provider ended: {json.loads(issuers.read_text())}"
        yield
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()
