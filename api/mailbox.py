"""The mailbox: collecting messages over HTTPS."""

from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from typing import Any
from uuid import UUID

from flask import Response

from api.schemas import Acknowledgement, MailboxPage, MailboxQuery
from board_hub.http.current import current
from board_hub.http.sign_in import SignedInBlueprint, caller
from board_hub.services.exchange.mailbox import Page, acknowledge, await_items, check_by_mailbox, list_items

blueprint = SignedInBlueprint(
    "mailbox", __name__, url_prefix="/api/v1/mailbox", description="Messages for you, until you have collected them."
)


@blueprint.route("", methods=["GET"])
@blueprint.arguments(MailboxQuery, location="query")
@blueprint.response(200, MailboxPage, description="What waits for you, oldest first.")
@blueprint.alt_response(409, "DEFAULT_ERROR")
def get_mailbox(query: dict[str, Any]) -> dict[str, Any]:
    """What waits for you, oldest first; only you see it.

    Reading changes nothing. Acknowledge what you have stored, then send the signed `collected`.
    """
    check_by_mailbox(caller().participant)
    return _shown(_read(query))


def _read(query: dict[str, Any]) -> Page:
    """One page, waited for if there is a thread to spare for waiting."""
    serving, who = current(), caller()
    after = _after(query.get("cursor"))

    def look() -> Page:
        with serving.hub.work(who.actor) as uow:
            return list_items(uow, who.code, after=after, limit=query["limit"])

    if not query["wait"] or not serving.waiting.take():
        return look()
    try:
        return await_items(serving.hub, look, seconds=query["wait"], stopping=serving.stopping)
    finally:
        serving.waiting.leave()


def _after(cursor: str | None) -> UUID | None:
    return UUID(bytes=urlsafe_b64decode(cursor + "==")) if cursor else None


def _cursor(after: UUID | None) -> str | None:
    return urlsafe_b64encode(after.bytes).decode().rstrip("=") if after else None


def _shown(page: Page) -> dict[str, Any]:
    items = [
        {
            "message_id": item.id,
            "source": item.source,
            "body": b64encode(item.body).decode(),
            "signature": item.signature,
            "hub_signature": item.hub_signature,
            "attempt": item.attempt,
        }
        for item in page.items
    ]
    return {"items": items, "cursor": _cursor(page.following)}


@blueprint.route("/ack", methods=["POST"])
@blueprint.arguments(Acknowledgement)
@blueprint.response(204, description="Hidden until they would be sent again.")
@blueprint.alt_response(409, "DEFAULT_ERROR")
def acknowledge_items(given: dict[str, Any]) -> Response:
    """Say which items you have stored: they are hidden for a while, and closed by your signed `collected`.

    An id that is not in your mailbox refuses all of them. Saying it twice does no harm.
    """
    who = caller()
    check_by_mailbox(who.participant)
    with current().hub.work(who.actor) as uow:
        acknowledge(uow, who.code, [UUID(one) for one in given["ids"]])
        uow.commit()
    return Response(status=204)
