"""What a sender can get wrong over HTTPS: its own code and path, quarantine, the sender told; a good one passes."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import OctKey
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from board_hub.domain.events import HUB
from board_hub.http.submission import submit
from board_hub.services import directory
from board_hub.services.bootstrap import prepare
from board_hub.services.signing import SigningKey
from board_hub.services.unit_of_work import Hub
from board_hub.store.tables import Message, Quarantine
from tests.api.calls import Stage, System, base64url, content_of, stage
from tests.support.hub import DE, FR, Party, join, join_four, notice, sqlite_settings


@dataclass(frozen=True)
class Sender:
    """France, signed in, with what a bad message is made of."""

    stage: Stage
    system: System
    revoked: SigningKey

    @property
    def key(self) -> SigningKey:
        return self.system.party.key

    def good(self, **changes: Any) -> dict[str, Any]:
        """A good notice's content; changes to envelope attributes, None takes one out."""
        content = json.loads(notice(self.stage.hub)) | changes
        return {name: value for name, value in content.items() if value is not None}

    def body(self, **changes: Any) -> bytes:
        return json.dumps(self.good(**changes)).encode()

    def with_fields(self, **changes: Any) -> bytes:
        content = self.good()
        content["data"]["fields"] |= changes
        fields = content["data"]["fields"]
        content["data"]["fields"] = {name: value for name, value in fields.items() if value is not None}
        return json.dumps(content).encode()

    def raw(self, inside: bytes) -> bytes:
        """A good notice with these bytes as one more value in its data."""
        return self.body().replace(b'"notice_type"', b'"x": ' + inside + b', "notice_type"', 1)


@dataclass(frozen=True)
class Bad:
    """A message and what is wrong with it. A signature of None is a good one over the body."""

    name: str
    code: str
    path: str
    body: Callable[[Sender], bytes]
    signature: Callable[[Sender, bytes], str] | None = None
    status: int = 422


def moment(after: timedelta) -> Callable[[Sender], bytes]:
    return lambda sender: sender.body(time=(sender.stage.clock() + after).isoformat())


def header_of(**header: Any) -> str:
    return base64url(json.dumps(header).encode())


def hs256(sender: Sender, body: bytes) -> str:
    secret = OctKey.import_key(json.dumps(sender.key.public_jwk()))
    whole = jws.serialize_compact({"alg": "HS256", "kid": sender.key.kid}, body[:100], secret)
    head, _, signature = whole.split(".")
    return f"{head}..{signature}"


def embedded(sender: Sender, body: bytes) -> str:
    _, signature = sender.key.sign(body).split("..")
    return f"{header_of(alg='ES256', kid=sender.key.kid, jwk=sender.key.public_jwk())}..{signature}"


def other_sha(sender: Sender, body: bytes) -> str:
    return sender.key.sign(body[:-1] + b" }")


def wrong_signature(sender: Sender, body: bytes) -> str:
    head, _ = sender.key.sign(body).split("..")
    _, other = sender.key.sign(b"other").split("..")
    return f"{head}..{other}"


def deep(sender: Sender) -> bytes:
    return sender.raw(b"[" * 300 + b"]" * 300)


REFUSALS = [
    Bad("no signature", "signature.missing", "/x-jws-signature", Sender.body, lambda _s, _b: ""),
    Bad("rubbish for a signature", "signature.malformed", "/x-jws-signature", Sender.body, lambda _s, _b: "x"),
    Bad("wrong signature", "signature.invalid", "/x-jws-signature", Sender.body, wrong_signature),
    Bad(
        "unknown key",
        "key.unknown",
        "/x-jws-signature",
        Sender.body,
        lambda _s, body: SigningKey.generate("nobodys").sign(body),
    ),
    Bad(
        "foreign key under a known name",
        "signature.invalid",
        "/x-jws-signature",
        Sender.body,
        lambda sender, body: SigningKey.generate(sender.key.kid).sign(body),
    ),
    Bad("revoked key", "key.revoked", "/x-jws-signature", Sender.body, lambda sender, body: sender.revoked.sign(body)),
    Bad(
        "alg none",
        "signature.algorithm",
        "/x-jws-signature",
        Sender.body,
        lambda sender, _: f"{header_of(alg='none', kid=sender.key.kid)}..",
    ),
    Bad("HS256", "signature.algorithm", "/x-jws-signature", Sender.body, hs256),
    Bad("embedded key", "signature.embedded_key", "/x-jws-signature", Sender.body, embedded),
    Bad("changed byte", "body.changed", "/x-jws-signature", Sender.body, other_sha),
    Bad(
        "another's name",
        "source.mismatch",
        "/source",
        lambda sender: sender.body(source=f"urn:aiboard:participant:{DE}"),
    ),
    Bad("missing field", "field.missing", "/data/fields/grounds", lambda sender: sender.with_fields(grounds=None)),
    Bad("unknown field", "field.unknown", "/data/fields/grund", lambda sender: sender.with_fields(grund="x")),
    Bad("unknown code", "code.unknown", "/data/fields/grounds/0", lambda sender: sender.with_fields(grounds=["x"])),
    Bad("unknown attribute", "envelope.unknown", "/extra", lambda sender: sender.body(extra="x")),
    Bad(
        "unknown type",
        "type.unknown",
        "/type",
        lambda sender: sender.body(type="eu.aiboard.coffee.made.v1"),
    ),
    Bad(
        "wrong version of the type",
        "version.unknown",
        "/type",
        lambda sender: sender.body(type="eu.aiboard.notice.issued.v2"),
    ),
    Bad(
        "wrong law version",
        "version.unknown",
        "/data/law_version",
        lambda sender: sender.body(data=sender.good()["data"] | {"law_version": "1999-01-01"}),
    ),
    Bad("null id", "envelope.missing", "/id", lambda sender: json.dumps(sender.good() | {"id": None}).encode()),
    Bad("2 MB", "body.too_large", "", lambda sender: sender.raw(b'"' + b"x" * 2_000_000 + b'"'), status=413),
    Bad("invalid UTF-8", "json.invalid_utf8", "", lambda sender: sender.raw(b'"\xff"')),
    Bad("NUL", "json.nul", "/data/x", lambda sender: sender.raw(rb'"\u0000"')),
    Bad("lone surrogate", "json.surrogate", "/data/x", lambda sender: sender.raw(rb'"\ud800"')),
    Bad("duplicate key", "json.duplicate_key", "/data/x", lambda sender: sender.raw(b'1, "x": 2')),
    Bad("NaN", "json.not_finite", "/data/x", lambda sender: sender.raw(b"NaN")),
    Bad("5,000 digits", "json.integer_range", "/data/x", lambda sender: sender.raw(b"9" * 5000)),
    Bad("depth 300", "json.too_deep", "", deep),
    Bad("no JSON", "json.invalid", "", lambda _: b"{"),
    Bad("nothing", "json.invalid", "", lambda _: b""),
    Bad("no object", "json.not_an_object", "", lambda _: b"[]"),
    Bad("future", "time.future", "/time", moment(timedelta(minutes=5))),
    Bad("ancient", "time.ancient", "/time", moment(timedelta(hours=-25))),
]


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def sender(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sender]:
    """One hub for all refusals of a database: what came before must not matter to what comes next."""
    folder = tmp_path_factory.mktemp("refusals")
    settings = sqlite_settings(folder)
    server = None
    if request.param == "postgres":
        server = request.getfixturevalue("postgres_server")
        server.drop_database("refusals")
        settings = sqlite_settings(folder, database_url=server.create_database("refusals"))
    here = stage(prepare(settings), folder)
    join_four(here.hub)
    used, revoked = SigningKey.generate("FR-CNIL-used"), SigningKey.generate("FR-CNIL-lost")
    with here.hub.work(HUB) as uow:
        for key in (used, revoked):
            directory.add_key(uow, FR, key.kid, jwk=key.public_jwk(), valid_from=uow.now - timedelta(days=30))
        directory.revoke_key(uow, revoked.kid, "lost")
        uow.commit()
    yield Sender(here, here.sign_in(Party(FR, used)), revoked)
    here.hub.engine.dispose()
    if server is not None:
        server.drop_database("refusals")


def quarantined(sender: Sender) -> list[Quarantine]:
    with Session(sender.stage.hub.engine) as session:
        return list(session.execute(select(Quarantine).order_by(col(Quarantine.id))).scalars())


def receipt_in_mailbox(sender: Sender, receipt_id: str) -> dict[str, Any]:
    """The sender's own copy of a receipt of the hub."""
    with Session(sender.stage.hub.engine) as session:
        ids = session.execute(select(col(Message.id)).where(col(Message.message_id) == receipt_id)).scalars().all()
    cursor = base64url((ids[0].int - 1).to_bytes(16, "big"))
    [item] = sender.system.mailbox(f"?limit=1&cursor={cursor}")
    return content_of(item)


@pytest.mark.parametrize("bad", REFUSALS, ids=lambda bad: bad.name)
def test_it_is_refused_with_its_own_code_kept_and_told_and_a_good_one_passes(sender: Sender, bad: Bad) -> None:
    body = bad.body(sender)
    signature = bad.signature(sender, body) if bad.signature else None
    before = len(quarantined(sender))

    answer = sender.system.send(body, signature)
    assert answer.status_code == bad.status, answer.text
    assert answer.content_type == "application/problem+json"
    assert (bad.code, bad.path) in [(error["code"], error["path"]) for error in answer.json["errors"]]

    kept = quarantined(sender)[before:]
    assert [(row.body, row.participant) for row in kept] == [(body, FR)]

    receipt = receipt_in_mailbox(sender, answer.json["receipt_id"])
    assert receipt["type"] == "eu.aiboard.receipt.rejected.v1"
    assert receipt["data"]["errors"] == answer.json["errors"]

    assert sender.system.send(notice(sender.stage.hub)).status_code == 202


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
