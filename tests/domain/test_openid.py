"""What an ID token, a logout token and an authorization response must say."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from hashlib import sha384
from typing import Any

import pytest

from board_hub.domain.openid import (
    LOGOUT_EVENT,
    Expected,
    Logout,
    Reason,
    SignInRefused,
    check_assurance,
    check_id_token,
    check_logout,
    check_response_issuer,
)

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
AT = int(NOW.timestamp())
ISSUER = "https://login.example.fr"
ID_TOKEN: dict[str, Any] = {
    "iss": ISSUER, "aud": "hub", "sub": "p1", "exp": AT + 300, "iat": AT, "nonce": "n", "auth_time": AT - 60,
}  # fmt: skip
LOGOUT: dict[str, Any] = {
    "iss": ISSUER, "aud": "hub", "iat": AT, "exp": AT + 120, "jti": "j1", "sub": "p1", "sid": "s1",
    "events": {LOGOUT_EVENT: {}},
}  # fmt: skip


def expected(**changes: Any) -> Expected:
    return Expected(**{"issuer": ISSUER, "client_id": "hub", "nonce": "n", "now": NOW} | changes)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"aud": ["hub"]},
        {"aud": ["hub", "other"], "azp": "hub"},
        {"iat": AT + 10},
        {"exp": AT - 9},
        {"iat": AT - 600},
        {"nbf": AT},
    ],
)
def test_an_id_token_as_it_must_be_is_taken(changes: dict[str, Any]) -> None:
    check_id_token(ID_TOKEN | changes, expected())


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": None},
        {"iss": ISSUER + "/"},
        {"aud": None},
        {"aud": "other"},
        {"aud": ["other"]},
        {"aud": ["hub", "other"]},
        {"aud": ["hub", "other"], "azp": "other"},
        {"azp": "other"},
        {"exp": None},
        {"exp": "soon"},
        {"exp": True},
        {"exp": AT - 11},
        {"iat": None},
        {"iat": AT + 11},
        {"iat": AT - 601},
        {"nbf": AT + 60},
        {"nonce": None},
        {"nonce": "other"},
        {"sub": None},
        {"sub": ""},
        {"sub": 5},
        {"sub": "x" * 256},
        {"sub": "a\nb"},
        {"at_hash": "wrong"},
    ],
    ids=str,
)
def test_an_id_token_with_a_wrong_claim_is_refused(changes: dict[str, Any]) -> None:
    claims = {name: value for name, value in (ID_TOKEN | changes).items() if value is not None}
    with pytest.raises(SignInRefused) as refused:
        check_id_token(claims, expected(access_token="t"))
    assert refused.value.reason == Reason.ID_TOKEN


def test_the_access_token_s_hash_is_by_the_algorithm_of_the_signature() -> None:
    half = urlsafe_b64encode(sha384(b"t").digest()[:24]).decode().rstrip("=")
    check_id_token(ID_TOKEN | {"at_hash": half}, expected(access_token="t", algorithm="ES384"))


@pytest.mark.parametrize("proven", [None, AT - 311, AT + 60, "now"])
def test_a_proof_too_old_or_without_a_moment_is_refused_where_age_matters(proven: object) -> None:
    claims = {name: value for name, value in (ID_TOKEN | {"auth_time": proven}).items() if value is not None}
    with pytest.raises(SignInRefused) as refused:
        check_id_token(claims, expected(most_age=300))
    assert refused.value.reason == Reason.TOO_OLD


def test_only_levels_of_assurance_that_are_listed_are_taken() -> None:
    assert check_assurance({"acr": "high"}, ["substantial", "high"]) == "high"
    for claims in ({"acr": "low"}, {"acr": "High"}, {"acr": ["high"]}, {}):
        with pytest.raises(SignInRefused) as refused:
            check_assurance(claims, ["substantial", "high"])
        assert refused.value.reason == Reason.ASSURANCE
    with pytest.raises(SignInRefused):
        check_assurance({"acr": "high"}, [])


@pytest.mark.parametrize(
    ("given", "promised", "fits"),
    [
        ([ISSUER], True, True),
        ([ISSUER], False, True),
        ([], False, True),
        ([], True, False),
        (["https://evil"], False, False),
        ([ISSUER, ISSUER], True, False),
    ],
)
def test_the_response_names_its_issuer_where_that_is_promised(given: list[str], promised: bool, fits: bool) -> None:
    if fits:
        check_response_issuer(given, issuer=ISSUER, promised=promised)
        return
    with pytest.raises(SignInRefused):
        check_response_issuer(given, issuer=ISSUER, promised=promised)


@pytest.mark.parametrize(
    ("changes", "subject", "sid"),
    [({}, "p1", "s1"), ({"sid": None}, "p1", None), ({"sub": None}, None, "s1"), ({"aud": ["hub"]}, "p1", "s1")],
)
def test_a_logout_token_says_what_ends(changes: dict[str, Any], subject: str | None, sid: str | None) -> None:
    claims = {name: value for name, value in (LOGOUT | changes).items() if value is not None}
    found = check_logout({"typ": "logout+jwt"}, claims, issuer=ISSUER, client_id="hub", now=NOW)
    assert found == Logout(subject, sid, "j1", AT + 120)


WRONG_LOGOUTS: list[tuple[str, dict[str, Any]]] = [
    ("JWT", {}),
    ("logout+jwt", {"iss": "https://evil"}),
    ("logout+jwt", {"aud": "other"}),
    ("logout+jwt", {"iat": None}),
    ("logout+jwt", {"iat": AT + 60}),
    ("logout+jwt", {"exp": None}),
    ("logout+jwt", {"exp": AT - 60}),
    ("logout+jwt", {"exp": AT + 7200}),
    ("logout+jwt", {"jti": None}),
    ("logout+jwt", {"jti": "x" * 201}),
    ("logout+jwt", {"events": None}),
    ("logout+jwt", {"events": [LOGOUT_EVENT]}),
    ("logout+jwt", {"events": {"other": {}}}),
    ("logout+jwt", {"events": {LOGOUT_EVENT: "x"}}),
    ("logout+jwt", {"sub": None, "sid": None}),
    ("logout+jwt", {"sub": 5}),
    ("logout+jwt", {"nonce": "n"}),
]


@pytest.mark.parametrize(("type_", "changes"), WRONG_LOGOUTS, ids=str)
def test_a_logout_token_with_a_flaw_ends_nothing(type_: str, changes: dict[str, Any]) -> None:
    claims = {name: value for name, value in (LOGOUT | changes).items() if value is not None}
    with pytest.raises(SignInRefused):
        check_logout({"typ": type_}, claims, issuer=ISSUER, client_id="hub", now=NOW)
