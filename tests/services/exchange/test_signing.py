"""Signatures hold for exactly the bytes signed, by exactly the keys in force, in exactly one algorithm."""

import json
import pickle
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey
from joserfc.util import urlsafe_b64decode, urlsafe_b64encode

from board_hub.domain.errors import Invalid
from board_hub.services.exchange.signing import KnownKey, SigningKey, check_public_jwk, verify

NOW = datetime(2026, 7, 27, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
BODY = '{"id":"m-1","data":{"text":"é"}}'.encode()
KEY = SigningKey.generate("fr-2026")
OTHER = SigningKey.generate("fr-2027")
SIGNED = KEY.sign(BODY)


def known(key: SigningKey = KEY, **changes: Any) -> KnownKey:
    values: dict[str, Any] = {
        "kid": key.kid,
        "participant": "FR-CNIL",
        "jwk": key.public_jwk(),
        "valid_from": NOW - 24 * HOUR,
    }
    return KnownKey(**values | changes)


def verified(
    body: bytes = BODY,
    detached: str | None = SIGNED,
    *,
    key: KnownKey | None = None,
    signed_at: datetime = NOW,
    now: datetime = NOW,
) -> KnownKey:
    directory = [key or known(), known(OTHER)]
    return verify(body, detached, keys={entry.kid: entry for entry in directory}, signed_at=signed_at, now=now)


def code_of(body: bytes = BODY, detached: str | None = SIGNED, **judged: Any) -> str:
    with pytest.raises(Invalid) as refusal:
        verified(body, detached, **judged)
    (flaw,) = refusal.value.flaws
    assert flaw.path == "/x-jws-signature"
    return flaw.code


def with_header(header: object, key: SigningKey = KEY, body: bytes = BODY) -> str:
    """Signed properly, by joserfc, under whatever header."""
    content = header if isinstance(header, bytes) else json.dumps(header).encode()
    segment = urlsafe_b64encode(content)
    private = ECKey.import_key(key.to_pem())
    signature = jws.default_registry.get_alg("ES256").sign(segment + b"." + urlsafe_b64encode(body), private)
    return f"{segment.decode()}..{urlsafe_b64encode(signature).decode()}"


def a_header(**more: object) -> dict[str, object]:
    return {"alg": "ES256", "kid": KEY.kid, **more}


def test_a_signature_holds_for_its_body_and_names_the_key() -> None:
    assert verified() == known()


@pytest.mark.parametrize("body", [b"", b"\x00\xff", b"x" * 2_000_000], ids=["empty", "binary", "2 MB"])
def test_any_body_can_be_signed(body: bytes) -> None:
    assert verified(body, KEY.sign(body))


def test_the_header_says_algorithm_key_and_digest_and_the_body_stays_outside() -> None:
    header, payload, _ = SIGNED.split(".")
    assert json.loads(urlsafe_b64decode(header.encode())) == {
        "alg": "ES256",
        "kid": "fr-2026",
        "sha256": sha256(BODY).hexdigest(),
    }
    assert payload == ""


def test_joserfc_verifies_what_we_sign() -> None:
    jwk: dict[str, str | list[str]] = {**KEY.public_jwk()}
    public = ECKey.import_key(jwk)
    registry = jws.JWSRegistry(algorithms=["ES256"], strict_check_header=False)
    jws.deserialize_compact(SIGNED, public, payload=BODY, registry=registry)


def test_we_verify_what_joserfc_signs() -> None:
    private = ECKey.import_key(KEY.to_pem())
    compact = jws.serialize_compact({"alg": "ES256", "kid": KEY.kid}, BODY, private)
    assert verified(BODY, jws.detach_content(compact))


def test_the_digest_in_the_header_is_optional() -> None:
    assert verified(BODY, with_header(a_header()))


def test_a_parameter_that_is_not_critical_is_ignored() -> None:
    assert verified(BODY, with_header(a_header(typ="JOSE", x5t="x", note=[1])))


@pytest.mark.parametrize("detached", [None, ""])
def test_no_signature_is_missing(detached: str | None) -> None:
    assert code_of(BODY, detached) == "signature.missing"


HEADER, _, SIGNATURE = SIGNED.split(".")
MALFORMED = {
    "rubbish": "rubbish",
    "two parts": f"{HEADER}.{SIGNATURE}",
    "the body inside": f"{HEADER}.{urlsafe_b64encode(BODY).decode()}.{SIGNATURE}",
    "no header": f"..{SIGNATURE}",
    "padding": f"{HEADER}=..{SIGNATURE}",
    "white space": f" {HEADER}..{SIGNATURE}",
    "a line feed at the end": f"{SIGNED}\n",
    "letters that are none": f"{HEADER}..{SIGNATURE[:-1]}é",
    "base64 cut": f"{HEADER}..{SIGNATURE[:-1]}",
    "base64 with bits left over": f"{HEADER}..{SIGNATURE[:-1]}B",
    "a header that is no JSON": with_header(b"{alg:ES256}"),
    "a header that is no object": with_header(["ES256"]),
    "a header with alg twice": with_header(b'{"alg":"none","alg":"ES256","kid":"fr-2026"}'),
    "a header too long": with_header(a_header(note="x" * 10_000)),
    "crit": with_header(a_header(crit=["exp"], exp=1)),
    "crit empty": with_header(a_header(crit=[])),
    "an unencoded payload": with_header(a_header(crit=["b64"], b64=False)),
    "b64 alone": with_header(a_header(b64=False)),
    "a digest that is none": with_header(a_header(sha256="abc")),
    "a digest that is a number": with_header(a_header(sha256=1)),
    "a digest in capitals": with_header(a_header(sha256="A" * 64)),
}


@pytest.mark.parametrize("detached", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_no_detached_jws_is_malformed(detached: str) -> None:
    assert code_of(BODY, detached) == "signature.malformed"


def test_an_unsecured_jws_is_refused() -> None:
    header = urlsafe_b64encode(b'{"alg":"none","kid":"fr-2026"}').decode()
    assert code_of(BODY, f"{header}..") == "signature.algorithm"


def test_the_public_key_used_as_a_shared_secret_is_refused() -> None:
    pem = ECKey.import_key(KEY.to_pem()).as_pem(private=False)
    secret = OctKey.import_key(urlsafe_b64encode(pem))
    compact = jws.serialize_compact({"alg": "HS256", "kid": KEY.kid}, BODY, secret)
    assert code_of(BODY, jws.detach_content(compact)) == "signature.algorithm"


def test_an_rsa_signature_is_refused() -> None:
    compact = jws.serialize_compact({"alg": "RS256", "kid": KEY.kid}, BODY, RSAKey.generate_key(2048))
    assert code_of(BODY, jws.detach_content(compact)) == "signature.algorithm"


@pytest.mark.parametrize(
    "algorithm", ["es256", "ES384", "ES512", "EdDSA", "PS256", "", None, 256, ["ES256"], "missing"]
)
def test_every_other_algorithm_is_refused(algorithm: object) -> None:
    header = a_header(alg=algorithm)
    if algorithm == "missing":
        del header["alg"]
    assert code_of(BODY, with_header(header)) == "signature.algorithm"


@pytest.mark.parametrize(
    "embedded",
    [
        {"jwk": KEY.public_jwk()},
        {"jku": "https://example.org/keys"},
        {"x5u": "https://example.org/chain"},
        {"x5c": ["MIIB"]},
    ],
    ids=lambda value: next(iter(value)),
)
def test_a_key_in_the_header_is_refused_even_if_it_is_the_right_one(embedded: Mapping[str, object]) -> None:
    assert code_of(BODY, with_header(a_header(**embedded))) == "signature.embedded_key"


@pytest.mark.parametrize("kid", ["de-2026", "", None, 7, ["fr-2026"], {"a": 1}])
def test_a_kid_that_is_not_the_senders_is_unknown(kid: object) -> None:
    assert code_of(BODY, with_header(a_header(kid=kid))) == "key.unknown"


def test_no_kid_is_an_unknown_key() -> None:
    assert code_of(BODY, with_header({"alg": "ES256"})) == "key.unknown"


@pytest.mark.parametrize(
    "jwk", [{}, {"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"}, {"kty": "oct", "k": "AAAA"}], ids=str
)
def test_a_broken_key_in_the_directory_is_unknown(jwk: Mapping[str, object]) -> None:
    assert code_of(key=known(jwk=jwk)) == "key.unknown"


def test_a_changed_body_is_told_from_a_wrong_key() -> None:
    assert code_of(BODY + b" ") == "body.changed"


def test_a_changed_body_without_digest_is_an_invalid_signature() -> None:
    assert code_of(BODY + b" ", with_header(a_header())) == "signature.invalid"


def test_another_key_under_the_same_kid_is_an_invalid_signature() -> None:
    assert code_of(key=known(jwk=OTHER.public_jwk())) == "signature.invalid"


def test_a_key_replaced_under_its_kid_is_not_remembered() -> None:
    assert verified()
    assert code_of(key=known(jwk=OTHER.public_jwk())) == "signature.invalid"
    assert verified()


def test_a_signature_of_another_of_the_senders_keys_is_invalid() -> None:
    assert code_of(BODY, with_header(a_header(kid=OTHER.kid))) == "signature.invalid"


def test_a_changed_header_is_an_invalid_signature() -> None:
    segment = urlsafe_b64encode(json.dumps(a_header(note="added")).encode()).decode()
    assert code_of(BODY, f"{segment}..{SIGNATURE}") == "signature.invalid"


@pytest.mark.parametrize("signature", [b"", b"\0" * 64, b"\xff" * 64, b"\1" * 63, b"\1" * 65], ids=len)
def test_a_signature_of_the_wrong_length_or_out_of_range_is_invalid(signature: bytes) -> None:
    assert code_of(BODY, f"{HEADER}..{urlsafe_b64encode(signature).decode()}") == "signature.invalid"


def test_a_signature_in_der_is_invalid() -> None:
    private = ECKey.import_key(KEY.to_pem()).get_op_key("sign")
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    from_openssl = private.sign(HEADER.encode() + b"." + urlsafe_b64encode(BODY), ec.ECDSA(SHA256()))
    assert code_of(BODY, f"{HEADER}..{urlsafe_b64encode(from_openssl).decode()}") == "signature.invalid"


@pytest.mark.parametrize("now", [NOW, NOW + HOUR])
def test_a_revoked_key_is_refused_though_it_was_sound_when_it_signed(now: datetime) -> None:
    assert code_of(key=known(revoked_at=NOW), signed_at=NOW - HOUR, now=now) == "key.revoked"


def test_a_key_yet_to_be_revoked_is_taken() -> None:
    assert verified(key=known(revoked_at=NOW + HOUR))


def test_a_key_is_not_yet_valid_before_its_first_moment() -> None:
    assert code_of(key=known(valid_from=NOW), signed_at=NOW - timedelta(seconds=1)) == "key.not_yet_valid"
    assert verified(key=known(valid_from=NOW), signed_at=NOW)


def test_a_key_is_expired_from_its_last_moment_on() -> None:
    assert code_of(key=known(valid_until=NOW), signed_at=NOW) == "key.expired"
    assert verified(key=known(valid_until=NOW), signed_at=NOW - timedelta(seconds=1))


def test_a_key_that_expired_since_it_signed_is_taken() -> None:
    assert verified(key=known(valid_until=NOW), signed_at=NOW - HOUR, now=NOW + HOUR)


def test_a_keys_state_is_told_only_to_who_holds_it() -> None:
    assert code_of(BODY, with_header(a_header(), OTHER), key=known(revoked_at=NOW)) == "signature.invalid"


@given(st.text() | st.from_regex(r"[A-Za-z0-9_-]{0,40}\.\.[A-Za-z0-9_-]{0,90}", fullmatch=True))
def test_any_text_is_refused_and_nothing_else(detached: str) -> None:
    assert code_of(BODY, detached).startswith("signature.")


@given(
    st.dictionaries(
        st.sampled_from(["alg", "kid", "sha256", "crit", "b64", "typ"]), st.none() | st.text() | st.integers()
    )
)
def test_any_header_but_ours_is_refused(header: dict[str, object]) -> None:
    assert code_of(BODY, with_header(header | {"kid": "nobody"})).partition(".")[0] in {"signature", "key"}


@given(st.integers(0, 63), st.integers(1, 255))
def test_a_signature_with_any_byte_changed_is_invalid(place: int, change: int) -> None:
    signature = bytearray(urlsafe_b64decode(SIGNATURE.encode()))
    signature[place] ^= change
    assert code_of(BODY, f"{HEADER}..{urlsafe_b64encode(bytes(signature)).decode()}") == "signature.invalid"


def test_a_key_written_to_a_file_is_the_same_key(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(KEY.to_pem())
    for loaded in (
        SigningKey.load(path, KEY.kid),
        SigningKey.load(str(path), KEY.kid),
        SigningKey.load(KEY.to_pem(), "x"),
    ):
        assert {**loaded.public_jwk(), "kid": KEY.kid} == KEY.public_jwk()


def pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"rubbish",
        pem(ec.generate_private_key(ec.SECP384R1())),
        pem(rsa.generate_private_key(65537, 2048)),
        ec.generate_private_key(ec.SECP256R1())
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    ],
    ids=["empty", "rubbish", "P-384", "RSA", "public"],
)
def test_what_is_no_private_key_on_p_256_is_not_loaded(content: bytes) -> None:
    with pytest.raises(ValueError, match="private"):
        SigningKey.load(content, "x")


@pytest.mark.parametrize("kid", ["", "a b", "é", "x" * 129])
def test_a_key_needs_a_plain_name(kid: str) -> None:
    with pytest.raises(ValueError, match="name"):
        SigningKey.generate(kid)


def test_the_public_jwk_holds_nothing_private() -> None:
    assert set(KEY.public_jwk()) == {"kty", "crv", "x", "y", "kid", "alg", "use"}


def test_nothing_private_is_printed_or_pickled() -> None:
    private = str(ECKey.import_key(KEY.to_pem()).as_dict(private=True)["d"])
    assert private not in repr(KEY) + str(KEY) + f"{KEY}"
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(KEY)


def test_the_directory_keeps_only_the_point() -> None:
    assert set(check_public_jwk(KEY.public_jwk())) == {"kty", "crv", "x", "y"}


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {"kty": "oct", "k": "AAAA"},
        {**KEY.public_jwk(), "crv": "P-384"},
        {**KEY.public_jwk(), "x": "AAAA"},
        {**KEY.public_jwk(), "y": KEY.public_jwk()["x"]},
        {**KEY.public_jwk(), "x": 7},
        {**KEY.public_jwk(), "y": None},
        {**KEY.public_jwk(), "d": "AAAA"},
        RSAKey.generate_key(2048).as_dict(private=False),
    ],
    ids=["empty", "oct", "P-384", "x short", "off the curve", "x number", "y null", "private", "RSA"],
)
def test_a_jwk_that_is_no_public_key_on_p_256_is_not_kept(jwk: dict[str, object]) -> None:
    with pytest.raises(Invalid) as refusal:
        check_public_jwk(jwk)
    assert [flaw.code for flaw in refusal.value.flaws] == ["field.invalid"]
