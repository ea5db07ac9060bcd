"""Claim rules: which values a claim has, found by its name or path."""

import pytest

from board_hub.domain.claim_rules import matches, values_at

CLAIMS = {
    "groups": ["handlers", "readers"],
    "department": "AI",
    "resource_access": {"hub": {"roles": ["a"]}},
    "https://claims.example/roles": ["b"],
    "https://claims.example/org": {"unit.code": "7"},
    "admin": True,
    "number": 7,
    "nothing": None,
    "nested": [["x"]],
}


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("groups", ("handlers", "readers")),
        ("department", ("AI",)),
        ("resource_access.hub.roles", ("a",)),
        ("https://claims.example/roles", ("b",)),
        ("https://claims.example/org.unit.code", ("7",)),
        ("admin", ("true",)),
        ("number", ("7",)),
        ("nothing", ()),
        ("nested", ()),
        ("absent", ()),
        ("groups.x", ()),
        ("resource_access", ()),
        ("", ()),
    ],
)
def test_values_are_found_by_name_or_path(path: str, values: tuple[str, ...]) -> None:
    assert values_at(CLAIMS, path) == values


def test_a_value_matches_whole_and_in_its_case() -> None:
    assert matches(CLAIMS, "groups", "handlers")
    assert not matches(CLAIMS, "groups", "Handlers")
    assert not matches(CLAIMS, "groups", "handler")
