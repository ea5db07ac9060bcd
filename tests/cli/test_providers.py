"""Identity providers at the command line."""

import json
from pathlib import Path

import pytest

from board_hub.services.unit_of_work import Hub
from tests.cli.conftest import ALONE, CommandLine
from tests.support.officials import SECRETARIAT, add_official
from tests.support.provider import CLIENT_ID, SUBSTANTIAL, FakeProvider, Providers

ADA, BEN = "ada.byron@example.eu", "ben.franklin@example.eu"
WHY = ("--because", "Agreed with France")
RULE = ("--claim", "groups", "--value", "hub", "--participant", "FR-CNIL", "--role", "case_handler")


@pytest.fixture
def france(board_hub: CommandLine, fake_providers: Providers) -> FakeProvider:
    """A provider of France that the hub knows, and a participant for it."""
    provider = fake_providers.add()
    board_hub("participant", "add", "FR-CNIL", "--name", "CNIL", "--kind", "MSA")
    given = ("--name", "France", "--client-id", CLIENT_ID, "--acr", SUBSTANTIAL, "--claim-email", "mail", *ALONE)
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
    by_secret = ("--authentication", "client_secret_post", "--secret-file", str(secret))
    assert "FR is changed" in board_hub("provider", "change", "FR", *by_secret, *ALONE).stdout
    said = board_hub("provider", "show", "FR", "--json").stdout + board_hub("provider", "list", "--json").stdout
    assert "hush-hush" not in said
    assert shown(board_hub)["has_secret"] is True
    assert shown(board_hub)["claims"] == {"email": "mail"}


def test_what_cannot_be_is_refused_with_every_flaw(board_hub: CommandLine) -> None:
    said = board_hub("provider", "add", "FR", "--issuer", "http://login.example.fr", *ALONE, code=5).stderr
    for field in ("/issuer", "/name", "/client_id", "/acr_values"):
        assert field in said
    assert "Error" in board_hub("provider", "add", "XX", "--issuer", "https://x.example", *WHY, code=5).stderr
    board_hub("provider", "show", "FR", code=3)


def test_a_check_says_what_is_wrong(board_hub: CommandLine, france: FakeProvider) -> None:
    assert json.loads(board_hub("provider", "check", "FR", "--json").stdout)["keys"] == 1
    france.metadata = {"issuer": "https://evil.example"}
    assert "evil.example" in board_hub("provider", "check", "FR", code=1).stdout


def test_rules_are_tried_before_anybody_comes(board_hub: CommandLine, france: FakeProvider, tmp_path: Path) -> None:
    claims = tmp_path / "claims.json"
    claims.write_text('{"groups": ["hub"], "name": "Eve", "mail": "eve@example.fr"}')
    assert "no claim rules yet" in board_hub("provider", "try", "FR", str(claims), code=1).stdout
    board_hub("provider", "rule", "add", "FR", *RULE, *ALONE)
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
        assert "rule.misfit" in board_hub("provider", "rule", "add", "FR", *RULE, *misfit, *WHY, code=5).stderr


# --- in twos ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def administered(board_hub: CommandLine, france: FakeProvider, hub: Hub) -> CommandLine:
    """France's provider, and two administrators."""
    board_hub("participant", "add", "EU-AIO", "--name", "AI Office", "--kind", "AIO")
    for name in ("Ada Byron", "Ben Franklin"):
        add_official(hub, SECRETARIAT, name=name)
    return board_hub


def propose(board_hub: CommandLine, *arguments: str) -> str:
    """The id of what Ada proposes."""
    said = board_hub("provider", *arguments, *WHY, "--as", ADA).stdout
    return next(line for line in said.splitlines() if line.startswith("Proposed")).split()[-1]


def test_a_provider_waits_for_a_second_person(administered: CommandLine) -> None:
    new = ("IT", "--issuer", "https://login.example.it", "--name", "Italy", "--client-id", "x", "--acr", SUBSTANTIAL)
    proposal = propose(administered, "add", *new)
    administered("provider", "show", "IT", code=3)
    administered("proposal", "confirm", proposal, "--as", ADA, code=4)
    assert "Provider IT is added" in administered("proposal", "confirm", proposal, "--as", BEN).stdout
    administered("provider", "show", "IT")


def test_a_rule_waits_for_a_second_person(administered: CommandLine) -> None:
    proposal = propose(administered, "rule", "add", "FR", *RULE)
    assert "No rules yet" in administered("provider", "rule", "list", "FR").stdout
    administered("proposal", "confirm", proposal, "--as", ADA, code=4)
    administered("proposal", "confirm", proposal, "--as", BEN)
    assert "hub" in administered("provider", "rule", "list", "FR").stdout


def test_a_provider_is_closed_by_one_and_opened_by_two(administered: CommandLine) -> None:
    assert "Closed FR" in administered("provider", "change", "FR", "--close").stdout
    assert shown(administered)["active"] is False
    assert "/because" in administered("provider", "change", "FR", "--open", "--as", ADA, code=5).stderr
    proposal = propose(administered, "change", "FR", "--open")
    assert shown(administered)["active"] is False
    administered("proposal", "confirm", proposal, "--as", BEN)
    assert shown(administered)["active"] is True


def test_a_change_waits_and_is_not_mixed_with_closing(administered: CommandLine) -> None:
    proposal = propose(administered, "change", "FR", "--name", "All France")
    assert shown(administered)["name"] == "France"
    mixed = ("change", "FR", "--close", "--name", "Other", *WHY, "--as", ADA)
    assert "/active" in administered("provider", *mixed, code=5).stderr
    administered("proposal", "confirm", proposal, "--as", BEN)
    assert (shown(administered)["name"], shown(administered)["active"]) == ("All France", True)


def test_a_proposed_secret_is_not_shown(administered: CommandLine, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hush-hush\n")
    by_secret = ("--authentication", "client_secret_post", "--secret-file", str(secret))
    proposal = propose(administered, "change", "FR", *by_secret)
    told = administered("proposal", "show", proposal, "--json").stdout
    told += administered("proposal", "list", "--json").stdout
    assert json.loads(administered("proposal", "show", proposal, "--json").stdout)["content"]["secret"] == "changed"
    assert "hush-hush" not in told
    assert "secret_sealed" not in told
    administered("proposal", "confirm", proposal, "--as", BEN)
    assert shown(administered)["has_secret"] is True


def test_nothing_is_done_at_once_where_somebody_administers(administered: CommandLine) -> None:
    new = ("--issuer", "https://login.example.it", "--name", "Italy", "--client-id", "x", "--acr", SUBSTANTIAL)
    for step in (("add", "IT", *new), ("change", "FR", "--name", "x"), ("rule", "add", "FR", *RULE)):
        assert "no --bootstrap" in administered("provider", *step, *ALONE, code=4).stderr
    administered("provider", "change", "FR", "--close")
    assert "no --bootstrap" in administered("provider", "change", "FR", "--open", *ALONE, code=4).stderr
