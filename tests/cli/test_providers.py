"""Identity providers at the command line."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import CommandLine
from tests.support.provider import CLIENT_ID, SUBSTANTIAL, FakeProvider, Providers

RULE = ("--claim", "groups", "--value", "hub", "--participant", "FR-CNIL", "--role", "case_handler")


@pytest.fixture
def france(board_hub: CommandLine, fake_providers: Providers) -> FakeProvider:
    """A provider of France that the hub knows, and a participant for it."""
    provider = fake_providers.add()
    board_hub("participant", "add", "FR-CNIL", "--name", "CNIL", "--kind", "MSA")
    given = ("--name", "France", "--client-id", CLIENT_ID, "--acr", SUBSTANTIAL, "--claim-email", "mail")
    said = board_hub("provider", "add", "FR", "--issuer", provider.issuer, *given).stdout
    assert "/login/FR/callback" in said
    return provider


def shown(board_hub: CommandLine) -> dict[str, object]:
    facts: dict[str, object] = json.loads(board_hub("provider", "show", "FR", "--json").stdout)
    return facts


def test_a_provider_is_listed_and_shown_without_its_secret(
    board_hub: CommandLine, france: FakeProvider, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hush-hush\n")
    board_hub("provider", "change", "FR", "--authentication", "client_secret_post", "--secret-file", str(secret))
    said = board_hub("provider", "show", "FR", "--json").stdout + board_hub("provider", "list", "--json").stdout
    assert "hush-hush" not in said
    assert shown(board_hub)["has_secret"] is True
    assert shown(board_hub)["claims"] == {"email": "mail"}


def test_what_cannot_be_is_refused_with_every_flaw(board_hub: CommandLine) -> None:
    said = board_hub("provider", "add", "FR", "--issuer", "http://login.example.fr", code=5).stderr
    for field in ("/issuer", "/name", "/client_id", "/acr_values"):
        assert field in said
    assert "Error" in board_hub("provider", "add", "XX", "--issuer", "https://x.example", code=5).stderr
    board_hub("provider", "show", "FR", code=3)


def test_a_check_says_what_is_wrong(board_hub: CommandLine, france: FakeProvider) -> None:
    assert json.loads(board_hub("provider", "check", "FR", "--json").stdout)["keys"] == 1
    france.metadata = {"issuer": "https://evil.example"}
    assert "evil.example" in board_hub("provider", "check", "FR", code=1).stdout


def test_rules_are_tried_before_anybody_comes(board_hub: CommandLine, france: FakeProvider, tmp_path: Path) -> None:
    claims = tmp_path / "claims.json"
    claims.write_text('{"groups": ["hub"], "name": "Eve", "mail": "eve@example.fr"}')
    assert "no claim rules yet" in board_hub("provider", "try", "FR", str(claims), code=1).stdout
    board_hub("provider", "rule", "add", "FR", *RULE)
    assert "Let in: Eve, eve@example.fr" in board_hub("provider", "try", "FR", str(claims)).stdout
    rule = json.loads(board_hub("provider", "rule", "list", "FR", "--json").stdout)[0]
    board_hub("provider", "rule", "remove", "FR", rule["id"])
    board_hub("provider", "rule", "remove", "FR", rule["id"], code=3)
    board_hub("provider", "rule", "remove", "FR", "rubbish", code=3)
    claims.write_text("[]")
    board_hub("provider", "try", "FR", str(claims), code=5)


def test_a_rule_for_another_member_or_the_secretariat_is_refused(board_hub: CommandLine, france: FakeProvider) -> None:
    board_hub("participant", "add", "DE-BNETZA", "--name", "BNetzA", "--kind", "MSA")
    for misfit in (("--participant", "DE-BNETZA"), ("--role", "auditor")):
        assert "rule.misfit" in board_hub("provider", "rule", "add", "FR", *RULE, *misfit, code=5).stderr
