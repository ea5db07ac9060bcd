"""How complete a notice is: a score, and what is absent, withheld or not yet available."""

from collections.abc import Mapping
from dataclasses import dataclass

from board_hub.law.catalogue import Field, FieldType, MissingStatus, NoticeType

_REQUIRED_WEIGHT = 3
_OPTIONAL_WEIGHT = 1


@dataclass(frozen=True)
class Completeness:
    """score: 0 to 100, 100 when nothing that counts is left open; the rest: names of fields, in catalogue order."""

    score: int
    absent: tuple[str, ...]
    withheld: tuple[str, ...]
    not_yet_available: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        return {
            "score": self.score,
            "absent": list(self.absent),
            "withheld": list(self.withheld),
            "not_yet_available": list(self.not_yet_available),
        }


def assess(
    notice_type: NoticeType, fields: Mapping[str, object], missing: Mapping[str, Mapping[str, str]]
) -> Completeness:
    """A required field counts three times an optional one; an optional reference to another message not at all."""
    given = total = 0
    absent: list[str] = []
    withheld: list[str] = []
    later: list[str] = []
    for one in notice_type.fields:
        weight = _weight(one)
        total += weight
        if one.name in fields:
            given += weight
        elif one.name in missing:
            is_withheld = missing[one.name]["status"] == MissingStatus.WITHHELD
            (withheld if is_withheld else later).append(one.name)
        elif weight:
            absent.append(one.name)
    score = given * 100 // total if total else 100
    return Completeness(score, tuple(absent), tuple(withheld), tuple(later))


def _weight(one: Field) -> int:
    if one.required:
        return _REQUIRED_WEIGHT
    return 0 if one.type is FieldType.MESSAGE else _OPTIONAL_WEIGHT
