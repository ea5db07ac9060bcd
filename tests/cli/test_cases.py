"""Cases and calendars at the command line: where a case stands, a step noted by the secretariat, holidays."""

import json
from pathlib import Path

import pytest

from board_hub.services.unit_of_work import Hub
from tests.cli.conftest import CommandLine
from tests.support.hub import FR, join_four, notice, send


@pytest.fixture
def opened(hub: Hub) -> str:
    """The reference of a case."""
    outcome = send(hub, join_four(hub)[FR].arrival(notice(hub)))
    assert outcome.receipt is not None
    return str(json.loads(outcome.receipt["body"])["data"]["case"])


def test_a_case_is_shown_without_its_content(board_hub: CommandLine, opened: str) -> None:
    shown = json.loads(board_hub("case", "show", opened, "--json").stdout)
    assert (shown["originator"], shown["notices"]) == (FR, 1)
    assert [one["code"] for one in shown["procedures"]] == ["art79"]
    assert "Veridia" not in board_hub("case", "show", opened).stdout


def test_a_step_is_noted_with_its_reason(board_hub: CommandLine, opened: str) -> None:
    board_hub("case", "override", opened, "art79", "objected", "--because", "A late objection is noted.")
    assert json.loads(board_hub("case", "show", opened, "--json").stdout)["procedures"][0]["state"] == "objected"


def test_an_unknown_case_procedure_or_state_says_so(board_hub: CommandLine, opened: str) -> None:
    board_hub("case", "show", "AIB-2026-999999", code=3)
    board_hub("case", "override", opened, "art46", "closed", "--because", "x", code=3)
    board_hub("case", "override", opened, "art79", "no-such-state", "--because", "x", code=6)


def test_holidays_are_imported_shown_and_confirmed(board_hub: CommandLine, tmp_path: Path) -> None:
    for name, text in (("days.json", '{"2027-01-01": "New Year"}'), ("days.csv", "2027-01-01,New Year\n")):
        (tmp_path / name).write_text(text)
        board_hub("calendar", "import", "DE", "2027", str(tmp_path / name), "--source", "OJ C 1")
        shown = json.loads(board_hub("calendar", "show", "DE", "2027", "--json").stdout)
        assert (shown["holidays"], shown["confirmed"]) == ({"2027-01-01": "New Year"}, False)
    board_hub("calendar", "confirm", "DE", "2027", "--source", "OJ C 1")
    assert "Confirmed." in board_hub("calendar", "show", "DE", "2027").stdout


@pytest.mark.parametrize("text", ["2026-01-01,Another year\n", "no day,x\n", "2027-01-01\n"])
def test_a_wrong_list_is_refused_whole(board_hub: CommandLine, tmp_path: Path, text: str) -> None:
    (tmp_path / "days.csv").write_text(text)
    board_hub("calendar", "import", "DE", "2027", str(tmp_path / "days.csv"), "--source", "x", code=5)
    board_hub("calendar", "show", "XX", "2027", code=3)
