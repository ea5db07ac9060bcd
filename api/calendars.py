"""Clocks as iCalendar behind a secret link, which calendar programs can subscribe to; and making such links."""

from typing import Any
from uuid import UUID

from flask import Response

from api.reading import looking
from api.schemas_files import LinkInput, LinkList, NewLinkEntry
from board_hub.domain.errors import NotFound
from board_hub.domain.events import HUB
from board_hub.http.current import current, current_hub
from board_hub.http.etags import etagged
from board_hub.http.idempotency import answer_once, repeatable
from board_hub.http.openapi import HubBlueprint
from board_hub.http.sign_in import SignedInBlueprint, caller
from board_hub.services.clocks.calendar_feed import write_calendar
from board_hub.services.clocks.calendar_links import (
    get_link,
    is_use_to_note,
    list_links,
    make_link,
    note_use,
    revoke_link,
)
from board_hub.services.exchange.idempotency import Answer
from board_hub.services.operation.snapshot import look
from board_hub.services.unit_of_work import UnitOfWork

MEDIA_TYPE = "text/calendar"
links = SignedInBlueprint(
    "calendar-links", __name__, url_prefix="/api/v1/calendar-links", description="Secret links to your clocks."
)
feed = HubBlueprint("calendar", __name__, url_prefix="/calendar", description="Your clocks, for calendar programs.")


@links.route("", methods=["GET"])
@links.response(200, LinkList, description="Those that are not revoked, the oldest first.")
def get_links() -> Any:
    """The calendar links you made."""
    with looking() as here:
        return {"links": list_links(here.uow, caller().participant)}


@links.route("", methods=["POST"])
@links.arguments(LinkInput)
@links.response(201, NewLinkEntry, description="Made. Whoever has the address sees your clocks, until you revoke it.")
@links.alt_response(409, "DEFAULT_ERROR")
@repeatable
def add_link(given: dict[str, Any]) -> Any:
    """Make a secret link to your clocks as iCalendar."""
    who, public_url = caller().participant, current().public_url

    def act(uow: UnitOfWork) -> Answer:
        made = make_link(uow, who, label=given["label"])
        entry = made.link.model_dump()
        shown = NewLinkEntry().dumps({**entry, "url": f"{public_url}/calendar/{made.secret}.ics"})
        return Answer(201, shown.encode(), kept=NewLinkEntry().dumps({**entry, "url": None}).encode())

    return answer_once(act)


@links.route("/<link_id>", methods=["DELETE"])
@links.response(204, description="Revoked.")
@links.alt_response(404, "DEFAULT_ERROR")
def remove_link(link_id: str) -> Response:
    """Revoke a link: its address is unknown from now on."""
    who = caller()
    try:
        wanted = UUID(link_id)
    except ValueError:
        raise NotFound("There is no such calendar link.") from None
    with current_hub().work(who.actor) as uow:
        revoke_link(uow, who.participant, wanted)
        uow.commit()
    return Response(status=204)


@feed.route("/<secret>.ics", methods=["GET"])
@etagged(feed)
@feed.response(200, schema={"type": "string"}, content_type=MEDIA_TYPE, description="RFC 5545, one event a clock.")
@feed.alt_response(404, "DEFAULT_ERROR")
@feed.doc(security=[])
def get_calendar(secret: str) -> Response:
    """The clocks of the participant that made this link. The address is the key: keep it to yourself."""
    hub = current_hub()
    with look(hub, HUB) as uow:
        link = get_link(uow, secret)
        written = write_calendar(uow, link.participant)
        to_note = is_use_to_note(uow, link)
    if to_note:
        with hub.work(HUB) as uow:
            note_use(uow, link.id)
            uow.commit()
    return Response(written, content_type=f"{MEDIA_TYPE}; charset=utf-8")
