"""The reference page of procedures with their diagrams, of clocks, fixed dates and the test of competence."""

from collections.abc import Iterable, Iterator

from board_hub.domain.clocks import ClockHolder, ClockRule, ClockStart, Holder, Moment, NoticeMatch
from board_hub.domain.conditions import Applies, Condition
from board_hub.domain.periods import Period
from board_hub.domain.procedures import Procedure
from board_hub.law.catalogue import Catalogue, CompetenceTest, title_in
from board_hub.law.diagrams import state_diagram
from board_hub.law.markdown import table

_HEADER = """\
# Procedures, clocks and dates of the exchange

Generated from the catalogue (`board_hub/law/{version}/`); do not edit. {title}; law in force from {version}.

Periods are counted by Regulation (EEC, Euratom) 1182/71, in the calendar of whoever has to act. A step that the law
leaves open is noted by the secretariat with its reason. Articles without a name are of the AIA.
"""
_HOLDERS = {
    Holder.SENDER: "the sender",
    Holder.RECIPIENTS: "each recipient",
    Holder.ORIGINATOR: "whoever opened the procedure",
    Holder.COMMISSION: "the Commission",
    Holder.MEMBER_STATES: "one authority of each Member State",
    Holder.OPERATOR: "an operator or body that is no participant",
    Holder.PARTICIPANTS: "every participant",
}


def procedure_page(catalogue: Catalogue) -> str:
    """The page in Markdown: a diagram of every procedure, every clock, every fixed date, every competence test."""
    return "\n".join(
        [
            _HEADER.format(version=catalogue.law_version, title=title_in(catalogue.title)),
            "## Procedures\n",
            *(_procedure(catalogue, one) for one in catalogue.procedures.values()),
            "## Clocks\n",
            table(
                ("Clock", "Law", "What", "Kind", "Period", "Begins", "Holder", "Met by", "At its end", "Row", "Note"),
                (_clock(catalogue, one) for one in catalogue.clocks.values()),
            ),
            "## Fixed dates\n\nA date does not roll over; it ends with its last hour.\n",
            table(("Day", "What", "Law", "Reminded"), _fixed_dates(catalogue)),
            "## Competence\n",
            *(_competence(one) for one in catalogue.competence_tests.values()),
        ]
    )


def _procedure(catalogue: Catalogue, one: Procedure) -> str:
    clocks = ", ".join(f"`{rule.code}`" for rule in catalogue.clocks_of(one.code)) or "none"
    opened = ", ".join(f"`{code}`" for code in sorted(one.opened_by))
    facts = f"- Law: {one.cite}\n- Opened by: {opened}\n- Clocks: {clocks}\n"
    return f"### {one.code}\n\n{title_in(one.title)}.\n\n{facts}\n```mermaid\n{state_diagram(one)}```\n"


def _clock(catalogue: Catalogue, rule: ClockRule) -> tuple[str, ...]:
    labels = {one.code: title_in(one.label) for one in catalogue.effects.codes} if catalogue.effects else {}
    return (
        f"`{rule.code}`",
        f"{rule.act} {rule.article}",
        title_in(rule.title),
        rule.kind,
        _period(rule),
        "; ".join(_start(one) for one in rule.starts),
        _holder(rule.holder),
        "; ".join(_match(one) for one in rule.met_by),
        labels.get(rule.effect, rule.effect),
        ", ".join(rule.rows),
        title_in(rule.note) if rule.note else "",
    )


def _period(rule: ClockRule) -> str:
    if rule.period is None:
        return "no number" if rule.procedure else "that day each year"
    parts = [_length(rule.period)]
    if rule.repeats:
        parts.append("again and again")
    if rule.suspended_by:
        parts.append("anew after completion" if rule.restart else "stands still meanwhile")
    if rule.extension:
        parts.append(
            f"extended {rule.extension.times}× by {_length(rule.extension.period)} ({_match(rule.extension.by)})"
        )
    return ", ".join(parts)


def _length(period: Period) -> str:
    words = f"{period.n} {period.unit.replace('_', ' ')}{'s' if period.n != 1 else ''}"
    return f"{words} before" if period.backwards else words


def _start(start: ClockStart) -> str:
    match start.at:
        case Moment.YEARLY:
            month, day = start.month_day or (0, 0)
            return f"each year, {month:02}-{day:02}"
        case Moment.ENTERED:
            return f"state `{start.state}`"
        case Moment.FIELD:
            return f"`{start.field}` of `{start.notice}`{_conditions(start.applies)}"
        case _:
            return f"`{start.notice}` {start.at}{_conditions(start.applies)}"


def _match(match: NoticeMatch) -> str:
    when = f" (day: `{match.field}`)" if match.field else ""
    return f"`{match.notice}`{_conditions(match.applies)}{when}"


def _conditions(applies: Applies) -> str:
    words = [_condition(one, "is") for one in applies.when] + [_condition(one, "is not") for one in applies.unless]
    return f", where {' and '.join(words)}" if words else ""


def _condition(one: Condition, verb: str) -> str:
    values = " or ".join(sorted(str(value).lower() if isinstance(value, bool) else str(value) for value in one.values))
    return f"`{one.field}` {verb} {values}"


def _holder(holder: ClockHolder) -> str:
    kinds = f" ({', '.join(holder.kinds)})" if holder.kinds else ""
    others = ", the one that opened it left out" if holder.members == "others" else ""
    return f"{_HOLDERS[holder.who]}{kinds}{others}"


def _fixed_dates(catalogue: Catalogue) -> Iterator[Iterable[str]]:
    for one in sorted(catalogue.fixed_dates, key=lambda one: one.day):
        reminded = f"{', '.join(sorted(one.kinds))}, {', '.join(map(str, one.warn))} days before" if one.kinds else ""
        yield one.day.isoformat(), title_in(one.title), one.cite, reminded


def _competence(one: CompetenceTest) -> str:
    cases = [" and ".join(_condition(condition, "is") for condition in case) for case in one.elsewhere]
    listed = "".join(f"- {case}\n" for case in cases)
    words = f"{title_in(one.message)} The matter goes there by `{one.notice}`. So where:"
    return f"### {one.code}\n\n{title_in(one.title)} (field `{one.field}`). {words}\n\n{listed}"
