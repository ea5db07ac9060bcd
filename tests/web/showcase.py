"""A hub with something to see: notices at every stage, refusals, a Greek participant. All fictional."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from board_hub.domain.deliveries import Transport
from board_hub.domain.envelope import MessageType, encode, participant_urn
from board_hub.domain.events import HUB
from board_hub.law.examples import example_notice
from board_hub.services.directory import directory
from board_hub.services.exchange import broker_connections, deliveries, message_reads
from board_hub.services.exchange.deliveries import Attempt, Result
from board_hub.services.exchange.hub_messages import digest
from board_hub.services.exchange.intake import Outcome
from board_hub.services.exchange.signing import SigningKey
from board_hub.services.unit_of_work import Hub
from tests.support.hub import Party, catalogue_of, envelope, send

SECRET = "Veridia Recruit"
"""Words that stand in every notice's content and must never be on a page."""
NAMES = {
    "FR-CNIL": "Commission nationale de l’informatique et des libertés",
    "DE-BNETZA": "Bundesnetzagentur",
    "EE-TTJA": "Tarbijakaitse ja Tehnilise Järelevalve Amet",
    "GR-EETT": "Hellenic Telecommunications and Post Commission",
    "IT-AGCOM": "Autorità per le garanzie nelle comunicazioni",
    "EU-AIO": "AI Office of the European Commission",
}
KINDS = {"EU-AIO": ("AIO",)}
MAILBOX = ("GR-EETT", "EU-AIO")


class Showcase:
    """Plays an hour of the exchange on a hub, at moments of its own."""

    def __init__(self, hub: Hub, end: datetime | None = None) -> None:
        self.hub = hub
        self.now = (end or datetime.now(UTC)) - timedelta(minutes=40)
        self.at = replace(hub, clock=lambda: self.now)
        self.parties = {code: self._join(code, name) for code, name in NAMES.items()}

    def _join(self, code: str, name: str) -> Party:
        key, transport = SigningKey.generate(f"{code}-2026-1"), _transport(code)
        with self.at.work(HUB) as uow:
            kinds = KINDS.get(code, ("MSA", "SPOC"))
            directory.add_participant(uow, code, name=name, kinds=kinds, transport=transport)
            directory.add_key(uow, code, key.kid, jwk=key.public_jwk(), valid_from=self.now - timedelta(days=30))
            uow.commit()
        return Party(code, key)

    def _send(self, source: str, body: bytes, signature: str | None = None) -> Outcome:
        return send(self.at, self.parties[source].arrival(body, signature, via=_transport(source)))

    def pass_time(self, **elapsed: float) -> None:
        self.now += timedelta(**elapsed)

    def issue(self, source: str, notice_type: str, about: bytes | None = None, **changes: Any) -> bytes:
        """Send a notice; `changes` replace parts of its data, `about` is the earlier one that it names."""
        data = example_notice(catalogue_of(self.hub), notice_type, sender=source) | changes
        if about is not None:
            earlier = json.loads(about)
            data["fields"]["notice"] = {"source": earlier["source"], "id": earlier["id"]}
        body = encode(envelope(source, data=data, time=self.now))
        outcome = self._send(source, body)
        assert outcome.accepted, outcome.flaws
        return body

    def ping(self, source: str) -> None:
        body = encode(envelope(source, MessageType.PING_SENT, data={}, time=self.now))
        assert self._send(source, body).accepted

    def relay(self, *, failing: tuple[str, ...] = ()) -> None:
        """Deliver what is due over the broker, but to `failing`."""
        with self.at.work(HUB) as uow:
            due = deliveries.claim_due(uow, list(NAMES), 500)
            attempts = [
                Attempt(one, Result.FAILED, "The queue is full: 10 000 messages wait in it.")
                if one.recipient in failing
                else Attempt(one, Result.CONFIRMED)
                for one in due
            ]
            deliveries.settle(uow, attempts)
            uow.commit()

    def answer(self, recipient: str, source: str, body: bytes, type_: MessageType) -> None:
        """Sign `collected` or `handled` for a notice."""
        id_ = _id_of(body)
        data = {"items": [{"source": participant_urn(source), "id": id_, "sha256": digest(body)}]}
        receipt = encode(envelope(recipient, type_, data=data, time=self.now))
        assert self._send(recipient, receipt).accepted

    def refuse(self, source: str, body: bytes, signature: str | None = None) -> None:
        assert not self._send(source, body, signature).accepted

    def connect(self, **lost: str) -> None:
        """Note intake and relay as connected; `lost` maps a participant's name (DE_BNETZA) to the reason."""
        reasons = {name.replace("_", "-"): reason for name, reason in lost.items()}
        changes: dict[str, tuple[str, str | None]] = {
            code: ("lost", reasons[code]) if code in reasons else ("open", None)
            for code in NAMES
            if code not in MAILBOX
        }
        with self.at.work(HUB) as uow:
            for process in ("intake", "relay"):
                broker_connections.note(uow, process, changes)
            uow.commit()


def _transport(code: str) -> Transport:
    return Transport.MAILBOX if code in MAILBOX else Transport.AMQP


def _id_of(body: bytes) -> str:
    return str(json.loads(body)["id"])


def play(hub: Hub, end: datetime | None = None) -> Showcase:
    """The hour that the pages are tested and shown with."""
    show = Showcase(hub, end)
    show.connect()
    show.ping("FR-CNIL")
    for source, kind in (("FR-CNIL", "art79-3"), ("EE-TTJA", "art73-11"), ("DE-BNETZA", "art80")):
        show.pass_time(minutes=4)
        body = show.issue(source, kind)
        show.relay()
        for recipient in NAMES:
            if recipient != source and _is_recipient(show, recipient):
                show.pass_time(seconds=3)
                show.answer(recipient, source, body, MessageType.RECEIPT_COLLECTED)
                show.answer(recipient, source, body, MessageType.RECEIPT_HANDLED)
    show.pass_time(minutes=5)
    show.refuse("IT-AGCOM", b'{"specversion":"1.0"}')
    measure = show.issue("FR-CNIL", "art79-5")
    show.relay()
    show.pass_time(seconds=20)
    for recipient in ("DE-BNETZA", "EE-TTJA", "EU-AIO"):
        show.answer(recipient, "FR-CNIL", measure, MessageType.RECEIPT_COLLECTED)
    show.pass_time(minutes=2)
    show.answer("DE-BNETZA", "FR-CNIL", measure, MessageType.RECEIPT_HANDLED)
    show.pass_time(minutes=3)
    show.issue("DE-BNETZA", "art79-7", measure)
    show.relay()
    show.pass_time(minutes=6)
    show.refuse("EE-TTJA", measure)
    show.issue("EE-TTJA", "art79-8-objection", measure)
    show.relay(failing=("IT-AGCOM",))
    show.pass_time(minutes=2)
    show.issue("IT-AGCOM", "msr22-request", to=["FR-CNIL", "GR-EETT"])
    return show


def _is_recipient(show: Showcase, recipient: str) -> bool:
    with show.at.work(HUB) as uow:
        page = message_reads.list_messages(uow, limit=1)
    return recipient in [code for code, _ in page.messages[0].recipients]
