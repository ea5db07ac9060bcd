"""Comparing what is wanted with what is there."""

from copy import deepcopy
from typing import Any

import pytest

from messaging.drift import Kind, compare, user, with_password
from messaging.topology import Definitions, definitions


def wanted() -> Definitions:
    return {**definitions("FR-CNIL", administrator="root"), "users": [user("FR-CNIL", limits={"max-channels": 1})]}


def drifts(actual: Definitions) -> list[tuple[Kind, str]]:
    return [(drift.kind, drift.section) for drift in compare(wanted(), actual, users=["FR-CNIL"])]


def test_the_same_definitions_do_not_differ() -> None:
    assert drifts(wanted()) == []


@pytest.mark.parametrize(
    "section", ["users", "permissions", "parameters", "policies", "exchanges", "queues", "bindings"]
)
def test_one_thing_gone_is_missing(section: str) -> None:
    actual = wanted()
    actual[section].pop()
    assert drifts(actual) == [(Kind.MISSING, section)]


@pytest.mark.parametrize(
    ("section", "change"),
    [
        ("users", {"limits": {"max-channels": 2}}),
        ("users", {"tags": ["administrator"]}),
        ("permissions", {"read": "nothing"}),
        ("parameters", {"value": {}}),
        ("policies", {"priority": 1}),
        ("exchanges", {"type": "topic"}),
        ("queues", {"arguments": {}}),
    ],
)
def test_one_thing_changed_is_different(section: str, change: dict[str, Any]) -> None:
    actual = deepcopy(wanted())
    actual[section][0].update(change)
    assert drifts(actual) == [(Kind.DIFFERENT, section)]


def test_a_binding_with_other_arguments_is_one_more_binding() -> None:
    actual = wanted()
    actual["bindings"].append({**actual["bindings"][0], "arguments": {"x": 1}})
    assert drifts(actual) == [(Kind.STRAY, "bindings")]


def test_what_is_in_another_virtual_host_is_no_concern() -> None:
    actual = wanted()
    actual["queues"].append({**actual["queues"][0], "vhost": "p.DE-BNETZA"})
    actual["users"].append({"name": "somebody", "tags": ["administrator"], "limits": {}})
    assert drifts(actual) == []


def test_what_a_newer_broker_tells_beyond_our_words_does_not_matter() -> None:
    actual = wanted()
    actual["vhosts"] = [{**actual["vhosts"][0], "metadata": {"tags": []}, "default_queue_type": "classic"}]
    assert drifts(actual) == []


@pytest.mark.parametrize("password", ["secret", "", "ü🜁", None])
def test_a_password_the_broker_has_already_is_not_written_again(password: str | None) -> None:
    bare = user("FR-CNIL", limits={})
    written = with_password(bare, password, {"users": []})
    assert with_password(bare, password, {"users": [written]}) == written


@pytest.mark.parametrize(("old", "new"), [("secret", "other"), ("secret", None), (None, "secret"), (None, "")])
def test_another_password_is_written(old: str | None, new: str | None) -> None:
    bare = user("FR-CNIL", limits={})
    written = with_password(bare, old, {"users": []})
    assert with_password(bare, new, {"users": [written]})["password_hash"] != written["password_hash"]


def test_a_drift_says_what_is_wrong_and_where() -> None:
    actual = wanted()
    actual["bindings"].pop(0)
    first = next(iter(compare(wanted(), actual, users=["FR-CNIL"])))
    assert str(first) == "binding to-hub -> to-hub in p.FR-CNIL is missing"
