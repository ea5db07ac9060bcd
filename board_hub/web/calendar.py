"""The calendar: the periods ahead as an agenda and a month, the Act's fixed dates, links for calendar programs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue

from board_hub.domain.calendars import local_date
from board_hub.domain.clocks import ClockKind
from board_hub.domain.errors import Forbidden, Invalid
from board_hub.http.current import current
from board_hub.law.catalogue import FixedDate
from board_hub.services.clocks.agenda import Month, concerns, get_month, list_fixed_dates, next_month
from board_hub.services.clocks.calendar_links import list_links, make_link, revoke_link
from board_hub.services.clocks.clock_reads import ClockFilter, ClockView, list_clock_views
from board_hub.services.people.officials import Person
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.tables import Participant
from board_hub.web.case_page import words_of_effects
from board_hub.web.case_words import names_for, told
from board_hub.web.clock_steps import KINDS, ShownClock, show_clock
from board_hub.web.languages import gettext
from board_hub.web.names import names_of
from board_hub.web.pages import Pages, done, person, reading, writing

calendar = Pages("calendar", __name__)
calendar.context_processor(told)
AGENDA = 25
MOST_LABEL = 100
_FIRST, _LAST = date(2024, 1, 1), date(2100, 12, 1)


@dataclass(frozen=True)
class Day:
    """One field of the month's grid; in_month: not of the month before or after."""

    day: date
    in_month: bool
    is_today: bool
    holiday: str
    clocks: Sequence[ShownClock]
    fixed: Sequence[FixedDate]


@dataclass(frozen=True)
class Wanted:
    """What the person narrows the calendar to; member: whose holidays are shown."""

    month: date
    participant: str | None
    kind: ClockKind | None
    member: str


@calendar.get("/calendar-view")
def show() -> str:
    """What lies ahead."""
    return _page()


def _page(**more: Any) -> str:
    who = person()
    with reading() as uow:
        wanted = _wanted(uow, who)
        shown: dict[str, Any] = {
            **_ahead(uow, who, wanted),
            "links": _links(uow, who),
            "names": names_of(uow),
            "now": uow.now,
        }
    choices = {
        "my_choices": names_for(who.participants, shown["names"]),
        "kind_choices": [(str(kind), words) for kind, words in KINDS.items()],
    }
    return render_template("calendar/show.html", wanted=wanted, section="calendar", **choices, **shown, **more)


def _wanted(uow: UnitOfWork, who: Person) -> Wanted:
    """Raises Invalid for what the address has wrong."""
    chosen = request.args.get("participant") or None
    if chosen and chosen not in who.participants:
        known = ", ".join(who.participants)
        raise Invalid.one("field.invalid", "/participant", gettext("Must be one of yours: %(known)s.", known=known))
    first = chosen or next(iter(who.participants), "")
    member = uow.directory.participants[first].member if first else "EU"
    return Wanted(_month(uow, member), chosen, _kind(), member)


def _month(uow: UnitOfWork, member: str) -> date:
    wanted = request.args.get("month")
    if not wanted:
        return uow.now.date().replace(day=1)
    try:
        month = date.fromisoformat(f"{wanted}-01")
    except ValueError:
        month = date.min
    if not _FIRST <= month <= _LAST:
        raise Invalid.one("field.invalid", "/month", gettext("Must be a month such as 2026-11."))
    return month


def _kind() -> ClockKind | None:
    wanted = request.args.get("kind")
    try:
        return ClockKind(wanted) if wanted else None
    except ValueError:
        known = ", ".join(ClockKind)
        raise Invalid.one("field.invalid", "/kind", gettext("Must be one of: %(known)s.", known=known)) from None


def _ahead(uow: UnitOfWork, who: Person, wanted: Wanted) -> dict[str, Any]:
    ahead = ClockFilter(mine=True, holder=wanted.participant, kind=wanted.kind, is_open=True)
    page = list_clock_views(uow, who.reader, ahead, cursor=request.args.get("later"), limit=AGENDA)
    month = get_month(uow, who.reader, wanted.month, member=wanted.member, holder=wanted.participant, kind=wanted.kind)
    today = local_date(uow.now, "Europe/Brussels")
    kinds = {kind for code in who.participants for kind in uow.directory.participants[code].kinds}
    fixed = list_fixed_dates(uow, today)
    return {
        "agenda": [_shown(uow, who, one) for one in page.lines],
        "later": page.following,
        "month": month,
        "weeks": _weeks(uow, who, month, today=today),
        "previous": (wanted.month - timedelta(days=1)).replace(day=1),
        "following": next_month(wanted.month),
        "fixed": [(one, concerns(one, kinds)) for one in fixed],
    }


def _shown(uow: UnitOfWork, who: Person, view: ClockView) -> ShownClock:
    effects = words_of_effects(uow.hub.catalogues[view.row.law_version])
    return show_clock(view, who.reader.participants, effects)


def _weeks(uow: UnitOfWork, who: Person, month: Month, *, today: date) -> list[list[Day]]:
    """The weeks of the month, from Monday to Sunday."""
    start = month.first - timedelta(days=month.first.weekday())
    fixed: dict[date, list[FixedDate]] = {}
    for one in list_fixed_dates(uow, month.first, next_month(month.first)):
        fixed.setdefault(one.day, []).append(one)
    weeks = []
    while start <= month.last:
        days = [start + timedelta(days=passed) for passed in range(7)]
        weeks.append([_day(uow, who, month, day, fixed=fixed.get(day, ()), today=today) for day in days])
        start += timedelta(days=7)
    return weeks


def _day(uow: UnitOfWork, who: Person, month: Month, day: date, *, fixed: Sequence[FixedDate], today: date) -> Day:
    clocks = [_shown(uow, who, one) for one in month.clocks.get(day, ())]
    in_month = day.month == month.first.month
    return Day(day, in_month, day == today, month.holidays.get(day, ""), clocks, fixed)


def _links(uow: UnitOfWork, who: Person) -> dict[str, Any]:
    """The calendar links of each participant the person acts for in a role that reads."""
    known = uow.directory.participants
    return {code: list_links(uow, known[code]) for code in sorted(who.reader.participants)}


@calendar.post("/calendar-view/links")
def add_link() -> ResponseReturnValue:
    """Make a secret link. Its address is shown in this one answer and kept nowhere, so there is no redirect."""
    who, label = person(), request.form.get("label", "").strip()
    if len(label) > MOST_LABEL:
        raise Invalid.one("field.invalid", "/label", gettext("At most %(number)s characters.", number=MOST_LABEL))
    with writing() as uow:
        made = make_link(uow, _participant(uow, who), label=label, official=str(who.id))
        uow.commit()
    return _page(address=f"{current().public_url}/calendar/{made.secret}.ics"), 201


@calendar.post("/calendar-view/links/<uuid:link_id>/revoke")
def remove_link(link_id: UUID) -> ResponseReturnValue:
    """End a link at once."""
    with writing() as uow:
        revoke_link(uow, _participant(uow, person()), link_id)
        uow.commit()
    return done(gettext("The link is revoked: its address is unknown from now on."), "calendar.show")


def _participant(uow: UnitOfWork, who: Person) -> Participant:
    """Whose clocks the link is for. Raises Forbidden."""
    code = request.form.get("participant", "")
    if code not in who.reader.participants:
        raise Forbidden(gettext("You can make and revoke links for participants you act for."))
    return uow.directory.participants[code]
