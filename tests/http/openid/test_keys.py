"""A provider's keys: rotation is followed, withdrawal honoured in time, and nobody makes the hub fetch at will."""

import json
from base64 import urlsafe_b64encode

import pytest
from werkzeug.wrappers import Response

from board_hub.domain.openid import Reason, SignInRefused
from tests.http.openid.conftest import Stage
from tests.support.provider import new_key


def test_a_new_key_is_found_at_once(stage: Stage) -> None:
    stage.sign_in()
    stage.clock.pass_(minutes=2)
    stage.provider.keys = [new_key("second")]
    assert stage.sign_in().subject == "person-1"
    assert stage.provider.seen["/jwks"] == 2


def test_keys_are_not_fetched_for_each_sign_in_but_every_five_minutes(stage: Stage) -> None:
    for _ in range(4):
        stage.sign_in()
        stage.clock.pass_(minutes=2)
    assert stage.provider.seen["/jwks"] == 2


def test_a_thousand_tokens_with_made_up_keys_cost_one_fetch_a_minute(stage: Stage) -> None:
    stage.sign_in()
    stage.clock.pass_(minutes=2)
    before, wrong = stage.provider.seen["/jwks"], 0
    for number in range(1000):
        try:
            stage.client.read_logout(f"{_header(number)}.e30.AAAA")
        except SignInRefused:
            wrong += 1
    assert wrong == 1000
    assert stage.provider.seen["/jwks"] - before == 1


def _header(number: int) -> str:
    return urlsafe_b64encode(json.dumps({"alg": "ES256", "kid": f"k{number}"}).encode()).decode().rstrip("=")


def test_a_withdrawn_key_is_honoured_no_longer_than_five_minutes(stage: Stage) -> None:
    stolen = stage.provider.keys[0]
    stage.sign_in()
    stage.provider.keys = [new_key("second")]
    stage.clock.pass_(minutes=5, seconds=1)
    stage.provider.keys.insert(0, stolen)
    token = stage.provider.logout_token()
    stage.provider.keys.pop(0)
    with pytest.raises(SignInRefused) as refused:
        stage.client.read_logout(token)
    assert refused.value.reason == Reason.ID_TOKEN


def test_keys_that_cannot_be_fetched_again_serve_for_fifteen_minutes(stage: Stage) -> None:
    stage.sign_in()
    stage.provider.before = lambda path: Response("", 503) if path == "/jwks" else None
    stage.clock.pass_(minutes=14)
    assert stage.client.read_logout(stage.provider.logout_token()).subject == "person-1"
    stage.clock.pass_(minutes=2)
    with pytest.raises(SignInRefused) as refused:
        stage.client.read_logout(stage.provider.logout_token())
    assert refused.value.reason == Reason.PROVIDER_AWAY


def test_a_set_with_strange_keys_still_gives_the_good_ones(stage: Stage) -> None:
    def strange(path: str) -> Response | None:
        if path != "/jwks":
            return None
        good = stage.provider.keys[0].as_dict(private=False)
        others = [{"kty": "oct", "k": "AAAA", "kid": "first"}, {"kty": "XX"}, {"kty": "EC", "crv": "P-256"}, 5]
        encryption = good | {"use": "enc", "kid": "enc"}
        return Response(json.dumps({"keys": [*others, encryption, good]}))

    stage.provider.before = strange
    assert stage.sign_in().subject == "person-1"


def test_a_key_set_without_keys_is_a_provider_that_is_wrong(stage: Stage) -> None:
    stage.provider.before = lambda path: Response("{}") if path == "/jwks" else None
    with pytest.raises(SignInRefused) as refused:
        stage.sign_in()
    assert refused.value.reason == Reason.PROVIDER_WRONG
