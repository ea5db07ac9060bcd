"""Overview: cases by Member State and procedure, legal periods ahead, how long requests take. Of what one may see."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import render_template, request, url_for
from werkzeug.exceptions import BadRequest

from board_hub.domain.clocks import ClockKind
from board_hub.law.catalogue import title_in
from board_hub.services.desk.answer_times import AnswerTimes, Share, answer_times
from board_hub.services.desk.case_counts import CaseCount, recent_cases
from board_hub.services.desk.clocks_ahead import ClocksAhead, count_clocks_ahead
from board_hub.services.desk.kept import Kept, keep
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.web import languages, tile_map
from board_hub.web.languages import gettext, in_language
from board_hub.web.links import address
from board_hub.web.pages import Pages, reader, reading

overview = Pages("overview", __name__)
PERIODS = (30, 90, 365)
"""Days that one may look back."""


@dataclass(frozen=True)
class Score:
    """A share with the marks the Commission gives for it in IMI: good from, weak below, in percent."""

    label: str
    share: Share
    good: int
    weak: int

    @property
    def tone(self) -> str:
        percent = self.share.percent
        if percent is None:
            return ""
        return "good" if percent >= self.good else "bad" if percent < self.weak else "warn"


@overview.get("/overview")
def show() -> str:
    """Map, charts and figures."""
    days = _days()
    with reading() as uow:
        since = uow.now - timedelta(days=days)
        zone = languages.zone_name()
        cases = recent_cases(uow, reader(), days)
        ahead = keep(uow, reader(), f"clocks {zone}", lambda: count_clocks_ahead(uow, reader(), zone))
        times = keep(uow, reader(), f"answers {days}", lambda: answer_times(uow, reader(), since))
        return render_template(
            "overview/home.html",
            days=days,
            periods=PERIODS,
            at=min(cases.at, ahead.at, times.at),
            **_cases(uow, cases),
            **_clocks(ahead.answer),
            asked=times.answer[0],
            asking=times.answer[1],
            scores=_scores,
        )


def _days() -> int:
    try:
        days = int(request.args.get("days", PERIODS[1]))
    except ValueError:
        days = 0
    if days not in PERIODS:
        raise BadRequest(f"days must be one of {', '.join(map(str, PERIODS))}.")
    return days


def _cases(uow: UnitOfWork, kept: Kept[tuple[CaseCount, ...]]) -> dict[str, Any]:
    by_member, by_procedure = Counter[str](), Counter[str | None]()
    for one in kept.answer:
        by_member[one.member] += one.number
        by_procedure[one.procedure] += one.number
    return {
        "total": sum(by_member.values()),
        "map": tile_map.draw(by_member),
        "members": len(by_member),
        "case_list": _case_list,
        "procedures": [
            (_procedure(uow, code), number, address("cases.listing", procedure=code) if code else "")
            for code, number in by_procedure.most_common()
        ],
    }


def _case_list(member: str) -> str:
    return address("cases.listing", member=member) or url_for("directory.member", shown_as=_SHOWN[member])


_SHOWN = {one.code: one.shown_as for one in tile_map.draw({}).tiles}


def _procedure(uow: UnitOfWork, code: str | None) -> str:
    """Its title by the newest law that has it."""
    for version in sorted(uow.hub.catalogues, reverse=True):
        if found := uow.hub.catalogues[version].procedures.get(code or ""):
            return in_language(title_in(found.title))
    return gettext("Informal exchange, no procedure")


def _clocks(ahead: ClocksAhead) -> dict[str, Any]:
    kinds = (ClockKind.LIMIT, ClockKind.WINDOW)
    rows = [
        (languages.format_days(week.monday, week.monday + timedelta(days=6)), [week.by_kind[kind] for kind in kinds])
        for week in ahead.weeks
    ]
    return {
        "weeks": rows,
        "later": ahead.later,
        "this_week": sum(rows[0][1]),
        "ending": sum(sum(values) for _, values in rows),
    }


def _scores(times: AnswerTimes) -> list[Score]:
    """The thresholds are those of the Single Market Scoreboard for IMI."""
    return [
        Score(gettext("Accepted within 7 days"), times.accepted_soon, 80, 60),
        Score(gettext("Answered by the agreed date"), times.by_agreed_date, 80, 60),
        Score(gettext("Answered within the legal period"), times.within_legal_period, 80, 60),
    ]
