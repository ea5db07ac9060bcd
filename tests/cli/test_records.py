"""What is on record, at the command line: messages, refusals, evidence. Never content."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlmodel import col

from board_hub.domain.events import HUB
from board_hub.domain.merkle import leaf_hash, verify_inclusion
from board_hub.services.access import reader_of
from board_hub.services.cases.bundle import collect_evidence, write_bundle
from board_hub.services.cases.case_reads import list_cases
from board_hub.services.unit_of_work import Hub
from board_hub.store.tables import Message
from tests.cli.conftest import CommandLine
from tests.support.hub import DE, FR, join_four, notice, send


@pytest.fixture
def sent(hub: Hub) -> Hub:
    """Two notices from France and one refusal are on record."""
    france = join_four(hub)[FR]
    send(hub, france.arrival(notice(hub)))
    send(hub, france.arrival(notice(hub, notice_type="art73-11")))
    send(hub, france.arrival(b'{"secret": "content"}'))
    return hub


def listed(board_hub: CommandLine, *arguments: str) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = json.loads(board_hub(*arguments, "--json").stdout)
    return rows


def test_an_empty_hub_says_so(board_hub: CommandLine) -> None:
    assert "No messages" in board_hub("messages", "list").stdout
    assert "Nothing was refused" in board_hub("quarantine", "list").stdout


def test_messages_are_listed_newest_first(board_hub: CommandLine, sent: Hub) -> None:
    assert [row["type"] for row in listed(board_hub, "messages", "list")] == ["art73-11", "art79-5"]


def test_messages_can_be_filtered(board_hub: CommandLine, sent: Hub) -> None:
    assert [row["type"] for row in listed(board_hub, "messages", "list", "--participant", DE)] == ["art79-5"]
    assert listed(board_hub, "messages", "list", "--stage", "handled") == []


def test_a_long_list_says_how_to_go_on(board_hub: CommandLine, sent: Hub) -> None:
    first = board_hub("messages", "list", "--limit", "1").stdout
    before = first.strip().splitlines()[-1].split()[-1]
    assert [row["type"] for row in listed(board_hub, "messages", "list", "--before", before)] == ["art79-5"]


def test_a_message_is_shown_with_its_delivery_matrix(board_hub: CommandLine, sent: Hub) -> None:
    (newest, _) = listed(board_hub, "messages", "list")
    output = board_hub("messages", "show", newest["id"]).stdout
    assert "EU-AIO" in output
    assert "recipient" in output
    matrix = json.loads(board_hub("messages", "show", newest["id"], "--json").stdout)["deliveries"]
    assert [(row["recipient"], row["state"], row["must_act"]) for row in matrix] == [
        ("EU-AIO", "delivered", "recipient")
    ]


def test_an_unknown_message_is_not_found(board_hub: CommandLine) -> None:
    board_hub("messages", "show", "0195f3a0-7c11-7a10-8000-3f1e2d4c5b6a", code=3)
    board_hub("quarantine", "show", "0195f3a0-7c11-7a10-8000-3f1e2d4c5b6a", code=3)


def test_a_refusal_is_shown_with_its_errors_and_without_its_content(board_hub: CommandLine, sent: Hub) -> None:
    (refusal,) = listed(board_hub, "quarantine", "list")
    output = board_hub("quarantine", "list").stdout + board_hub("quarantine", "show", refusal["id"]).stdout
    assert "envelope.missing" in output
    assert "content" not in output


def test_nobodys_content_is_in_any_list(board_hub: CommandLine, sent: Hub) -> None:
    (newest, _) = listed(board_hub, "messages", "list")
    for arguments in (("messages", "list"), ("messages", "show", newest["id"])):
        assert "Veridia" not in board_hub(*arguments).output + board_hub(*arguments, "--json").output


def test_a_clean_log_is_verified(board_hub: CommandLine, sent: Hub) -> None:
    assert "Clean" in board_hub("evidence", "verify").stdout
    assert json.loads(board_hub("evidence", "verify", "--json").stdout)["clean"] is True


def test_a_changed_message_fails_the_verification_and_is_named(board_hub: CommandLine, sent: Hub) -> None:
    (newest, _) = listed(board_hub, "messages", "list")
    with sent.work(HUB) as uow:
        uow.session.execute(update(Message).where(col(Message.notice_type) == "art73-11").values(body=b"{}"))
        uow.session.commit()
    result = board_hub("evidence", "verify", code=1)
    assert f"{newest['id']}: its bytes are not those that the log vouches for" in result.stderr


def test_a_head_is_signed(board_hub: CommandLine, sent: Hub) -> None:
    head = json.loads(board_hub("evidence", "head", "--json").stdout)
    assert json.loads(head["body"])["root"] == head["root"]
    assert json.loads(board_hub("evidence", "verify", "--json").stdout)["heads"] == 1


def test_a_proof_holds_by_itself(board_hub: CommandLine, sent: Hub, tmp_path: Path) -> None:
    (newest, _) = listed(board_hub, "messages", "list")
    proof = json.loads(board_hub("evidence", "prove", newest["id"]).stdout)
    hashes = [bytes.fromhex(one) for one in proof["proof"]]
    leaf = leaf_hash(proof["entry"].encode())
    assert verify_inclusion(leaf, proof["position"], proof["size"], hashes, bytes.fromhex(proof["root"]))
    assert json.loads(proof["entry"])["subject"] == newest["id"]


def test_a_bundle_is_checked_without_any_database(board_hub: CommandLine, sent: Hub, tmp_path: Path) -> None:
    with sent.work(HUB) as uow:
        reader = reader_of([uow.directory.participants[DE]])
        reference = list_cases(uow, reader).lines[0].reference
        content = write_bundle(uow, reader, collect_evidence(uow, reader, reference), texts={})
        uow.commit()
    file, keys = tmp_path / "case.zip", tmp_path / "jwks.json"
    file.write_bytes(content)
    keys.write_text(json.dumps({"keys": [sent.key.public_jwk()]}))
    away = CommandLine(replace(board_hub.settings, database_url="sqlite:////nowhere/hub.sqlite"))
    assert "Compare their thumbprints" in away("evidence", "verify-bundle", str(file)).stdout
    assert json.loads(away("evidence", "verify-bundle", str(file), "--hub-keys", str(keys), "--json").stdout)["trusted"]
    file.write_bytes(content[:-1] + b"?")
    assert "NOT CLEAN" in away("evidence", "verify-bundle", str(file), code=1).stderr


def test_a_refusals_content_is_shown_for_a_reason_only(board_hub: CommandLine, sent: Hub) -> None:
    (refusal,) = listed(board_hub, "quarantine", "list")
    board_hub("quarantine", "content", refusal["id"], code=2)
    shown = board_hub("quarantine", "content", refusal["id"], "--because", "The authority asks why.").stdout
    assert shown.strip() == '{"secret": "content"}'


def test_a_refusal_is_decided_on_once(board_hub: CommandLine, sent: Hub) -> None:
    (refusal,) = listed(board_hub, "quarantine", "list", "--decided", "undecided")
    still = board_hub("quarantine", "release", refusal["id"], "--because", "It asks for it.", code=5)
    assert "envelope.missing" in still.stderr
    board_hub("quarantine", "reject", refusal["id"], "--because", "A test.")
    board_hub("quarantine", "reject", refusal["id"], "--because", "A test.", code=6)
    assert listed(board_hub, "quarantine", "list", "--decided", "undecided") == []


def test_what_is_owed_is_listed_and_sent_again(board_hub: CommandLine, sent: Hub) -> None:
    assert len(listed(board_hub, "messages", "owed", DE)) == 3
    assert "3 deliveries" in board_hub("messages", "resend", DE, "--because", "It asks for it.").stdout
    assert "Nothing waits" in board_hub("messages", "owed", "EE-NONE").stdout
