"""`board-hub calendar …`: public holidays by which legal periods are counted."""

import csv
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import click

from board_hub.cli.commands import Group
from board_hub.cli.opening import administrator, opened_hub, unit_of_work
from board_hub.cli.printing import json_option, print_json, print_rows
from board_hub.domain.calendars import ZONES, Calendar
from board_hub.domain.errors import Invalid, NotFound
from board_hub.services.clocks.calendar_changes import recompute_calendar
from board_hub.services.clocks.calendars import get_calendar_year, set_calendar_year
from board_hub.services.operation.snapshot import look

_source = click.option("--source", required=True, help="Where the list is published, such as its place in the OJ.")


@click.group(cls=Group)
def command() -> None:
    """Public holidays, by member and year; EU for the institutions."""


@command.command("show")
@click.argument("calendar")
@click.argument("year", type=int)
@json_option
def show(calendar: str, year: int, as_json: bool) -> None:
    """Show the holidays of CALENDAR (a member's code, or EU) in YEAR, and whether they are confirmed."""
    _check(calendar)
    with opened_hub() as (_, hub), look(hub, administrator()) as uow:
        found = get_calendar_year(uow, calendar, year)
    days, confirmed = _of_year(found, year), year in found.confirmed
    if as_json:
        print_json({"calendar": calendar, "year": year, "confirmed": confirmed, "holidays": _written(days)})
        return
    rows = [{"day": f"{day:%a} {day.isoformat()}", "holiday": name} for day, name in days.items()]
    print_rows(rows, ("day", "holiday"), as_json=False, empty="No holidays are known.")
    click.echo("Confirmed." if confirmed else "Not confirmed: compare with the Official Journal, then confirm.")


@command.command("import")
@click.argument("calendar")
@click.argument("year", type=int)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_source
@click.option("--confirmed", is_flag=True, help="You have compared the list with the Official Journal.")
def import_(calendar: str, year: int, file: Path, source: str, confirmed: bool) -> None:
    """Replace the holidays of CALENDAR in YEAR by those in FILE.

    FILE is JSON ({"2027-01-01": "New Year"}) or CSV (lines of day,name). Running clocks follow at once.
    """
    _check(calendar)
    _set(calendar, year, read_days(file, year), source=source, confirmed=confirmed)


@command.command("confirm")
@click.argument("calendar")
@click.argument("year", type=int)
@_source
def confirm(calendar: str, year: int, source: str) -> None:
    """Confirm the holidays of CALENDAR in YEAR as they are: they were compared with what is published."""
    _check(calendar)
    with opened_hub() as (_, hub), look(hub, administrator()) as uow:
        days = _of_year(get_calendar_year(uow, calendar, year), year)
    _set(calendar, year, days, source=source, confirmed=True)


def _set(calendar: str, year: int, days: Mapping[date, str], *, source: str, confirmed: bool) -> None:
    with unit_of_work() as uow:
        set_calendar_year(uow, calendar, year, holidays=days, confirmed=confirmed, source=source)
        moved = recompute_calendar(uow, calendar)
        uow.commit()
    click.echo(f"{calendar} {year}: {len(days)} holidays. Clocks that end at another moment now: {moved}.")


def _check(calendar: str) -> None:
    if calendar not in ZONES:
        raise NotFound(f"There is no calendar {calendar}; there are {', '.join(sorted(ZONES))}.")


def _of_year(calendar: Calendar, year: int) -> dict[date, str]:
    return {day: name for day, name in sorted(calendar.holidays.items()) if day.year == year}


def _written(days: Mapping[date, str]) -> dict[str, str]:
    return {day.isoformat(): name for day, name in days.items()}


def read_days(file: Path, year: int) -> dict[date, str]:
    """Days and their names in a JSON or CSV file. Raises Invalid for what is no day of that year."""
    try:
        text = file.read_text(encoding="utf-8")
        pairs = _json_pairs(text) if file.suffix == ".json" else _csv_pairs(text)
        days = {date.fromisoformat(day.strip()): name.strip() for day, name in pairs}
    except (ValueError, AttributeError, TypeError) as error:
        raise Invalid.one("field.invalid", "/file", f"The list cannot be read: {error}") from None
    if wrong := [day.isoformat() for day in days if day.year != year]:
        raise Invalid.one("field.invalid", "/file", f"Not in {year}: {', '.join(wrong[:5])}.")
    return dict(sorted(days.items()))


def _json_pairs(text: str) -> list[tuple[str, str]]:
    return list(json.loads(text).items())


def _csv_pairs(text: str) -> list[tuple[str, str]]:
    rows = [row for row in csv.reader(text.splitlines()) if row]
    if short := [row for row in rows if len(row) != 2]:
        raise ValueError(f"a line needs a day and a name: {short[0]}")
    return [(row[0], row[1]) for row in rows]
