"""Sending over HTTPS: a signed receipt, the same one for the same bytes, and the sender's view of the deliveries."""

import json
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor

import pytest
from werkzeug.test import TestResponse

from board_hub.domain.envelope import MEDIA_TYPE, MessageType, encode
from board_hub.services.exchange.signing import KnownKey, verify
from tests.api.calls import Stage, System
from tests.support.hub import AIO, DE, EE, FR, envelope, notice


def check_signed_by_hub(stage: Stage, body: bytes, signature: str) -> None:
    """The hub's signature over these bytes, made anew with its key's public half."""
    key = stage.hub.key
    known = KnownKey(key.kid, "EU-HUB", key.public_jwk(), valid_from=stage.clock())
    verify(body, signature, keys={key.kid: known}, signed_at=stage.clock(), now=stage.clock())


def test_a_notice_is_answered_by_its_signed_receipt(here: Stage, france: System) -> None:
    body = notice(here.hub)
    answer = france.send(body)
    assert answer.status_code == 202
    assert answer.content_type == MEDIA_TYPE
    check_signed_by_hub(here, answer.data, answer.headers["x-jws-signature"])
    receipt = json.loads(answer.data)
    assert receipt["type"] == MessageType.RECEIPT_ACCEPTED
    assert receipt["data"]["message_id"] == json.loads(body)["id"]
    assert receipt["data"]["recipients"] == [DE, EE, AIO]


def test_the_same_bytes_again_are_answered_by_the_same_receipt(here: Stage, france: System) -> None:
    body = notice(here.hub)
    first, second = france.send(body), france.send(body)
    assert (first.data, first.headers["x-jws-signature"]) == (second.data, second.headers["x-jws-signature"])


def test_the_same_bytes_at_the_same_moment_are_one_message(here: Stage, france: System, germany: System) -> None:
    body = notice(here.hub)
    with ThreadPoolExecutor(4) as pool:
        answers: list[TestResponse] = list(pool.map(lambda _: france.send(body), range(4)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.data for answer in answers}) == 1
    assert len(germany.mailbox()) == 1


def test_a_receipt_of_the_participants_own_gets_no_answer(france: System, germany: System, here: Stage) -> None:
    france.send(notice(here.hub))
    answer = germany.collect(*germany.mailbox())
    assert (answer.status_code, answer.data) == (204, b"")


def test_an_id_used_before_with_other_content_is_a_conflict(here: Stage, france: System) -> None:
    france.send(notice(here.hub, id_="once"))
    answer = france.send(notice(here.hub, id_="once", notice_type="art73-11"))
    assert answer.status_code == 409
    assert [error["code"] for error in answer.json["errors"]] == ["id.reused"]


def test_only_a_cloud_event_is_taken(here: Stage, france: System) -> None:
    answer = france.post_json("/api/v1/messages", {})
    assert answer.status_code == 415
    assert answer.content_type == "application/problem+json"


def test_the_sender_sees_receipt_and_deliveries(here: Stage, france: System, germany: System) -> None:
    accepted = france.send(notice(here.hub, id_="mine"))
    germany.collect(*germany.mailbox())
    seen = france.get("/api/v1/messages/mine").json
    assert b64decode(seen["receipt"]["body"]) == accepted.data
    rows = {row["recipient"]: (row["state"], row["must_act"]) for row in seen["deliveries"]}
    assert rows == {
        DE: ("collected", "nobody"),
        EE: ("delivered", "recipient"),
        AIO: ("delivered", "recipient"),
    }


@pytest.mark.parametrize("message_id", ["mine", "absent", "a%00b", "x" * 200])
def test_what_others_sent_is_as_absent_as_what_nobody_sent(
    here: Stage, france: System, germany: System, message_id: str
) -> None:
    france.send(notice(here.hub, id_="mine"))
    answer = germany.get(f"/api/v1/messages/{message_id}")
    assert answer.status_code == 404
    assert answer.json["detail"] == "You sent no message with this id, or it was refused."


def test_a_ping_is_accepted_and_reaches_nobody(here: Stage, france: System) -> None:
    answer = france.send(encode(envelope(FR, MessageType.PING_SENT, data={})))
    assert answer.status_code == 202
    assert json.loads(answer.data)["data"]["recipients"] == []
