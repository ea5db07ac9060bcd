"""Blueprints of pages: who is signed in, what a role may open, tokens against forged requests, headers."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from flask import Blueprint, Flask, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect, validate_csrf
from werkzeug.exceptions import Forbidden as ForbiddenPage
from wtforms import ValidationError

from board_hub.http.current import current, current_hub, serving_of
from board_hub.http.security import MAX_FORM
from board_hub.services.access import Reader, Role
from board_hub.services.operation.snapshot import look
from board_hub.services.people.officials import Person
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.web.look import add_headers
from board_hub.web.session import DatabaseSessions, current_person
from board_hub.web.signing_in.refreshing import ask_again, sign_in_anew

View = TypeVar("View", bound=Callable[..., Any])

ANYBODY = frozenset[Role]()
"""Open to every official who is signed in, whatever the role."""
_NEEDS, _TAKES, _KEEPS = "board_hub_needs", "board_hub_takes", "board_hub_keeps"
_FILES = -1
MOST_CONTROLS = 5_000
_csrf = CSRFProtect()


def register(app: Flask) -> None:
    """Sessions in the database, and tokens against forged requests on the pages alone: systems send no cookies."""
    app.session_interface = DatabaseSessions()
    app.config.update(WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_SSL_STRICT=False, WTF_CSRF_TIME_LIMIT=None)
    app.secret_key = serving_of(app).hub.sealer.derive("forms")  # the same in all web processes
    _csrf.init_app(app)


class OpenPages(Blueprint):
    """Pages for whoever comes (sign-in, errors); forms are protected all the same."""

    def __init__(self, name: str, import_name: str, **options: Any) -> None:
        super().__init__(name, import_name, **options)
        self.before_request(_check_origin)
        self.after_request(add_headers)


class Pages(OpenPages):
    """Pages for officials who are signed in; `roles`: who may open them, unless a view says otherwise by `needs`."""

    def __init__(self, name: str, import_name: str, *, roles: Collection[Role] = ANYBODY, **options: Any) -> None:
        super().__init__(name, import_name, **options)
        self.roles = frozenset(roles)
        self.before_request(self._check_person)

    def _check_person(self) -> ResponseReturnValue | None:
        person = current_person()
        if person is None:
            return sign_in_anew()
        if (answer := ask_again()) is not None:
            return _keep_input(is_signed_in=False) if _keeps() else answer
        wanted = needs_of(current_app, request.endpoint or "")
        if wanted and not person.has(*wanted):
            raise ForbiddenPage("This page belongs to another role than yours.")
        return None


def needs(*roles: Role) -> Callable[[View], View]:
    """A view for these roles only, whatever its blueprint says."""

    def decorate(view: View) -> View:
        setattr(view, _NEEDS, frozenset(roles))
        return view

    return decorate


def takes_bytes(most: int) -> Callable[[View], View]:
    """A view whose form may be longer than others'."""

    def decorate(view: View) -> View:
        setattr(view, _TAKES, most)
        return view

    return decorate


def takes_files(view: View) -> View:
    """A view whose form brings a file as long as the settings allow."""
    setattr(view, _TAKES, _FILES)
    return view


def keeps_input(view: View) -> View:
    """A view whose form is not lost with the session: it comes back, to be sent again after signing in."""
    setattr(view, _KEEPS, True)
    return view


def needs_of(app: Flask, endpoint: str) -> frozenset[Role] | None:
    """Roles of which one is needed at this endpoint: empty for any official, None for a page open to everybody."""
    blueprint = app.blueprints.get(endpoint.rpartition(".")[0])
    if not isinstance(blueprint, Pages):
        return None
    chosen: frozenset[Role] = getattr(app.view_functions[endpoint], _NEEDS, blueprint.roles)
    return chosen


def is_page(app: Flask, endpoint: str) -> bool:
    """Whether the endpoint is for people; all others are for systems, and documented."""
    return isinstance(app.blueprints.get(endpoint.rpartition(".")[0]), OpenPages)


def person() -> Person:
    """The official of the present request; only on pages that demand one."""
    found = current_person()
    assert found is not None
    return found


def reader() -> Reader:
    return person().reader


@contextmanager
def reading() -> Iterator[UnitOfWork]:
    """The present request's look at the hub: all from one moment, holding nobody up."""
    with look(current_hub(), person().actor) as uow:
        yield uow


@contextmanager
def writing() -> Iterator[UnitOfWork]:
    """The present request's unit of work; the view commits it."""
    with current_hub().work(person().actor) as uow:
        yield uow


def done(words: str, endpoint: str, **values: Any) -> ResponseReturnValue:
    """After a change: say what was done, on the page that shows it (303, so that a reload repeats nothing)."""
    flash(words, "success")
    return redirect(url_for(endpoint, **values), 303)


def _check_origin() -> ResponseReturnValue | None:
    """Refuse what another site makes the browser send (ASVS 3.5.1): by its origin first, then by the form's token."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return None
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site", "same-origin")
    if site not in ("same-origin", "none") or (origin is not None and origin != _own_origin()):
        raise CSRFError("This form was sent from another site.")
    _set_limits()
    if _keeps() and not _has_token():
        return _keep_input(is_signed_in=current_person() is not None)
    _csrf.protect()
    return None


def _view() -> object:
    return current_app.view_functions.get(request.endpoint or "")


def _keeps() -> bool:
    """Whether what this request brings must not be lost."""
    return request.method == "POST" and getattr(_view(), _KEEPS, False)


def _set_limits() -> None:
    """How much of the body is read; a file goes to disk while it is read."""
    most = getattr(_view(), _TAKES, None)
    if most is None:
        return
    request.max_content_length = current().settings.attachment_bytes + MAX_FORM if most == _FILES else most
    request.max_form_memory_size = MAX_FORM if most == _FILES else most
    request.max_form_parts = MOST_CONTROLS


def _has_token() -> bool:
    """Whether somebody is signed in and the form's token is of this session."""
    if current_person() is None:
        return False
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError:
        return False
    return True


def _keep_input(*, is_signed_in: bool) -> ResponseReturnValue:
    """Nothing was done. What was typed stands on the page, to be sent again by whoever has signed in."""
    if request.headers.get("HX-Request"):
        return render_template("compose/_state.html", signed_out=True)
    fields = [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]
    page = render_template("compose/kept.html", fields=fields, is_signed_in=is_signed_in, section="compose")
    return page, 200 if is_signed_in else 401


def _own_origin() -> str:
    scheme, _, rest = current().public_url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"
