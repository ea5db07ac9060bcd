"""Audience rules over a directory: who receives, who may be named, where the directory has gaps."""

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from board_hub.domain.audience import AudienceRule, Gap, MemberGroup, Members, check_sender, gaps, resolve
from board_hub.domain.errors import Invalid

STATES = frozenset({"FR", "DE", "EE", "AT"})


@dataclass(frozen=True)
class One:
    code: str
    kinds: frozenset[str]
    active: bool = True

    @property
    def member(self) -> str:
        return self.code[:2]


def one(code: str, *kinds: str, active: bool = True) -> One:
    return One(code, frozenset(kinds), active)


CNIL = one("FR-CNIL", "MSA", "DPA")
DGCCRF = one("FR-DGCCRF", "SPOC", "MSA")
BNETZA = one("DE-BNETZA", "SPOC", "MSA")
BSI = one("DE-BSI", "MSA")
TTJA = one("EE-TTJA", "MSA")
AKI = one("EE-AKI", "MSA")
AT_REP = one("AT-BMF", "BREP")
AIO = one("EU-AIO", "AIO")
NORWAY = one("NO-NKOM", "BREP", "MSA")
DIRECTORY = [CNIL, DGCCRF, BNETZA, BSI, TTJA, AKI, AT_REP, AIO, NORWAY]


def a_rule(members: Members = Members.OTHERS, **changes: Any) -> AudienceRule:
    group = MemberGroup(members, ("SPOC", "MSA"), STATES, "BREP")
    return AudienceRule(**({"code": "rule", "groups": (group,), "fixed": ("AIO",)} | changes))


def flaws(rule: AudienceRule, named: list[str], directory: list[One] = DIRECTORY) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as caught:
        resolve(rule, CNIL, directory, named)
    return [(flaw.code, flaw.path) for flaw in caught.value.flaws]


def test_each_other_member_is_reached_by_its_contact_point_its_authorities_or_its_representative() -> None:
    found = resolve(a_rule(), CNIL, DIRECTORY, ())
    assert found == ("AT-BMF", "DE-BNETZA", "EE-AKI", "EE-TTJA", "EU-AIO")


def test_the_own_member_is_reached_without_the_sender() -> None:
    assert resolve(a_rule(Members.OWN, fixed=()), CNIL, DIRECTORY, ()) == ("FR-DGCCRF",)


def test_all_members_include_the_senders_own() -> None:
    assert "FR-DGCCRF" in resolve(a_rule(Members.ALL), CNIL, DIRECTORY, ())


def test_an_observer_is_not_reached_by_a_rule_for_member_states() -> None:
    assert "NO-NKOM" not in resolve(a_rule(Members.ALL), CNIL, DIRECTORY, ())


def test_an_institution_that_sends_has_all_members_as_others() -> None:
    assert "FR-DGCCRF" in resolve(a_rule(), AIO, DIRECTORY, ())


def test_a_suspended_contact_point_gives_way_to_the_authorities() -> None:
    directory = [BSI, one("DE-BNETZA", "SPOC", active=False), AIO]
    assert resolve(a_rule(), CNIL, directory, ()) == ("DE-BSI", "EU-AIO")


def test_a_named_recipient_is_added_and_a_suspended_one_skipped() -> None:
    rule = a_rule(named=frozenset({"MSA"}))
    directory = [BNETZA, BSI, one("EE-TTJA", "MSA", active=False)]
    assert resolve(rule, CNIL, directory, ["DE-BSI", "EE-TTJA"]) == ("DE-BNETZA", "DE-BSI")


@pytest.mark.parametrize("code", ["FR-CNIL", "XX-NOBODY", "AT-BMF", "x" * 500])
def test_a_wrong_name_is_refused_in_its_place(code: str) -> None:
    rule = a_rule(named=frozenset({"MSA"}))
    assert flaws(rule, ["DE-BSI", code]) == [("audience.invalid", "/data/to/1")]


def test_names_are_refused_where_the_rule_has_none() -> None:
    assert flaws(a_rule(), ["DE-BSI"]) == [("audience.invalid", "/data/to/0")]


def test_a_name_is_asked_for_where_the_rule_needs_one() -> None:
    rule = a_rule(named=frozenset({"MSA"}), named_required=True)
    assert flaws(rule, []) == [("field.missing", "/data/to")]


def test_an_empty_audience_is_refused() -> None:
    assert flaws(a_rule(), [], [CNIL]) == [("audience.invalid", "/data/to")]


def test_gaps_name_members_on_their_fallback_and_members_nobody_receives_for() -> None:
    assert gaps(a_rule(), CNIL, [BNETZA, AT_REP]) == (
        Gap("AT", ("SPOC", "MSA"), "BREP"),
        Gap("EE", ("SPOC", "MSA"), None),
        Gap("EU", ("AIO",), None),
    )


def test_a_full_directory_has_no_gaps() -> None:
    assert gaps(a_rule(), CNIL, [*DIRECTORY, one("AT-RTR", "MSA")]) == ()


@dataclass(frozen=True)
class AType:
    code: str = "art79-5"
    senders: frozenset[str] = frozenset({"MSA", "SPOC"})


def test_an_entitled_sender_may_send() -> None:
    check_sender(AType(), CNIL)


@pytest.mark.parametrize("sender", [AT_REP, AIO, one("FR-NONE")])
def test_another_sender_is_refused(sender: One) -> None:
    with pytest.raises(Invalid) as caught:
        check_sender(AType(), sender)
    assert [flaw.code for flaw in caught.value.flaws] == ["sender.not_entitled"]


KINDS = ["MSA", "SPOC", "BREP", "AIO", "FRA77", "NA"]
PARTICIPANTS = st.builds(
    lambda member, number, kinds, active: One(f"{member}-A{number}", frozenset(kinds), active),
    st.sampled_from(["FR", "DE", "EE", "AT", "EU", "NO"]),
    st.integers(0, 4),
    st.sets(st.sampled_from(KINDS), max_size=3),
    st.booleans(),
)
DIRECTORIES = st.lists(PARTICIPANTS, max_size=25, unique_by=lambda one: one.code)
RULES = st.builds(
    a_rule,
    st.sampled_from(Members),
    fixed=st.sampled_from([(), ("AIO",)]),
    named=st.sampled_from([frozenset(), frozenset({"MSA", "NA"})]),
)


@given(rule=RULES, directory=DIRECTORIES, sender=PARTICIPANTS, data=st.data())
def test_recipients_are_sorted_active_registered_and_never_the_sender(
    rule: AudienceRule, directory: list[One], sender: One, data: st.DataObject
) -> None:
    named = data.draw(st.lists(st.sampled_from([one.code for one in directory] or ["XX-1"]), max_size=3))
    try:
        found = resolve(rule, sender, directory, named)
    except Invalid:
        return
    assert found
    assert list(found) == sorted(set(found))
    assert sender.code not in found
    assert set(found) <= {one.code for one in directory if one.active}


@given(rule=RULES, directory=DIRECTORIES, sender=PARTICIPANTS)
def test_a_member_without_a_gap_has_a_recipient_of_a_wanted_kind(
    rule: AudienceRule, directory: list[One], sender: One
) -> None:
    group = rule.groups[0]
    wanted = {
        Members.OWN: STATES & {sender.member},
        Members.OTHERS: STATES - {sender.member},
        Members.ALL: STATES,
    }[group.members]
    open_ = {gap.member for gap in gaps(rule, sender, directory)} - {"EU"}
    try:
        found = set(resolve(rule, sender, directory, ()))
    except Invalid:
        found = set()
    for member in wanted - open_:
        there = [one for one in directory if one.code in found and one.member == member]
        assert any(one.kinds & set(group.kinds) for one in there)


@given(rule=RULES, directory=DIRECTORIES, sender=PARTICIPANTS)
def test_one_more_active_participant_never_makes_the_audience_empty(
    rule: AudienceRule, directory: list[One], sender: One
) -> None:
    try:
        resolve(rule, sender, directory, ())
    except Invalid:
        return
    assert resolve(rule, sender, [*directory, one("AT-NEW", "SPOC")], ())
