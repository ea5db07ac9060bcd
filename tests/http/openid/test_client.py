"""The hub's side of OpenID Connect against a provider that does each thing wrong in turn."""

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from werkzeug.wrappers import Response

from board_hub.domain.openid import Reason, SignInRefused
from board_hub.http.openid import transport
from board_hub.http.openid.client import ProviderClient
from board_hub.services.unit_of_work import Hub
from tests.http.openid.conftest import Clock, Stage, row_of
from tests.support.provider import GONE, HIGH, LOW, Providers, new_key, query_of


def refusal(act: Callable[[], object]) -> SignInRefused:
    with pytest.raises(SignInRefused) as refused:
        act()
    return refused.value


def test_a_person_is_proven_by_issuer_and_subject(stage: Stage) -> None:
    proof = stage.sign_in()
    assert (proof.issuer, proof.subject) == (stage.provider.issuer, "person-1")
    assert proof.claims["name"] == "Camille Martin"
    assert proof.sid == "provider-session-1"
    assert proof.refresh_token is None


def test_the_request_carries_what_ties_the_answer_to_it(stage: Stage) -> None:
    asked = query_of(stage.client.authorization_address(state="s", nonce="n", verifier="v" * 43, prompt="none"))
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert "v" * 43 not in asked.values()
    assert {asked["state"], asked["nonce"], asked["prompt"]} == {"s", "n", "none"}
    assert asked["acr_values"].split()[-1] == HIGH
    assert "max_age" not in asked


def test_the_hub_proves_itself_by_a_fresh_assertion_for_the_issuer(stage: Stage, sqlite_hub: Hub) -> None:
    stage.sign_in()
    stage.sign_in()
    key = ECKey.import_key(dict(sqlite_hub.key.public_jwk()))
    first, second = (jwt.decode(form["client_assertion"], key, algorithms=["ES256"]) for form in stage.provider.forms)
    assert first.header["kid"] == sqlite_hub.key.kid
    assert first.claims["aud"] == stage.provider.issuer
    assert first.claims["exp"] - int(time.time()) <= 60
    assert first.claims["jti"] != second.claims["jti"]


def test_a_client_secret_is_kept_sealed_and_sent_in_the_header(
    fake_providers: Providers, sqlite_hub: Hub, clock: Clock
) -> None:
    provider, given = fake_providers.add(clock=clock), []
    row = row_of(provider, clock, authentication="client_secret_basic", secret_sealed=sqlite_hub.sealer.seal(b"secret"))
    with transport.open_session(row, key=sqlite_hub.key, sealer=sqlite_hub.sealer) as session:
        session.hooks["response"] = [lambda answer, **_: given.append(answer.request.headers["Authorization"])]
        with pytest.raises(SignInRefused), transport.token_call():
            session.fetch_token(f"{provider.issuer}/token", grant_type="authorization_code", code="x")
    assert given == ["Basic Ym9hcmQtaHViOnNlY3JldA=="]


CLAIMS: list[tuple[dict[str, Any], Reason]] = [
    ({"iss": "https://evil.example"}, Reason.ID_TOKEN),
    ({"iss": GONE}, Reason.ID_TOKEN),
    ({"aud": "other"}, Reason.ID_TOKEN),
    ({"aud": ["board-hub", "other"]}, Reason.ID_TOKEN),
    ({"azp": "other"}, Reason.ID_TOKEN),
    ({"exp": 1}, Reason.ID_TOKEN),
    ({"exp": GONE}, Reason.ID_TOKEN),
    ({"iat": 2**32}, Reason.ID_TOKEN),
    ({"iat": GONE}, Reason.ID_TOKEN),
    ({"nonce": "other"}, Reason.ID_TOKEN),
    ({"nonce": GONE}, Reason.ID_TOKEN),
    ({"sub": GONE}, Reason.ID_TOKEN),
    ({"at_hash": "wrong"}, Reason.ID_TOKEN),
    ({"acr": LOW}, Reason.ASSURANCE),
    ({"acr": "unknown"}, Reason.ASSURANCE),
    ({"acr": GONE}, Reason.ASSURANCE),
]


@pytest.mark.parametrize(("changes", "reason"), CLAIMS, ids=str)
def test_a_wrong_claim_is_refused(stage: Stage, changes: dict[str, Any], reason: Reason) -> None:
    stage.provider.claims = changes
    assert refusal(stage.sign_in).reason == reason


def test_without_at_hash_or_acr_demands_a_token_is_taken_as_the_standard_says(stage: Stage) -> None:
    stage.provider.claims = {"at_hash": GONE, "sid": GONE, "auth_time": GONE}
    assert stage.sign_in().proven_at is None


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_no_signature_and_no_shared_secret_is_taken_whatever_the_metadata_say(stage: Stage, algorithm: str) -> None:
    stage.provider.header = {"alg": algorithm}
    stage.client.provider.algorithms = ["ES256", algorithm]
    assert "algorithm" in str(refusal(stage.sign_in))


def test_a_good_signature_by_an_algorithm_that_is_not_pinned_is_refused(stage: Stage) -> None:
    stage.client.provider.algorithms = ["RS256", "PS256"]
    assert "algorithm" in str(refusal(stage.sign_in))


@pytest.mark.parametrize(
    "header", [{"jwk": {"kty": "EC"}}, {"jku": "https://evil"}, {"crit": ["x"], "x": 1}, {"kid": 5}, {"kid": "unknown"}]
)
def test_a_header_that_brings_its_own_rules_or_keys_is_refused(stage: Stage, header: dict[str, Any]) -> None:
    token = stage.provider.sign({"iss": "x"})
    stage.provider.answer = {"id_token": _with_header(token, header)}
    assert refusal(stage.sign_in).reason == Reason.ID_TOKEN


def _with_header(token: str, header: dict[str, Any]) -> str:
    written = json.dumps({"alg": "ES256"} | header).encode()
    return ".".join([urlsafe_b64encode(written).decode().rstrip("="), *token.split(".")[1:]])


def test_a_token_signed_by_another_key_under_the_same_name_is_refused(stage: Stage) -> None:
    stage.provider.keys.insert(0, new_key("first"))
    token = stage.provider.id_token("n" * 43, "access-1")
    stage.provider.keys.pop(0)
    stage.provider.answer = {"id_token": token}
    assert "signature" in str(refusal(stage.sign_in))


@pytest.mark.parametrize("missing", ["id_token", "access_token"])
def test_a_missing_token_is_a_refusal_not_a_crash(stage: Stage, missing: str) -> None:
    stage.provider.answer = {missing: GONE}
    if missing == "id_token":
        assert refusal(stage.sign_in).reason == Reason.ID_TOKEN
    else:
        stage.provider.claims = {"at_hash": GONE}
        assert "name" in stage.sign_in().claims  # the id_token alone is enough; there is nothing to ask userinfo with


@pytest.mark.parametrize("userinfo", [{"sub": "somebody-else"}, {"sub": GONE}])
def test_userinfo_about_somebody_else_is_refused(stage: Stage, userinfo: dict[str, Any]) -> None:
    stage.provider.userinfo = userinfo
    assert refusal(stage.sign_in).reason == Reason.USERINFO


def test_what_the_signed_token_says_outweighs_userinfo(stage: Stage) -> None:
    stage.provider.userinfo = {"name": "Somebody Else", "email": "c@example.fr"}
    claims = stage.sign_in().claims
    assert (claims["name"], claims["email"]) == ("Camille Martin", "c@example.fr")


@pytest.mark.parametrize("verifier", ["", "w" * 43])
def test_a_wrong_or_missing_verifier_gets_no_token(stage: Stage, verifier: str) -> None:
    assert refusal(lambda: stage.sign_in(verifier=verifier)).reason == Reason.CODE_REFUSED


def test_a_code_works_once(stage: Stage) -> None:
    answer = stage.provider.authorize(stage.client.authorization_address(state="s", nonce="n", verifier="v" * 43))
    stage.client.exchange(answer["code"], verifier="v" * 43, nonce="n")
    again = refusal(lambda: stage.client.exchange(answer["code"], verifier="v" * 43, nonce="n"))
    assert again.reason == Reason.CODE_REFUSED


def test_an_old_proof_is_refused_where_age_is_limited(fake_providers: Providers, sqlite_hub: Hub, clock: Clock) -> None:
    provider = fake_providers.add(clock=clock)
    hub = replace(sqlite_hub, clock=clock)
    client = ProviderClient(row_of(provider, clock, most_age=60), hub, "http://hub.test/cb")
    stage = Stage(provider, client, clock)
    assert query_of(client.authorization_address(state="s", nonce="n", verifier="v" * 43))["max_age"] == "60"
    assert stage.sign_in().subject == "person-1"
    for late in (int(clock().timestamp()) - 3600, GONE):
        provider.claims = {"auth_time": late}
        assert refusal(stage.sign_in).reason == Reason.TOO_OLD


METADATA: list[dict[str, Any]] = [
    {"issuer": "https://evil.example"},
    {"issuer": GONE},
    {"token_endpoint": GONE},
    {"token_endpoint": "http://login.example.fr/token"},
    {"jwks_uri": "file:///etc/passwd"},
    {"userinfo_endpoint": "http://evil.example/"},
    {"require_pushed_authorization_requests": True},
]


@pytest.mark.parametrize("changes", METADATA, ids=str)
def test_metadata_of_another_issuer_or_with_unsafe_addresses_are_refused(stage: Stage, changes: dict[str, Any]) -> None:
    stage.provider.metadata = changes
    assert refusal(stage.sign_in).reason == Reason.PROVIDER_WRONG


def test_metadata_are_read_again_and_stay_checked(stage: Stage) -> None:
    stage.sign_in()
    stage.sign_in()
    assert stage.provider.seen["/.well-known/openid-configuration"] == 1
    stage.provider.metadata = {"issuer": "https://evil.example"}
    stage.clock.pass_(minutes=6)
    assert refusal(stage.sign_in).reason == Reason.PROVIDER_WRONG


def test_a_provider_that_failed_is_left_alone_for_some_seconds(stage: Stage) -> None:
    stage.provider.before = lambda _path: Response("down", 503)
    for _ in range(5):
        assert refusal(stage.client.metadata).reason == Reason.PROVIDER_AWAY
    assert stage.provider.seen["/.well-known/openid-configuration"] == 1
    stage.provider.before = lambda _path: None
    stage.clock.pass_(seconds=11)
    assert stage.client.metadata().issuer == stage.provider.issuer


def test_a_slow_answer_is_given_up(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def drip() -> Any:
        while True:
            yield b" " * 20_000
            time.sleep(0.05)

    monkeypatch.setattr(transport, "PATIENCE", 0.2)
    stage.provider.before = lambda _path: Response(drip())
    began = time.monotonic()
    assert refusal(stage.client.metadata).reason == Reason.PROVIDER_AWAY
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "answer",
    [
        Response(b"x" * (transport.MOST_BYTES + 1)),
        Response("<html>"),
        Response("[]"),
        Response('{"issuer": "a", "issuer": "b"}'),
        Response("", 302, {"Location": "http://127.0.0.1:1/"}),
        Response("", 404),
    ],
    ids=["too long", "no JSON", "a list", "a key twice", "a redirect", "missing"],
)
def test_an_answer_that_is_no_answer_is_refused(stage: Stage, answer: Response) -> None:
    stage.provider.before = lambda _path: answer
    assert refusal(stage.client.metadata).reason == Reason.PROVIDER_WRONG


@pytest.mark.parametrize("body", ["<html>", '"text"', '{"error": 5}', '{"error": "invalid_client"}', "{}"])
def test_a_token_endpoint_that_talks_nonsense_is_no_crash(stage: Stage, body: str) -> None:
    def nonsense(path: str) -> Response | None:
        return Response(body, 400 if "error" in body else 200) if path == "/token" else None

    stage.provider.before = nonsense
    assert refusal(stage.sign_in).reason in (Reason.PROVIDER_WRONG, Reason.ID_TOKEN)


def test_a_refresh_asks_again_and_takes_the_new_token(stage: Stage) -> None:
    stage.provider.refresh_tokens = True
    first = stage.sign_in()
    assert first.refresh_token
    stage.provider.claims = {"nonce": GONE, "acr": GONE}
    second = stage.client.refresh(first.refresh_token, first.subject, first.acr)
    assert second.refresh_token not in (None, first.refresh_token)
    assert second.acr == first.acr
    again = refusal(lambda: stage.client.refresh(str(first.refresh_token), first.subject, first.acr))
    assert again.reason == Reason.CODE_REFUSED


def test_a_refresh_that_answers_for_somebody_else_is_refused(stage: Stage) -> None:
    stage.provider.refresh_tokens = True
    token = str(stage.sign_in().refresh_token)
    stage.provider.person = {"sub": "person-2"}
    assert refusal(lambda: stage.client.refresh(token, "person-1", "x")).reason == Reason.OTHER_PERSON
