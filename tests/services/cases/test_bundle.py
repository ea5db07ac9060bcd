"""The evidence bundle: whole, checked with public keys alone, holding nothing unreadable; one changed byte is seen."""

import json
from collections.abc import Mapping
from random import Random

import pytest
from sqlmodel import col, select

from board_hub.domain.envelope import MessageType
from board_hub.domain.errors import NotFound
from board_hub.domain.events import HUB
from board_hub.services.access import reader_of
from board_hub.services.cases import bundle_format as layout
from board_hub.services.cases.bundle import collect_evidence, write_bundle
from board_hub.services.cases.bundle_check import check_bundle
from board_hub.services.exchange.signing import SigningKey
from board_hub.services.operation.evidence import sign_head
from board_hub.services.unit_of_work import Hub
from board_hub.store.tables import EvidenceLeaf
from tests.support.cases import Sent, issue, transmit
from tests.support.hub import AIO, DE, EE, FR, Party, join_four

TEXTS = {layout.README: "Read me.", layout.SUMMARY: "<!doctype html><title>Summary</title>"}


@pytest.fixture
def parties(sqlite_hub: Hub) -> dict[str, Party]:
    return join_four(sqlite_hub)


@pytest.fixture
def opened(sqlite_hub: Hub, parties: dict[str, Party]) -> Sent:
    """A case that all four read, with a message that only France and Estonia do, and a head signed in between."""
    sent = issue(sqlite_hub, parties[FR])
    with sqlite_hub.work(HUB) as uow:
        sign_head(uow)
        uow.commit()
    secret = "Between France and Estonia"
    issue(sqlite_hub, parties[FR], "informal-message", fields={"subject": secret}, subject=sent.case, to=[EE])
    return sent


def export(hub: Hub, code: str, reference: str) -> bytes:
    with hub.work(HUB) as uow:
        reader = reader_of([uow.directory.participants[code]])
        written = write_bundle(uow, reader, collect_evidence(uow, reader, reference), texts=TEXTS)
        uow.commit()
    return written


def types_in(content: bytes) -> list[str]:
    manifest = json.loads(layout.unpack(content)[layout.MANIFEST])
    return [one["type"].removeprefix("eu.aiboard.").removesuffix(".v1") for one in manifest["messages"]]


def repacked(content: bytes, changes: Mapping[str, bytes | None]) -> bytes:
    """The bundle with files replaced or (None) taken out, as somebody with the hub's program could write it."""
    files = layout.unpack(content) | changes
    return layout.pack({name: one for name, one in files.items() if one is not None})


def test_what_the_hub_exports_is_clean_with_the_hubs_public_key_alone(sqlite_hub: Hub, opened: Sent) -> None:
    content = export(sqlite_hub, FR, opened.case)
    report = check_bundle(content, [sqlite_hub.key.public_jwk()])
    assert report.clean, report.differences
    assert (report.case, report.messages, report.exported_for) == (opened.case, len(types_in(content)), (FR,))
    assert report.trusted
    assert report.hub_keys == (sqlite_hub.key.thumbprint(),)


def test_the_exact_bytes_and_the_receipts_to_the_reader_are_in_it(sqlite_hub: Hub, opened: Sent) -> None:
    content = export(sqlite_hub, FR, opened.case)
    assert opened.body in layout.unpack(content).values()
    assert sorted(types_in(content)) == ["notice.issued"] * 2 + ["receipt.accepted"] * 2 + ["receipt.delivered"] * 2


def test_what_the_reader_may_not_read_is_not_in_it(sqlite_hub: Hub, opened: Sent) -> None:
    content = export(sqlite_hub, DE, opened.case)
    assert types_in(content) == ["notice.issued"]
    assert b"Between France and Estonia" not in content
    assert check_bundle(content, [sqlite_hub.key.public_jwk()]).clean


def test_a_withdrawal_is_in_it(sqlite_hub: Hub, parties: dict[str, Party], opened: Sent) -> None:
    words = {"notice": opened.reference, "reason": "Sent by mistake."}
    assert transmit(sqlite_hub, parties[FR], words, type_=MessageType.NOTICE_WITHDRAWN).outcome.accepted
    content = export(sqlite_hub, DE, opened.case)
    assert types_in(content) == ["notice.issued", "notice.withdrawn"]
    assert check_bundle(content, [sqlite_hub.key.public_jwk()]).clean


def test_a_case_one_does_not_know_cannot_be_exported(sqlite_hub: Hub, parties: dict[str, Party]) -> None:
    private = issue(sqlite_hub, parties[FR], "informal-message", to=[EE])
    with pytest.raises(NotFound):
        export(sqlite_hub, AIO, private.case)


def test_the_export_is_on_record(sqlite_hub: Hub, opened: Sent) -> None:
    export(sqlite_hub, FR, opened.case)
    with sqlite_hub.work(HUB) as uow:
        statement = select(EvidenceLeaf).where(col(EvidenceLeaf.subject) == opened.case)
        entries = [json.loads(leaf.entry) for leaf in uow.session.execute(statement).scalars()]
    assert [entry["detail"] for entry in entries if entry["event"] == "case:exported"] == [{"for": [FR], "messages": 6}]


def test_one_changed_byte_anywhere_is_seen(sqlite_hub: Hub, opened: Sent) -> None:
    content, chance = export(sqlite_hub, DE, opened.case), Random(79)
    trusted = [sqlite_hub.key.public_jwk()]
    places = {0, len(content) - 1, *range(0, len(content), 97), *(chance.randrange(len(content)) for _ in range(100))}
    for place in sorted(places):
        changed = bytearray(content)
        changed[place] ^= 1 << chance.randrange(8)
        assert not check_bundle(bytes(changed), trusted).clean, place


@pytest.mark.parametrize("ending", [".json", ".json.jws", ".json.hub.jws"])
def test_a_missing_file_is_seen(sqlite_hub: Hub, opened: Sent, ending: str) -> None:
    content = export(sqlite_hub, DE, opened.case)
    name = next(name for name in layout.unpack(content) if name.startswith("messages/") and name.endswith(ending))
    assert not check_bundle(repacked(content, {name: None}), [sqlite_hub.key.public_jwk()]).clean


def test_files_added_or_cut_off_are_seen(sqlite_hub: Hub, opened: Sent) -> None:
    content, trusted = export(sqlite_hub, DE, opened.case), [sqlite_hub.key.public_jwk()]
    assert not check_bundle(repacked(content, {"more.txt": b"more"}), trusted).clean
    for wrong in (content + b"\0", content[:-1], content[: len(content) // 2], b"", b"PK\3\4", b"{}"):
        assert not check_bundle(wrong, trusted).clean


def test_a_bundle_signed_anew_by_somebody_else_needs_the_hubs_real_key(sqlite_hub: Hub, opened: Sent) -> None:
    content, forger = export(sqlite_hub, DE, opened.case), SigningKey.generate(sqlite_hub.key.kid)
    files = layout.unpack(content)
    keys = json.loads(files[layout.KEYS])
    keys["EU-HUB"][0] |= forger.public_jwk()
    forged = repacked(content, {layout.KEYS: json.dumps(keys).encode()})
    report = check_bundle(forged, [sqlite_hub.key.public_jwk()])
    assert not report.clean
    alone = check_bundle(forged)
    assert not alone.trusted
    assert alone.hub_keys == (forger.thumbprint(),)


def test_without_a_key_from_elsewhere_the_report_says_so(sqlite_hub: Hub, opened: Sent) -> None:
    report = check_bundle(export(sqlite_hub, DE, opened.case))
    assert report.clean
    assert not report.trusted
