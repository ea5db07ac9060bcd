"""The published messages are all the types there are, each where it goes; their schemas say what the hub says."""

import pytest
from jsonschema import Draft202012Validator

from board_hub.domain.envelope import NEWS, RECEIPTS_OF_HUB, MessageType
from board_hub.law.asyncapi import asyncapi_document
from board_hub.law.catalogue import Catalogue
from board_hub.law.receipt_schema import PREFIX

MOST_BYTES = 2_000_000
"""A document that editors and generators still open."""


def name(type_: MessageType) -> str:
    return type_.removeprefix(PREFIX).removesuffix(".v1")


@pytest.mark.parametrize("type_", sorted(NEWS | RECEIPTS_OF_HUB))
def test_what_the_hub_says_comes_from_it_and_is_never_sent_to_it(catalogue: Catalogue, type_: MessageType) -> None:
    channels = asyncapi_document(catalogue)["channels"]
    assert name(type_) in channels["fromHub"]["messages"]
    assert name(type_) not in channels["toHub"]["messages"]


def test_a_withdrawal_goes_both_ways(catalogue: Catalogue) -> None:
    channels = asyncapi_document(catalogue)["channels"]
    assert all(name(MessageType.NOTICE_WITHDRAWN) in channel["messages"] for channel in channels.values())


def test_every_type_of_message_is_in_the_document(catalogue: Catalogue) -> None:
    messages = asyncapi_document(catalogue)["components"]["messages"]
    assert {name(type_) for type_ in MessageType if type_ is not MessageType.NOTICE_ISSUED} <= messages.keys()


def test_every_message_belongs_to_an_operation(catalogue: Catalogue) -> None:
    document = asyncapi_document(catalogue)
    used = {
        one["$ref"].rpartition("/")[2] for operation in document["operations"].values() for one in operation["messages"]
    }
    assert used == document["components"]["messages"].keys()


def test_every_schema_is_one(catalogue: Catalogue) -> None:
    for schema in asyncapi_document(catalogue)["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_an_envelope_with_an_unknown_attribute_or_marking_is_refused(catalogue: Catalogue) -> None:
    document = asyncapi_document(catalogue)
    ping = document["components"]["messages"]["ping.sent"]["payload"]
    check = Draft202012Validator({**ping, "components": document["components"]})
    good = {
        "specversion": "1.0",
        "id": "p1",
        "source": "urn:aiboard:participant:FR-CNIL",
        "type": "eu.aiboard.ping.sent.v1",
        "time": "2026-11-02T09:30:00Z",
        "data": {},
    }
    assert check.is_valid(good)
    assert check.is_valid(good | {"marking": "restricted"})
    assert not check.is_valid(good | {"marking": "secret"})
    assert not check.is_valid(good | {"colour": "red"})
    assert not check.is_valid(good | {"type": "eu.aiboard.notice.issued.v1"})


def test_the_document_stays_small_enough_to_open(catalogue: Catalogue) -> None:
    assert len(str(asyncapi_document(catalogue))) < MOST_BYTES
