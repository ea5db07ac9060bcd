"""Public holidays by which legal periods are counted: shown, edited, confirmed. Running clocks follow at once."""

from collections.abc import Mapping
from datetime import date

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from board_hub.domain.calendars import ZONES
from board_hub.domain.errors import Flaw, Invalid, NotFound
from board_hub.services.clocks.calendar_changes import recompute_calendar
from board_hub.services.clocks.calendars import find_source, get_calendar_year, list_years, set_calendar_year
from board_hub.web.languages import gettext as _
from board_hub.web.languages import ngettext
from board_hub.web.pages import done, needs, reading, writing
from board_hub.web.secretariat.navigation import CLERKS, EVERYBODY, may, secretariat
from board_hub.web.secretariat.questions import Crumb, Question, ask
from board_hub.web.words import member_name

FIRST, LAST = 2020, 2100
LONGEST_SOURCE = 300


@secretariat.get("/calendars")
@needs(*EVERYBODY)
def calendars() -> str:
    """Every calendar, and which of its years somebody has confirmed."""
    with reading() as uow:
        years, held = _years(uow.now.year), list_years(uow)
    lines = [(code, member_name(code), {year: held.get((code, year)) for year in years}) for code in sorted(ZONES)]
    return render_template("secretariat/calendars.html", lines=lines, years=years)


@secretariat.get("/calendars/<code>/<int:year>")
@needs(*EVERYBODY)
def calendar(code: str, year: int) -> str:
    """One calendar's year."""
    _check(code, year)
    with reading() as uow:
        found, source = get_calendar_year(uow, code, year), find_source(uow, code, year)
    days = _of_year(found.holidays, year)
    return render_template(
        "secretariat/calendar.html",
        code=code,
        name=member_name(code),
        year=year,
        days=days,
        confirmed=year in found.confirmed,
        source=source,
        can_change=may(*CLERKS),
    )


@secretariat.route("/calendars/<code>/<int:year>/change", methods=["GET", "POST"])
@needs(*CLERKS)
def change_calendar(code: str, year: int) -> ResponseReturnValue:
    """Replace the holidays of a year, or confirm them as they are."""
    _check(code, year)
    with reading() as uow:
        days = _of_year(get_calendar_year(uow, code, year).holidays, year)

    def act() -> ResponseReturnValue:
        wanted, source = read_days(request.form.get("days", ""), year), request.form.get("source", "").strip()
        if not source or len(source) > LONGEST_SOURCE:
            message = _("Say where the list is published, such as its place in the Official Journal.")
            raise Invalid.one("field.missing", "/source", message)
        with writing() as uow:
            is_confirmed = request.form.get("confirmed") == "yes"
            set_calendar_year(uow, code, year, holidays=wanted, confirmed=is_confirmed, source=source)
            moved = recompute_calendar(uow, code)
            uow.commit()
        said = ngettext("%(num)s clock ends at another moment now.", "%(num)s clocks end at another moment now.", moved)
        return done(_("Saved.") + " " + said, "secretariat.calendar", code=code, year=year)

    lines = "\n".join(f"{day.isoformat()} {name}" for day, name in days.items())
    here = url_for("secretariat.calendar", code=code, year=year)
    crumbs: list[Crumb] = [
        (url_for("secretariat.calendars"), _("Public holidays")),
        (here, f"{member_name(code)} {year}"),
    ]
    return ask(
        Question(
            title=_("Change the holidays of %(name)s in %(year)s", name=member_name(code), year=year),
            what=[_("Legal periods of whoever acts there are counted by these days; running ones follow at once.")],
            yes=_("Save"),
            cancel=here,
            crumbs=[*crumbs, (None, _("Change"))],
            current="secretariat.calendars",
            fields="secretariat/_calendar_fields.html",
            asks_why=False,
            values={"days": lines},
        ),
        act,
    )


def read_days(text: str, year: int) -> dict[date, str]:
    """Lines of a day and its name. Raises Invalid naming each line that is none, or of another year."""
    days, flaws = {}, []
    for number, line in enumerate(text.splitlines(), 1):
        day, _blank, name = line.strip().partition(" ")
        if not day:
            continue
        try:
            when = date.fromisoformat(day)
        except ValueError:
            when = None
        if when is None or when.year != year or not name.strip():
            message = _("Line %(number)s: write a day of %(year)s and its name.", number=number, year=year)
            flaws.append(Flaw("field.invalid", "/days", message))
        else:
            days[when] = name.strip()[:200]
    if flaws:
        raise Invalid(flaws[:10])
    return dict(sorted(days.items()))


def _check(code: str, year: int) -> None:
    if code not in ZONES or not FIRST <= year <= LAST:
        raise NotFound("There is no such calendar.")


def _years(this_year: int) -> range:
    return range(this_year - 1, this_year + 3)


def _of_year(holidays: Mapping[date, str], year: int) -> dict[date, str]:
    return {day: name for day, name in sorted(holidays.items()) if day.year == year}
