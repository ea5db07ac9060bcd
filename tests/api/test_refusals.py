"""What a sender can get wrong over HTTPS: its own code and path, quarantine, the sender told; a good one passes."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from board_hub.http.submission import submit
from board_hub.services.exchange.signing import SigningKey
from board_hub.services.operation.bootstrap import prepare
from board_hub.services.unit_of_work import Hub
from board_hub.store.tables import Message, Quarantine
from tests.api.calls import Stage, System, base64url, content_of, stage
from tests.support.hub import DE, FR, join, join_four, notice, sqlite_settings
from tests.support.refusals import REFUSALS, Refusal, Sender, ready_to_fail


@dataclass(frozen=True)
class SignedIn:
    """France, signed in, with what a bad message is made of."""

    stage: Stage
    system: System
    sender: Sender


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def france(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignedIn]:
    """One hub for all refusals of a database: what came before must not matter to what comes next."""
    folder = tmp_path_factory.mktemp("refusals")
    settings = sqlite_settings(folder)
    server = None
    if request.param == "postgres":
        server = request.getfixturevalue("postgres_server")
        server.drop_database("refusals")
        settings = sqlite_settings(folder, database_url=server.create_database("refusals"))
    here = stage(prepare(settings), folder)
    sender = ready_to_fail(here.hub, join_four(here.hub)[FR])
    yield SignedIn(here, here.sign_in(sender.party), sender)
    here.hub.engine.dispose()
    if server is not None:
        server.drop_database("refusals")


def quarantined(france: SignedIn) -> list[Quarantine]:
    with Session(france.stage.hub.engine) as session:
        return list(session.execute(select(Quarantine).order_by(col(Quarantine.id))).scalars())


def receipt_in_mailbox(france: SignedIn, receipt_id: str) -> dict[str, Any]:
    """The sender's own copy of a receipt of the hub."""
    with Session(france.stage.hub.engine) as session:
        ids = session.execute(select(col(Message.id)).where(col(Message.message_id) == receipt_id)).scalars().all()
    cursor = base64url((ids[0].int - 1).to_bytes(16, "big"))
    [item] = france.system.mailbox(f"?limit=1&cursor={cursor}")
    return content_of(item)


@pytest.mark.parametrize("bad", REFUSALS, ids=lambda bad: bad.name)
def test_it_is_refused_with_its_own_code_kept_and_told_and_a_good_one_passes(france: SignedIn, bad: Refusal) -> None:
    body, signature = bad.make(france.sender)
    before = len(quarantined(france))

    answer = france.system.send(body, signature)
    assert answer.status_code == (413 if bad.code == "body.too_large" else 422), answer.text
    assert answer.content_type == "application/problem+json"
    assert (bad.code, bad.path) in [(error["code"], error["path"]) for error in answer.json["errors"]]

    kept = quarantined(france)[before:]
    assert [(row.body, row.participant) for row in kept] == [(body, FR)]

    receipt = receipt_in_mailbox(france, answer.json["receipt_id"])
    assert receipt["type"] == "eu.aiboard.receipt.rejected.v1"
    assert receipt["data"]["errors"] == answer.json["errors"]

    assert france.system.send(notice(france.stage.hub)).status_code == 202


def test_a_refused_message_reaches_nobody(here: Stage) -> None:
    parties = join_four(here.hub)
    body = notice(here.hub)
    here.sign_in(parties[FR]).send(body, SigningKey.generate("nobodys").sign(body))
    assert here.sign_in(parties[DE]).mailbox() == []


@pytest.mark.parametrize("signature", ["a\0b", "\ud800", "é..ü"])
def test_a_signature_that_is_no_text_for_a_database_is_refused_like_any_other(hub: Hub, signature: str) -> None:
    party = join(hub)
    outcome = submit(hub, party.arrival(notice(hub), signature))
    assert [flaw.code for flaw in outcome.flaws] == ["signature.malformed"]
    assert outcome.receipt is not None


def test_what_the_hub_alone_sends_is_refused_from_others(on_sqlite: Stage) -> None:
    party = join(on_sqlite.hub)
    content = {"specversion": "1.0", "id": "x", "source": f"urn:aiboard:participant:{FR}", "data": {}}
    content |= {"type": "eu.aiboard.receipt.accepted.v1", "time": on_sqlite.clock().isoformat()}
    answer = on_sqlite.sign_in(party).send(json.dumps(content).encode())
    assert [error["code"] for error in answer.json["errors"]] == ["type.unknown"]


def test_a_body_of_100_mb_is_cut_off_early(on_sqlite: Stage) -> None:
    system = on_sqlite.sign_in(join(on_sqlite.hub))
    answer = system.send(b"x" * 100_000_000, "x..x")
    assert answer.status_code == 413
    assert [error["code"] for error in answer.json["errors"]] == ["body.too_large"]
    assert system.mailbox() == []
