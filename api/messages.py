"""Sending a message over HTTPS, and seeing what became of it."""

from base64 import b64encode
from typing import Any

from flask import Response, request
from werkzeug.exceptions import UnsupportedMediaType

from api.schemas import SentMessage
from board_hub.domain.deliveries import Transport
from board_hub.domain.envelope import MEDIA_TYPE
from board_hub.http import correlation
from board_hub.http.current import current_hub
from board_hub.http.problems import problem, summary
from board_hub.http.sign_in import SignedInBlueprint, caller
from board_hub.http.submission import submit
from board_hub.services.exchange.intake import Arrival, Outcome
from board_hub.services.exchange.mailbox import Sent, Stage, get_sent
from board_hub.store.tables import Message

SIGNATURE = "x-jws-signature"
_STATUS = {"id.reused": 409, "body.too_large": 413}
"""A refusal is 422, but where HTTP has a better word for it."""

blueprint = SignedInBlueprint("messages", __name__, url_prefix="/api/v1/messages", description="Messages you send.")

_TEXT = {"type": "string"}
_ENVELOPE: dict[str, Any] = {
    "type": "object",
    "description": "A CloudEvent 1.0. Its `data` by notice type is in the hub's AsyncAPI document.",
    "required": ["specversion", "id", "source", "type", "time", "data"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"},
        "source": {"type": "string", "examples": ["urn:aiboard:participant:FR-CNIL"]},
        "type": {"type": "string", "examples": ["eu.aiboard.notice.issued.v1"]},
        "time": {"type": "string", "format": "date-time"},
        "datacontenttype": {"const": "application/json"},
        **dict.fromkeys(("subject", "marking", "causationid", "sequence", "traceparent"), _TEXT),
        "data": {"type": "object"},
    },
}
_HEADER = {
    "name": SIGNATURE,
    "in": "header",
    "required": False,
    "description": "Detached JWS (ES256) over the body's exact bytes. A message without it is refused.",
    "schema": _TEXT,
}
_BODY = {"required": True, "content": {MEDIA_TYPE: {"schema": _ENVELOPE}}}
_SIGNED = {SIGNATURE: {"description": "The hub's detached JWS over the receipt's exact bytes.", "schema": _TEXT}}
_REFUSED = "Refused, and on record: `errors` says why, the signed `rejected` receipt is in your mailbox."


@blueprint.route("", methods=["POST"])
@blueprint.response(
    202, schema=_ENVELOPE, content_type=MEDIA_TYPE, headers=_SIGNED, description="Accepted: the signed receipt."
)
@blueprint.alt_response(204, description="Taken; a message of this type gets no receipt.", success=True)
@blueprint.alt_response(409, "DEFAULT_ERROR")
@blueprint.alt_response(413, "DEFAULT_ERROR")
@blueprint.alt_response(422, "UNPROCESSABLE_ENTITY")
@blueprint.doc(requestBody=_BODY, parameters=[_HEADER])
def send_message() -> Response:
    """Send a message: its exact bytes, signed.

    The same bytes again are answered by the same receipt, so a call whose answer was lost can simply be repeated.
    """
    if request.mimetype != MEDIA_TYPE:
        raise UnsupportedMediaType(f"Send the message as {MEDIA_TYPE}.")
    signature = request.headers.get(SIGNATURE)
    arrival = Arrival(caller().code, Transport.MAILBOX, request.get_data(cache=False), signature)
    outcome = submit(current_hub(), arrival)
    if outcome.receipt is not None:
        correlation.note(**_ids(outcome.receipt))
    return _answer(outcome) if outcome.accepted else _refusal(outcome)


def _ids(receipt: dict[str, Any]) -> dict[str, str]:
    """What the log says: the receipt, and the hub's own id of the message if there is one on record."""
    about = {"message_id": str(receipt["about"])} if receipt["about"] else {}
    return {"receipt_id": receipt["message_id"], **about}


def _answer(outcome: Outcome) -> Response:
    if outcome.receipt is None:
        return Response(status=204)
    receipt = outcome.receipt
    return Response(receipt["body"], 202, {SIGNATURE: receipt["signature"]}, content_type=MEDIA_TYPE)


def _refusal(outcome: Outcome) -> Response:
    status = next((_STATUS[flaw.code] for flaw in outcome.flaws if flaw.code in _STATUS), 422)
    members = {"receipt_id": outcome.receipt["message_id"]} if outcome.receipt else {}
    return problem(
        status,
        kind="message-refused",
        title="The message was refused",
        detail=summary(outcome.flaws),
        flaws=outcome.flaws,
        members=members,
    )


@blueprint.route("/<message_id>", methods=["GET"])
@blueprint.response(200, SentMessage, description="The message's receipt and its deliveries.")
def get_message(message_id: str) -> dict[str, Any]:
    """What became of a message you sent, by the id you gave it."""
    with current_hub().work(caller().actor) as uow:
        sent = get_sent(uow, caller().code, message_id)
    correlation.note(message_id=str(sent.message.id))
    return _shown(sent)


def _shown(sent: Sent) -> dict[str, Any]:
    message = sent.message
    return {
        "message_id": message.message_id,
        "type": message.type,
        "notice_type": message.notice_type,
        "received_at": message.received_at,
        "sha256": message.sha256,
        "receipt": _signed(sent.receipt) if sent.receipt else None,
        "deliveries": [_stage(stage) for stage in sent.stages],
    }


def _signed(message: Message) -> dict[str, str]:
    return {"body": b64encode(message.body).decode(), "signature": message.signature}


def _stage(stage: Stage) -> dict[str, Any]:
    return {**stage.row.model_dump(), "must_act": stage.must_act}
