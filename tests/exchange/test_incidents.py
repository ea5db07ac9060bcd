"""Real incident records go through as Article 73 notices, every one accounted for; sent again, they change nothing."""

import csv
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from board_hub.domain.deliveries import DeliveryState
from board_hub.domain.envelope import MessageType
from board_hub.store.engine import snapshot
from board_hub.store.tables import Delivery, Message
from messaging.client import Client
from tests.exchange.scene import Ear, check_evidence, count, sizes, stored, take_of
from tests.support.exchange import Exchange
from tests.support.hub import AIO, DE, EE, FR, catalogue_of
from tests.support.rabbitmq import eventually

RECORDS = Path(__file__).parents[3] / "shared" / "data" / "incidents.csv"
RECIPIENTS = (AIO, DE, EE)
FICTIONAL = 60
SECONDS = 150.0


@pytest.fixture(scope="module", autouse=True)
def patient(exchange: Exchange) -> Iterator[None]:
    """Nothing is sent again only because the recipients are slow: counts here are exact."""
    usual = exchange.settings
    exchange.settings = replace(usual, resend_seconds=(600,))
    again(exchange, "relay")
    yield
    exchange.settings = usual
    again(exchange, "relay")


def again(exchange: Exchange, name: str) -> None:
    exchange.stop(name)
    exchange.start(name)


def fictional_records() -> list[dict[str, str]]:
    return [
        {
            "incident_id": f"fictional-{number}",
            "date": f"2026-10-{number % 28 + 1:02}",
            "title": f"Shortlist {number} of a recruiting system left out applicants – “bias”, naïve Bayes, 偏見",
            "description": f"The system Veridia Recruit (fictional) rejected group {number}." * 20,
            "deployers": "northwind-staffing;contoso-jobs",
            "developers": "veridia-systems",
        }
        for number in range(FICTIONAL)
    ]


def recorded() -> list[dict[str, str]]:
    if not RECORDS.exists():
        pytest.skip(f"The real incident records are not here ({RECORDS}): only fictional ones were sent.")
    with RECORDS.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def notice_of(law_version: str, record: dict[str, str]) -> dict[str, Any]:
    """An incident record as the data of an Article 73(11) notice to the Commission, with copies to two authorities."""
    names = [name for name in record["deployers"].split(";") if name][:30]
    developer = record["developers"].split(";")[0] or "unknown"
    return {
        "notice_type": "art73-11",
        "law_version": law_version,
        "to": [DE, EE],
        "fields": {
            "title": record["title"][:500],
            "incident_kinds": ["fundamental-rights"],
            "occurred_on": record["date"],
            "description": record["description"],
            "system": {"name": record["title"][:300], "provider": developer[:300]},
            "operators": [{"name": name[:300], "role": "deployer"} for name in names]
            or [{"name": developer[:300], "role": "provider"}],
            "report_stage": "initial",
        },
    }


def send_all(client: Client, notices: dict[str, dict[str, Any]]) -> None:
    for id_, data in notices.items():
        client.send_notice(data, id_=id_)


def await_receipts(client: Client, ids: list[str]) -> dict[str, Any]:
    """The receipts by message id, of all that were accepted."""
    receipts = {id_: client.receipt(id_, SECONDS) for id_ in ids}
    return {id_: receipt.content for id_, receipt in receipts.items() if receipt is not None and receipt.accepted}


def take_at_once(exchange: Exchange, ids: list[str]) -> dict[str, Counter[str]]:
    """How often each recipient's program was given each message; the programs run side by side."""

    def _run(code: str) -> Counter[str]:
        with exchange.client(code) as client:
            return Counter(take_of(client, ids, SECONDS))

    with ThreadPoolExecutor(len(RECIPIENTS)) as pool:
        return dict(zip(RECIPIENTS, pool.map(_run, RECIPIENTS), strict=True))


def delivery_states(exchange: Exchange, ids: list[str]) -> Counter[tuple[str, str]]:
    """Number of delivery rows by recipient and state."""
    with snapshot(exchange.hub.engine) as session:
        rows = session.execute(
            select(col(Delivery.recipient), col(Delivery.state))
            .join(Message, col(Message.id) == col(Delivery.message_id))
            .where(col(Message.source) == FR, col(Message.notice_type) == "art73-11", col(Message.message_id).in_(ids))
        )
        return Counter((row.recipient, row.state) for row in rows)


def accepted_receipts(exchange: Exchange) -> int:
    return count(exchange.hub, Message, col(Message.type) == MessageType.RECEIPT_ACCEPTED)


def due(exchange: Exchange) -> int:
    """Deliveries that the relay has still to make now."""
    return count(exchange.hub, Delivery, col(Delivery.state) == DeliveryState.OWED)


@pytest.mark.parametrize("records", [fictional_records, recorded], ids=["fictional", "real"])
def test_every_incident_is_accounted_for_and_sent_again_changes_nothing(exchange: Exchange, records: Any) -> None:
    law_version = catalogue_of(exchange.hub).law_version
    notices = {f"incident-{row['incident_id']}": notice_of(law_version, row) for row in records()}
    ids = list(notices)
    receipts_before = accepted_receipts(exchange)
    with exchange.client(FR) as client:
        send_all(client, notices)
        given = take_at_once(exchange, ids)
        receipts = await_receipts(client, ids)

    assert given == {code: Counter(ids) for code in RECIPIENTS}
    assert list(receipts) == ids
    assert all(receipt["recipients"] == sorted(RECIPIENTS) for receipt in receipts.values())
    assert stored(exchange.hub, ids) == len(ids)
    assert accepted_receipts(exchange) == receipts_before + len(ids)
    collected = Counter({(code, DeliveryState.COLLECTED): len(ids) for code in RECIPIENTS})
    eventually(lambda: delivery_states(exchange, ids) == collected, timeout=60)
    check_sent_again(exchange, notices, receipts)
    assert check_evidence(exchange.hub).first == []


def check_sent_again(exchange: Exchange, notices: dict[str, Any], receipts: dict[str, Any]) -> None:
    """The same file once more: the same receipts, byte for byte, and not a row or a leaf more."""
    with exchange.client(FR) as client:
        client.exchange()
        eventually(lambda: due(exchange) == 0 and not client.exchange(), timeout=60)
        before = settled_sizes(exchange)
        send_all(client, notices)
    with Ear(exchange, FR) as ear:
        heard = ear.await_receipts(MessageType.RECEIPT_ACCEPTED, len(notices))
    assert {said.data["message_id"]: said.data for said, _ in heard} == receipts
    assert len(heard) == len(notices)
    assert sizes(exchange.hub) == before


def settled_sizes(exchange: Exchange) -> Any:
    """What is stored, once the hub has taken all that was on its way."""

    def _is_quiet() -> bool:
        depths = [depth for code in (FR, *RECIPIENTS) for depth in exchange.provisioner.depths(code).values()]
        return not any(depth.messages for depth in depths)

    eventually(_is_quiet)
    return sizes(exchange.hub)
