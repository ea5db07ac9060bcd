"""Whatever bytes and signature a participant sends, intake answers with an outcome, and keeps what it refuses."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from board_hub.services.exchange.signing import SigningKey
from board_hub.services.operation.bootstrap import prepare
from board_hub.services.unit_of_work import Hub
from tests.support.hub import DE, FR, Party, join, notice, send, sqlite_settings

BOUNDED = settings(max_examples=120, deadline=None, database=None)
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(["FR-CNIL", "\0"])
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4)
)
NAMES = ["id", "source", "type", "time", "data", "specversion", "subject", "marking", "sequence", "traceparent", "more"]
FIELDS = ["notice_type", "law_version", "to", "fields", "missing", "external_references", "items"]
TYPES = [
    "eu.aiboard.notice.issued.v1",
    "eu.aiboard.receipt.collected.v1",
    "eu.aiboard.receipt.handled.v1",
    "eu.aiboard.receipt.accepted.v1",
    "eu.aiboard.ping.sent.v1",
]
SIGNATURES = st.none() | st.text(max_size=60) | st.from_regex(r"[A-Za-z0-9_-]{0,40}\.\.[A-Za-z0-9_-]{0,90}")


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Hub, Party]]:
    folder = tmp_path_factory.mktemp("fuzz")
    wanted = sqlite_settings(folder)
    server = None
    if request.param == "postgres":
        server = request.getfixturevalue("postgres_server")
        server.drop_database("fuzz")
        wanted = sqlite_settings(folder, database_url=server.create_database("fuzz"))
    hub = prepare(wanted)
    join(hub, DE)
    yield hub, join(hub, FR)
    hub.engine.dispose()
    if server is not None:
        server.drop_database("fuzz")


def signed(party: Party, body: bytes, signature: str | None) -> str | None:
    return party.key.sign(body) if signature is None else signature


@given(body=st.binary(max_size=400), signature=SIGNATURES)
@BOUNDED
def test_any_bytes(scene: tuple[Hub, Party], body: bytes, signature: str | None) -> None:
    hub, party = scene
    assert not send(hub, party.arrival(body, signed(party, body, signature))).accepted


@given(content=JSON)
@BOUNDED
def test_any_json(scene: tuple[Hub, Party], content: Any) -> None:
    hub, party = scene
    body = json.dumps(content).encode()
    assert not send(hub, party.arrival(body)).accepted


@given(name=st.sampled_from(NAMES), value=JSON, type_=st.sampled_from(TYPES))
@BOUNDED
def test_a_notice_with_any_value_for_one_attribute(scene: tuple[Hub, Party], name: str, value: Any, type_: str) -> None:
    hub, party = scene
    content = json.loads(notice(hub)) | {"type": type_} | {name: value}
    outcome = send(hub, party.arrival(json.dumps(content).encode()))
    assert outcome.accepted or outcome.flaws


@given(name=st.sampled_from(FIELDS), value=JSON, type_=st.sampled_from(TYPES))
@BOUNDED
def test_a_message_with_any_value_in_its_data(scene: tuple[Hub, Party], name: str, value: Any, type_: str) -> None:
    hub, party = scene
    content = json.loads(notice(hub)) | {"type": type_}
    content["data"] |= {name: value}
    outcome = send(hub, party.arrival(json.dumps(content).encode()))
    assert outcome.accepted or outcome.flaws


@given(value=JSON, data=st.data())
@BOUNDED
def test_a_notice_with_any_value_in_one_field(scene: tuple[Hub, Party], value: Any, data: st.DataObject) -> None:
    hub, party = scene
    content = json.loads(notice(hub))
    name = data.draw(st.sampled_from(sorted(content["data"]["fields"])))
    content["data"]["fields"][name] = value
    outcome = send(hub, party.arrival(json.dumps(content).encode()))
    assert outcome.accepted or outcome.flaws


@given(at=st.integers(0, 5000), byte=st.integers(0, 255))
@BOUNDED
def test_a_changed_byte_is_always_seen(scene: tuple[Hub, Party], at: int, byte: int) -> None:
    hub, party = scene
    body = bytearray(good := notice(hub))
    place = at % len(body)
    body[place] = byte if byte != body[place] else byte ^ 1
    assert not send(hub, party.arrival(bytes(body), party.key.sign(good))).accepted


def test_nobodys_signature_is_refused(scene: tuple[Hub, Party]) -> None:
    hub, party = scene
    body = notice(hub)
    assert not send(hub, party.arrival(body, SigningKey.generate("nobodys").sign(body))).accepted
