"""Whose clocks a rule starts: the sender's, its recipients', one authority's of each Member State, and others'."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from board_hub.domain.clocks import ClockRule, Holder
from board_hub.services.clocks.clock_terms import OPERATOR
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.tables import Participant


@dataclass(frozen=True)
class Who:
    code: str
    member: str


def holders_of(
    uow: UnitOfWork, rule: ClockRule, originator: Participant, *, sender: Participant, recipients: Sequence[str]
) -> Sequence[Who]:
    """Whose clocks the rule starts; found once for all notices of a batch that go to the same recipients."""
    key = (rule, originator.code, sender.code, *recipients)
    known: dict[tuple[object, ...], Sequence[Who]] = uow.memo.setdefault("holders", {})
    if key not in known:
        known[key] = list(_find_holders(uow, rule, originator, sender=sender, recipients=recipients))
    return known[key]


def _find_holders(
    uow: UnitOfWork, rule: ClockRule, originator: Participant, *, sender: Participant, recipients: Sequence[str]
) -> Iterable[Who]:
    known, kinds = uow.directory.participants, frozenset(rule.holder.kinds)
    match rule.holder.who:
        case Holder.SENDER:
            return [Who(sender.code, sender.member)]
        case Holder.ORIGINATOR:
            return [Who(originator.code, originator.member)]
        case Holder.OPERATOR:
            return [Who(OPERATOR, sender.member)]
        case Holder.RECIPIENTS:
            found = [known[code] for code in recipients]
            return [Who(one.code, one.member) for one in found if not kinds or not one.kinds.isdisjoint(kinds)]
        case Holder.COMMISSION:
            return [Who(one.code, one.member) for one in known.values() if one.active and "AIO" in one.kinds]
        case Holder.MEMBER_STATES:
            return _one_per_state(uow, rule, originator)
        case Holder.PARTICIPANTS:
            return [Who(p.code, p.member) for p in known.values() if p.active and not p.kinds.isdisjoint(kinds)]


def _one_per_state(uow: UnitOfWork, rule: ClockRule, originator: Participant) -> list[Who]:
    """One authority of each Member State: the first that has the first of the rule's kinds to be found there."""
    chosen: dict[str, tuple[int, str]] = {}
    for one in uow.directory.participants.values():
        ranks = [rank for rank, kind in enumerate(rule.holder.kinds) if kind in one.kinds]
        if one.active and ranks and one.member != "EU":
            chosen[one.member] = min(chosen.get(one.member, (len(rule.holder.kinds), "")), (ranks[0], one.code))
    if rule.holder.members == "others":
        chosen.pop(originator.member, None)
    return [Who(code, member) for member, (_, code) in sorted(chosen.items())]
