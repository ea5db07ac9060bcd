"""Markings: who may see an item, and who may pass it on (Art 78)."""

from enum import StrEnum


class Marking(StrEnum):
    """The codes of the catalogue's vocabulary `markings`; without one an item is restricted."""

    PUBLIC = "public"
    AUTHORITIES = "authorities"
    RESTRICTED = "restricted"
    ORIGINATOR_CONTROLLED = "originator-controlled"
    POINTER_ONLY = "pointer-only"


OPEN_TO_AUTHORITIES = frozenset({Marking.PUBLIC, Marking.AUTHORITIES})
KEPT_BY_ORIGINATOR = frozenset({Marking.ORIGINATOR_CONTROLLED, Marking.POINTER_ONLY})
"""Never passed on without the originator: sharing a case does not reach these (Art 78(3))."""

AUTHORITY_KINDS = frozenset({"MSA", "NA", "SPOC", "SLO", "FRA77", "DPA", "BREP", "AIO", "EDPS"})
"""Kinds of participant that are authorities on the hub; runners, partners and the panel are not."""


def may_pass_on(marking: Marking, *, is_originator: bool) -> bool:
    """Whether a reader of an item may share it with a participant that was not addressed."""
    return is_originator or marking in OPEN_TO_AUTHORITIES
