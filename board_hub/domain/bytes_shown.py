"""Bytes of unknown origin as text that is safe to look at: bounded, with nothing that hides or moves other text."""

import unicodedata
from dataclasses import dataclass

MOST_TEXT = 65_536
"""Bytes shown of a text."""
MOST_HEX = 4_096
"""Bytes shown of what is no text."""
_KEPT = frozenset("\n\t")
_HIDING = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
"""Unicode categories that are written out: control and format characters (such as those that turn the direction)."""
_COLUMNS = 16


@dataclass(frozen=True)
class Shown:
    """text: what may be shown, to be escaped like any other text; shown, total: bytes; binary: whether it is hex."""

    text: str
    binary: bool
    shown: int
    total: int

    @property
    def is_cut(self) -> bool:
        return self.shown < self.total


def show_bytes(content: bytes) -> Shown:
    """UTF-8 as text with hidden characters written out as `\\u202e`; anything else as hex."""
    part = content[:MOST_TEXT]
    try:
        text = part.decode()
    except UnicodeDecodeError as error:
        if len(part) == len(content) or error.start < len(part) - 3:  # not just a character cut in two
            return _as_hex(content)
        part = part[: error.start]
        text = part.decode()
    return Shown("".join(map(_visible, text)), False, len(part), len(content))


def _visible(character: str) -> str:
    if character in _KEPT or unicodedata.category(character) not in _HIDING:
        return character
    number = ord(character)
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"


def _as_hex(content: bytes) -> Shown:
    part = content[:MOST_HEX]
    lines = [_line(at, part[at : at + _COLUMNS]) for at in range(0, len(part), _COLUMNS)]
    return Shown("\n".join(lines), True, len(part), len(content))


def _line(at: int, row: bytes) -> str:
    letters = "".join(chr(one) if 32 <= one < 127 else "." for one in row)
    return f"{at:08x}  {row.hex(' '):<{_COLUMNS * 3}} {letters}"
