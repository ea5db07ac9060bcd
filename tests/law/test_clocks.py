"""The clocks of the catalogue are those of the law: numbers, units, starts, effects, written out here by hand."""

import pytest

from board_hub.domain.clocks import ClockKind, ClockRule, Moment
from board_hub.domain.periods import Unit
from board_hub.law.catalogue import Catalogue

D, W, M, Y, H = Unit.DAY, Unit.WEEK, Unit.MONTH, Unit.YEAR, Unit.HOUR
WD, CD = Unit.WORKING_DAY, Unit.CALENDAR_DAY
LIMIT, WINDOW, EARLIEST = ClockKind.LIMIT, ClockKind.WINDOW, ClockKind.EARLIEST

RULES = {
    "E02": ("AIA 79(2)", 15, WD, LIMIT, "art79-3 order_communicated_on", "operator", "allow-next-step"),
    "E06": ("AIA 79(8)", 3, M, WINDOW, "art79-5 received", "recipients", "deemed-justified"),
    "E06_ART5": ("AIA 79(8)", 30, D, WINDOW, "art79-5 received", "recipients", "deemed-justified"),
    "E08": ("AIA 81(1)", 6, M, LIMIT, "art79-5 sent", "commission", "escalate-no-legal-effect"),
    "E08_ART5": ("AIA 81(1)", 60, D, LIMIT, "art79-5 sent", "commission", "escalate-no-legal-effect"),
    "E20": ("AIA 46(4)", 15, CD, WINDOW, "art46-3 received", "recipients", "deemed-justified"),
    "I01": ("AIA 73(2)", 15, D, LIMIT, "art73-11 aware_on", "operator", "late"),
    "I02": ("AIA 73(3)", 2, D, LIMIT, "art73-11 aware_on", "operator", "late"),
    "I03": ("AIA 73(4)", 10, D, LIMIT, "art73-11 aware_on", "operator", "late"),
    "I06": ("AIA 73(8)", 7, D, LIMIT, "art73-11 reported_on", "sender", "escalate"),
    "G01": ("AIA 52(1)", 2, W, LIMIT, "art52-designation condition_met_on", "operator", "late"),
    "G03": ("AIA 52(5)", 6, M, EARLIEST, "art52-designation designated_on", "operator", "request-allowed"),
    "G10": ("AIA 75(2a)", 4, M, LIMIT, "art75-2a-request received", "recipients", "escalate-no-legal-effect"),
    "G11": ("AIA 75(3)", 30, D, LIMIT, "art75-3-request received", "recipients", "escalate-no-legal-effect"),
    "G20": ("2025/454 19(2)", 2, W, LIMIT, "art90-alert received", "recipients", "escalate"),
    "G23": ("2025/454 14(6)", 2, W, LIMIT, "panel14-request received", "recipients", "escalate"),
    "G24": ("2025/454 16(5)", 2, W, LIMIT, "panel15-request received", "recipients", "escalate"),
    "N03_CERT": ("AIA 30(4)", 2, W, WINDOW, "art30-2 sent", "recipients", "body-may-act"),
    "N03_EVID": ("AIA 30(4)", 2, M, WINDOW, "art30-2 sent", "recipients", "body-may-act"),
    "N07": ("AIA 36(3)", -1, Y, LIMIT, "art36-3-planned-cessation planned_cessation_on", "operator", "late"),
    "N07_CERT": ("AIA 36(3)", 9, M, LIMIT, "art36-3-cessation cessation_on", "operator", "certificates-end"),
    "N09": ("AIA 36(5)", 10, D, LIMIT, "art36-4-change designation_changed_on", "operator", "late"),
    "N10": ("AIA 36(7)(b)", 3, M, LIMIT, "art36-4-change sent", "sender", "escalate"),
    "N12": ("AIA 36(8)(a)", 1, M, LIMIT, "art36-4-change designation_changed_on", "sender", "condition-fails"),
    "N13": ("AIA 36(8)(b)", 3, M, LIMIT, "art36-8-capability designation_changed_on", "operator", "condition-fails"),
    "N14_CERT": ("AIA 36(9)", 9, M, LIMIT, "art36-4-change designation_changed_on", "sender", "certificates-end"),
    "N14_ASSESS": (
        "AIA 36(9)(b)",
        12,
        M,
        LIMIT,
        "art36-4-change designation_changed_on",
        "operator",
        "condition-fails",
    ),
    "P01": ("AIA 5(3)", 24, H, LIMIT, "art5-4-use use_started_at", "operator", "late"),
    "P03": ("AIA 5(5)", 30, D, LIMIT, "art5-5 adopted_on", "sender", "late"),
    "P05": ("AIA 26(10)", 48, H, LIMIT, "art26-10-use use_started_at", "operator", "late"),
    "T01": ("AIA 60(4)(b)", 30, D, LIMIT, "art60-4-plan plan_submitted_on", "sender", "approved-unless-national-law"),
    "T02": ("AIA 60(4)(f)", 6, M, LIMIT, "art60-4-start testing_started_on", "operator", "stop"),
    "T07": ("AIA 57(16)", 1, Y, LIMIT, "art57-15 established_on", "originator", "late"),
    "T10": ("AIA 58(2)(a)", 3, M, LIMIT, "art58-2-application application_on", "sender", "late"),
    "M22": ("MSR 22(2)", 30, D, LIMIT, "msr22-request received", "recipients", "escalate-to-slo"),
    "M18": ("MSR 18(3)", 10, WD, EARLIEST, "art79-3 hearing_opened_on", "operator", "may-decide"),
    "SG1": ("2023/988 26(4)", 4, WD, LIMIT, "art73-8 measure_taken_on", "sender", "late"),
    "SG2": ("2023/988 26(5)", 4, WD, LIMIT, "art73-8 received", "recipients", "escalate"),
    "SG3": ("2023/988 26(7)", 4, WD, LIMIT, "art79-9-measures measure_taken_on", "sender", "late"),
}
WITHOUT_NUMBER = frozenset(
    ["E03", "E04", "E07", "E09", "E10", "E11", "E12", "E13", "E19", "I05", "I07", "I08", "N04", "N08", "R04", "R10"]
)
"""Of the law's acts without undue delay those that a participant of the hub owes: I09 and I11 are owed by operators;
E05 tells measures that others may have taken, and is owed by nobody who has taken none."""


def begins(rule: ClockRule) -> str:
    start = rule.starts[0]
    return f"{start.notice} {start.field if start.at is Moment.FIELD else start.at}"


@pytest.mark.parametrize("code", sorted(RULES))
def test_a_clock_is_as_the_law_has_it(catalogue: Catalogue, code: str) -> None:
    rule = catalogue.clocks[code]
    assert rule.period is not None
    number = -rule.period.n if rule.period.backwards else rule.period.n
    law = f"{rule.act} {rule.article}"
    found = (law, number, rule.period.unit, rule.kind, begins(rule), rule.holder.who, rule.effect)
    assert found == RULES[code]


@pytest.mark.parametrize("code", sorted(WITHOUT_NUMBER))
def test_without_undue_delay_is_a_duty_that_is_never_late(catalogue: Catalogue, code: str) -> None:
    rule = catalogue.clocks[code]
    assert (rule.kind, rule.period, rule.effect) == (ClockKind.DUTY, None, "none")


def test_only_the_commission_s_unanswered_periods_have_no_legal_effect(catalogue: Catalogue) -> None:
    found = {rule.code for rule in catalogue.clocks.values() if rule.effect == "escalate-no-legal-effect"}
    assert found == {"E08", "E08_ART5", "G10", "G11"}


def test_what_is_escalated_is_shown_to_the_secretariat(catalogue: Catalogue) -> None:
    assert [
        rule.code for rule in catalogue.clocks.values() if rule.effect.startswith("escalate") != rule.escalate
    ] == []


def test_the_three_periods_of_the_panel_begin_anew_with_what_completes_the_request(catalogue: Catalogue) -> None:
    stopped = {rule.code for rule in catalogue.clocks.values() if rule.suspended_by}
    assert stopped == {"G20", "G23", "G24"}
    assert all(catalogue.clocks[code].restart and catalogue.clocks[code].resumed_by for code in stopped)


def test_the_longer_and_the_shorter_variant_of_a_period_never_run_together(catalogue: Catalogue) -> None:
    prohibited: dict[str, object] = {"grounds": ["requirement-not-met", "art5-prohibited-practice"]}
    others: dict[str, object] = {"grounds": ["requirement-not-met"]}
    assert {code for code in ("E06", "E08") if _starts(catalogue, code, others)} == {"E06", "E08"}
    assert {code for code in ("E06_ART5", "E08_ART5") if _starts(catalogue, code, prohibited)} == {
        "E06_ART5",
        "E08_ART5",
    }
    assert not any(_starts(catalogue, code, prohibited) for code in ("E06", "E08"))
    assert not any(_starts(catalogue, code, others) for code in ("E06_ART5", "E08_ART5"))


@pytest.mark.parametrize(
    ("fields", "running"),
    [
        ({"incident_kinds": ["serious-harm-to-health"]}, {"I01"}),
        ({"incident_kinds": ["death"]}, {"I03"}),
        ({"incident_kinds": ["critical-infrastructure"]}, {"I02"}),
        ({"incident_kinds": ["fundamental-rights"], "widespread_infringement": True}, {"I02"}),
        ({"incident_kinds": ["critical-infrastructure"], "widespread_infringement": True}, {"I02"}),
        ({"incident_kinds": ["death", "critical-infrastructure"]}, {"I02", "I03"}),
    ],
)
def test_the_kind_of_incident_decides_how_soon_it_is_reported(
    catalogue: Catalogue, fields: dict[str, object], running: set[str]
) -> None:
    started = [code for code in ("I01", "I02", "I03") for _ in range(_starts(catalogue, code, fields))]
    assert sorted(started) == sorted(running)


def test_a_clock_heeds_only_notices_of_its_own_procedure(catalogue: Catalogue) -> None:
    """Others would never reach it: clocks are looked for in the procedure that a notice moves."""
    strangers = [
        (rule.code, code)
        for rule in catalogue.clocks.values()
        for code in _notices(rule)
        if rule.procedure and catalogue.notice_types[code].procedure != rule.procedure
    ]
    assert strangers == []


def test_a_day_that_starts_or_meets_a_clock_is_a_date(catalogue: Catalogue) -> None:
    for rule in catalogue.clocks.values():
        named = [(one.notice, one.field) for one in rule.starts if one.field]
        named += [(one.notice, one.field) for one in rule.met_by if one.field]
        for notice, name in named:
            (field,) = (one for one in catalogue.notice_types[str(notice)].fields if one.name == name)
            assert field.type in ("date", "datetime"), (rule.code, name)


def test_every_row_of_a_clock_is_a_row_of_the_law(catalogue: Catalogue) -> None:
    rows = {row for one in catalogue.notice_types.values() for row in one.rows}
    rows |= {one.row for one in catalogue.not_exchanged}
    assert {row for rule in catalogue.clocks.values() for row in rule.rows} <= rows


def test_the_fixed_dates_are_those_of_the_law(catalogue: Catalogue) -> None:
    assert sorted({one.day.isoformat() for one in catalogue.fixed_dates}) == [
        "2026-12-02",
        "2027-08-01",
        "2027-08-02",
        "2027-09-02",
        "2027-12-02",
        "2028-01-28",
        "2028-08-02",
    ]
    reports = [one for one in catalogue.fixed_dates if one.cite == "70(6)"]
    assert [(one.day.isoformat(), "BREP" in one.kinds) for one in reports] == [("2027-08-02", True)]


def _starts(catalogue: Catalogue, code: str, fields: dict[str, object]) -> int:
    return sum(start.applies.to(fields) for start in catalogue.clocks[code].starts)


def _notices(rule: ClockRule) -> set[str]:
    matches = [*rule.met_by, *rule.ended_by, *rule.suspended_by, *rule.resumed_by]
    if rule.extension:
        matches.append(rule.extension.by)
    return {one.notice for one in matches} | {one.notice for one in rule.starts if one.notice}
