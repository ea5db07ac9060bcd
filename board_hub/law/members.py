"""The Board's members and observers (Art 65(2)): ISO 3166-1 codes; Greece is shown as EL, as the institutions do."""

from typing import NamedTuple


class MemberEntry(NamedTuple):
    code: str
    name: str
    kind: str

    @property
    def shown_as(self) -> str:
        return "EL" if self.code == "GR" else self.code


_STATES = (
    "AT Austria|BE Belgium|BG Bulgaria|CY Cyprus|CZ Czechia|DE Germany|DK Denmark|EE Estonia|ES Spain|FI Finland|"
    "FR France|GR Greece|HR Croatia|HU Hungary|IE Ireland|IT Italy|LT Lithuania|LU Luxembourg|LV Latvia|MT Malta|"
    "NL Netherlands|PL Poland|PT Portugal|RO Romania|SE Sweden|SI Slovenia|SK Slovakia"
)
_OBSERVERS = "IS Iceland|LI Liechtenstein|NO Norway"


def _entries(text: str, kind: str) -> tuple[MemberEntry, ...]:
    return tuple(MemberEntry(item[:2], item[3:], kind) for item in text.split("|"))


MEMBERS = (
    *_entries(_STATES, "member_state"),
    *_entries(_OBSERVERS, "observer"),
    MemberEntry("EU", "European Union institutions", "institution"),
)
