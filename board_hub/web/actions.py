"""My actions: the first page, what needs the official who is signed in, ordered by the legal clock."""

from flask import request
from flask.typing import ResponseReturnValue

from board_hub.services.clocks.clock_reads import ClockView
from board_hub.services.desk.actions import AHEAD, get_actions
from board_hub.services.desk.periods import Period
from board_hub.web.clock_steps import ShownClock, show_clock
from board_hub.web.desk_links import LINKS
from board_hub.web.languages import gettext, in_language, ngettext
from board_hub.web.live import refreshed
from board_hub.web.names import names_of
from board_hub.web.pages import Pages, person, reading

actions = Pages("actions", __name__)


@actions.get("/")
def home() -> ResponseReturnValue:
    """What needs me, what waits, what is new."""
    who, cursor = person(), request.args.get("after") or None
    with reading() as uow:
        found = get_actions(uow, who, cursor=cursor)
        names, catalogues = names_of(uow), uow.hub.catalogues
    effects = {
        one.code: one.label["en"]
        for catalogue in catalogues.values()
        if catalogue.effects
        for one in catalogue.effects.codes
    }

    def clock(period: Period) -> ShownClock:
        return show_clock(ClockView(period.clock, period.rule, period.case), who.reader.participants, effects)

    return refreshed(
        "actions/home.html",
        "actions/_lists.html",
        actions=found,
        clock=clock,
        names=names,
        now=uow.now,
        first_page=cursor is None,
        several=len(who.participants) > 1,
        writes_for=who.writes_for,
        days_ahead=AHEAD,
        type_title=lambda code, version: _type_title(catalogues[version].notice_types.get(code)),
        counted=counted,
        days_since=lambda moment: max(0, (uow.now - moment).days),
        section="actions",
        **LINKS,
    )


def _type_title(notice_type: object) -> str:
    return in_language(notice_type.title["en"]) if notice_type is not None else ""  # type: ignore[attr-defined]


def counted(kind: str, number: int) -> str:
    """What is new in a case, by kind of change."""
    return {
        "case": lambda: gettext("new case"),
        "notice": lambda: ngettext("%(num)s notice", "%(num)s notices", number),
        "procedure": lambda: ngettext("%(num)s step", "%(num)s steps", number),
        "clock": lambda: ngettext("%(num)s change of a period", "%(num)s changes of periods", number),
        "share": lambda: gettext("sharing changed"),
    }.get(kind, lambda: ngettext("%(num)s other change", "%(num)s other changes", number))()
