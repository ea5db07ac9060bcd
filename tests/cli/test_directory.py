"""The directory at the command line, without a broker."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from tests.cli.conftest import ALONE, CommandLine

NewKey = Callable[[str], str]


def add(board_hub: CommandLine, code: str = "FR-CNIL", *more: str) -> None:
    board_hub("participant", "add", code, "--name", f"Authority {code}", "--kind", "MSA", "--kind", "SPOC", *more)


def listed(board_hub: CommandLine, *more: str) -> dict[str, dict[str, object]]:
    return {row["code"]: row for row in json.loads(board_hub("participant", "list", "--json", *more).stdout)}


def shown(board_hub: CommandLine, code: str = "FR-CNIL") -> dict[str, list[dict[str, str]]]:
    facts: dict[str, list[dict[str, str]]] = json.loads(board_hub("participant", "show", code, "--json").stdout)
    return facts


def test_all_members_are_there_and_greece_is_shown_as_el(board_hub: CommandLine) -> None:
    members = {row["code"]: row for row in json.loads(board_hub("member", "list", "--json").stdout)}
    assert sum(row["kind"] == "member_state" for row in members.values()) == 27
    assert members["GR"]["shown_as"] == "EL"


def test_migrate_changes_nothing_the_second_time(board_hub: CommandLine) -> None:
    before = board_hub.settings.hub_key_file.read_bytes()
    assert "unchanged" in board_hub("migrate").stdout
    assert board_hub.settings.hub_key_file.read_bytes() == before


def test_the_migrations_make_the_tables_of_the_code(board_hub: CommandLine) -> None:
    board_hub("migrate", "--check")


def test_a_participant_is_added_and_listed(board_hub: CommandLine) -> None:
    add(board_hub, "FR-CNIL", "--language", "fr", "--contact", "ai@authority.example")
    row = listed(board_hub)["FR-CNIL"]
    assert (row["status"], row["transport"], row["kinds"]) == ("active", "mailbox", ["MSA", "SPOC"])
    assert (row["languages"], row["contact"]) == (["fr"], "ai@authority.example")


def test_the_list_is_a_table_for_people(board_hub: CommandLine) -> None:
    add(board_hub)
    lines = board_hub("participant", "list").stdout.splitlines()
    assert lines[0].split() == ["code", "name", "kinds", "transport", "status"]
    assert lines[1].startswith("FR-CNIL")


def test_a_code_is_never_used_twice(board_hub: CommandLine) -> None:
    add(board_hub)
    result = board_hub("participant", "add", "FR-CNIL", "--name", "again", "--kind", "MSA", code=6)
    assert "FR-CNIL exists already" in result.stderr


def test_wrong_input_is_named_and_changes_nothing(board_hub: CommandLine) -> None:
    result = board_hub("participant", "add", "XX-NONE", "--name", "x", "--kind", "KING", code=5)
    assert "/code" in result.stderr
    assert "/kinds" in result.stderr
    assert listed(board_hub) == {}


def test_an_unknown_participant_is_not_found(board_hub: CommandLine) -> None:
    assert "DE-NONE" in board_hub("participant", "show", "DE-NONE", code=3).stderr


def test_a_first_key_can_come_with_the_participant(board_hub: CommandLine, public_key: NewKey) -> None:
    add(board_hub, "FR-CNIL", "--public-key", public_key("FR-CNIL"), *ALONE)
    (key,) = shown(board_hub)["keys"]
    assert key["kid"].startswith("FR-CNIL-")
    assert key["state"] == "in force"


def test_a_made_key_is_private_to_its_owner_and_never_written_over(board_hub: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "own.pem"
    jwk = json.loads(board_hub("participant", "make-key", "FR-CNIL", str(path)).stdout)
    assert path.stat().st_mode & 0o777 == 0o600
    assert "d" not in jwk
    board_hub("participant", "make-key", "FR-CNIL", str(path), code=5)


def test_a_private_key_is_refused(board_hub: CommandLine, public_key: NewKey, tmp_path: Path) -> None:
    add(board_hub)
    public_key("FR-CNIL")
    key = str(tmp_path / "FR-CNIL.pem")
    result = board_hub("participant", "add-key", "FR-CNIL", "--public-key", key, *ALONE, code=5)
    assert "private key" in result.stderr
    assert shown(board_hub)["keys"] == []


@pytest.mark.parametrize("content", ["", "rubbish", "{", '{"kty":"oct","k":"AAAA"}'])
def test_what_is_no_key_is_refused(board_hub: CommandLine, tmp_path: Path, content: str) -> None:
    add(board_hub)
    file = tmp_path / "key"
    file.write_text(content)
    board_hub("participant", "add-key", "FR-CNIL", "--public-key", str(file), *ALONE, code=5)


def test_a_public_key_may_come_as_pem(board_hub: CommandLine, tmp_path: Path) -> None:
    add(board_hub)
    file = tmp_path / "key.pem"
    file.write_bytes(ECKey.generate_key("P-256").as_pem(private=False))
    board_hub("participant", "add-key", "FR-CNIL", "--public-key", str(file), "--kid", "fr-2026", *ALONE)
    assert [key["kid"] for key in shown(board_hub)["keys"]] == ["fr-2026"]


def test_a_rotated_key_ends_after_the_overlap(board_hub: CommandLine, public_key: NewKey, tmp_path: Path) -> None:
    add(board_hub, "FR-CNIL", "--public-key", public_key("FR-CNIL"), "--kid", "old", *ALONE)
    file = tmp_path / "new.pem"
    file.write_bytes(ECKey.generate_key("P-256").as_pem(private=False))
    board_hub("participant", "rotate-key", "FR-CNIL", "--public-key", str(file), "--kid", "new", *ALONE)
    ends = {key["kid"]: key["valid_until"] for key in shown(board_hub)["keys"]}
    assert ends["new"] is None
    assert ends["old"] is not None


def test_a_key_is_revoked_with_the_reason_on_record(board_hub: CommandLine, public_key: NewKey) -> None:
    add(board_hub, "FR-CNIL", "--public-key", public_key("FR-CNIL"), "--kid", "lost", *ALONE)
    board_hub("participant", "revoke-key", "lost", "--because", "laptop stolen", "--bootstrap")
    assert shown(board_hub)["keys"][0]["state"] == "revoked: laptop stolen"


def test_a_participant_is_suspended_and_restored(board_hub: CommandLine) -> None:
    add(board_hub)
    board_hub("participant", "suspend", "FR-CNIL", "--because", "test")
    assert listed(board_hub)["FR-CNIL"]["status"] == "suspended"
    board_hub("participant", "restore", "FR-CNIL", "--because", "test")
    assert listed(board_hub)["FR-CNIL"]["status"] == "active"


def test_a_participant_is_removed_only_when_it_is_meant(board_hub: CommandLine) -> None:
    add(board_hub)
    board_hub("participant", "remove", "FR-CNIL", *ALONE, code=1)
    assert "FR-CNIL" in listed(board_hub)
    board_hub("participant", "remove", "FR-CNIL", "--yes", *ALONE)
    assert listed(board_hub) == {}
    assert listed(board_hub, "--all")["FR-CNIL"]["status"] == "removed"


def test_what_was_removed_never_comes_back(board_hub: CommandLine) -> None:
    add(board_hub)
    board_hub("participant", "remove", "FR-CNIL", "--yes", *ALONE)
    board_hub("participant", "restore", "FR-CNIL", "--because", "test", code=6)


def test_without_a_broker_amqp_says_what_is_missing_and_how_to_go_on(board_hub: CommandLine) -> None:
    result = board_hub("participant", "add", "FR-CNIL", "--name", "x", "--kind", "MSA", "--transport", "amqp", code=7)
    assert "BOARD_HUB_AMQP_URL" in result.stderr
    assert "board-hub provision" in result.stderr


def test_a_mailbox_participant_has_no_broker_password(board_hub: CommandLine) -> None:
    add(board_hub)
    assert "no login at the broker" in board_hub("participant", "password", "FR-CNIL", code=6).stderr


@pytest.mark.parametrize("process", ["intake", "relay", "provision"])
def test_what_needs_a_broker_says_so(board_hub: CommandLine, process: str) -> None:
    assert "no broker" in board_hub(process, code=7).stderr


def test_who_was_at_the_keyboard_is_on_record(board_hub: CommandLine) -> None:
    add(board_hub)
    assert "Clean" in board_hub("evidence", "verify").stdout


def test_a_held_key_is_made_rotated_and_revoked(board_hub: CommandLine) -> None:
    add(board_hub)
    assert "holds the key FR-CNIL-held-" in board_hub("participant", "hold-key", "FR-CNIL").stdout
    board_hub("participant", "hold-key", "FR-CNIL", code=6)
    assert "the earlier key ended" in board_hub("participant", "rotate-held-key", "FR-CNIL").stdout
    board_hub("participant", "revoke-held-key", "FR-CNIL", "--because", "A test.")
    assert [key["state"][:7] for key in shown(board_hub)["keys"]] != ["in force"]
    board_hub("participant", "revoke-held-key", "FR-CNIL", "--because", "A test.", code=3)


def test_what_is_known_of_a_participant_is_changed_and_the_rest_stays(board_hub: CommandLine) -> None:
    add(board_hub, "FR-CNIL", "--contact", "ai@authority.example")
    board_hub(
        "participant", "change", "FR-CNIL", "--name", "CNIL", "--four-eyes", "--language", "fr", "--language", "en"
    )
    row = listed(board_hub)["FR-CNIL"]
    assert (row["name"], row["four_eyes"], row["languages"]) == ("CNIL", True, ["fr", "en"])
    assert (row["kinds"], row["contact"]) == (["MSA", "SPOC"], "ai@authority.example")
    assert "so already" in board_hub("participant", "change", "FR-CNIL", "--four-eyes").stdout
