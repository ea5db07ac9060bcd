"""Statements over many clocks at once: windows that wait for receipt, and clocks that begin.

A notice starts a window for each of a few dozen recipients; what they have in common is sent to PostgreSQL once.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert, text, update
from sqlalchemy.orm import Session

from board_hub.store.case_tables import Clock
from board_hub.store.tables import table_of

_TABLE = table_of(Clock)
_SHARED = ("case_id", "procedure_id", "rule", "law_version", "kind", "started_by", "event")

_INSERT_WAITING = text(
    """
    INSERT INTO clock (id, holder, holder_member, case_id, procedure_id, rule, law_version, kind, started_by, event,
                       cycle, state, calendar, calendar_confirmed, steps, explanation, extensions, suspensions)
    SELECT CAST(one.id AS uuid), one.holder, one.member, CAST(o.case_id AS uuid), CAST(o.procedure_id AS uuid), o.rule,
           o.law_version, o.kind, CAST(o.started_by AS uuid), o.event, '', 'waiting', '', false, '[]', '', 0, '[]'
    FROM unnest(string_to_array(:case_id, ','), string_to_array(:procedure_id, ','), string_to_array(:rule, ','),
                string_to_array(:law_version, ','), string_to_array(:kind, ','), string_to_array(:started_by, ','),
                string_to_array(:event, ','), string_to_array(:ids, ','), string_to_array(:holders, ','),
                string_to_array(:members, ','))
             AS o(case_id, procedure_id, rule, law_version, kind, started_by, event, ids, holders, members),
         unnest(string_to_array(o.ids, ' '), string_to_array(o.holders, ' '), string_to_array(o.members, ' '))
             AS one(id, holder, member)
    """
)


@dataclass(frozen=True, slots=True)
class Windows:
    """Clocks that wait for one message's receipt. shared: columns of `Clock`; holders: (code, member) of each."""

    shared: Mapping[str, Any]
    ids: Sequence[UUID]
    holders: Sequence[tuple[str, str]]

    def rows(self) -> list[dict[str, Any]]:
        return [
            {**self.shared, "id": id_, "holder": code, "holder_member": member}
            for id_, (code, member) in zip(self.ids, self.holders, strict=True)
        ]


def insert_windows(session: Session, windows: Sequence[Windows]) -> None:
    """Store clocks that wait."""
    if session.get_bind().dialect.name != "postgresql":
        session.execute(insert(_TABLE), [row for one in windows for row in one.rows()])
        return
    shared = {name: ",".join(str(one.shared[name]) for one in windows) for name in _SHARED}
    own = {
        "ids": ",".join(" ".join(id_.hex for id_ in one.ids) for one in windows),
        "holders": ",".join(" ".join(code for code, _ in one.holders) for one in windows),
        "members": ",".join(" ".join(member for _, member in one.holders) for one in windows),
    }
    session.execute(_INSERT_WAITING, shared | own)


_ENDS = (
    "state",
    "started_at",
    "nominal_on",
    "end_on",
    "nominal_at",
    "end_at",
    "calendar",
    "calendar_confirmed",
    "steps",
    "explanation",
)
_DUTY: Mapping[str, Any] = {
    "nominal_on": None,
    "end_on": None,
    "nominal_at": None,
    "end_at": None,
    "calendar": "",
    "calendar_confirmed": False,
    "steps": [],
}
_BEGIN_ONE = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("of_clock"))
    .values({name: bindparam(f"new_{name}", type_=_TABLE.c[name].type) for name in _ENDS})
)
_BEGIN_ALL = text(
    """
    UPDATE clock AS c SET
        state = t.state, started_at = t.started_at, nominal_on = t.nominal_on, end_on = t.end_on,
        nominal_at = t.nominal_at, end_at = t.end_at, calendar = t.calendar,
        calendar_confirmed = t.calendar_confirmed, steps = t.steps, explanation = t.explanation
    FROM jsonb_to_recordset(CAST(:terms AS jsonb)) AS t(
             ids text, state text, started_at timestamptz, nominal_on date, end_on date, nominal_at timestamptz,
             end_at timestamptz, calendar text, calendar_confirmed boolean, steps jsonb, explanation text),
         unnest(string_to_array(t.ids, ' ')) AS one(id)
    WHERE c.id = CAST(one.id AS uuid)
    """
)


def begin_clocks(session: Session, groups: Sequence[tuple[Sequence[UUID], Mapping[str, Any]]]) -> None:
    """Clocks that begin, in groups that begin at one moment and end at one for the same reasons (columns of `Clock`;
    a duty has no ends).
    """
    whole = [(ids, {**_DUTY, **values}) for ids, values in groups]
    if session.get_bind().dialect.name != "postgresql":
        for ids, values in whole:
            new = {f"new_{name}": values[name] for name in _ENDS}
            session.execute(_BEGIN_ONE, [{"of_clock": id_, **new} for id_ in ids])
        return
    terms = [
        {"ids": " ".join(id_.hex for id_ in ids), **{name: values[name] for name in _ENDS}} for ids, values in whole
    ]
    session.execute(_BEGIN_ALL, {"terms": json.dumps(terms, default=date.isoformat)})
