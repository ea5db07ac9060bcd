"""Signing in: a token for a key in force of an active participant, once for each assertion, and for nobody else."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from board_hub.domain.events import HUB
from board_hub.services.directory import directory
from board_hub.services.exchange.signing import SigningKey
from tests.api.calls import (
    PUBLIC_URL,
    TOKEN_URL,
    Stage,
    System,
    assertion,
    base64url,
    claims_of,
    compact,
    stage,
    token_of,
)
from tests.support.hub import DE, FR, Party, join

Forge = Callable[[Party, Stage], str]


def now() -> int:
    return int(datetime.now(UTC).timestamp())


def with_joserfc(key: SigningKey, claims: dict[str, Any], **header: Any) -> str:
    """As a standard library makes it."""
    return jwt.encode({"alg": "ES256", "kid": key.kid} | header, claims, ECKey.import_key(key.to_pem()))


def unsigned(party: Party, _: Stage) -> str:
    header = base64url(json.dumps({"alg": "none", "kid": party.key.kid}).encode())
    return f"{header}.{base64url(json.dumps(claims_of(party.code)).encode())}."


def by_shared_secret(party: Party, _: Stage) -> str:
    """HS256 with the public key as the secret."""
    secret = OctKey.import_key(json.dumps(party.key.public_jwk()))
    return jwt.encode({"alg": "HS256", "kid": party.key.kid}, claims_of(party.code), secret)


def by_embedded_key(party: Party, _: Stage) -> str:
    own = SigningKey.generate(party.key.kid)
    return with_joserfc(own, claims_of(party.code), jwk=own.public_jwk())


def tampered(party: Party, _: Stage) -> str:
    header, _payload, signature = assertion(party.key, party.code).split(".")
    return f"{header}.{base64url(json.dumps(claims_of(party.code)).encode())}.{signature}"


def as_another(party: Party, here: Stage) -> str:
    join(here.hub, DE)
    return assertion(party.key, DE)


def changed(**changes: Any) -> Forge:
    return lambda party, _: assertion(party.key, party.code, **changes)


MISUSE: dict[str, Forge] = {
    "alg none": unsigned,
    "HS256": by_shared_secret,
    "embedded key": by_embedded_key,
    "foreign key": lambda party, _: assertion(SigningKey.generate(party.key.kid), party.code),
    "unknown kid": lambda party, _: assertion(SigningKey.generate("other"), party.code),
    "tampered": tampered,
    "for another participant": as_another,
    "for the hub": lambda _, here: assertion(here.hub.key, "EU-HUB"),
    "unknown participant": lambda party, _: assertion(party.key, "XX-NOBODY"),
    "wrong audience": changed(aud="https://other.example/oauth2/token"),
    "no audience": changed(aud=None),
    "audience no text": changed(aud={"a": 1}),
    "issuer not the subject": changed(iss=DE),
    "expired": changed(exp=now() - 120),
    "no end": changed(exp=None),
    "end not a number": changed(exp="soon"),
    "end is true": changed(exp=True),
    "end too far": changed(exp=now() + 3600),
    "from the future": changed(iat=now() + 3600),
    "not yet": changed(nbf=now() + 3600),
    "no jti": changed(jti=None),
    "empty jti": changed(jti=""),
    "jti no text": changed(jti=7),
    "jti too long": changed(jti="x" * 201),
    "subject no text": changed(sub=["FR-CNIL"]),
    "no JWT": lambda _party, _: "a.b",
    "not base64": lambda _party, _: "é.b.c",
    "too long": lambda _party, _: "a" * 9000,
    "payload no object": lambda party, _: _payload(party, b"[1]"),
    "payload with duplicate keys": lambda party, _: _payload(party, b'{"sub":"FR-CNIL","sub":"DE-BNETZA"}'),
}


def _payload(party: Party, payload: bytes) -> str:
    header, signature = party.key.sign(payload).split("..")
    return f"{header}.{base64url(payload)}.{signature}"


@pytest.mark.parametrize("forge", MISUSE.values(), ids=MISUSE.keys())
def test_a_bad_assertion_gets_no_token(on_sqlite: Stage, forge: Forge) -> None:
    party = join(on_sqlite.hub)
    answer = on_sqlite.ask_token(forge(party, on_sqlite))
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_client")
    assert answer.content_type == "application/problem+json"
    assert "access_token" not in answer.json


@pytest.mark.parametrize("audience", [TOKEN_URL, PUBLIC_URL, [TOKEN_URL]])
def test_a_good_assertion_gets_a_token_for_ten_minutes(on_sqlite: Stage, audience: str) -> None:
    party = join(on_sqlite.hub)
    answer = on_sqlite.ask_token(assertion(party.key, FR, aud=audience))
    assert answer.status_code == 200
    assert (answer.json["token_type"], answer.json["expires_in"]) == ("Bearer", 600)
    assert answer.headers["Cache-Control"] == "no-store"


def test_an_assertion_made_by_a_standard_library_is_taken(on_sqlite: Stage) -> None:
    party = join(on_sqlite.hub)
    assert on_sqlite.ask_token(with_joserfc(party.key, claims_of(FR), typ="JWT")).status_code == 200


def test_the_token_is_an_access_token_that_the_hubs_published_keys_verify(here: Stage) -> None:
    party = join(here.hub)
    token = token_of(here.ask_token(assertion(party.key, FR)))
    [key] = here.client().get("/.well-known/jwks.json").json["keys"]
    read = jwt.decode(token, ECKey.import_key(key), algorithms=["ES256"])
    assert read.header["typ"] == "at+jwt"
    assert {name: read.claims[name] for name in ("iss", "aud", "sub", "client_id")} == {
        "iss": PUBLIC_URL,
        "aud": PUBLIC_URL,
        "sub": FR,
        "client_id": FR,
    }
    assert read.claims["exp"] - read.claims["iat"] == 600


def test_an_assertion_works_once(here: Stage) -> None:
    signed = assertion(join(here.hub).key, FR)
    first, second = here.ask_token(signed), here.ask_token(signed)
    assert (first.status_code, second.status_code) == (200, 400)
    assert "used before" in second.json["error_description"]


def test_an_assertion_works_once_over_all_processes_and_after_a_restart(here: Stage, tmp_path: Any) -> None:
    signed = assertion(join(here.hub).key, FR)
    assert here.ask_token(signed).status_code == 200
    assert stage(here.hub, tmp_path).ask_token(signed).status_code == 400


def test_nobody_takes_the_jti_of_another_away(here: Stage) -> None:
    france, germany = join(here.hub, FR), join(here.hub, DE)
    assert here.ask_token(assertion(germany.key, DE, jti="1")).status_code == 200
    assert here.ask_token(assertion(france.key, FR, jti="1")).status_code == 200


def test_used_assertions_are_forgotten_when_they_have_expired(here: Stage) -> None:
    france = join(here.hub, FR)
    here.ask_token(assertion(france.key, FR, jti="early"))
    here.clock.shift += timedelta(minutes=4)
    later = now() + 240
    assert here.ask_token(assertion(france.key, FR, jti="early", iat=later, exp=later + 60)).status_code == 200


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "unsupported_grant_type"),
        ({"client_assertion_type": "other"}, "invalid_client"),
        ({"client_assertion": ""}, "invalid_client"),
    ],
)
def test_another_way_to_ask_gets_no_token(on_sqlite: Stage, changes: dict[str, str], error: str) -> None:
    answer = on_sqlite.ask_token(assertion(join(on_sqlite.hub).key, FR), **changes)
    assert (answer.status_code, answer.json["error"]) == (400, error)


def test_a_client_secret_is_no_way_to_sign_in(on_sqlite: Stage) -> None:
    join(on_sqlite.hub)
    form = {"grant_type": "client_credentials", "client_id": FR, "client_secret": "x"}
    assert on_sqlite.client().post("/oauth2/token", data=form).status_code == 400


def test_a_long_form_is_not_read(on_sqlite: Stage) -> None:
    assert on_sqlite.ask_token("a" * 100_000).status_code == 413


# --- using a token ---------------------------------------------------------------------------------------------------


def refused(here: Stage, token: str) -> str:
    """Why a token is refused."""
    answer = here.client().get("/api/v1/directory", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401, answer.text
    assert answer.content_type == "application/problem+json"
    assert "invalid_token" in answer.headers["WWW-Authenticate"]
    return str(answer.json["detail"])


def works(system: System) -> bool:
    return system.get("/api/v1/directory").status_code == 200


def token_claims(here: Stage, **changes: Any) -> dict[str, Any]:
    claims = {"iss": PUBLIC_URL, "aud": PUBLIC_URL, "sub": FR, "client_id": FR, "iat": now(), "exp": now() + 60}
    return claims | {"jti": "x", "key": f"{FR}-1"} | changes


FORGED: dict[str, Forge] = {
    "alg none": lambda _, here: ".".join(
        (base64url(b'{"alg":"none","typ":"at+jwt"}'), base64url(json.dumps(token_claims(here)).encode()), "")
    ),
    "HS256": lambda _, here: jwt.encode(
        {"alg": "HS256", "typ": "at+jwt", "kid": here.hub.key.kid},
        token_claims(here),
        OctKey.import_key(json.dumps(here.hub.key.public_jwk())),
    ),
    "signed by the participant": lambda party, here: with_joserfc(party.key, token_claims(here), typ="at+jwt"),
    "signed by a stranger": lambda _, here: with_joserfc(
        SigningKey.generate(here.hub.key.kid), token_claims(here), typ="at+jwt"
    ),
    "another thing the hub signed": lambda _, here: compact(here.hub.key, token_claims(here)),
    "an assertion": lambda party, _: assertion(party.key, party.code, aud=PUBLIC_URL),
    "for another service": lambda _, here: with_joserfc(here.hub.key, token_claims(here, aud="x"), typ="at+jwt"),
    "of another issuer": lambda _, here: with_joserfc(here.hub.key, token_claims(here, iss="x"), typ="at+jwt"),
    "expired": lambda _, here: with_joserfc(here.hub.key, token_claims(here, exp=now() - 1), typ="at+jwt"),
    "of nobody": lambda _, here: with_joserfc(here.hub.key, token_claims(here, sub="XX-NO"), typ="at+jwt"),
    "by no key": lambda _, here: with_joserfc(here.hub.key, token_claims(here, key=None), typ="at+jwt"),
    "rubbish": lambda _party, _: "rubbish",
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
def test_a_forged_token_opens_nothing(on_sqlite: Stage, forge: Forge) -> None:
    refused(on_sqlite, forge(join(on_sqlite.hub), on_sqlite))


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic RlI6eA==", "Token x", "Bearer\t", "bearer=x"])
def test_without_a_bearer_token_the_way_to_get_one_is_named(on_sqlite: Stage, header: str) -> None:
    answer = on_sqlite.client().get("/api/v1/directory", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert "/oauth2/token" in answer.json["detail"]


def test_a_tampered_token_opens_nothing(on_sqlite: Stage) -> None:
    system = on_sqlite.sign_in(join(on_sqlite.hub))
    header, payload, signature = system.token.split(".")
    for index in (0, len(payload) // 2, len(payload) - 2):
        other = "A" if payload[index] != "A" else "B"
        refused(on_sqlite, f"{header}.{payload[:index]}{other}{payload[index + 1 :]}.{signature}")


def test_a_token_ends_after_ten_minutes(on_sqlite: Stage) -> None:
    system = on_sqlite.sign_in(join(on_sqlite.hub))
    on_sqlite.clock.shift += timedelta(minutes=9, seconds=55)
    assert works(system)
    on_sqlite.clock.shift += timedelta(seconds=6)
    assert "expired" in refused(on_sqlite, system.token)


@pytest.mark.parametrize("end", [directory.suspend_participant, directory.remove_participant])
def test_a_participant_that_is_out_is_out_at_once(here: Stage, end: Callable[..., None]) -> None:
    party = join(here.hub)
    system = here.sign_in(party)
    assert works(system)
    with here.hub.work(HUB) as uow:
        end(uow, FR)
        uow.commit()
    assert "not an active participant" in refused(here, system.token)
    assert here.ask_token(assertion(party.key, FR)).status_code == 400


def test_a_revoked_key_is_out_at_once_and_another_one_still_works(here: Stage) -> None:
    party = join(here.hub)
    other = SigningKey.generate("FR-CNIL-2")
    with here.hub.work(HUB) as uow:
        directory.add_key(uow, FR, other.kid, jwk=other.public_jwk())
        uow.commit()
    system, unharmed = here.sign_in(party), here.sign_in(Party(FR, other))
    with here.hub.work(HUB) as uow:
        directory.revoke_key(uow, party.key.kid, "lost")
        uow.commit()
    assert "no longer in force" in refused(here, system.token)
    assert here.ask_token(assertion(party.key, FR)).status_code == 400
    assert works(unharmed)


def test_metadata_name_the_one_way_to_sign_in(on_sqlite: Stage) -> None:
    metadata = on_sqlite.client().get("/.well-known/oauth-authorization-server").json
    assert metadata["issuer"] == PUBLIC_URL
    assert metadata["token_endpoint"] == TOKEN_URL
    assert metadata["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
