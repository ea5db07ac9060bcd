"""A map of the Member States as tiles, one square each, roughly where they lie; drawn by ourselves, free to use.

Equal squares say “one state, one vote”, show Malta as well as France, and need no borders that somebody disputes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from board_hub.law.members import MEMBERS
from board_hub.web.languages import in_language

PLACES: Mapping[str, tuple[int, int]] = {
    "EU": (0, 0), "SE": (5, 0), "FI": (6, 0),
    "DK": (4, 1), "EE": (6, 1),
    "IE": (0, 2), "NL": (3, 2), "DE": (4, 2), "PL": (5, 2), "LV": (6, 2),
    "BE": (2, 3), "LU": (3, 3), "CZ": (4, 3), "SK": (5, 3), "LT": (6, 3),
    "FR": (2, 4), "AT": (4, 4), "HU": (5, 4), "RO": (6, 4),
    "PT": (0, 5), "ES": (1, 5), "IT": (3, 5), "SI": (4, 5), "HR": (5, 5), "BG": (6, 5),
    "MT": (3, 6), "GR": (6, 6), "CY": (7, 6),
}  # fmt: skip
"""Column and row of each Member State, and of the Union's institutions in the corner."""
SIZE, GAP = 72, 6
"""Of a tile, and between two, in units of the picture."""
SHADES = 4
"""Steps from “few” to “most”; a tile without any has a pattern of its own."""
_SHOWN = {one.code: one.shown_as for one in MEMBERS}
_NAMES = {one.code: one.name for one in MEMBERS}


@dataclass(frozen=True)
class Tile:
    """x, y: its upper left corner; shade: 0 for none, else 1 to SHADES."""

    code: str
    shown_as: str
    name: str
    number: int
    x: int
    y: int
    shade: int


@dataclass(frozen=True)
class TileMap:
    """tiles: from north to south; steps: each shade with the numbers (from, to) it stands for, the lightest first."""

    tiles: tuple[Tile, ...]
    steps: tuple[tuple[int, int, int], ...]
    width: int
    height: int


def draw(numbers: Mapping[str, int]) -> TileMap:
    """The map of these numbers by member code; who is not in it has none."""
    most = max((numbers.get(code, 0) for code in PLACES), default=0)
    tiles = [_tile(code, numbers.get(code, 0), most) for code in PLACES]
    columns, rows = (1 + max(place[axis] for place in PLACES.values()) for axis in (0, 1))
    return TileMap(
        tuple(sorted(tiles, key=lambda one: (one.y, one.x))),
        steps_of(most),
        columns * (SIZE + GAP) - GAP,
        rows * (SIZE + GAP) - GAP,
    )


def _tile(code: str, number: int, most: int) -> Tile:
    x, y = (place * (SIZE + GAP) for place in PLACES[code])
    return Tile(code, _SHOWN[code], in_language(_NAMES[code]), number, x, y, shade_of(number, most))


def shade_of(number: int, most: int) -> int:
    return 0 if number <= 0 else min(SHADES, ceil(SHADES * number / most))


def steps_of(most: int) -> tuple[tuple[int, int, int], ...]:
    """Each shade with the numbers it stands for, without those that no whole number falls into."""
    steps = [(shade, most * (shade - 1) // SHADES + 1, most * shade // SHADES) for shade in range(1, SHADES + 1)]
    return tuple(step for step in steps if step[1] <= step[2])
