"""Mandates and officials at the command line."""

import json
from datetime import date, timedelta

from board_hub.services.unit_of_work import Hub
from tests.cli.conftest import CommandLine
from tests.support.hub import join_four
from tests.support.officials import HANDLER_DE, add_official

TODAY = date.today()  # noqa: DTZ011


def add(board_hub: CommandLine, *more: str, code: int = 0) -> str:
    who = ("--name", "Camille Martin", "--email", "camille.martin@example.eu")
    return board_hub("mandate", "add", "FR", *who, *more, code=code).output


def listed(board_hub: CommandLine, *more: str) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = json.loads(board_hub("mandate", "list", "--json", *more).stdout)
    return rows


def test_a_mandate_is_added_renewed_once_and_ended(board_hub: CommandLine) -> None:
    add(board_hub, "--begins-on", TODAY.isoformat(), "--ends-on", (TODAY + timedelta(days=30)).isoformat())
    (first,) = listed(board_hub, "--ending")
    board_hub("mandate", "renew", first["id"])
    assert "renewable once" in board_hub("mandate", "renew", first["id"], code=6).stderr
    assert "end that mandate first" in add(board_hub, "--begins-on", TODAY.isoformat(), code=6)
    board_hub("mandate", "end", first["id"], "--on", TODAY.isoformat(), "--because", "Another office.")
    assert [row["state"] for row in listed(board_hub, "--member", "FR")] == ["to come", "running"]


def test_member_states_without_a_representative_are_named(board_hub: CommandLine) -> None:
    add(board_hub, "--begins-on", TODAY.isoformat())
    said = board_hub("mandate", "list").stdout
    assert "Nobody represents: AT, BE" in said
    assert "FR," not in said.partition("Nobody")[2]


def test_somebodys_access_is_ended_and_restored(board_hub: CommandLine, hub: Hub) -> None:
    join_four(hub)
    official = str(add_official(hub, HANDLER_DE, name="Anna Schmidt").id)
    (row,) = json.loads(board_hub("official", "list", "--text", "anna", "--json").stdout)
    assert row["roles"] == ["case_handler at DE-BNETZA"]
    assert "no session" in board_hub("official", "sessions", official).stdout
    board_hub("official", "end-sessions", official, "--because", "Lost telephone.")
    board_hub("official", "end", official, "--because", "Left the authority.")
    board_hub("official", "end", official, "--because", "again", code=6)
    board_hub("official", "restore", official, "--because", "Came back.")


def test_nobody_has_signed_in_yet(board_hub: CommandLine) -> None:
    assert "Nobody has signed in" in board_hub("official", "list").stdout
