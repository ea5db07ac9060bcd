"""The mailbox: what waits, oldest first, for its owner alone; hidden when acknowledged, closed when collected."""

import threading
import time
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest

from board_hub.domain.deliveries import Transport
from board_hub.domain.events import HUB
from board_hub.http.current import serving_of
from board_hub.services.directory import directory
from board_hub.services.exchange import mailbox
from board_hub.services.exchange.signing import KnownKey, verify
from tests.api.calls import Stage, System, content_of
from tests.support.hub import AIO, DE, EE, FR, Party, notice
from tests.support.rabbitmq import eventually


def send_three(here: Stage, france: System) -> list[str]:
    ids = ["one", "two", "three"]
    for id_ in ids:
        assert france.send(notice(here.hub, id_=id_)).status_code == 202
    return ids


def ids_of(system: System, query: str = "") -> list[str]:
    return [content_of(item)["id"] for item in system.mailbox(query)]


def test_messages_wait_oldest_first_and_reading_changes_nothing(here: Stage, france: System, germany: System) -> None:
    ids = send_three(here, france)
    assert ids_of(germany) == ids
    assert ids_of(germany) == ids


def test_an_item_holds_the_exact_bytes_with_both_signatures(
    here: Stage, france: System, germany: System, parties: dict[str, Party]
) -> None:
    body = notice(here.hub)
    france.send(body)
    [item] = germany.mailbox()
    assert (b64decode(item["body"]), item["source"], item["attempt"]) == (body, FR, 1)
    now = here.clock()
    for key, code, signature in (
        (parties[FR].key, FR, item["signature"]),
        (here.hub.key, "EU-HUB", item["hub_signature"]),
    ):
        known = KnownKey(key.kid, code, key.public_jwk(), valid_from=now - timedelta(days=1))
        verify(body, signature, keys={key.kid: known}, signed_at=now, now=now)


def test_an_acknowledged_item_is_hidden_until_it_would_be_sent_again(
    here: Stage, france: System, germany: System
) -> None:
    send_three(here, france)
    first = germany.mailbox()[0]
    assert germany.acknowledge(first["message_id"]).status_code == 204
    assert ids_of(germany) == ["two", "three"]
    here.clock.shift += timedelta(seconds=61)
    shown = germany.mailbox()[0]
    assert (shown["message_id"], shown["attempt"]) == (first["message_id"], 2)
    germany.acknowledge(first["message_id"])
    here.clock.shift += timedelta(seconds=200)
    assert ids_of(germany) == ["two", "three"]
    here.clock.shift += timedelta(seconds=101)
    assert ids_of(germany) == ["one", "two", "three"]


def test_acknowledging_twice_is_acknowledging_once(here: Stage, france: System, germany: System) -> None:
    france.send(notice(here.hub))
    [item] = germany.mailbox()
    for _ in range(3):
        assert germany.acknowledge(item["message_id"], item["message_id"]).status_code == 204
    here.clock.shift += timedelta(seconds=61)
    assert [again["attempt"] for again in germany.mailbox()] == [2]


def test_the_signed_collected_closes_an_item(here: Stage, france: System, germany: System) -> None:
    france.send(notice(here.hub))
    [item] = germany.mailbox()
    germany.acknowledge(item["message_id"])
    assert germany.collect(item).status_code == 204
    here.clock.shift += timedelta(days=2)
    with here.hub.work(HUB) as uow:
        assert [item for item in mailbox.list_items(uow, DE).items if item.source == FR] == []


def test_an_item_collected_already_can_still_be_acknowledged(here: Stage, france: System, germany: System) -> None:
    france.send(notice(here.hub))
    [item] = germany.mailbox()
    germany.collect(item)
    assert germany.acknowledge(item["message_id"]).status_code == 204
    assert germany.mailbox() == []


def test_an_unknown_id_is_named_and_nothing_is_acknowledged(here: Stage, france: System, germany: System) -> None:
    france.send(notice(here.hub))
    [item] = germany.mailbox()
    answer = germany.acknowledge(item["message_id"], str(uuid4()))
    assert answer.status_code == 422
    assert [(error["code"], error["path"]) for error in answer.json["errors"]] == [("item.unknown", "/ids/1")]
    assert len(germany.mailbox()) == 1


def test_anothers_item_is_as_unknown_as_none(here: Stage, france: System, germany: System) -> None:
    france.send(notice(here.hub))
    mine = germany.mailbox()[0]["message_id"]
    receipt = france.mailbox()[0]["message_id"]
    stolen, absent = germany.acknowledge(receipt), germany.acknowledge(str(uuid4()))
    assert stolen.json["errors"] == absent.json["errors"]
    assert france.acknowledge(mine).status_code == 422
    assert receipt not in [item["message_id"] for item in germany.mailbox()]


def test_pages_follow_each_other_without_gap_or_doubling(here: Stage, france: System, germany: System) -> None:
    ids = send_three(here, france)
    found, query = [], "?limit=2"
    while query:
        page = germany.get(f"/api/v1/mailbox{query}").json
        found += [content_of(item)["id"] for item in page["items"]]
        query = f"?limit=2&cursor={page['cursor']}" if page["cursor"] else ""
    assert [one for one in found if one in ids] == ids
    assert len(found) == len(set(found)) > 3


def test_a_page_is_cut_where_its_bodies_grow_long(
    here: Stage, france: System, germany: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    send_three(here, france)
    monkeypatch.setattr(mailbox, "PAGE_BYTES", 10)
    page = germany.get("/api/v1/mailbox").json
    assert [content_of(item)["id"] for item in page["items"]] == ["one"]
    following = germany.get(f"/api/v1/mailbox?cursor={page['cursor']}").json
    assert len(following["items"]) == 1
    assert following["items"][0] != page["items"][0]


@pytest.mark.parametrize(
    ("query", "code", "path"),
    [
        ("limit=0", "field.invalid", "/limit"),
        ("limit=101", "field.invalid", "/limit"),
        ("limit=1_0", "field.invalid", "/limit"),
        ("wait=31", "field.invalid", "/wait"),
        ("wait=nan", "field.invalid", "/wait"),
        ("cursor=x", "field.invalid", "/cursor"),
        ("participant=FR-CNIL", "field.unknown", "/participant"),
    ],
)
def test_a_wrong_query_is_refused_by_name(germany: System, query: str, code: str, path: str) -> None:
    answer = germany.get(f"/api/v1/mailbox?{query}")
    assert answer.status_code == 422
    assert [(error["code"], error["path"]) for error in answer.json["errors"]] == [(code, path)]


def test_a_waiting_call_is_answered_within_half_a_second_of_the_commit(
    here: Stage, france: System, germany: System
) -> None:
    waiting = serving_of(here.app).waiting

    def wait() -> tuple[list[str], float]:
        return ids_of(germany, "?wait=20"), time.monotonic()

    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(wait)
        eventually(lambda: waiting.taken == 1)
        france.send(notice(here.hub, id_="awaited"))
        committed = time.monotonic()
        found, woken = answer.result(timeout=20)
    assert found == ["awaited"]
    assert woken - committed < 0.5


def test_waiting_ends_when_its_time_is_over(germany: System) -> None:
    began = time.monotonic()
    assert germany.mailbox("?wait=0.3") == []
    assert 0.3 <= time.monotonic() - began < 5


def test_waiting_ends_when_the_process_stops(here: Stage, germany: System) -> None:
    stopping = serving_of(here.app).stopping
    threading.Timer(0.2, stopping.set).start()
    began = time.monotonic()
    assert germany.mailbox("?wait=20") == []
    assert time.monotonic() - began < 5


def test_when_all_waiting_places_are_taken_the_answer_comes_at_once(here: Stage, germany: System) -> None:
    waiting = serving_of(here.app).waiting
    while waiting.take():
        pass
    began = time.monotonic()
    assert germany.mailbox("?wait=20") == []
    assert time.monotonic() - began < 5


def test_a_participant_with_a_queue_is_told_that_it_has_no_mailbox(here: Stage, germany: System) -> None:
    with here.hub.work(HUB) as uow:
        directory.set_transport(uow, DE, Transport.AMQP)
        uow.commit()
    for answer in (germany.get("/api/v1/mailbox"), germany.acknowledge(str(uuid4()))):
        assert answer.status_code == 409
        assert "queue from-hub" in answer.json["detail"]


@pytest.mark.parametrize(
    ("content", "code", "path"),
    [
        (b'{"ids": []}', "field.invalid", "/ids"),
        (b"{}", "field.missing", "/ids"),
        (b'{"ids": null}', "field.invalid", "/ids"),
        (b'{"ids": ["x"]}', "field.invalid", "/ids/0"),
        (b'{"ids": [1]}', "field.invalid", "/ids/0"),
        (b'{"ids": [], "ids": []}', "json.duplicate_key", "/ids"),
        (b'{"ids": NaN}', "json.not_finite", "/ids"),
        (b"[]", "json.not_an_object", ""),
        (b"\xff", "json.invalid_utf8", ""),
        (b"", "json.invalid", ""),
    ],
)
def test_acknowledgements_are_read_as_strictly_as_messages(
    germany: System, content: bytes, code: str, path: str
) -> None:
    headers = {"Authorization": f"Bearer {germany.token}", "Content-Type": "application/json"}
    answer = germany.stage.client().post("/api/v1/mailbox/ack", data=content, headers=headers)
    assert answer.status_code == 422
    assert [(error["code"], error["path"]) for error in answer.json["errors"]] == [(code, path)]


def test_only_participants_addressed_find_the_message(here: Stage, france: System, parties: dict[str, Party]) -> None:
    france.send(notice(here.hub, id_="mine"))
    for code in (DE, EE, AIO):
        assert ids_of(here.sign_in(parties[code])) == ["mine"]
    assert "mine" not in ids_of(france)
