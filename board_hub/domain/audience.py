"""Who a notice goes to, and who may send it: audience rules as values, resolved over the directory as it is."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from board_hub.domain.errors import Flaw, Invalid


class Kind(StrEnum):
    """What a participant is (law.md §2); one participant may be several."""

    MSA = "MSA"
    NA = "NA"
    SPOC = "SPOC"
    SLO = "SLO"
    FRA77 = "FRA77"
    DPA = "DPA"
    BREP = "BREP"
    AIO = "AIO"
    EDPS = "EDPS"
    PANEL = "PANEL"
    RUNNER = "RUNNER"
    PARTNER = "PARTNER"
    HUB = "HUB"


class Members(StrEnum):
    """Which Member States a group of recipients is taken from, seen from the sender."""

    OTHERS = "others"
    OWN = "own"
    ALL = "all"


class Addressee(Protocol):
    """A participant as the rules see it; `member` is an ISO 3166 code, or "EU" for an institution."""

    @property
    def code(self) -> str: ...
    @property
    def member(self) -> str: ...
    @property
    def kinds(self) -> frozenset[str]: ...
    @property
    def active(self) -> bool: ...


INSTITUTIONS = "EU"
"""The member code of the Union's institutions, which act each for itself."""


class SentByKinds(Protocol):
    """A notice type as the rules see it: its code, and the kinds of participant that may send it."""

    @property
    def code(self) -> str: ...
    @property
    def senders(self) -> frozenset[str]: ...


@dataclass(frozen=True)
class MemberGroup:
    """Per Member State the participants of the first kind it has; the fallback when it has none of them."""

    members: Members
    kinds: tuple[str, ...]
    states: frozenset[str]
    fallback: str | None = None


@dataclass(frozen=True)
class AudienceRule:
    """Who receives a notice.

    groups: picked per Member State; fixed: every participant of these kinds (the Commission: AIO);
    named: kinds the sender may name in `data.to`; named_required: at least one must be named.
    """

    code: str
    groups: tuple[MemberGroup, ...] = ()
    fixed: tuple[str, ...] = ()
    named: frozenset[str] = frozenset()
    named_required: bool = False


@dataclass(frozen=True)
class Gap:
    """A Member State, or a fixed kind of participant, that the directory cannot reach as the rule wants.

    used: the fallback kind that was taken instead, None when nobody there receives the notice.
    """

    member: str
    wanted: tuple[str, ...]
    used: str | None


@dataclass(frozen=True)
class _Choice:
    """What the directory offers for one Member State."""

    member: str
    group: MemberGroup
    kind: str | None
    codes: tuple[str, ...]


def resolve(
    rule: AudienceRule, sender: Addressee, directory: Sequence[Addressee], named: Sequence[str]
) -> tuple[str, ...]:
    """Codes of the recipients: sorted, without doubles, without the sender, without suspended participants.

    named: `data.to` of the notice. Raises Invalid (`audience.invalid`, or `field.missing` when a name is required).
    """
    _check_named(rule, sender, directory, named)
    active = {one.code for one in directory if one.active}
    found = {code for choice in _choices(rule, sender, directory) for code in choice.codes}
    found |= {one.code for one in directory if one.active and not one.kinds.isdisjoint(rule.fixed)}
    found |= active.intersection(named)
    found.discard(sender.code)
    if not found:
        raise Invalid.one("audience.invalid", "/data/to", f"Nobody in the directory can receive this ({rule.code}).")
    return tuple(sorted(found))


def gaps(rule: AudienceRule, sender: Addressee, directory: Sequence[Addressee]) -> tuple[Gap, ...]:
    """Where the directory is too empty for the rule: members on their fallback or with nobody, missing fixed kinds."""
    members = [
        Gap(choice.member, choice.group.kinds, choice.kind)
        for choice in _choices(rule, sender, directory)
        if choice.kind is None or choice.kind not in choice.group.kinds
    ]
    present = {kind for one in directory if one.active for kind in one.kinds}
    return (*members, *(Gap("EU", (kind,), None) for kind in rule.fixed if kind not in present))


class Why(StrEnum):
    """How a recipient comes to be one."""

    GROUP = "group"
    FALLBACK = "fallback"
    FIXED = "fixed"
    NAMED = "named"


def reasons(
    rule: AudienceRule, sender: Addressee, directory: Sequence[Addressee], named: Sequence[str]
) -> dict[str, Why]:
    """Why each recipient of `resolve` is one; who is so by the law is not so by name."""
    found: dict[str, Why] = dict.fromkeys(named, Why.NAMED)
    for choice in _choices(rule, sender, directory):
        why = Why.GROUP if choice.kind in choice.group.kinds else Why.FALLBACK
        found |= dict.fromkeys(choice.codes, why)
    found |= {one.code: Why.FIXED for one in directory if one.active and not one.kinds.isdisjoint(rule.fixed)}
    found.pop(sender.code, None)
    return found


def check_sender(notice_type: SentByKinds, sender: Addressee) -> None:
    """Raise Invalid `sender.not_entitled` when no kind of the sender may issue this notice type."""
    if not sender.kinds.isdisjoint(notice_type.senders):
        return
    kinds, may = ", ".join(sorted(sender.kinds)) or "nothing", ", ".join(sorted(notice_type.senders))
    raise Invalid.one(
        "sender.not_entitled",
        "/data/notice_type",
        f"{sender.code} is registered as {kinds}; {notice_type.code} may be sent by {may}. "
        "Ask the secretariat to correct the directory if the registration is wrong.",
    )


def _choices(rule: AudienceRule, sender: Addressee, directory: Iterable[Addressee]) -> list[_Choice]:
    by_member: dict[str, list[Addressee]] = {}
    for one in directory:
        if one.active and one.code != sender.code:
            by_member.setdefault(one.member, []).append(one)
    return [
        _choose(group, member, by_member.get(member, ()))
        for group in rule.groups
        for member in sorted(_members(group, sender))
    ]


def _members(group: MemberGroup, sender: Addressee) -> Collection[str]:
    if group.members is Members.OWN:
        return group.states & {sender.member}
    if group.members is Members.OTHERS:
        return group.states - {sender.member}
    return group.states


def _choose(group: MemberGroup, member: str, offered: Iterable[Addressee]) -> _Choice:
    """The first kind of the group that the Member State has; all its participants of that kind."""
    for kind in (*group.kinds, *((group.fallback,) if group.fallback else ())):
        codes = tuple(one.code for one in offered if kind in one.kinds)
        if codes:
            return _Choice(member, group, kind, codes)
    return _Choice(member, group, None, ())


def _check_named(rule: AudienceRule, sender: Addressee, directory: Sequence[Addressee], named: Sequence[str]) -> None:
    if rule.named_required and not named:
        raise Invalid.one("field.missing", "/data/to", "Name the recipients of this notice in `to`.")
    if not named:
        return
    known = {one.code: one for one in directory}
    flaws = [
        Flaw("audience.invalid", f"/data/to/{index}", reason)
        for index, code in enumerate(named)
        if (reason := _refusal(rule, sender, known.get(code), code))
    ]
    if flaws:
        raise Invalid(flaws)


def _refusal(rule: AudienceRule, sender: Addressee, one: Addressee | None, code: str) -> str | None:
    """Why this participant may not be named; None when it may."""
    if not rule.named:
        return "The recipients of this notice follow from the law; leave `to` out."
    if code == sender.code:
        return f"{code} is the sender itself; leave it out."
    if one is None:
        return f"{code[:64]} is not a participant; see the directory for the codes."
    if one.kinds.isdisjoint(rule.named):
        return f"{code} is none of {', '.join(sorted(rule.named))}; only these may be named for this notice."
    return None


def side_of(code: str, member: str) -> str:
    """For whom a participant acts: the authorities of a Member State count as one, each institution for itself."""
    return code if member == INSTITUTIONS else member
