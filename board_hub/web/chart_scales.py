"""Scales of charts: where an axis ends, how a line runs. Values in, numbers and paths out."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from math import floor, log10

Number = int | float | Decimal
LEFT, BASE, HEIGHT = 56, 210, 190
"""Of the drawing area in macros/charts.html, in units of the picture."""
_STEPS = (1, 2, 4, 5, 8, 10)


def round_top(values: Iterable[Number | None]) -> float:
    """The end of an axis: a round number, divisible by four steps, not below any value; never 0."""
    highest = max((float(value) for value in values if value is not None), default=0.0)
    if highest <= 0:
        return 4.0
    unit = 10.0 ** floor(log10(highest))
    return next(step * unit for step in _STEPS if step * unit >= highest * 0.999999)


def top_of_lines(series: Iterable[tuple[str, Sequence[Number | None]]]) -> float:
    return round_top(value for _, values in series for value in values)


def top_of_sums(rows: Iterable[tuple[str, Sequence[Number | None]]]) -> float:
    """The longest bar of a stack; 1 where all are empty."""
    return max((sum(float(value or 0) for value in values) for _, values in rows), default=0.0) or 1.0


def line_path(values: Sequence[Number | None], step: float, top: float) -> str:
    """An SVG path through the values, broken where one is missing."""
    parts, is_down = [], False
    for place, value in enumerate(values):
        if value is None:
            is_down = False
            continue
        x, y = LEFT + step * (place + 0.5), BASE - HEIGHT * float(value) / top
        parts.append(f"{'L' if is_down else 'M'}{x:.1f} {y:.1f}")
        is_down = True
    return "".join(parts)


def pairs(rows: Iterable[Sequence[object]]) -> list[tuple[object, list[object]]]:
    """Rows of one value each, as the table beside a chart takes them."""
    return [(row[0], [row[1]]) for row in rows]


def across(
    series: Sequence[tuple[str, Sequence[Number | None]]], labels: Sequence[str]
) -> list[tuple[str, list[Number | None]]]:
    """The table of a line chart: a row for each label, a column for each series."""
    return [(label, [values[place] for _, values in series]) for place, label in enumerate(labels)]
