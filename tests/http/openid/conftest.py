"""A client of a fake provider, with a clock that the test sets."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from board_hub.domain.openid import Proof
from board_hub.http.openid.client import ProviderClient
from board_hub.services.unit_of_work import Hub
from board_hub.store.people_tables import IdentityProvider
from tests.support.provider import CLIENT_ID, HIGH, SUBSTANTIAL, FakeProvider, Providers


class Clock:
    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Stage:
    """A provider, the hub's client of it, and the clock of both."""

    provider: FakeProvider
    client: ProviderClient
    clock: Clock

    def sign_in(self, **fields: str) -> Proof:
        given = {"state": "s" * 43, "nonce": "n" * 43, "verifier": "v" * 43}
        answer = self.provider.authorize(self.client.authorization_address(**given))
        given |= fields
        return self.client.exchange(
            fields.get("code", answer["code"]), verifier=given["verifier"], nonce=given["nonce"]
        )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stage(fake_providers: Providers, sqlite_hub: Hub, clock: Clock) -> Stage:
    provider = fake_providers.add(clock=clock)
    hub = replace(sqlite_hub, clock=clock)
    return Stage(provider, ProviderClient(row_of(provider, clock), hub, "http://hub.test/login/FR/callback"), clock)


def row_of(provider: FakeProvider, clock: Clock, **changes: Any) -> IdentityProvider:
    values: dict[str, Any] = {
        "code": "FR",
        "member": "FR",
        "name": "France",
        "issuer": provider.issuer,
        "client_id": CLIENT_ID,
        "authentication": "private_key_jwt",
        "scopes": "openid profile email",
        "acr_values": [SUBSTANTIAL, HIGH],
        "algorithms": ["ES256"],
        "claims": {},
        "most_age": 0,
        "active": True,
        "created_at": clock(),
        "changed_at": clock(),
    }
    return IdentityProvider(**values | changes)
