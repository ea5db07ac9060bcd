"""One notice, the draft that an informal message gives for a formal one, and passing a notice on."""

from base64 import b64encode
from dataclasses import asdict
from typing import Any

from api.reading import looking, shown_key
from api.schemas_cases import Draft, NoticeDocument
from api.schemas_files import SharedNotice, ShareInput
from board_hub.domain.envelope import participant_urn
from board_hub.http.etags import etagged
from board_hub.http.idempotency import answer_once, repeatable
from board_hub.http.sign_in import SignedInBlueprint, caller
from board_hub.services.cases.drafts import draft_from_message
from board_hub.services.cases.notice_reads import NoticeView, get_notice
from board_hub.services.cases.sharing import share_notice
from board_hub.services.cases.timeline_reads import ListedNotice
from board_hub.services.exchange.idempotency import Answer
from board_hub.services.unit_of_work import UnitOfWork

blueprint = SignedInBlueprint("notices", __name__, url_prefix="/api/v1/notices", description="Notices you can read.")


def notice_words(one: ListedNotice) -> dict[str, Any]:
    """A notice in a list, as `NoticeEntry` shows it."""
    return {
        **{name: getattr(one, name) for name in ("notice_type", "title", "marking", "informal", "version", "change")},
        "notice": shown_key(one.key),
        "complete": one.complete,
        "at": one.issued_at,
        "withdrawn_at": one.withdrawn_at,
        "replaces": shown_key(one.replaces),
        "replaced_by": shown_key(one.replaced_by),
    }


@blueprint.route("/<source>/<message_id>", methods=["GET"])
@etagged(blueprint)
@blueprint.response(200, NoticeDocument, description="The notice.")
@blueprint.alt_response(404, "DEFAULT_ERROR")
def get_one(source: str, message_id: str) -> Any:
    """A notice by its sender's participant code and the id its sender gave it."""
    with looking() as here:
        return _document(get_notice(here.uow, here.reader, source, message_id))


def _document(view: NoticeView) -> dict[str, Any]:
    row, message, envelope = view.row, view.message, view.envelope
    names = ("notice_type", "title", "marking", "informal", "version", "change", "complete", "withdrawn_at")
    return {
        **{name: getattr(row, name) for name in names},
        "notice": {"source": participant_urn(message.source), "id": message.message_id},
        "at": row.issued_at,
        "replaces": shown_key(view.replaces),
        "replaced_by": shown_key(view.replaced_by),
        "case": view.reference,
        "time": envelope.time,
        "causationid": envelope.causationid,
        "sha256": message.sha256,
        "body": b64encode(message.body).decode(),
        "signature": message.signature,
        "hub_signature": message.hub_signature,
        "data": envelope.data,
        "external_references": view.external_references,
        "attachments": [asdict(one) for one in view.attachments],
        "deliveries": _deliveries(view),
    }


def _deliveries(view: NoticeView) -> list[dict[str, Any]] | None:
    if view.deliveries is None:
        return None
    return [{**stage.row.model_dump(), "must_act": stage.must_act} for stage in view.deliveries]


@blueprint.route("/<source>/<message_id>/draft/<notice_type>", methods=["GET"])
@etagged(blueprint)
@blueprint.response(200, Draft, description="As far as the message gives it.")
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(409, "DEFAULT_ERROR")
@blueprint.alt_response(422, "UNPROCESSABLE_ENTITY")
def get_draft(source: str, message_id: str, notice_type: str) -> Any:
    """An informal message as the beginning of a formal notice, which starts the legal clock when you send it."""
    with looking() as here:
        return draft_from_message(here.uow, caller().participant, (source, message_id), notice_type)


@blueprint.route("/<source>/<message_id>/shares", methods=["POST"])
@blueprint.arguments(ShareInput)
@blueprint.response(200, SharedNotice, description="It is owed to this participant too.")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(409, "DEFAULT_ERROR")
@repeatable
def pass_on(given: dict[str, Any], source: str, message_id: str) -> Any:
    """Pass a notice on to a participant that was not addressed, where its marking allows it (Art 78)."""
    who = caller().participant

    def act(uow: UnitOfWork) -> Answer:
        share_notice(uow, who, (source, message_id), given["participant"])
        return Answer(200, SharedNotice().dumps(given).encode())

    return answer_once(act)
