"""Every page: for whom it is, and what protects it."""

from pathlib import Path

import pytest
from flask import Flask

from board_hub.domain.events import HUB
from board_hub.services.people import sessions
from board_hub.services.unit_of_work import Hub
from board_hub.web.session import current_person
from board_hub.wsgi import create_app
from tests.support.hub import DE, join_four, sqlite_settings
from tests.support.officials import HANDLER_DE, add_official, sign_in


@pytest.fixture
def app(sqlite_hub: Hub, tmp_path: Path) -> Flask:
    join_four(sqlite_hub)
    return create_app(sqlite_settings(tmp_path), sqlite_hub)


def test_a_stranger_is_sent_to_the_sign_in_page_and_back(app: Flask) -> None:
    answer = app.test_client().get("/?x=1")
    assert answer.status_code == 303
    assert answer.location == "/login?next=/?x%3D1"


def test_who_is_signed_in_is_let_in_until_the_session_ends(app: Flask, sqlite_hub: Hub) -> None:
    client = sign_in(app, add_official(sqlite_hub, HANDLER_DE))
    with client:
        client.get("/nowhere")
        person = current_person()
        assert person is not None
    assert person.participants == (DE,)
    with sqlite_hub.work(HUB) as uow:
        sessions.end_sessions_of(uow, person.id, "test")
        uow.commit()
    assert client.get("/").status_code == 303
