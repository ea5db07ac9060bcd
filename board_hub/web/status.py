"""The status page: how the exchange stands, messages and who must act on each, what was refused. Never any content."""

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from werkzeug.exceptions import BadRequest

from board_hub.domain.deliveries import DeliveryState
from board_hub.domain.events import HUB
from board_hub.http.current import current_hub
from board_hub.services.exchange import message_reads
from board_hub.services.operation import overview
from board_hub.web import look, words
from board_hub.web.languages import lazy as _

status = Blueprint("status", __name__)
status.after_request(look.add_headers)
MENU = [("status.home", _("Status"), "status"), ("status.refusals", _("Refused"), "refused")]


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


@status.context_processor
def add_words() -> dict[str, Any]:
    """What these templates may call besides filters."""
    catalogues = current_hub().catalogues
    return {
        "menu": MENU,
        "states": list(DeliveryState),
        "title_of": lambda one: words.title(catalogues, one.type, one.notice_type),
        "article_of": lambda one: words.article(catalogues, one.notice_type),
    }


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
