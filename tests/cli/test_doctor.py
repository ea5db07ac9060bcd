"""The doctor finds what is wrong, says how to mend it, and is content with a sound hub."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, text
from sqlmodel import col

from board_hub.domain.deliveries import Transport
from board_hub.domain.events import HUB
from board_hub.services.directory import directory
from board_hub.services.exchange.signing import SigningKey
from board_hub.services.operation.doctor import check_clock, check_key_file, check_key_known
from board_hub.services.unit_of_work import Hub
from board_hub.settings import Settings
from board_hub.store.engine import open_engine
from board_hub.store.tables import EvidenceLeaf
from messaging.management import Management
from messaging.topology import user_name
from tests.cli.conftest import ALONE, CommandLine
from tests.support.hub import FR, join


def wrong(board_hub: CommandLine) -> dict[str, dict[str, str]]:
    """What the doctor finds wrong, by the check's name."""
    findings = json.loads(board_hub("doctor", "--json", code=1).stdout)
    return {one["check"]: one for one in findings if not one["ok"]}


def test_a_sound_hub_is_content(board_hub: CommandLine, hub: Hub) -> None:
    join(hub, FR)
    findings = json.loads(board_hub("doctor", "--json").stdout)
    assert {one["check"] for one in findings} >= {"database", "hub key", "clock", "disk", "evidence", "broker"}


def test_it_speaks_to_people_too(board_hub: CommandLine) -> None:
    assert "ok     database" in board_hub("doctor").stdout


def test_a_database_never_migrated(settings: Settings) -> None:
    found = wrong(CommandLine(settings))
    assert "board-hub migrate" in found["database"]["says"]
    assert "hub key file" in found


def test_a_database_that_is_away_is_told_without_its_password(settings: Settings) -> None:
    away = CommandLine(Settings(database_url="postgresql+psycopg://hub:secret@127.0.0.1:9/hub"))
    result = away("doctor", code=1)
    assert "does not answer" in result.stdout
    assert "secret" not in result.output


def test_a_key_that_others_can_read(board_hub: CommandLine) -> None:
    board_hub.settings.hub_key_file.chmod(0o644)
    assert "chmod 600" in wrong(board_hub)["hub key file"]["mend"]


def test_a_key_that_is_gone(tmp_path: Path) -> None:
    assert not check_key_file(tmp_path / "none.pem").ok


def test_a_key_that_is_not_in_the_directory(hub: Hub) -> None:
    with hub.work(HUB) as uow:
        assert not check_key_known(uow, SigningKey.generate("another")).ok


def test_a_revoked_hub_key(hub: Hub) -> None:
    with hub.work(HUB) as uow:
        directory.revoke_key(uow, hub.key.kid, "stolen")
        assert "revoked" in check_key_known(uow, hub.key).says


def test_a_participants_key_about_to_end(board_hub: CommandLine, hub: Hub) -> None:
    key = SigningKey.generate("fr-next")
    join(hub, FR)
    with hub.work(HUB) as uow:
        soon = uow.now + timedelta(days=10)
        directory.rotate_key(uow, FR, key.kid, jwk=key.public_jwk(), overlap_until=soon)
        directory.revoke_key(uow, key.kid, "made by mistake")
        uow.commit()
    found = wrong(board_hub)["participants' keys"]
    assert FR in found["says"]
    assert "rotate-key" in found["mend"]


def test_a_participant_without_a_key(board_hub: CommandLine, hub: Hub) -> None:
    board_hub("participant", "add", "DE-BNETZA", "--name", "x", "--kind", "MSA")
    assert "no key in force" in wrong(board_hub)["participants' keys"]["says"]


def test_an_evidence_log_that_was_cut(board_hub: CommandLine, hub: Hub) -> None:
    with hub.work(HUB) as uow:
        uow.session.execute(delete(EvidenceLeaf).where(col(EvidenceLeaf.position) >= 10))
        uow.session.commit()
    assert "evidence verify" in wrong(board_hub)["evidence"]["mend"]


@pytest.mark.postgres
def test_a_clock_that_is_apart_from_the_databases(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    assert check_clock(engine).ok
    assert not check_clock(engine, lambda: datetime.now(UTC) - timedelta(minutes=1)).ok
    engine.dispose()


def test_a_database_that_takes_no_writes(board_hub: CommandLine, hub: Hub) -> None:
    with hub.work(HUB) as uow:
        uow.session.execute(text("DROP TABLE directory_version"))
        uow.session.commit()
    assert "cannot be written" in wrong(board_hub)["database"]["says"]


def test_participants_by_amqp_without_a_broker(board_hub: CommandLine, hub: Hub) -> None:
    join(hub, FR, transport=Transport.AMQP)
    assert FR in wrong(board_hub)["broker"]["says"]


@pytest.mark.broker
def test_a_participants_place_on_the_broker(with_broker: CommandLine, hub: Hub, management: Management) -> None:
    code = "FR-DOCTOR"
    try:
        join(hub, code, kinds=["MSA"], transport=Transport.AMQP)
        assert "missing" in wrong(with_broker)[f"broker {code}"]["says"]
        with_broker("provision")
        assert f"ok     broker {code}" in with_broker("doctor").stdout
        management.delete("users", user_name(code))
        assert wrong(with_broker)[f"broker {code}"]["mend"] == "board-hub provision"
    finally:
        with_broker("participant", "remove", code, "--yes", *ALONE)


@pytest.mark.broker
def test_a_broker_that_is_away(board_hub: CommandLine) -> None:
    settings = Settings(
        database_url=board_hub.settings.database_url,
        hub_key_file=board_hub.settings.hub_key_file,
        amqp_url="amqp://hub:secret@127.0.0.1:9",
        amqp_management_url="http://administrator:secret@127.0.0.1:9",
    )
    found = wrong(CommandLine(settings))["broker"]
    assert "does not answer" in found["says"]
    assert "secret" not in str(found)
