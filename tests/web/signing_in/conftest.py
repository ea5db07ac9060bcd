"""A hub whose officials sign in by two fake providers, France's and Germany's; the test sets the clock of all."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlmodel import col
from werkzeug.test import TestResponse

from board_hub.domain.events import HUB
from board_hub.services.people import providers
from board_hub.services.people.officials import Person
from board_hub.services.people.providers import ProviderDraft
from board_hub.services.unit_of_work import Hub
from board_hub.store.people_tables import SignIn
from board_hub.web.session import current_person
from board_hub.wsgi import create_app
from tests.http.openid.conftest import Clock
from tests.support.hub import DE, FR, join_four, sqlite_settings
from tests.support.provider import CLIENT_ID, HIGH, SUBSTANTIAL, FakeProvider, Providers

RULES = {"FR": FR, "DE": DE}


@dataclass
class Stage:
    app: Flask
    hub: Hub
    clock: Clock
    providers: dict[str, FakeProvider]

    @property
    def fr(self) -> FakeProvider:
        return self.providers["FR"]

    @property
    def de(self) -> FakeProvider:
        return self.providers["DE"]

    def begin(self, client: FlaskClient, code: str = "FR", following: str = "/") -> dict[str, str]:
        """Choose a provider and prove there who one is: what the browser then brings back."""
        answer = client.get(f"/login/{code}", query_string={"next": following})
        assert answer.status_code == 303, answer.text
        return self.providers[code].authorize(answer.location)

    def come_back(self, client: FlaskClient, brought: dict[str, Any], code: str = "FR") -> TestResponse:
        return client.get(f"/login/{code}/callback", query_string=brought)

    def sign_in(self, client: FlaskClient, code: str = "FR", following: str = "/") -> TestResponse:
        return self.come_back(client, self.begin(client, code, following), code)

    def signed_in(self, code: str = "FR") -> FlaskClient:
        client = self.app.test_client()
        assert self.sign_in(client, code).status_code == 303
        return client

    def who_signs_in(self, code: str = "FR") -> Person | None:
        """Who the provider's person is let in as; None where the hub refuses."""
        client = self.app.test_client()
        self.sign_in(client, code)
        return self.who(client)

    def who(self, client: FlaskClient) -> Person | None:
        """Who is signed in, as a page that is open to all sees it."""
        with client:
            client.get("/login/signed-out")
            return current_person()

    def attempts(self) -> list[SignIn]:
        """What was put on record, the latest first."""
        with self.hub.work(HUB) as uow:
            return list(uow.session.execute(select(SignIn).order_by(col(SignIn.id).desc())).scalars())

    def change(self, change: Callable[[Any], object]) -> None:
        with self.hub.work(HUB) as uow:
            change(uow)
            uow.commit()


def open_stage(hub: Hub, fake_providers: Providers, folder: Path, **settings: Any) -> Stage:
    clock = Clock()
    hub = replace(hub, clock=clock)
    join_four(hub)
    fakes = {code: fake_providers.add(clock=clock) for code in RULES}
    with hub.work(HUB) as uow:
        for code, fake in fakes.items():
            draft = ProviderDraft(
                name=f"Login of {code}", issuer=fake.issuer, client_id=CLIENT_ID, acr_values=[SUBSTANTIAL, HIGH]
            )
            providers.add_provider(uow, code, draft)
            providers.add_rule(uow, code, claim="groups", value="hub", participant=RULES[code], role="case_handler")
            fake.person["groups"] = ["hub", "other"]
        uow.commit()
    return Stage(create_app(replace(sqlite_settings(folder), **settings), hub), hub, clock, fakes)


@pytest.fixture
def stage(sqlite_hub: Hub, fake_providers: Providers, tmp_path: Path) -> Stage:
    return open_stage(sqlite_hub, fake_providers, tmp_path)
