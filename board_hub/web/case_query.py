"""The filter of the list of cases, as its address holds it: read, checked, told in words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from board_hub.domain.markings import Marking
from board_hub.domain.search_words import read_query
from board_hub.services.cases.case_filters import CaseFilter
from board_hub.web.languages import gettext, zone_name

NAMES = ("q", "state", "part", "procedure", "member", "participant", "type", "marking", "ends", "since")
"""Parameters of the address that narrow the list; cursor and refresh are none."""
STATES, PARTS = ("open", "closed"), ("addressed", "sent")
_REFERENCE = re.compile(r"[A-Z]{3}-[0-9]{4}-[0-9]{6,9}")
_LONGEST = 200


@dataclass(frozen=True)
class CaseQuery:
    """What was asked for. errors: by parameter; a parameter with an error narrows nothing."""

    values: Mapping[str, str]
    wanted: CaseFilter
    errors: Mapping[str, str]

    @property
    def query(self) -> str:
        """The query string that asks for the same again."""
        return urlencode([(name, value) for name, value in self.values.items() if value])

    @property
    def is_narrowed(self) -> bool:
        return any(self.values.values())


def read_case_query(given: Mapping[str, str], choices: Mapping[str, frozenset[str]]) -> CaseQuery:
    """choices: codes that `procedure`, `type`, `member` and `participant` may have."""
    values = {name: given.get(name, "").strip()[:_LONGEST].replace("\0", "") for name in NAMES}
    known = {"state": STATES, "part": PARTS, "marking": tuple(Marking), **choices}
    errors = {
        name: gettext("There is no such choice; take one of the list.")
        for name, allowed in known.items()
        if values[name] and values[name] not in allowed
    }
    moments = {
        name: _moment(values[name], later=name == "ends", errors=errors, name=name) for name in ("ends", "since")
    }
    if values["q"] and read_query(values["q"]) is None:
        errors["q"] = gettext("Type a word of letters or digits.")
    right = {name: value for name, value in values.items() if value and name not in errors}
    return CaseQuery(values, _filter(right, moments), errors)


def _filter(right: Mapping[str, str], moments: Mapping[str, datetime | None]) -> CaseFilter:
    reference = right.get("q", "").upper() if _REFERENCE.fullmatch(right.get("q", "").upper()) else None
    return CaseFilter(
        text=None if reference else right.get("q"),
        reference=reference,
        is_open={"open": True, "closed": False}.get(right.get("state", "")),
        sent=True if right.get("part") == "sent" else None,
        addressed=True if right.get("part") == "addressed" else None,
        procedure=right.get("procedure"),
        member=right.get("member"),
        participant=right.get("participant"),
        notice_type=right.get("type"),
        marking=right.get("marking"),
        ends_before=moments["ends"],
        since=moments["since"],
    )


def _moment(value: str, *, later: bool, errors: dict[str, str], name: str) -> datetime | None:
    """The beginning of a day where the reader is; of the day after it, if the whole day is meant."""
    if not value:
        return None
    try:
        day = date.fromisoformat(value) + timedelta(days=1 if later else 0)
        return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone_name())).astimezone(UTC)
    except (ValueError, OverflowError):
        errors[name] = gettext("Write a day as YYYY-MM-DD, such as 2026-11-30.")
        return None


def kept(query: CaseQuery, **more: Any) -> str:
    """The address's query string with something more in it."""
    pairs = [*query.values.items(), *more.items()]
    return urlencode([(name, value) for name, value in pairs if value])
