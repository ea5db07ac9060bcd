"""A wrong procedure or clock stops the start, and the error names the line and what is wrong."""

from pathlib import Path

import pytest

from board_hub.domain.clocks import ClockKind, Moment
from board_hub.law.catalogue import Catalogue
from board_hub.law.loader import CatalogueError, load_catalogue
from tests.law.test_loader import SMALL, line_of

WHOLE = (
    SMALL.replace(
        "    fields:\n",
        "    procedure: one\n    fields:\n      - {name: urgent, type: boolean, label: {en: Urgent}}\n"
        "      - {name: taken_on, type: date, label: {en: Taken on}}\n",
        1,
    ).replace(
        "vocabularies:\n",
        "vocabularies:\n  effects: {title: {en: Effects}, cite: law, codes: [{code: late, label: {en: Late}}]}\n",
    )
    + """\
procedures:
  one:
    title: {en: One}
    cite: "1"
    states:
      start: {title: {en: Nothing}, on: [{notice: first, when: {places: FR}, to: open}]}
      open: {title: {en: Open}, on: [{notice: first, when: {urgent: true}, to: closed}, {expired: [C1], to: closed}]}
      closed: {title: {en: Closed}, final: true, on: [{notice: first}]}
clock_effects: effects
clocks:
  C1:
    article: "1"
    title: {en: Clock}
    kind: limit
    period: {n: 15, unit: day}
    procedure: one
    starts: [{notice: first, field: taken_on}]
    holder: {who: sender}
    effect: late
    rows: [E01]
  C2:
    article: "1"
    title: {en: Yearly}
    kind: limit
    starts: [{yearly: "03-31"}]
    holder: {who: participants, kinds: [MSA]}
    effect: late
    rows: [E01]
fixed_dates: [{date: "2027-08-02", title: {en: A day}, cite: "1"}]
"""
)


def load(tmp_path: Path, text: str) -> Catalogue:
    path = tmp_path / "2026-07-27.yaml"
    path.write_text(text, encoding="utf-8")
    return load_catalogue(path)


def test_a_whole_catalogue_has_its_procedure_and_clocks(tmp_path: Path) -> None:
    catalogue = load(tmp_path, WHOLE)
    assert catalogue.procedures["one"].opened_by == {"first"}
    assert [rule.code for rule in catalogue.clocks_of("one")] == ["C1"]
    yearly = catalogue.clocks["C2"]
    assert (yearly.kind, yearly.period, yearly.starts[0].at) == (ClockKind.LIMIT, None, Moment.YEARLY)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("procedure: one\n    fields", "procedure: two\n    fields", "first belongs to two"),
        ("when: {places: FR}, to: open", "to: gone", "'gone' is no state of this procedure"),
        ("when: {places: FR}", "when: {places: XX}", "places never is XX"),
        ("when: {urgent: true}", "when: {urgent: maybe}", "urgent never is maybe"),
        ("when: {urgent: true}", "when: {hurry: true}", "first has no field 'hurry'"),
        ("{notice: first, when: {places: FR}", "{notice: second, when: {places: FR}", "'second' is no notice type"),
        ("expired: [C1]", "expired: [C9]", "'C9' is no clock of this procedure"),
        ("expired: [C1]", "expired: [C2]", "'C2' is no clock of this procedure"),
        ("expired: [C1], to: closed", "expired: [C1]", "says where it leads"),
        ("{expired: [C1], to: closed}", "{expired: [C1], notice: first, to: closed}", "says exactly one of"),
        ("final: true, on: [{notice: first}]", "final: true, on: [{notice: first, to: open}]", "has a way out"),
        ("final: true, on: [{notice: first}]", "on: [{notice: first}]", "has no way out and is not final"),
        ("      closed: {", "      lost: {title: {en: Lost}, final: true}\n      closed: {", "is never reached"),
        ("      start: {title", "      begin: {title", "has no state 'start'"),
        ("clock_effects: effects\n", "", "the vocabulary of what their end means"),
        ("    kind: limit\n    period: {n: 15, unit: day}\n", "    kind: limit\n", "every other clock has one"),
        ("    kind: limit\n    period", "    kind: duty\n    period", "have no period"),
        ('{yearly: "03-31"}]', '{yearly: "03-31"}]\n    period: {n: 1, unit: year}', "have no period"),
        ("{n: 15, unit: day}", "{n: 0, unit: day}", "Must be greater than or equal to 1"),
        ("{n: 15, unit: day}", "{n: 15, unit: moon}", "'moon' is not one of"),
        ("field: taken_on", "field: told_on", "first has no field 'told_on'"),
        ("field: taken_on", "field: taken_on, at: sent", "say one"),
        (
            '    starts: [{yearly: "03-31"}]',
            '    procedure: one\n    starts: [{yearly: "03-31"}]',
            "a clock runs in a procedure, or starts on a day of each year",
        ),
        (
            "    effect: late\n    rows: [E01]\n  C2",
            "    effect: odd\n    rows: [E01]\n  C2",
            "'odd' is not in effects",
        ),
        ('date: "2027-08-02"', 'date: "2027-02-30"', "is not a day of the calendar"),
    ],
)
def test_what_is_wrong_is_said_at_its_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in WHOLE
    text = WHOLE.replace(old, new, 1)
    with pytest.raises(CatalogueError) as caught:
        load(tmp_path, text)
    assert says in str(caught.value)
    assert caught.value.line >= min(line_of(text, "procedure: "), line_of(text, "procedures:"))


def test_a_clock_cannot_heed_a_notice_of_another_procedure(tmp_path: Path) -> None:
    second = "  second:\n" + WHOLE.split("  first:\n")[1].split("not_exchanged")[0].replace("    procedure: one\n", "")
    text = WHOLE.replace("not_exchanged", second + "not_exchanged").replace(
        "    holder: {who: sender}\n", "    holder: {who: sender}\n    met_by: [{notice: second}]\n"
    )
    with pytest.raises(CatalogueError, match="second belongs to None, not to one") as caught:
        load(tmp_path, text)
    assert caught.value.line == line_of(text, "met_by")
