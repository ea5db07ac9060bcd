"""Messages by id with their whole life: receipts, each delivery, the evidence. Metadata, never what a message says."""

from typing import Any
from uuid import UUID

from flask import render_template, request
from werkzeug.exceptions import BadRequest

from board_hub.domain.deliveries import DeliveryState
from board_hub.http.current import current_hub
from board_hub.services.exchange import message_life, message_reads
from board_hub.services.exchange.message_reads import MessagePage
from board_hub.services.people.names import name_actors
from board_hub.web import words
from board_hub.web.pages import reading
from board_hub.web.parameters import read_uuid
from board_hub.web.secretariat.navigation import secretariat


@secretariat.context_processor
def _words() -> dict[str, Any]:
    catalogues = current_hub().catalogues
    return {
        "title_of": lambda one: words.title(catalogues, one.type, one.notice_type),
        "article_of": lambda one: words.article(catalogues, one.notice_type),
        "delivery_states": list(DeliveryState),
    }


@secretariat.get("/messages")
def messages() -> str:
    """Notices, withdrawals and pings, the newest first; or those that somebody names."""
    chosen, stage, before = request.args.get("participant", ""), _stage(), read_uuid("before")
    name = request.args.get("name", "").strip()[:64]
    with reading() as uow:
        if name:
            page = MessagePage(message_reads.list_named(uow, message_life.find_by_name(uow, name)))
        else:
            page = message_reads.list_messages(uow, participant=chosen or None, stage=stage, before=before)
        codes = sorted(uow.directory.participants)
    shown = {"page": page, "chosen": chosen, "stage": stage, "before": before, "name": name, "codes": codes}
    return render_template("secretariat/messages.html", **shown)


@secretariat.get("/messages/<uuid:message_id>")
def message(message_id: UUID) -> str:
    """One message: from its receipt to each recipient's signature."""
    with reading() as uow:
        shown = message_reads.get_message(uow, message_id)
        life = message_life.list_events_about(uow, str(message_id))
        actors = name_actors(uow, [one.actor for one in life])
        names = {code: one.name for code, one in uow.directory.participants.items()}
    return render_template("secretariat/message.html", message=shown, life=life, actors=actors, names=names)


def _stage() -> DeliveryState | None:
    try:
        return DeliveryState(request.args["state"]) if request.args.get("state") else None
    except ValueError:
        raise BadRequest(f"state must be one of {', '.join(DeliveryState)}.") from None
