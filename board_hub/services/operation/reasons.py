"""Reasons: what the secretariat changes, it changes for a reason that stays on record."""

from board_hub.domain.errors import Invalid

LONGEST = 500


def check_reason(because: str, longest: int = LONGEST) -> str:
    """The reason without blanks around it. Raises Invalid at /because where there is none, or too long a one."""
    text = " ".join(because.split())
    if not text:
        raise Invalid.one("field.missing", "/because", "Give the reason; it stays on record.")
    if len(text) > longest:
        raise Invalid.one("field.invalid", "/because", f"The reason has {len(text)} characters; {longest} are taken.")
    return text
