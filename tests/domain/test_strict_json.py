"""Every body gives one object with one meaning, or exactly one flaw; never another exception."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from board_hub.domain.errors import Flaw, Invalid
from board_hub.domain.strict_json import MAX_BYTES, decode, encode, pointer


def flaw_of(body: bytes, **limits: int) -> Flaw:
    with pytest.raises(Invalid) as refusal:
        decode(body, **limits)
    (flaw,) = refusal.value.flaws
    return flaw


def nested(depth: int, opening: bytes = b'{"a":', closing: bytes = b"}") -> bytes:
    return opening * depth + b"1" + closing * depth


REFUSED = {
    "nothing": (b"", "json.invalid", ""),
    "rubbish": (b"hello", "json.invalid", ""),
    "two values": (b"{} {}", "json.invalid", ""),
    "a trailing comma": (b'{"a":1,}', "json.invalid", ""),
    "a single quote": (b"{'a':1}", "json.invalid", ""),
    "an unterminated string": (b'{"a":"b', "json.invalid", ""),
    "a raw control character": (b'{"a":"\x01"}', "json.invalid", ""),
    "a byte order mark": (b'\xef\xbb\xbf{"a":1}', "json.invalid", ""),
    "UTF-16 with its mark": ('{"a":1}'.encode("utf-16"), "json.invalid_utf8", ""),
    "Latin-1": ('{"a":"é"}'.encode("latin-1"), "json.invalid_utf8", ""),
    "an overlong sequence": (b'{"a":"\xc0\x80"}', "json.invalid_utf8", ""),
    "a surrogate as bytes": (b'{"a":"\xed\xa0\x80"}', "json.invalid_utf8", ""),
    "a NUL byte": (b'{"a":"\x00"}', "json.nul", ""),
    "a NUL byte outside a string": (b'{"a":1}\x00', "json.nul", ""),
    "a NUL escape": (b'{"a":{"b":["x","y\\u0000"]}}', "json.nul", "/a/b/1"),
    "a NUL escape in a key": (b'{"a":{"b\\u0000":1}}', "json.nul", "/a"),
    "a high surrogate alone": (b'{"a":"\\ud800"}', "json.surrogate", "/a"),
    "a low surrogate alone": (b'{"a":"\\uDC00x"}', "json.surrogate", "/a"),
    "surrogates in the wrong order": (b'{"a":"\\udc00\\ud800"}', "json.surrogate", "/a"),
    "a surrogate in a key": (b'{"a":[{"\\ud800":1}]}', "json.surrogate", "/a/0"),
    "a duplicate key": (b'{"a":1,"a":1}', "json.duplicate_key", "/a"),
    "a duplicate key far inside": (b'{"a":[{},{"b":1,"c":{"d":1,"d":2}}]}', "json.duplicate_key", "/a/1/c/d"),
    "a duplicate key written otherwise": (b'{"a":1,"\\u0061":2}', "json.duplicate_key", "/a"),
    "a duplicate key with / and ~": (b'{"a/b~":1,"a/b~":2}', "json.duplicate_key", "/a~1b~0"),
    "NaN": (b'{"a":NaN}', "json.not_finite", "/a"),
    "Infinity": (b'{"a":[Infinity]}', "json.not_finite", "/a/0"),
    "-Infinity": (b'{"a":-Infinity}', "json.not_finite", "/a"),
    "a float that overflows": (b'{"a":1e999}', "json.not_finite", "/a"),
    "a float that underflows to minus infinity": (b'{"a":-1e999}', "json.not_finite", "/a"),
    "an integer above 64 bits": (b'{"a":9223372036854775808}', "json.integer_range", "/a"),
    "an integer below 64 bits": (b'{"a":{"b":-9223372036854775809}}', "json.integer_range", "/a/b"),
    "an integer of 5,000 digits": (b'{"a":' + b"9" * 5000 + b"}", "json.integer_range", "/a"),
    "an integer of a million digits": (b'{"a":' + b"9" * 1_000_000 + b"}", "json.integer_range", "/a"),
    "depth 33": (nested(33), "json.too_deep", ""),
    "depth 300": (nested(300), "json.too_deep", ""),
    "depth 100,000": (nested(100_000), "json.too_deep", ""),
    "arrays of depth 100,000 never closed": (b"[" * 100_000, "json.too_deep", ""),
    "an array": (b"[1]", "json.not_an_object", ""),
    "a string": (b'"a"', "json.not_an_object", ""),
    "null": (b"null", "json.not_an_object", ""),
    "a number": (b"1", "json.not_an_object", ""),
    "2 MB": (b'{"a":"' + b"x" * 2_000_000 + b'"}', "body.too_large", ""),
}


@pytest.mark.parametrize(("body", "code", "path"), REFUSED.values(), ids=REFUSED.keys())
def test_it_refuses_with_its_own_code_and_path(body: bytes, code: str, path: str) -> None:
    flaw = flaw_of(body)
    assert (flaw.code, flaw.path) == (code, path)


TAKEN = {
    "the largest integers": (b'{"a":[9223372036854775807,-9223372036854775808,-0]}', {"a": [2**63 - 1, -(2**63), 0]}),
    "depth 32": (nested(32), json.loads(nested(32))),
    "a surrogate pair": (b'{"a":"\\ud83d\\ude00"}', {"a": "😀"}),
    "the text backslash u0000": (b'{"a":"\\\\u0000"}', {"a": "\\u0000"}),
    "the text backslash ud800": (b'{"a":"\\\\ud800"}', {"a": "\\ud800"}),
    "a key repeated in another object": (b'{"a":{"b":1},"b":{"b":2}}', {"a": {"b": 1}, "b": {"b": 2}}),
    "many brackets inside a string": (b'{"a":"' + b"[{" * 400 + b'\\"["}', {"a": "[{" * 400 + '"['}),
    "many brackets side by side": (b'{"a":[' + b"[]," * 400 + b"[]]}", {"a": [[]] * 401}),
    "white space around": (b' \r\n\t{"a" : 1 }\n', {"a": 1}),
    "the smallest floats": (b'{"a":[1e-999,0.1]}', {"a": [0.0, 0.1]}),
    "a key that is empty": (b'{"":1}', {"": 1}),
    "nothing in it": (b"{}", {}),
}


@pytest.mark.parametrize(("body", "value"), TAKEN.values(), ids=TAKEN.keys())
def test_it_takes(body: bytes, value: object) -> None:
    assert decode(body) == value


def test_a_body_of_exactly_the_limit_is_taken() -> None:
    body = b'{"a":"' + b"x" * (MAX_BYTES - 8) + b'"}'
    assert len(body) == MAX_BYTES
    assert decode(body)


def test_both_limits_can_be_set() -> None:
    assert flaw_of(b'{"a":1}', max_bytes=6).code == "body.too_large"
    assert flaw_of(b'{"a":{}}', max_depth=1).code == "json.too_deep"


def test_a_depth_limit_beyond_what_the_parser_can_do_still_ends_in_a_refusal() -> None:
    assert flaw_of(nested(100_000), max_depth=1_000_000).code == "json.too_deep"


def test_the_flaw_named_is_the_first_in_the_document() -> None:
    assert flaw_of(b'{"a":"\\u0000","b":NaN,"b":1}').path == "/a"


def test_a_path_ends_before_a_key_too_long_to_be_shown() -> None:
    body = b'{"a":{"' + b"k" * 10_000 + b'":{"b":NaN}}}'
    assert flaw_of(body).path == "/a"


@pytest.mark.parametrize("rest", [b"", b',"b":NaN}', b',"b":"\\u0000"}', b',"a":1}', b',"b":"\xff"}', b"]"])
def test_a_message_never_shows_content(rest: bytes) -> None:
    assert "Mustermann" not in flaw_of(b'{"a":"Mustermann"' + rest).message


@pytest.mark.parametrize(
    "body",
    [
        b"[" * MAX_BYTES,
        b"[]," * 40 + b'"' + b'\\"' * 100_000,
        b'{"a":[' + b"1," * 500_000 + b'"\\u0000"]}',
        b'{"a":"' + b"\\ud800\\udc00" * 80_000 + b'\\ud800"}',
        b"[" + b"[]," * 300_000,
        b'{"a":' + b"1" * 1_000_000 + b".5}",
    ],
    ids=["brackets", "quotes", "a late NUL", "surrogates", "empty arrays", "digits"],
)
def test_a_hostile_body_costs_little_time(body: bytes) -> None:
    start = time.process_time()
    flaw_of(body)
    assert time.process_time() - start < 3.0  # each takes below 0.5 s; what is quadratic takes minutes


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), VALUES))
def test_what_it_encodes_it_decodes(value: dict[str, object]) -> None:
    assert decode(encode(value)) == value


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), VALUES))
def test_it_reads_sound_json_as_python_does(value: dict[str, object]) -> None:
    for body in (json.dumps(value).encode(), json.dumps(value, ensure_ascii=False, indent=2).encode()):
        assert decode(body) == json.loads(body)


@given(st.binary(max_size=200) | st.text(alphabet='{}[]":,\\u0d8cNaInfinity-1e9 \n\0é', max_size=120).map(str.encode))
def test_any_bytes_give_an_object_or_one_flaw(body: bytes) -> None:
    flaws: tuple[Flaw, ...] = ()
    try:
        decode(body)
    except Invalid as refusal:
        flaws = refusal.flaws
    assert len(flaws) <= 1


@given(st.text())
def test_a_text_is_taken_exactly_when_it_can_be_stored(text: str) -> None:
    body = json.dumps({"a": text}).encode()
    sound = "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
    if sound:
        assert decode(body) == {"a": text}
    else:
        assert flaw_of(body).path == "/a"


def test_encoding_is_compact_sorted_utf_8() -> None:
    assert encode({"b": 1, "a": ["é", None]}) == '{"a":["é",null],"b":1}'.encode()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"a": [float("-inf")]}, "\ud800"])
def test_encoding_refuses_what_it_would_not_decode(value: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the standard library's own, of whichever text
        encode(value)


def test_a_pointer_escapes_as_rfc_6901_says() -> None:
    assert pointer("a/b", 0, "m~n", "") == "/a~1b/0/m~0n/"
