"""Officials in tests: signed in without a provider, by the same services that sign-in uses."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import col, select

from board_hub.domain.events import HUB
from board_hub.domain.ids import new_secret, uuid7
from board_hub.http.current import serving_of
from board_hub.services.access import Role
from board_hub.services.directory import directory
from board_hub.services.directory.participant_changes import change_participant
from board_hub.services.people import officials, sessions
from board_hub.services.people.officials import Held, Person
from board_hub.services.unit_of_work import Hub
from board_hub.store.people_tables import IdentityProvider, Official
from board_hub.web.session import cookie_name, limits_of
from tests.support.hub import AIO, DE, FR

HANDLER_DE = (Held(DE, Role.CASE_HANDLER),)
REPRESENTATIVE_FR = (Held(FR, Role.REPRESENTATIVE), Held(FR, Role.CASE_HANDLER))
SECRETARIAT = (Held(AIO, Role.SECRETARIAT_OFFICER), Held(AIO, Role.SECRETARIAT_ADMINISTRATOR))
AUDITOR = (Held(AIO, Role.AUDITOR),)


def add_provider(hub: Hub, code: str = "FR", **changes: Any) -> IdentityProvider:
    """An identity provider that is never asked; the same one at the second call."""
    with hub.work(HUB) as uow:
        found = uow.session.get(IdentityProvider, code)
        if found is None:
            values: dict[str, Any] = {
                "code": code,
                "member": code[:2],
                "name": f"Identity provider of {code}",
                "issuer": f"https://login.{code.lower()}.example",
                "client_id": "board-hub",
                "acr_values": ["http://eidas.europa.eu/LoA/substantial"],
                "algorithms": ["ES256"],
                "created_at": uow.now,
                "changed_at": uow.now,
            }
            found = IdentityProvider(**values | changes)
            uow.session.add(found)
            uow.commit()
        return found


def add_official(hub: Hub, roles: Iterable[Held], *, name: str = "Camille Martin", **changes: Any) -> Person:
    """An official with these roles. Participants must be in the directory."""
    held = tuple(roles)
    provider = add_provider(hub, held[0].participant[:2] if held else "FR")
    with hub.work(HUB) as uow:
        values: dict[str, Any] = {
            "provider": provider.code,
            "issuer": provider.issuer,
            "subject": str(uuid7()),
            "name": name,
            "email": f"{name.lower().replace(' ', '.')}@example.eu",
            "language": "en",
            "created_at": uow.now,
            "signed_in_at": uow.now,
        }
        official = Official(**values | changes)
        uow.session.add(official)
        uow.session.flush()
        officials.set_roles(uow, official, held)
        uow.session.flush()
        person = officials.person_of(uow, official)
        uow.commit()
    return person


def session_secret(app: Flask, person: Person) -> str:
    """The secret of a new session of the official: the value of its cookie."""
    serving, secret = serving_of(app), new_secret()
    with serving.hub.work(HUB) as uow:
        official = uow.session.execute(select(Official).where(col(Official.id) == person.id)).scalar_one()
        details = {
            "provider": official.provider,
            "authenticated_at": uow.now,
            "refresh_at": uow.now + timedelta(days=1),
        }
        sessions.sign_in(uow, secret, official, limits=limits_of(serving.settings), **details)
        uow.commit()
    return secret


def sign_in(app: Flask, person: Person) -> FlaskClient:
    """A client of the application that is signed in as this official."""
    client = app.test_client()
    settings = serving_of(app).settings
    secure = settings.public_url.startswith("https:")
    client.set_cookie(cookie_name(settings), session_secret(app, person), secure=secure, httponly=True)
    return client


def form_token(client: FlaskClient, path: str = "/") -> str:
    """The token against forged requests that stands in the forms of a page."""
    page = client.get(path).get_data(as_text=True)
    marker = 'name="csrf_token" value="'
    assert marker in page, page[:500]
    return page.split(marker, 1)[1].split('"', 1)[0]


def want_four_eyes(hub: Hub, code: str, wanted: bool = True) -> None:
    """Let a second official of the participant approve what is written in the browser."""
    with hub.work(HUB) as uow:
        one = directory.get_participant(uow, code)
        facts = {"name": one.name, "kinds": one.kind_codes, "languages": one.languages, "contact": one.contact}
        change_participant(uow, code, four_eyes=wanted, **facts)
        uow.commit()
