"""The frame of the pages: who is signed in, the menu of what the person may use, the choice of language."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, current_app, redirect, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from board_hub.http.current import current
from board_hub.services.people import officials
from board_hub.services.people.officials import Person
from board_hub.web import languages, pages
from board_hub.web.languages import lazy as _
from board_hub.web.pages import OpenPages, needs_of
from board_hub.web.session import current_person

MENU: Sequence[tuple[str, Any, str]] = (
    ("actions.home", _("My actions"), "actions"),
    ("cases.listing", _("Cases"), "cases"),
    ("requests.index", _("Requests"), "requests"),
    ("compose.new", _("New notice"), "compose"),
    ("directory.show", _("Directory"), "directory"),
    ("calendar.show", _("Calendar"), "calendar"),
    ("overview.show", _("Overview"), "overview"),
    ("secretariat.home", _("Secretariat"), "secretariat"),
)
"""Endpoint, words, and the `section` that its pages set. An entry appears once its endpoint exists."""
PROFILE, SIGN_OUT = "profile.show", "login.sign_out"
_ONE_YEAR = 365 * 24 * 3600

blueprint = OpenPages("frame", __name__)


@dataclass(frozen=True)
class Head:
    """What the head of the page says of the person. Addresses are empty where there is no such page."""

    name: str
    participants: Sequence[str]
    profile_url: str
    sign_out_url: str


def register(app: Flask) -> None:
    app.context_processor(_frame)
    app.extensions["reader"] = _reader


def _reader() -> languages.Reader:
    """Language and zone of whoever is signed in."""
    person = current_person()
    if person is None:
        return languages.Reader()
    return languages.Reader(person.official.language or None, person.official.time_zone)


def _frame() -> dict[str, Any]:
    person = current_person()
    if person is None:
        return {"person": None, "menu": []}
    head = Head(person.official.name, person.participants, _address(PROFILE), _address(SIGN_OUT))
    return {"person": head, "menu": menu_of(current_app, person)}


def menu_of(app: Flask, person: Person) -> list[tuple[str, Any, str]]:
    """Entries whose page exists and is open to one of the person's roles."""
    return [entry for entry in MENU if entry[0] in app.view_functions and _may_open(app, entry[0], person)]


def _may_open(app: Flask, endpoint: str, person: Person) -> bool:
    wanted = needs_of(app, endpoint)
    return not wanted or person.has(*wanted)


def _address(endpoint: str) -> str:
    return url_for(endpoint) if endpoint in current_app.view_functions else ""


def back_address(otherwise: str = "/") -> str:
    """The page a form was sent from, if it is one of ours; never an address elsewhere."""
    came_from = urlsplit(request.headers.get("Referer", ""))
    if came_from.netloc != request.host or not came_from.path.startswith("/") or came_from.path.startswith("//"):
        return otherwise
    return came_from.path + (f"?{came_from.query}" if came_from.query else "")


@blueprint.get("/language")
def choose_language() -> Response:
    """Keep the language of a visitor in a cookie, and go back to the page."""
    chosen = _chosen(request.args.get("lang", ""))
    answer = redirect(back_address(), 303)
    answer.set_cookie(
        languages.COOKIE,
        chosen,
        max_age=_ONE_YEAR,
        secure=current().public_url.startswith("https:"),
        httponly=True,
        samesite="Lax",
    )
    return answer


@blueprint.post("/language")
def keep_language() -> Response:
    """Keep the language of an official with the official, and go back to the page."""
    chosen = _chosen(request.form.get("lang", ""))
    if current_person() is not None:
        with pages.writing() as uow:
            officials.choose_language(uow, pages.person().id, chosen)
            uow.commit()
    return redirect(back_address(), 303)


def _chosen(code: str) -> str:
    if code not in languages.LANGUAGES:
        raise BadRequest(f"lang must be one of {', '.join(languages.LANGUAGES)}.")
    return code
