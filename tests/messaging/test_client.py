"""What the SDK promises an authority's program, against a hub in memory that keeps the transports' contract."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from board_hub.domain.envelope import HUB, Envelope, MessageType, decode, encode, participant_urn
from board_hub.domain.errors import Invalid, Unavailable
from board_hub.domain.ids import uuid7
from board_hub.services.exchange.signing import SigningKey
from messaging import line
from messaging.client import Client
from messaging.transports import Parcel

ME, OTHER = "FR-CNIL", "DE-BNETZA"
NOTICE = {"notice_type": "art79-5", "law_version": "2026-07-27", "fields": {"title": "a"}}


@dataclass
class Desk:
    """The hub's side: what it was handed, what it has for the participant. Answers nothing by itself."""

    key: SigningKey = field(default_factory=lambda: SigningKey.generate("EU-HUB-1"))
    away: int = 0
    loses_next_acknowledgement: bool = False
    handed: list[tuple[bytes, str]] = field(default_factory=list)
    waiting: list[Parcel] = field(default_factory=list)
    done_with: list[Parcel] = field(default_factory=list)
    refused: list[Parcel] = field(default_factory=list)

    def _reach(self) -> None:
        if self.away:
            self.away -= 1
            raise Unavailable("away")

    def send(self, body: bytes, signature: str) -> Parcel | None:
        self._reach()
        self.handed.append((body, signature))
        return None

    def pull(self, most: int, seconds: float) -> list[Parcel]:
        self._reach()
        return self.waiting[:most]

    def done(self, parcels: Sequence[Parcel]) -> None:
        if self.loses_next_acknowledgement:
            self.loses_next_acknowledgement = False
            raise Unavailable("lost")
        self.done_with += parcels
        self.waiting = [one for one in self.waiting if one not in parcels]

    def refuse(self, parcel: Parcel) -> None:
        self.refused.append(parcel)
        self.waiting.remove(parcel)

    def close(self) -> None:
        pass

    def reports(self, type_: MessageType) -> list[dict[str, str]]:
        """Items of the participant's receipts of a type."""
        said = [decode(body) for body, _ in self.handed]
        items: list[Any] = [one.data["items"] for one in said if one.type == type_]
        return [item for several in items for item in several]

    def forward(self, id_: str, *, signed_by: SigningKey | None = None) -> Parcel:
        """A notice of the other's, as the hub passes it on."""
        body = encode(message(OTHER, MessageType.NOTICE_ISSUED, dict(NOTICE), id_))
        parcel = Parcel(body, SigningKey.generate("DE-1").sign(body), (signed_by or self.key).sign(body), id_)
        self.waiting.append(parcel)
        return parcel

    def answer(self, type_: MessageType, content: dict[str, Any]) -> None:
        body = encode(message(HUB, type_, content, str(uuid7())))
        self.waiting.append(Parcel(body, self.key.sign(body), None, str(uuid7())))


def message(source: str, type_: MessageType, data: dict[str, Any], id_: str) -> Envelope:
    return Envelope(id=id_, source=participant_urn(source), type=type_, time=datetime.now(UTC), data=data)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "pause", lambda _attempt: 0.0)


def open_client(desk: Desk, folder: Path) -> Client:
    hub_keys = {"keys": [desk.key.public_jwk()]}
    return Client(desk, ME, key=SigningKey.generate("FR-1"), inbox=folder / "inbox.sqlite", hub_keys=hub_keys)


@pytest.fixture
def client(desk: Desk, tmp_path: Path) -> Iterator[Client]:
    with open_client(desk, tmp_path) as client:
        yield client


def ids(client: Client) -> list[str]:
    return [one.envelope.id for one in client.receive(0)]


# --- receiving -------------------------------------------------------------------------------------------------------


def test_a_message_is_given_once_however_often_it_comes(desk: Desk, client: Client) -> None:
    for _ in range(3):
        desk.forward("n1")
        desk.forward("n2")
        client.exchange()
    assert ids(client) == ["n1", "n2"]
    assert ids(client) == []


def test_what_came_is_reported_collected_with_its_digest_each_time_it_comes(desk: Desk, client: Client) -> None:
    parcel = desk.forward("n1")
    client.exchange()
    desk.waiting.append(parcel)
    client.exchange()
    item = {"source": participant_urn(OTHER), "id": "n1", "sha256": sha256(parcel.body).hexdigest()}
    assert desk.reports(MessageType.RECEIPT_COLLECTED) == [item, item]


def test_a_message_is_stored_before_the_hub_is_told(desk: Desk, client: Client, tmp_path: Path) -> None:
    desk.forward("n1")
    client.exchange()
    with open_client(desk, tmp_path) as after_a_crash:
        assert ids(after_a_crash) == ["n1"]


def test_a_message_the_program_died_on_is_given_again(desk: Desk, client: Client, tmp_path: Path) -> None:
    desk.forward("n1")
    desk.forward("n2")
    next(client.receive(0))
    with open_client(desk, tmp_path) as after_a_crash:
        assert ids(after_a_crash) == ["n1", "n2"]


def test_handled_is_said_of_this_message(desk: Desk, client: Client) -> None:
    parcel = desk.forward("n1")
    for one in client.receive(0):
        one.handled()
    item = {"source": participant_urn(OTHER), "id": "n1", "sha256": sha256(parcel.body).hexdigest()}
    assert desk.reports(MessageType.RECEIPT_HANDLED) == [item]


@pytest.mark.parametrize("flaw", ["another's signature", "no signature", "a changed byte", "no JSON"])
def test_what_the_hub_did_not_sign_is_refused_and_what_comes_behind_it_is_given(
    desk: Desk, client: Client, flaw: str
) -> None:
    good = desk.forward("n1", signed_by=SigningKey.generate(desk.key.kid) if flaw == "another's signature" else None)
    bad = {
        "another's signature": good,
        "no signature": Parcel(good.body, good.signature, None, "n1"),
        "a changed byte": Parcel(good.body.replace(b'"a"', b'"b"'), good.signature, good.hub_signature, "n1"),
        "no JSON": Parcel(b"{", good.signature, good.hub_signature, "n1"),
    }[flaw]
    desk.waiting = [bad]
    desk.forward("n2")
    assert ids(client) == ["n2"]
    assert desk.refused == [bad]
    assert [item["id"] for item in desk.reports(MessageType.RECEIPT_COLLECTED)] == ["n2"]


# --- news of the hub -------------------------------------------------------------------------------------------------

CASE = {"case": "AIB-2026-000001", "at": "2026-11-02T10:00:00+00:00"}
CLOCK = {"id": "c1", "rule": "E06", "holder": OTHER, "end": "2027-02-02"}


def test_news_are_given_to_the_program_with_their_items(desk: Desk, client: Client) -> None:
    desk.answer(MessageType.CASE_OPENED, {"items": [CASE]})
    [news] = client.receive(0)
    assert (news.type, news.sender, news.items) == (MessageType.CASE_OPENED, HUB, [CASE])


def test_news_are_reported_collected_like_any_message(desk: Desk, client: Client) -> None:
    desk.answer(MessageType.CASE_OPENED, {"items": [CASE]})
    client.exchange()
    assert [item["source"] for item in desk.reports(MessageType.RECEIPT_COLLECTED)] == [participant_urn(HUB)]


def test_a_notice_has_no_items(desk: Desk, client: Client) -> None:
    desk.forward("n1")
    [notice] = client.receive(0)
    assert notice.items == []


def test_each_message_goes_to_the_handler_of_its_type(desk: Desk, client: Client) -> None:
    desk.forward("n1")
    desk.answer(MessageType.CLOCK_STARTED, {"items": [CLOCK]})
    desk.answer(MessageType.HEAD_SIGNED, {"items": [{"size": 1}]})
    notices: list[str] = []
    rules: list[str] = []
    client.dispatch(
        {
            MessageType.NOTICE_ISSUED: lambda one: notices.append(one.reference["id"]),
            MessageType.CLOCK_STARTED: lambda one: rules.extend(item["rule"] for item in one.items),
        },
        seconds=0,
    )
    assert (notices, rules) == (["n1"], ["E06"])
    assert ids(client) == []


# --- sending ---------------------------------------------------------------------------------------------------------


def test_what_has_no_answer_is_sent_again_byte_for_byte(desk: Desk, client: Client) -> None:
    client.send_notice(NOTICE)
    assert client.resend() == 1
    assert desk.handed[0] == desk.handed[1]


def test_what_is_answered_is_not_sent_again(desk: Desk, client: Client) -> None:
    sent = client.send_notice(NOTICE)
    desk.answer(MessageType.RECEIPT_ACCEPTED, {"message_id": sent, "recipients": [OTHER]})
    receipt = client.receipt(sent, 1)
    assert receipt is not None
    assert receipt.accepted
    assert client.resend() == 0


def test_a_rejection_shows_its_errors(desk: Desk, client: Client) -> None:
    sent = client.send_notice(NOTICE)
    error = {"code": "field.missing", "path": "/data/fields/grounds", "message": "Add it."}
    desk.answer(MessageType.RECEIPT_REJECTED, {"message_id": sent, "errors": [error]})
    receipt = client.receipt(sent, 1)
    assert receipt is not None
    assert (receipt.accepted, receipt.errors) == (False, [error])


def test_deliveries_add_up(desk: Desk, client: Client) -> None:
    sent = client.send_notice(NOTICE)
    for code in (OTHER, "EE-TTJA"):
        deliveries = [{"recipient": code, "received_at": "2026-11-02T10:00:00+00:00"}]
        desk.answer(MessageType.RECEIPT_DELIVERED, {"message_id": sent, "deliveries": deliveries})
    client.exchange()
    assert sorted(client.deliveries(sent)) == [OTHER, "EE-TTJA"]


def test_the_receipts_of_a_notice_say_its_case_and_its_clocks_as_they_begin(desk: Desk, client: Client) -> None:
    sent = client.send_notice(NOTICE)
    duty = {"id": "c0", "rule": "E05", "holder": ME, "end": None}
    accepted = {"message_id": sent, "recipients": [OTHER], "case": CASE["case"], "clocks": [duty]}
    desk.answer(MessageType.RECEIPT_ACCEPTED, accepted)
    delivery = {"recipient": OTHER, "received_at": "2026-11-02T10:00:00+00:00", "clocks": [CLOCK]}
    desk.answer(MessageType.RECEIPT_DELIVERED, {"message_id": sent, "deliveries": [delivery]})
    receipt = client.receipt(sent, 1)
    assert receipt is not None
    assert receipt.case == CASE["case"]
    assert client.clocks(sent) == [duty, CLOCK]


def test_a_notice_carries_case_marking_attachments_and_what_it_replaces(desk: Desk, client: Client) -> None:
    file = {"name": "report.pdf", "sha256": "a" * 64, "size": 7, "media_type": "application/pdf"}
    revision = {"of": {"source": participant_urn(ME), "id": "n0"}, "kind": "completion", "reason": "Now known."}
    client.send_notice(NOTICE, subject="AIB-2026-000001", marking="authorities", attachments=[file], revision=revision)
    said = decode(desk.handed[0][0])
    assert (said.subject, said.marking) == ("AIB-2026-000001", "authorities")
    assert said.data == {**NOTICE, "attachments": [file], "revision": revision}


def test_a_withdrawal_names_a_notice_of_ones_own_and_is_sent_again_until_answered(desk: Desk, client: Client) -> None:
    client.withdraw_notice("n1", "A mistake.")
    said = decode(desk.handed[0][0])
    assert said.type == MessageType.NOTICE_WITHDRAWN
    assert said.data == {"notice": {"source": participant_urn(ME), "id": "n1"}, "reason": "A mistake."}
    assert client.resend() == 1


def test_files_over_the_broker_need_the_hubs_address(client: Client) -> None:
    with pytest.raises(Invalid, match="web_url"):
        client.upload("report.pdf", b"x", "application/pdf")


def test_the_same_id_again_sends_the_same_bytes(desk: Desk, client: Client) -> None:
    for _ in range(2):
        client.send_notice(NOTICE, id_="incident-1")
    assert desk.handed[0] == desk.handed[1]


def test_the_same_id_for_other_content_is_refused_before_it_is_sent(desk: Desk, client: Client) -> None:
    client.send_notice(NOTICE, id_="incident-1")
    with pytest.raises(Invalid) as refused:
        client.send_notice(NOTICE | {"fields": {}}, id_="incident-1")
    assert refused.value.flaws[0].code == "id.reused"
    assert len(desk.handed) == 1


# --- the hub is away -------------------------------------------------------------------------------------------------


def test_a_short_absence_of_the_hub_is_waited_out(desk: Desk, client: Client) -> None:
    desk.away = 3
    client.send_notice(NOTICE)
    assert len(desk.handed) == 1


def test_what_could_not_be_handed_over_is_kept_and_sent_later(desk: Desk, client: Client) -> None:
    desk.away = 100
    with pytest.raises(Unavailable):
        client.send_notice(NOTICE)
    desk.away = 0
    assert client.resend() == 1
    assert len(desk.handed) == 1


def test_a_program_that_waits_without_end_outlives_the_hubs_absence(desk: Desk, client: Client) -> None:
    desk.away = 50
    desk.forward("n1")
    assert next(client.receive()).envelope.id == "n1"


def test_a_connection_lost_before_the_acknowledgement_costs_nothing(desk: Desk, client: Client) -> None:
    desk.forward("n1")
    desk.loses_next_acknowledgement = True
    client.exchange()
    assert ids(client) == ["n1"]
    assert desk.waiting == []


def test_over_the_broker_the_hubs_keys_must_be_given(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="JWKS"):
        Client.connect("amqp://FR-CNIL:x@127.0.0.1:1", ME, key=SigningKey.generate("FR-1"), inbox=tmp_path / "inbox")
