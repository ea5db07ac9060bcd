"""The list of cases as a file: what the reader sees of each, for spreadsheets."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from xlsxwriter import Workbook

from board_hub.domain.events import Event, EventName
from board_hub.services.access import Reader
from board_hub.services.cases.case_filters import CaseFilter
from board_hub.services.cases.case_reads import CaseHeader, list_cases
from board_hub.services.paging import LONGEST_PAGE
from board_hub.services.unit_of_work import UnitOfWork

MOST = 5_000
"""Cases in one file."""
COLUMNS = ("reference", "title", "originator", "opened_at", "changed_at", "is_open", "procedures", "states", "changes")
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")
"""First characters that a spreadsheet takes for a formula (OWASP, CSV injection), full-width ones too."""
_WIDTHS = (20, 48, 16, 18, 18, 8, 48, 32, 10)
_IN_MEMORY = 2 * 1024 * 1024


class ExportedCases:
    """Cases of an export, read page by page. more: after the last one, whether there are further ones."""

    def __init__(self, uow: UnitOfWork, reader: Reader, wanted: CaseFilter, most: int = MOST) -> None:
        self._uow, self._reader, self._wanted, self._most = uow, reader, wanted, most
        self.count, self.more = 0, False

    def __iter__(self) -> Iterator[CaseHeader]:
        cursor: str | None = None
        while True:
            limit = min(LONGEST_PAGE, self._most - self.count)
            page = list_cases(self._uow, self._reader, self._wanted, cursor=cursor, limit=limit)
            self.count += len(page.lines)
            yield from page.lines
            cursor = page.following
            if cursor is None or self.count >= self._most:
                self.more = cursor is not None
                return


def note_export(uow: UnitOfWork, file_format: str, count: int) -> None:
    """Record who took how many cases out of the hub; never which filter: its text is content."""
    subject = str(uow.actor.name)
    uow.record(Event(EventName.CASES_EXPORTED, subject, {}, {"format": file_format, "count": count}))


def row_of(case: CaseHeader) -> tuple[Any, ...]:
    """The cells of a case, in the order of `COLUMNS`."""
    return (
        case.reference,
        case.title,
        case.originator or "",
        case.opened_at,
        case.changed_at,
        case.is_open,
        "; ".join(one.title for one in case.procedures),
        "; ".join(one.state_title for one in case.procedures),
        case.version,
    )


def harmless(text: str) -> str:
    """Text that no spreadsheet runs: what could begin a formula begins with an apostrophe instead."""
    first = text.lstrip(" \u00a0\ufeff")[:1]
    return f"'{text}" if first in _RISKY or first in ("＝", "＋", "－", "＠") else text


def write_csv(cases: Iterable[CaseHeader], head: Sequence[str], note: str, more: "ExportedCases") -> Iterator[str]:
    """Lines of a CSV file (RFC 4180, UTF-8 with its mark); a last line says when there are more cases."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    yield "\ufeff"
    writer.writerow(head)
    for one in cases:
        writer.writerow([_as_text(cell) for cell in row_of(one)])
        yield _taken(buffer)
    if more.more:
        writer.writerow([note])
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def _as_text(cell: Any) -> str:
    if isinstance(cell, datetime):
        return cell.isoformat(timespec="seconds")
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return harmless(str(cell)) if isinstance(cell, str) else "" if cell is None else str(cell)


def write_xlsx(cases: Iterable[CaseHeader], head: Sequence[str], note: str, more: "ExportedCases") -> IO[bytes]:
    """A workbook of one sheet, written row by row; moments are in UTC, as a sheet knows no zones."""
    file: Any = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 (whoever sends it closes it)
    book = Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    bold = book.add_format({"bold": True})
    sheet = book.add_worksheet("Cases")
    sheet.freeze_panes(1, 0)
    for place, width in enumerate(_WIDTHS):
        sheet.set_column(place, place, width)
    for place, title in enumerate(head):
        sheet.write_string(0, place, title, bold)
    for number, one in enumerate(cases, start=1):
        for place, value in enumerate(row_of(one)):
            _write_cell(sheet, number, place, value, moment)
    if more.more:
        sheet.write_string(more.count + 1, 0, note)
    book.close()
    file.seek(0)
    return file  # type: ignore[no-any-return]


def _write_cell(sheet: Any, row: int, place: int, value: Any, moment: Any) -> None:
    if isinstance(value, datetime):
        sheet.write_datetime(row, place, value.astimezone(UTC).replace(tzinfo=None, microsecond=0), moment)
    elif isinstance(value, str):
        sheet.write_string(row, place, harmless(value))
    elif isinstance(value, bool):
        sheet.write_boolean(row, place, value)
    elif value is not None:
        sheet.write_number(row, place, value)
