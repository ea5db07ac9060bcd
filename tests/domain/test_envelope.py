"""What the hub takes for an envelope, what it refuses and why, and that it agrees with the reference implementation."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_structured_event, to_structured_event
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from board_hub.domain.envelope import (
    SENT_BY_HUB,
    SENT_BY_PARTICIPANTS,
    Envelope,
    MessageType,
    check_time,
    claimed_id,
    decode,
    encode,
    parse_type,
    participant_code,
    participant_urn,
)
from board_hub.domain.errors import Invalid

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 7, 27, 9, 30, tzinfo=UTC)
VALID: dict[str, Any] = {
    "specversion": "1.0",
    "id": "0190f5fe-0001-7000-8000-000000000001",
    "source": "urn:aiboard:participant:FR-CNIL",
    "type": "eu.aiboard.notice.issued.v1",
    "time": "2026-07-27T09:30:00Z",
    "datacontenttype": "application/json",
    "subject": "AIB-2026-000001",
    "marking": "authorities",
    "causationid": "0190f5fe-0000-7000-8000-000000000000",
    "sequence": "00000042",
    "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "data": {"notice_type": "art79-5", "fields": {"text": "é"}},
}
REQUIRED = ["specversion", "id", "source", "type", "time", "data"]
OPTIONAL = ["datacontenttype", "subject", "marking", "causationid", "sequence", "traceparent"]


def body(**changes: object) -> bytes:
    return json.dumps(VALID | changes).encode()


def body_without(name: str) -> bytes:
    return json.dumps({key: value for key, value in VALID.items() if key != name}).encode()


def an_envelope(**changes: Any) -> Envelope:
    values: dict[str, Any] = {
        "id": "m-1",
        "source": participant_urn("FR-CNIL"),
        "type": MessageType.NOTICE_ISSUED,
        "time": NOW,
        "data": {},
    }
    return Envelope(**values | changes)


def flaws_of(content: bytes) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as refusal:
        decode(content)
    return [(flaw.code, flaw.path) for flaw in refusal.value.flaws]


def flaws_when(act: Callable[[], object]) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as refusal:
        act()
    return [(flaw.code, flaw.path) for flaw in refusal.value.flaws]


def test_it_reads_every_attribute() -> None:
    assert decode(body()) == Envelope(
        id=VALID["id"],
        source=VALID["source"],
        type=MessageType.NOTICE_ISSUED,
        time=NOW,
        subject=VALID["subject"],
        marking=VALID["marking"],
        causationid=VALID["causationid"],
        sequence=VALID["sequence"],
        traceparent=VALID["traceparent"],
        data=VALID["data"],
    )


@pytest.mark.parametrize("name", OPTIONAL)
def test_an_optional_attribute_may_be_absent_or_null(name: str) -> None:
    assert decode(body_without(name)) == decode(body(**{name: None}))


@pytest.mark.parametrize("name", REQUIRED)
def test_a_required_attribute_that_is_absent_or_null_is_missing(name: str) -> None:
    assert flaws_of(body_without(name)) == [("envelope.missing", f"/{name}")]
    assert flaws_of(body(**{name: None})) == [("envelope.missing", f"/{name}")]


@pytest.mark.parametrize("name", [*REQUIRED, *OPTIONAL])
@pytest.mark.parametrize("value", [0, 7, 1.5, True, False, "", [], [{}]], ids=repr)
def test_what_has_the_wrong_type_or_is_empty_is_refused(name: str, value: object) -> None:
    ((code, path),) = flaws_of(body(**{name: value}))
    assert path == f"/{name}"
    if value != "":
        assert code == "envelope.invalid"


INVALID: dict[str, list[Any]] = {
    "id": ["", "a b", "é", "x" * 65, "a/b", "a\n", "a\u0301"],
    "source": [
        "FR-CNIL",
        "urn:aiboard:participant:",
        "urn:aiboard:participant:fr-cnil",
        "urn:aiboard:participant:FR",
        "urn:aiboard:participant:FR-",
        "urn:aiboard:participant:FR-CNIL\n",
        "urn:aiboard:participant:FR-CNIL/x",
        "urn:aiboard:participant:urn:aiboard:participant:FR-CNIL",
        "URN:aiboard:participant:FR-CNIL",
        "urn:aiboard:participant:FR-" + "X" * 62,
        "urn:aiboard:participant:FR-\u0661",
    ],
    "time": [
        "2026-07-27",
        "2026-07-27T09:30:00",
        "2026-07-27T09:30Z",
        "2026-07-27 09:30:00Z",
        "2026-02-30T09:30:00Z",
        "2026-07-27T25:00:00Z",
        "2026-07-27T09:30:00+2:00",
        "2026-07-27T09:30:00+99:00",
        "2026-W31-1T09:30:00Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "\u0662026-07-27T09:30:00Z",
        "yesterday",
    ],
    "datacontenttype": ["text/plain", "application/json; charset=latin-1"],
    "subject": ["x" * 129, " leading", "trailing ", "a\tb", "é"],
    "marking": ["TLP:RED", "x" * 65],
    "causationid": ["a b", "x" * 65],
    "sequence": ["1 2", "x" * 65],
    "traceparent": ["00", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00F067AA0BA902B7-01", "00-" + "0" * 52],
    "data": ["{}", [1]],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in INVALID.items() for value in values])
def test_a_value_of_the_wrong_form_is_invalid(name: str, value: object) -> None:
    assert flaws_of(body(**{name: value})) == [("envelope.invalid", f"/{name}")]


@pytest.mark.parametrize("value", ["0.3", "1.1", "2.0", "1"])
def test_another_specversion_is_an_unknown_version(value: str) -> None:
    assert flaws_of(body(specversion=value)) == [("version.unknown", "/specversion")]


@pytest.mark.parametrize(
    "value", ["eu.aiboard.notice.issued.v2", "eu.aiboard.ping.sent.v10", "eu.aiboard.ping.sent.v0"]
)
def test_a_known_type_in_another_version_is_an_unknown_version(value: str) -> None:
    assert flaws_of(body(type=value)) == [("version.unknown", "/type")]


@pytest.mark.parametrize(
    "value",
    ["eu.aiboard.notice.revoked.v1", "eu.aiboard.notice.issued", "eu.aiboard.notice.issued.vx", "x", "x.v1", ""],
)
def test_a_type_nobody_knows_is_an_unknown_type(value: str) -> None:
    assert flaws_of(body(type=value)) == [("type.unknown", "/type")]


@pytest.mark.parametrize("name", ["data_base64", "dataschema", "Subject", "id ", "a/b"])
@pytest.mark.parametrize("value", ["x", None], ids=["with a value", "null"])
def test_an_attribute_nobody_knows_is_refused_by_name(name: str, value: object) -> None:
    assert flaws_of(body(**{name: value})) == [("envelope.unknown", f"/{name.replace('/', '~1')}")]


def test_a_hostile_number_of_unknown_attributes_gives_a_bounded_answer() -> None:
    flaws = flaws_of(body(**{f"x{number}": "" for number in range(5_000)}))
    assert len(flaws) == 21
    assert flaws[-1] == ("envelope.unknown", "")


def test_all_flaws_are_told_at_once() -> None:
    content = json.dumps({"specversion": "0.3", "id": "", "type": "x", "time": 1, "extra": 1, "data": []}).encode()
    assert sorted(flaws_of(content)) == [
        ("envelope.invalid", "/data"),
        ("envelope.invalid", "/id"),
        ("envelope.invalid", "/time"),
        ("envelope.missing", "/source"),
        ("envelope.unknown", "/extra"),
        ("type.unknown", "/type"),
        ("version.unknown", "/specversion"),
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff", "json.invalid_utf8"),
        (b'{"id":1,"id":2}', "json.duplicate_key"),
        (b"[]", "json.not_an_object"),
        (b'{"data":"' + b"x" * 2_000_000 + b'"}', "body.too_large"),
        (b'{"data":' + b"[" * 300 + b"]" * 300 + b"}", "json.too_deep"),
    ],
)
def test_what_is_no_strict_json_is_refused_before_its_attributes(content: bytes, code: str) -> None:
    assert [found for found, _ in flaws_of(content)] == [code]


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-07-27T11:30:00+02:00", NOW),
        ("2026-07-27T09:30:00-00:00", NOW),
        ("2026-07-27T09:30:00.5Z", NOW + timedelta(milliseconds=500)),
        ("2026-07-27T09:30:00.123456789Z", NOW + timedelta(microseconds=123_456)),
    ],
)
def test_time_is_read_as_utc(text: str, time: datetime) -> None:
    read = decode(body(time=text)).time
    assert read == time
    assert read.tzinfo is UTC


def test_a_message_in_a_refusal_says_how_to_mend_it() -> None:
    with pytest.raises(Invalid, match="RFC 3339"):
        decode(body(time="27.7.2026"))


def test_its_printed_form_hides_the_data() -> None:
    assert "art79-5" not in repr(decode(body()))


ATTRIBUTES: dict[str, st.SearchStrategy[Any]] = {
    "id": st.from_regex(r"[A-Za-z0-9._:-]{1,64}", fullmatch=True),
    "source": st.sampled_from(["FR-CNIL", "EU-AIO", "DE-BNETZA-2"]).map(participant_urn),
    "type": st.sampled_from(MessageType),
    "time": st.integers(0, 2**32 * 10**6).map(lambda microseconds: EPOCH + timedelta(microseconds=microseconds)),
    "subject": st.none() | st.from_regex(r"[A-Z0-9-]{1,128}", fullmatch=True),
    "marking": st.none() | st.just("restricted"),
    "causationid": st.none() | st.from_regex(r"[A-Za-z0-9._:-]{1,64}", fullmatch=True),
    "sequence": st.none() | st.from_regex(r"[0-9]{1,20}", fullmatch=True),
    "traceparent": st.none() | st.just(VALID["traceparent"]),
    "data": st.dictionaries(
        st.text("abcé\U0001f600", max_size=5),
        st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text("é\n"),
    ),
}
ENVELOPES = st.builds(Envelope, **ATTRIBUTES)


@given(ENVELOPES)
def test_what_it_encodes_it_decodes(envelope: Envelope) -> None:
    assert decode(encode(envelope)) == envelope


@given(ENVELOPES)
def test_the_reference_implementation_reads_what_we_encode(envelope: Envelope) -> None:
    event = JSONFormat().read(CloudEvent, encode(envelope))
    assert event.get_specversion() == "1.0"
    assert (event.get_id(), event.get_source(), event.get_type()) == (envelope.id, envelope.source, envelope.type)
    assert (event.get_time(), event.get_subject()) == (envelope.time, envelope.subject)
    assert [event.get_extension(name) for name in ("marking", "causationid", "sequence", "traceparent")] == [
        envelope.marking,
        envelope.causationid,
        envelope.sequence,
        envelope.traceparent,
    ]
    assert event.get_datacontenttype() == "application/json"
    assert event.get_data() == envelope.data


@given(ENVELOPES, st.sampled_from([UTC, timezone(timedelta(hours=2)), timezone(-timedelta(hours=9, minutes=30))]))
def test_we_read_what_the_reference_implementation_writes_in_structured_mode(
    envelope: Envelope, zone: timezone
) -> None:
    time = envelope.time.astimezone(zone)
    attributes = {name: getattr(envelope, name) for name in ATTRIBUTES if name not in ("data", "type", "time")}
    present = {name: value for name, value in attributes.items() if value is not None}
    event = CloudEvent(present | {"type": str(envelope.type), "time": time}, envelope.data)
    message: HTTPMessage = to_structured_event(event, JSONFormat())
    read = decode(message.body)
    assert (read.id, read.source, read.type, read.time) == (envelope.id, envelope.source, envelope.type, time)
    assert (read.subject, read.marking, read.data) == (envelope.subject, envelope.marking, envelope.data)


def test_the_reference_implementation_reads_our_bytes_over_http() -> None:
    message = HTTPMessage(headers={"content-type": "application/cloudevents+json"}, body=encode(decode(body())))
    assert from_structured_event(message).get_data() == VALID["data"]


def test_equal_envelopes_give_equal_bytes() -> None:
    one, other = an_envelope(data={"a": 1, "b": 2}), an_envelope(data={"b": 2, "a": 1})
    assert encode(one) == encode(other)


def test_a_naive_time_is_not_encoded() -> None:
    with pytest.raises(ValueError, match="offset"):
        encode(an_envelope(time=NOW.replace(tzinfo=None)))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=15,
)


def taken_or_refused(content: bytes) -> None:
    try:
        result = decode(content)
    except Invalid as refusal:
        codes = {flaw.code for flaw in refusal.flaws}
        paths_are_text = all(flaw.path.encode("utf-8").find(b"\0") < 0 for flaw in refusal.flaws)
    else:
        codes, paths_are_text = {"taken"}, isinstance(result, Envelope)
    assert codes
    assert paths_are_text


@given(st.binary(max_size=300))
def test_any_bytes_are_taken_or_refused(content: bytes) -> None:
    taken_or_refused(content)


@given(st.dictionaries(st.sampled_from([*REQUIRED, *OPTIONAL]) | st.text(), JSON, max_size=6))
def test_any_object_in_place_of_attributes_is_taken_or_refused(changes: dict[str, object]) -> None:
    taken_or_refused(json.dumps(VALID | changes).encode())


@given(st.data())
def test_a_valid_body_with_bytes_changed_is_taken_or_refused(data: st.DataObject) -> None:
    content = bytearray(body())
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content)))
        end = min(len(content), start + data.draw(st.integers(0, 5)))
        content[start:end] = data.draw(
            st.binary(max_size=4) | st.sampled_from([b"\\ud800", b"NaN", b'"', b"{", b"9" * 30])
        )
    taken_or_refused(bytes(content))


@given(st.integers(0, 60), st.sampled_from([(b"[", b"]"), (b'{"a":', b"}")]))
def test_nested_data_is_taken_or_refused(depth: int, brackets: tuple[bytes, bytes]) -> None:
    opening, closing = brackets
    taken_or_refused(body(data="HERE").replace(b'"HERE"', opening * depth + b"{}" + closing * depth))


@pytest.mark.parametrize("code", ["FR-CNIL", "EU-AIO", "DE-BNETZA-2", "EU-HUB"])
def test_code_and_urn_are_each_others_inverse(code: str) -> None:
    assert participant_code(participant_urn(code)) == code
    assert an_envelope(source=participant_urn(code)).sender == code


@pytest.mark.parametrize("code", ["", "FR", "fr-cnil", "FR-CNIL ", "FR--CNIL", "FRA-CNIL", "FR-CNIL\n"])
def test_there_is_no_urn_for_what_is_no_code(code: str) -> None:
    with pytest.raises(ValueError, match="participant code"):
        participant_urn(code)


def test_a_urn_of_something_else_names_no_participant() -> None:
    assert flaws_when(lambda: participant_code("urn:aiboard:case:1")) == [("envelope.invalid", "/source")]


@pytest.mark.parametrize("kind", MessageType)
def test_every_type_is_parsed_and_sent_by_one_side(kind: MessageType) -> None:
    assert parse_type(str(kind)) is kind
    assert (kind in SENT_BY_HUB) != (kind in SENT_BY_PARTICIPANTS)


@pytest.mark.parametrize("offset", [timedelta(0), timedelta(seconds=60), -timedelta(hours=24)])
def test_a_time_within_the_limits_is_taken(offset: timedelta) -> None:
    check_time(NOW + offset, NOW)


@pytest.mark.parametrize(
    ("offset", "code"),
    [
        (timedelta(seconds=61), "time.future"),
        (timedelta(days=9_000), "time.future"),
        (-timedelta(hours=24, seconds=1), "time.ancient"),
        (-timedelta(days=9_000), "time.ancient"),
    ],
)
def test_a_time_beyond_the_limits_is_refused(offset: timedelta, code: str) -> None:
    assert flaws_when(lambda: check_time(NOW + offset, NOW)) == [(code, "/time")]


def test_the_limits_of_time_can_be_set() -> None:
    check_time(NOW - timedelta(days=2), NOW, behind=timedelta(days=3))
    assert flaws_when(lambda: check_time(NOW + timedelta(seconds=2), NOW, ahead=timedelta(seconds=1)))


def test_the_id_of_a_refused_body_can_still_be_told() -> None:
    assert claimed_id(body(type="x", extra=1)) == VALID["id"]


@pytest.mark.parametrize("content", [b"\xff", b"[]", b'{"id":7}', b'{"id":"a b"}', b"{}", b'{"id":"a","id":"b"}'])
def test_an_id_that_cannot_be_trusted_to_be_one_is_not_told(content: bytes) -> None:
    assert claimed_id(content) is None
