"""What forms offer beyond the catalogue: countries, participants, notices of the case, time zones, in words."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from babel import Locale

from board_hub.domain.audience import INSTITUTIONS
from board_hub.domain.envelope import HUB
from board_hub.law.members import MEMBERS
from board_hub.services.cases.timeline_reads import ListedNotice
from board_hub.store.tables import Participant
from board_hub.web.compose.controls import Choices, Option
from board_hub.web.languages import format_day, gettext, in_language, language, lazy, zone_name

_ZONES = (
    ("Europe/Brussels", lazy("Brussels, Berlin, Paris, Rome, Warsaw")),
    ("Europe/Athens", lazy("Athens, Bucharest, Helsinki, Sofia")),
    ("Europe/Lisbon", lazy("Lisbon, Dublin")),
    ("UTC", lazy("UTC")),
)
_SHOWN_AS = {one.code: one.shown_as for one in MEMBERS}
_NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})


def choices_for(participants: Mapping[str, Participant], notices: Iterable[tuple[str, str]]) -> Choices:
    """Everything a form of the present request offers."""
    known = sorted(participants.values(), key=lambda one: (one.member == INSTITUTIONS, one.member, one.code))
    return Choices(
        say=in_language,
        participants=grouped(one for one in known if one.code != HUB and one.active),
        countries=_countries(language()),
        notices=tuple(notices),
        zones=[(zone, str(words)) for zone, words in _ZONES],
        zone=zone_name() if zone_name() in dict(_ZONES) else _ZONES[0][0],
    )


def grouped(participants: Iterable[Participant]) -> list[Option]:
    """Participants as choices, by member."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for one in participants:
        groups.setdefault(member_words(one.member), []).append((one.code, participant_words(one)))
    return list(groups.items())


def participant_words(one: Participant) -> str:
    """`DE · Bundesnetzagentur (DE-BNETZA)`."""
    shown = _SHOWN_AS.get(one.member, one.member)
    return f"{shown} · {one.name} ({one.code})" if one.name != one.code else f"{shown} · {one.code}"


def member_words(code: str) -> str:
    """The name of a Member State, or of the institutions, in the reader's language."""
    if code == INSTITUTIONS:
        return gettext("European Union")
    return str(Locale.parse(language()).territories.get(code, code))


def notice_option(one: ListedNotice, title: str) -> tuple[str, str]:
    """A notice of the case as a choice. title: of its type."""
    return f"{one.key.source}/{one.key.id}", f"{title} – {one.key.source}, {format_day(one.issued_at)}"


@lru_cache(maxsize=32)
def _countries(language: str) -> list[Option]:
    """Member States first; then every other country by name, in the reader's language."""
    names = {str(code): str(name) for code, name in Locale.parse(language).territories.items()}
    first = [one.code for one in MEMBERS if one.kind == "member_state"]
    others = [
        code for code in names if len(code) == 2 and code.isalpha() and code not in first and code not in _NO_COUNTRIES
    ]

    def by_name(codes: Iterable[str]) -> list[tuple[str, str]]:
        return sorted(((code, names.get(code, code)) for code in codes), key=lambda one: one[1])

    return [(gettext("Member States"), by_name(first)), (gettext("Other countries"), by_name(others))]
