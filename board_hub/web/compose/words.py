"""Words and shapes for the composer's templates, as `say`: citations, choices, markings. No rules."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from board_hub.domain.audience import Gap
from board_hub.domain.markings import Marking
from board_hub.services.desk.audience_preview import Caution, Reached
from board_hub.services.desk.drafting import is_withdrawal
from board_hub.web.compose.choices import member_words
from board_hub.web.compose.controls import Control, Option
from board_hub.web.compose.flaws import Problem
from board_hub.web.compose.form import Shown
from board_hub.web.compose.showing import case_address, values_of
from board_hub.web.languages import format_day, format_instant, gettext, in_language

_NUMBER = re.compile(r"[0-9]")
MARKINGS = {
    Marking.PUBLIC: lambda: (gettext("Public"), gettext("Anybody, also outside the hub.")),
    Marking.AUTHORITIES: lambda: (gettext("All authorities on the hub"), gettext("Also those that do not receive it.")),
    Marking.RESTRICTED: lambda: (gettext("Recipients only"), gettext("Those that receive it, and nobody else.")),
    Marking.ORIGINATOR_CONTROLLED: lambda: (
        gettext("Recipients only, not passed on"),
        gettext("No onward disclosure without your consent (Art 78(3))."),
    ),
    Marking.POINTER_ONLY: lambda: (
        gettext("Only a pointer"),
        gettext("The file stays with its owner; the hub holds a reference (Art 78(3))."),
    ),
}


def article(cite: str, act: str = "AIA") -> str:
    """`Art 79(5)`, or the citation as it stands where it names its act itself."""
    if not cite or not _NUMBER.match(cite):
        return cite
    return f"Art {cite}" if act == "AIA" else f"{act} {cite}"


def form_title(shown: Shown) -> str:
    name = in_language(shown.notice_type.title["en"])
    if is_withdrawal(shown.content):
        return gettext("Withdraw: %(name)s", name=name)
    if "revision" in shown.data:
        return gettext("New version: %(name)s", name=name)
    return name


def notice_title(catalogues: Mapping[str, object], version: str, code: str) -> str:
    """The title of a notice type of a law version."""
    catalogue = catalogues.get(version)
    found = catalogue.notice_types.get(code) if catalogue else None  # type: ignore[attr-defined]
    return in_language(found.title["en"]) if found else code


def choices(options: Iterable[Option]) -> list[Option]:
    """Codes of a vocabulary, each with its citation."""
    return [(code, f"{label} [{article(cite)}]" if cite else label) for code, label, cite in options]


def ungrouped(options: Iterable[Option]) -> list[Option]:
    return [inner for _, group in options for inner in group]


def anchored(problems: Iterable[Problem]) -> list[tuple[str, str]]:
    return [(one.anchor, one.words) for one in problems]


def at(errors: Mapping[str, str], place: str) -> str:
    """The errors at a place and inside it."""
    return " ".join(text for path, text in errors.items() if path == place or path.startswith(f"{place}/"))


def marking_choices(markings: Iterable[str]) -> list[Option]:
    return [(code, *MARKINGS[Marking(code)]()) for code in markings]


def marking(code: str | None) -> str:
    return MARKINGS[Marking(code or Marking.RESTRICTED)]()[0]


def moment_text(iso: str) -> str:
    return format_instant(datetime.fromisoformat(iso))


def day_text(iso: str) -> str:
    return format_day(datetime.fromisoformat(iso).date())


def why(one: Reached) -> str:
    """Why somebody receives it."""
    words = {
        "group": gettext("by the law"),
        "fixed": gettext("by the law"),
        "fallback": gettext("in place of an authority that the directory does not name"),
        "named": gettext("named by you"),
    }
    return gettext("the case is shared with it") if one.why is None else words[one.why]


def gap(one: Gap) -> str:
    """What the directory lacks for this audience."""
    wanted, member = ", ".join(one.wanted), member_words(one.member)
    if one.used:
        words = gettext("%(member)s: no %(wanted)s in the directory; %(used)s receives it instead.")
        return words % {"member": member, "wanted": wanted, "used": one.used}
    return gettext("%(member)s: no %(wanted)s in the directory; nobody there receives it.") % {
        "member": member,
        "wanted": wanted,
    }


def caution(kind: Caution, codes: Sequence[str]) -> str:
    """What to look at twice, in a sentence."""
    named = ", ".join(codes[:12]) + (" …" if len(codes) > 12 else "")
    words = {
        Caution.PUBLIC: gettext("It is marked public: anybody may read it."),
        Caution.OPEN_TO_ALL: gettext("By its marking others may read it too, who do not receive it: %(named)s."),
        Caution.COPIES: gettext("You send it to more participants than the law does: %(named)s."),
        Caution.SUSPENDED: gettext("These are not active and receive nothing: %(named)s."),
        Caution.OBSERVER: gettext("Observers of the Board receive it: %(named)s."),
        Caution.GAPS: gettext("The directory has gaps for this audience: %(named)s."),
    }
    return words[kind] % {"named": named}


def values(one: Control) -> list[str]:
    """What a control without parts holds, in words; a truth as yes or no."""
    truths = {"true": gettext("Yes"), "false": gettext("No")}
    return [truths.get(line, line) if one.kind == "boolean" else line for line in values_of(one)]


def has_value(one: Control) -> bool:
    """Whether anything in it is given."""
    inside = (*one.controls, *one.rows)
    return any(has_value(inner) for inner in inside) if inside else bool(values_of(one))


__all__ = ["case_address"]  # templates call it as `say.case_address`
