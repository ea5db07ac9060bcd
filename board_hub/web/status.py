"""The status page: how the exchange stands, messages and who must act on each, what was refused. Never any content."""

from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from board_hub.domain.deliveries import DeliveryState
from board_hub.domain.errors import NotFound, Unavailable
from board_hub.domain.events import HUB
from board_hub.http.current import current_hub
from board_hub.services.exchange import message_reads
from board_hub.services.operation import overview
from board_hub.web import words

_HERE = Path(__file__).parent
_TEMPLATES = next(
    (folder for folder in (_HERE.parent / "templates", _HERE.parents[1] / "templates") if folder.is_dir()),
    _HERE.parents[1] / "templates",
)
_STATIC = _HERE / "static"
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
YEAR = 31_536_000

status = Blueprint(
    "status", __name__, template_folder=str(_TEMPLATES), static_folder=str(_STATIC), static_url_path="/assets"
)
for _filter in (
    words.day,
    words.clock_time,
    words.instant,
    words.grouped,
    words.count,
    words.plural,
    words.member_shown_as,
    words.member_name,
    words.short_id,
):
    status.add_app_template_filter(_filter)


@status.get("/")
def home() -> str:
    """State of the hub and its latest messages."""
    chosen, stage, before = _participant(), _stage(), _before()
    with current_hub().work(HUB) as uow:
        state = overview.get_state(uow)
        page = message_reads.list_messages(uow, participant=chosen, stage=stage, before=before)
    return render_template("status/home.html", state=state, page=page, chosen=chosen, stage=stage, before=before)


@status.get("/messages/<uuid:message_id>")
def message(message_id: UUID) -> str:
    """One message and its delivery matrix."""
    with current_hub().work(HUB) as uow:
        shown = message_reads.get_message(uow, message_id)
        names = {code: one.name for code, one in uow.directory.participants.items()}
    return render_template("status/message.html", message=shown, names=names)


@status.get("/refused")
def refusals() -> str:
    """What was refused."""
    before = _before()
    with current_hub().work(HUB) as uow:
        page = message_reads.list_refusals(uow, before=before)
    return render_template("status/refusals.html", page=page, before=before)


@status.get("/refused/<uuid:refusal_id>")
def refusal(refusal_id: UUID) -> str:
    """Why one message was refused."""
    with current_hub().work(HUB) as uow:
        shown = message_reads.get_refusal(uow, refusal_id)
    return render_template("status/refusal.html", refusal=shown)


@status.errorhandler(NotFound)
def not_found(error: NotFound) -> ResponseReturnValue:
    return render_template("status/problem.html", heading="There is no such page", explanation=str(error)), 404


@status.errorhandler(BadRequest)
def bad_request(error: BadRequest) -> ResponseReturnValue:
    return render_template("status/problem.html", heading="Wrong address", explanation=error.description), 400


@status.errorhandler(Unavailable)
def unavailable(error: Unavailable) -> ResponseReturnValue:
    explanation = "The hub cannot reach its database at the moment. Nothing accepted is lost; try again in a minute."
    return render_template("status/problem.html", heading="Please try again later", explanation=explanation), 503


@status.after_request
def add_headers(response: Response) -> Response:
    """No script, style or connection from elsewhere; no cache keeps a page; assets are kept (`v` names them)."""
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    kept = request.endpoint == "status.static" and "v" in request.args
    response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable" if kept else "no-store"
    return response


@status.context_processor
def add_words() -> dict[str, Any]:
    """What templates may call besides filters."""
    catalogues = current_hub().catalogues
    return {
        "words": words,
        "states": list(DeliveryState),
        "title_of": lambda one: words.title(catalogues, one.type, one.notice_type),
        "article_of": lambda one: words.article(catalogues, one.notice_type),
        "law_version": max(catalogues),
        "asset": _asset,
    }


def _asset(name: str) -> str:
    """The address of a static file, with its digest, so that a new one is fetched and an old one is kept."""
    digest = _DIGESTS.get(name) or sha256((_STATIC / name).read_bytes()).hexdigest()[:12]
    if not current_app.debug:
        _DIGESTS[name] = digest
    return url_for("status.static", filename=name, v=digest)


_DIGESTS: dict[str, str] = {}


def _participant() -> str | None:
    """The participant asked for; whether it exists is not checked: one without messages has none."""
    return request.args.get("participant") or None


def _stage() -> DeliveryState | None:
    try:
        return DeliveryState(request.args["state"]) if request.args.get("state") else None
    except ValueError:
        raise BadRequest(f"state must be one of {', '.join(DeliveryState)}.") from None


def _before() -> UUID | None:
    try:
        return UUID(request.args["before"]) if request.args.get("before") else None
    except ValueError:
        raise BadRequest("before must be the id of a message, as in the link “Older”.") from None
