"""Browsers of officials at a hub that holds keys; posting forms as a browser would."""

import re
from html import unescape
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from board_hub.domain.events import HUB
from board_hub.law.examples import example_notice
from board_hub.services.access import Role
from board_hub.services.exchange.held_keys import make_held_key
from board_hub.services.people.officials import Held
from board_hub.services.unit_of_work import Hub
from board_hub.store.desk_tables import Draft
from board_hub.web.compose.controls import Choices, Filled, controls_of
from board_hub.wsgi import create_app
from tests.support.hub import DE, FR, catalogue_of, join_four, sqlite_settings
from tests.support.officials import add_official, form_token, sign_in
from tests.web.compose.test_fields import posted

__all__ = ["Desk"]


class Desk:
    """One official's browser."""

    def __init__(self, app: Flask, hub: Hub, client: FlaskClient) -> None:
        self.app, self.hub, self.client = app, hub, client
        self.token = form_token(client, "/notices/new?type=informal-message")

    def get(self, address: str) -> str:
        answer = self.client.get(address)
        assert answer.status_code == 200, (address, answer.status_code, answer.text[:2000])
        return answer.text

    def post(self, address: str, fields: Any = (), **options: Any) -> TestResponse:
        pairs = list(fields.items()) if isinstance(fields, dict) else list(fields)
        return self.client.post(address, data=MultiDict([("csrf_token", self.token), *pairs]), **options)

    def form(self, notice_type: str = "art79-5", **changes: Any) -> list[tuple[str, Any]]:
        """What a browser posts for a complete form of this type."""
        data = example_notice(catalogue_of(self.hub), notice_type) | changes
        one = catalogue_of(self.hub).notice_types[notice_type]
        controls = controls_of(one, Filled(data["fields"], data.get("missing", {})), Choices(say=str))
        outside = [(f"x-{name}", value) for name, value in data.get("external_references", {}).items()]
        to = [("to", code) for code in data.get("to", ())]
        return [("type", notice_type), ("version", "0"), ("marking", "restricted"), *posted(controls), *outside, *to]

    def write(self, notice_type: str = "art79-5", *, action: str = "save", **changes: Any) -> UUID:
        """A new draft, saved."""
        draft_id = uuid4()
        answer = self.post(f"/drafts/{draft_id}", [*self.form(notice_type, **changes), ("action", action)])
        assert answer.status_code == 303, answer.text[:3000]
        return draft_id

    def draft(self, draft_id: UUID) -> Draft:
        with self.hub.work(HUB) as uow:
            return uow.session.get_one(Draft, draft_id)

    def send(self, draft_id: UUID) -> TestResponse:
        return self.post(f"/drafts/{draft_id}/send", {"version": str(self.draft(draft_id).version)})


def text_of(page: str) -> str:
    """The words of a page."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


@pytest.fixture
def hub(sqlite_hub: Hub) -> Hub:
    join_four(sqlite_hub)
    with sqlite_hub.work(HUB) as uow:
        make_held_key(uow, FR)
        make_held_key(uow, DE)
        uow.commit()
    return sqlite_hub


@pytest.fixture
def app(hub: Hub, tmp_path: Path) -> Flask:
    return create_app(sqlite_settings(tmp_path), hub)


def open_desk(app: Flask, hub: Hub, participant: str = FR, role: Role = Role.CASE_HANDLER, **changes: Any) -> Desk:
    return Desk(app, hub, sign_in(app, add_official(hub, [Held(participant, role)], **changes)))


@pytest.fixture
def france(app: Flask, hub: Hub) -> Desk:
    return open_desk(app, hub)


@pytest.fixture
def germany(app: Flask, hub: Hub) -> Desk:
    return open_desk(app, hub, DE, name="Alex Schmidt")
