"""The process's clients, one for each provider and state of its row: a changed row is a new client at once."""

import threading
from datetime import datetime

from flask import Flask, current_app

from board_hub.http.current import serving_of
from board_hub.http.openid.client import ProviderClient
from board_hub.store.people_tables import IdentityProvider

_KEY = "board_hub_providers"


class Clients:
    def __init__(self, app: Flask) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._clients: dict[str, tuple[datetime, ProviderClient]] = {}

    def of(self, provider: IdentityProvider) -> ProviderClient:
        with self._lock:
            known = self._clients.get(provider.code)
            if known is None or known[0] != provider.changed_at:
                serving = serving_of(self._app)
                client = ProviderClient(provider, serving.hub, callback_address(serving.public_url, provider.code))
                known = self._clients[provider.code] = (provider.changed_at, client)
            return known[1]


def callback_address(public_url: str, code: str) -> str:
    """The one redirect URI of a provider: an answer of another one never reaches it (RFC 9700 §4.4)."""
    return f"{public_url.rstrip('/')}/login/{code}/callback"


def register(app: Flask) -> None:
    app.extensions[_KEY] = Clients(app)


def client_of(provider: IdentityProvider) -> ProviderClient:
    """The present application's client of this provider."""
    clients: Clients = current_app.extensions[_KEY]
    return clients.of(provider)
