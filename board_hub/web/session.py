"""Flask's session, kept on the server: the cookie holds a secret, the database what belongs to it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

from flask import Flask, Request, Response, request, session
from flask.sessions import SessionInterface, SessionMixin
from werkzeug.datastructures import CallbackDict

from board_hub.domain.events import HUB
from board_hub.domain.ids import new_secret
from board_hub.http.current import serving_of
from board_hub.services.operation.snapshot import look
from board_hub.services.people import sessions
from board_hub.services.people.officials import Person
from board_hub.services.people.sessions import TOUCH_EVERY, FoundSession, Limits
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.settings import Settings

COOKIE = "board-hub"
_STATIC = "/assets/"


class StoredSession(CallbackDict[str, Any], SessionMixin):
    """What Flask and its extensions keep for one browser. secret: the cookie's; None until there is something to keep.

    `start(secret)` replaces it by a session that a service opened (sign-in): the old secret is worth nothing from then.
    """

    def __init__(self, secret: str | None = None, found: FoundSession | None = None) -> None:
        def _note(_: "CallbackDict[str, Any]") -> None:
            self.modified = True

        super().__init__(dict(found.row.content) if found else {}, _note)
        self.secret = secret if found else None
        self.found = found
        self.old_secret: str | None = None
        self.modified = False
        self.new = found is None
        self.closed = False

    def start(self, secret: str) -> None:
        """Go on under a new secret, whose row is there already; what was kept before is forgotten (ASVS 7.2.4)."""
        self.old_secret, self.secret, self.new = self.secret, secret, False
        self.clear()
        self.modified = True

    def close(self) -> None:
        """The session ends with this answer; whoever calls has ended its row."""
        self.clear()
        self.closed = True


def limits_of(settings: Settings) -> Limits:
    return Limits(timedelta(minutes=settings.session_idle_minutes), timedelta(hours=settings.session_hours))


def cookie_name(settings: Settings) -> str:
    """`__Host-` binds the cookie to this host and to TLS; a demonstration on plain loopback has neither."""
    return f"__Host-{COOKIE}" if settings.public_url.startswith("https:") else COOKIE


class DatabaseSessions(SessionInterface):
    """Finds, keeps and ends sessions; one read for each request, a write only where something changed."""

    def open_session(self, app: Flask, request: Request) -> StoredSession:
        serving = serving_of(app)
        secret = request.cookies.get(cookie_name(serving.settings))
        if not secret or len(secret) > 100 or request.path.startswith(_STATIC):
            return StoredSession()
        with look(serving.hub, HUB) as uow:
            found = sessions.find_session(uow, secret, limits_of(serving.settings))
        return StoredSession(secret, found)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        stored, settings = cast(StoredSession, session), serving_of(app).settings
        name = cookie_name(settings)
        if stored.closed:
            response.delete_cookie(name, path="/", secure=name != COOKIE, httponly=True, samesite="Lax")
            return
        secret = self._keep(app, stored)
        if secret is not None:
            response.set_cookie(name, secret, path="/", secure=name != COOKIE, httponly=True, samesite="Lax")

    def _keep(self, app: Flask, stored: StoredSession) -> str | None:
        """Write what changed; the secret, where the browser has to learn it."""
        if stored.new and stored.modified and stored:
            secret = new_secret()
            _write(app, lambda uow: sessions.open_session(uow, secret, stored, browser=_browser()))
            return secret
        if stored.secret is None:
            return None
        known = stored.secret
        if stored.modified:
            _write(app, lambda uow: _keep_and_forget(uow, stored, known))
        elif stored.found and serving_of(app).hub.clock() - stored.found.row.seen_at > TOUCH_EVERY:
            _write(app, lambda uow: sessions.touch_session(uow, known))
        return known if stored.old_secret is not None or stored.found is None else None


def _keep_and_forget(uow: UnitOfWork, stored: StoredSession, secret: str) -> None:
    sessions.keep_content(uow, secret, stored)
    if stored.old_secret:
        sessions.end_session(uow, sessions.session_id(stored.old_secret), "signed in")


def _write(app: Flask, change: Callable[[UnitOfWork], object]) -> None:
    with serving_of(app).hub.work(HUB) as uow:
        change(uow)
        uow.commit()


def _browser() -> str:
    return request.headers.get("User-Agent", "")


def current_session() -> StoredSession:
    """The session of the present request."""
    return cast(StoredSession, session._get_current_object())  # type: ignore[attr-defined]


def current_person() -> Person | None:
    """Who is signed in, if anybody."""
    found = current_session().found
    return found.person if found else None
