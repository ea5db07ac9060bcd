"""The participants' receipts: the gate and the published JSON Schema say the same."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from board_hub.domain.errors import Invalid
from board_hub.law.asyncapi import asyncapi_document
from board_hub.law.loader import load_catalogue
from board_hub.law.receipt_schema import MAX_ITEMS
from board_hub.services.exchange.message_schemas import check_ping, check_receipt_items

ITEM = {"source": "urn:aiboard:participant:FR-CNIL", "id": "n1", "sha256": "a" * 64}
WRONG: list[dict[str, Any]] = [
    {},
    {"items": []},
    {"items": [ITEM] * (MAX_ITEMS + 1)},
    {"items": [ITEM], "more": 1},
    {"items": ITEM},
    {"items": [{**ITEM, "sha256": "A" * 64}]},
    {"items": [{**ITEM, "id": None}]},
    {"items": [{**ITEM, "source": "FR-CNIL"}]},
    {"items": [{**ITEM, "note": "x"}]},
    {"items": [{"id": "n1"}]},
]


def published() -> Any:
    """The JSON Schema of `collected`'s data as the AsyncAPI document has it."""
    document = asyncapi_document(load_catalogue())
    schemas = document["components"]["schemas"]
    name = next(
        name for name in schemas if "collected" in name.lower() or "items" in schemas[name].get("properties", {})
    )
    return {**schemas[name], "components": document["components"]}


def test_a_receipt_names_messages_by_source_id_and_digest() -> None:
    assert check_receipt_items({"items": [ITEM]}) == [ITEM]


@pytest.mark.parametrize("content", WRONG)
def test_a_wrong_receipt_is_refused_with_a_path_below_data(content: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refusal:
        check_receipt_items(content)
    assert all(flaw.path.startswith("/data") for flaw in refusal.value.flaws)


@pytest.mark.parametrize("content", WRONG)
def test_the_published_schema_refuses_what_the_gate_refuses(content: dict[str, Any]) -> None:
    assert not Draft202012Validator(published()).is_valid(content)


def test_the_published_schema_takes_what_the_gate_takes() -> None:
    Draft202012Validator(published()).validate({"items": [ITEM]})


def test_a_ping_carries_nothing() -> None:
    check_ping({})
    with pytest.raises(Invalid):
        check_ping({"hello": 1})
