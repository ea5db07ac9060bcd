"""At the command line too, what is of high value takes two people once somebody administers the hub."""

import json
from collections.abc import Callable

import pytest

from board_hub.services.unit_of_work import Hub
from tests.cli.conftest import ALONE, CommandLine
from tests.support.hub import FR, join_four
from tests.support.officials import SECRETARIAT, add_official

ADA, BEN = "ada.byron@example.eu", "ben.franklin@example.eu"
NewKey = Callable[[str], str]


@pytest.fixture
def administered(board_hub: CommandLine, hub: Hub) -> CommandLine:
    """Four participants, two administrators."""
    join_four(hub)
    for name in ("Ada Byron", "Ben Franklin"):
        add_official(hub, SECRETARIAT, name=name)
    return board_hub


def kids(board_hub: CommandLine) -> list[str]:
    keys: list[dict[str, str]] = json.loads(board_hub("participant", "show", FR, "--json").stdout)["keys"]
    return [key["kid"] for key in keys]


def propose_key(board_hub: CommandLine, public_key: NewKey, *more: str) -> str:
    options = ("--public-key", public_key(FR), "--kid", "new", "--because", "Letter of 3 March", *more)
    return board_hub("participant", "add-key", FR, *options).stdout.split()[-1]


def test_a_key_is_proposed_by_one_and_confirmed_by_another(administered: CommandLine, public_key: NewKey) -> None:
    proposal = propose_key(administered, public_key, "--as", ADA)
    assert "new" not in kids(administered)
    assert "another administrator" in administered("proposal", "confirm", proposal, "--as", ADA, code=4).stderr
    assert "Added new" in administered("proposal", "confirm", proposal, "--as", BEN).stdout
    assert "new" in kids(administered)
    assert "confirmed already" in administered("proposal", "confirm", proposal, "--as", BEN, code=6).stderr


def test_one_has_to_say_who_one_is_and_to_administer(administered: CommandLine, public_key: NewKey) -> None:
    key = public_key(FR)
    add = ("participant", "add-key", FR, "--public-key", key, "--because", "x")
    assert ADA in administered(*add, code=5).stderr
    assert BEN in administered(*add, "--as", "stranger@example.eu", code=4).stderr
    assert "no --bootstrap" in administered(*add, "--bootstrap", code=4).stderr


def test_a_declined_or_withdrawn_step_is_never_done(administered: CommandLine, public_key: NewKey) -> None:
    proposal = propose_key(administered, public_key, "--as", ADA)
    decline = ("proposal", "decline", proposal, "--because", "Not theirs.")
    assert "Declined" in administered(*decline, "--as", BEN).stdout
    (row,) = json.loads(administered("proposal", "list", "--all", "--json").stdout)
    assert (row["state"], row["outcome"]) == ("declined", "Not theirs.")
    assert "Nothing waits" in administered("proposal", "list").stdout


def test_a_participant_is_removed_in_twos(administered: CommandLine) -> None:
    removing = administered("participant", "remove", FR, "--yes", "--because", "Closed.", "--as", ADA).stdout
    proposal = removing.split()[-1]
    assert json.loads(administered("participant", "show", FR, "--json").stdout)["status"] == "active"
    assert proposal in administered("proposal", "list").stdout
    assert f"Removed {FR}" in administered("proposal", "confirm", proposal, "--as", BEN).stdout
    assert json.loads(administered("participant", "show", FR, "--json").stdout)["status"] == "removed"


def test_a_new_participants_first_key_is_proposed_too(administered: CommandLine, public_key: NewKey) -> None:
    key = public_key("AT-RTR")
    add = ("participant", "add", "AT-RTR", "--name", "x", "--kind", "MSA", "--public-key", key, "--as", ADA)
    assert "Added AT-RTR. Proposed" in administered(*add).stdout
    assert json.loads(administered("participant", "show", "AT-RTR", "--json").stdout)["keys"] == []


def test_before_anybody_administers_two_logins_or_bootstrap_are_the_way(
    board_hub: CommandLine, public_key: NewKey
) -> None:
    board_hub("participant", "add", FR, "--name", "x", "--kind", "MSA")
    proposal = propose_key(board_hub, public_key)
    board_hub("proposal", "confirm", proposal, code=4)  # the same login
    board_hub("participant", "add-key", FR, "--public-key", public_key("FR-TWO"), "--kid", "first", *ALONE)
    assert kids(board_hub) == ["first"]
