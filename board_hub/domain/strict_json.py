"""JSON as the hub takes it: one meaning on every parser and database, or a refusal that says where and why."""

import json
import re
from itertools import accumulate
from math import isfinite
from typing import NamedTuple

from board_hub.domain.errors import Invalid

MAX_BYTES = 1_048_576
MAX_DEPTH = 32
_INT64 = range(-(2**63), 2**63)
_INT64_DIGITS = 20  # with the sign; longer ones are never converted, Python's own digit limit would answer instead
_POINTER_KEY = 128

# The closing quote is optional: an unterminated string must not be scanned again from each quote inside it.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_BRACKET_STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_RISKY_ESCAPE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_SURROGATE = re.compile("[\ud800-\udfff]")


class _Suspect(Exception):
    """The quick pass met something it will not take; the slow pass finds out what, and where."""


class _Bad(NamedTuple):
    """What is wrong; in the slow pass it stands where a refused number stood."""

    code: str
    message: str


class _Members(list[tuple[str, object]]):
    """An object of the slow pass, with every member it was written with."""


_NOT_FINITE = _Bad("json.not_finite", "NaN and infinite numbers are not JSON; send a finite number or leave it out.")
_OUT_OF_RANGE = _Bad("json.integer_range", "The integer does not fit in 64 bits with sign; send it as a string.")
_NUL = _Bad("json.nul", "The text holds the character NUL (U+0000); remove it.")
_LONE_SURROGATE = _Bad(
    "json.surrogate", "The text holds one half of a surrogate pair, which is no character; send the whole pair."
)
_DUPLICATE = _Bad("json.duplicate_key", "The object has this key more than once; send each key once.")


def _slow_integer(digits: str) -> int | _Bad:
    if len(digits) <= _INT64_DIGITS and (value := int(digits)) in _INT64:
        return value
    return _OUT_OF_RANGE


def _slow_float(digits: str) -> float | _Bad:
    value = float(digits)
    return value if isfinite(value) else _NOT_FINITE


def _slow_constant(_name: str) -> _Bad:
    return _NOT_FINITE


def _quick_integer(digits: str) -> int:
    value = _slow_integer(digits)
    if isinstance(value, _Bad):
        raise _Suspect
    return value


def _quick_float(digits: str) -> float:
    value = float(digits)
    if not isfinite(value):
        raise _Suspect
    return value


def _quick_constant(_name: str) -> float:
    raise _Suspect


def _quick_object(members: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(members)
    if len(value) != len(members):
        raise _Suspect
    return value


_QUICK = json.JSONDecoder(
    object_pairs_hook=_quick_object,
    parse_int=_quick_integer,
    parse_float=_quick_float,
    parse_constant=_quick_constant,
)
_SLOW = json.JSONDecoder(
    object_pairs_hook=_Members,
    parse_int=_slow_integer,
    parse_float=_slow_float,
    parse_constant=_slow_constant,
)
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))


def decode(body: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> dict[str, object]:
    """The JSON object in the body.

    Raises Invalid, and nothing else, with one flaw: `body.too_large` or a `json.…` code; its path is the JSON
    pointer to the value where that can be known, otherwise "". Never shows content, but names of keys.
    """
    if len(body) > max_bytes:
        raise Invalid.one("body.too_large", "", f"The body has {len(body)} bytes; at most {max_bytes} are taken.")
    text = _text(body)
    _check_depth(body, max_depth)
    try:
        value = _parse(text, risky=_RISKY_ESCAPE.search(body) is not None)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Invalid.one("json.invalid", "", f"The body is not JSON: {error.msg} at {where}.") from None
    except RecursionError:
        raise _too_deep(max_depth) from None
    if not isinstance(value, dict):
        raise Invalid.one("json.not_an_object", "", "The body is JSON but no object; send one {…} object.")
    return value


def encode(value: object) -> bytes:
    """Compact UTF-8 JSON with sorted keys: equal values give equal bytes.

    ValueError for NaN, infinities and lone surrogates; TypeError for what JSON does not know.
    """
    return _ENCODER.encode(value).encode("utf-8")


def pointer(*keys: str | int) -> str:
    """The JSON pointer (RFC 6901) along the keys; it ends before one too long, or unfit, to be shown and stored."""
    path = ""
    for key in map(str, keys):
        if len(key) > _POINTER_KEY or _flaw_of_text(key):
            break
        path += "/" + key.replace("~", "~0").replace("/", "~1")
    return path


def _text(body: bytes) -> str:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"The body is not UTF-8: byte {error.start} is wrong. Send UTF-8."
        raise Invalid.one("json.invalid_utf8", "", message) from None
    if text.startswith("\ufeff"):
        raise Invalid.one("json.invalid", "", "The body starts with a byte order mark; send it without one.")
    if (position := body.find(b"\0")) >= 0:
        raise Invalid.one("json.nul", "", f"The body holds the byte NUL at offset {position}; remove it.")
    return text


def _check_depth(body: bytes, max_depth: int) -> None:
    """Before the parser recurses: brackets outside strings, counted in one pass; none to count in most bodies."""
    if body.count(b"{") + body.count(b"[") <= max_depth:
        return
    brackets = _STRING.sub(b"", body).translate(None, _NOT_BRACKETS)
    if max(accumulate(map(_BRACKET_STEP.__getitem__, brackets)), default=0) > max_depth:
        raise _too_deep(max_depth)


def _too_deep(max_depth: int) -> Invalid:
    return Invalid.one("json.too_deep", "", f"Objects and arrays are nested deeper than {max_depth}; flatten them.")


def _parse(text: str, *, risky: bool) -> object:
    """risky: whether escapes were seen that may give NUL or half a surrogate pair."""
    try:
        value: object = _QUICK.decode(text)
        if not risky:
            return value
    except _Suspect:
        pass
    found = _first_bad(_SLOW.decode(text))
    if found is not None:
        bad, keys = found
        raise Invalid.one(bad.code, pointer(*reversed(keys)), bad.message)
    return value


def _first_bad(value: object) -> tuple[_Bad, list[str | int]] | None:
    """The first thing wrong, in the order of the document, with the keys that lead to it, innermost first."""
    if isinstance(value, _Members):
        return _first_bad_member(value)
    if isinstance(value, list):
        for index, item in enumerate(value):
            if found := _first_bad(item):
                found[1].append(index)
                return found
        return None
    bad = value if isinstance(value, _Bad) else _flaw_of_text(value) if isinstance(value, str) else None
    return (bad, []) if bad else None


def _first_bad_member(members: _Members) -> tuple[_Bad, list[str | int]] | None:
    seen: set[str] = set()
    for key, value in members:
        if bad := _flaw_of_text(key) or (_DUPLICATE if key in seen else None):
            return bad, [key]
        seen.add(key)
        if found := _first_bad(value):
            found[1].append(key)
            return found
    return None


def _flaw_of_text(text: str) -> _Bad | None:
    if "\0" in text:
        return _NUL
    return _LONE_SURROGATE if _SURROGATE.search(text) else None
