"""What the hub really says fits the published schema of its type, in a story that makes it say most of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import select
from sqlmodel import col

from board_hub.domain.deliveries import Transport
from board_hub.domain.envelope import HUB as HUB_CODE
from board_hub.domain.envelope import Envelope, MessageType, decode, encode, participant_urn
from board_hub.domain.events import HUB
from board_hub.law.asyncapi import asyncapi_document
from board_hub.law.examples import example_notice
from board_hub.law.receipt_schema import PREFIX
from board_hub.services.clocks.expiry import expire_due
from board_hub.services.exchange import deliveries
from board_hub.services.exchange.deliveries import Attempt, Result
from board_hub.services.operation import reminders
from board_hub.services.unit_of_work import Hub
from board_hub.store.tables import Message
from tests.support.hub import AIO, DE, EE, FR, catalogue_of, envelope, join_four, send

SAID = {
    MessageType.RECEIPT_ACCEPTED,
    MessageType.RECEIPT_DELIVERED,
    MessageType.RECEIPT_REJECTED,
    MessageType.CASE_OPENED,
    MessageType.CASE_CHANGED,
    MessageType.CLOCK_STARTED,
    MessageType.CLOCK_WARNED,
    MessageType.CLOCK_EXPIRED,
    MessageType.FOLLOWUP_DUE,
    MessageType.DELIVERY_OVERDUE,
    MessageType.HEAD_SIGNED,
}


def relay(hub: Hub) -> None:
    with hub.work(HUB) as uow:
        dues = deliveries.claim_due(uow, (FR, DE, EE, AIO), 1000)
        deliveries.settle(uow, [Attempt(due, Result.CONFIRMED) for due in dues])
        uow.commit()


def later(hub: Hub, **elapsed: float) -> Hub:
    """The hub as its clock stands then."""
    moment = hub.clock() + timedelta(**elapsed)
    return replace(hub, clock=lambda: moment)


def tick(hub: Hub) -> None:
    """What the scheduler does."""
    with hub.work(HUB) as uow:
        while expire_due(uow):
            pass
        reminders.report_overdue(uow)
        reminders.send_head(uow)
        reminders.remind_of_dates(uow)
        uow.commit()


@pytest.fixture
def told(sqlite_hub: Hub) -> Hub:
    """A measure, delivered, answered and withdrawn; a refusal; warnings, expiries and reminders of another one."""
    parties = join_four(sqlite_hub, Transport.AMQP)

    def issue(code: str, notice_type: str, **fields: object) -> Envelope:
        data = example_notice(catalogue_of(sqlite_hub), notice_type, sender=code)
        data["fields"] |= fields
        said = envelope(code, data=data)
        assert send(sqlite_hub, parties[code].arrival(encode(said))).accepted
        relay(sqlite_hub)
        return said

    measure = issue(FR, "art79-5")
    named = {"source": measure.source, "id": measure.id}
    issue(DE, "art79-8-objection", notice=named)
    withdrawal = envelope(FR, MessageType.NOTICE_WITHDRAWN, data={"notice": named, "reason": "A mistake."})
    assert send(sqlite_hub, parties[FR].arrival(encode(withdrawal))).accepted
    assert not send(sqlite_hub, parties[FR].arrival(b"{}")).accepted
    issue(FR, "art79-5", grounds=["requirement-not-met"])
    tick(later(sqlite_hub, days=60))
    tick(later(sqlite_hub, days=90))
    tick(later(sqlite_hub, days=100))
    return sqlite_hub


def messages(hub: Hub) -> list[Envelope]:
    with hub.work(HUB) as uow:
        bodies = uow.session.execute(select(col(Message.body)).where(col(Message.source) == HUB_CODE)).scalars()
        return [decode(body) for body in bodies]


def test_everything_the_hub_says_fits_its_published_schema(told: Hub) -> None:
    document = asyncapi_document(catalogue_of(told))
    said = messages(told)
    assert {one.type for one in said} >= SAID
    flaws: list[Any] = []
    for one in said:
        payload = document["components"]["messages"][one.type.removeprefix(PREFIX).removesuffix(".v1")]["payload"]
        validator = Draft202012Validator({**payload, "components": document["components"]})
        whole = {
            "specversion": "1.0",
            "id": one.id,
            "source": participant_urn(HUB_CODE),
            "type": one.type,
            "time": one.time.isoformat(),
            "data": one.data,
        }
        flaws += [(one.type, error.json_path, error.message) for error in validator.iter_errors(whole)]
    assert flaws == []
