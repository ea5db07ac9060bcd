"""Checking an evidence bundle offline, with public keys alone: every byte is what was signed, and in the log."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from board_hub.domain.envelope import HUB as HUB_CODE
from board_hub.domain.envelope import decode, participant_code
from board_hub.domain.errors import Invalid
from board_hub.domain.merkle import leaf_hash, verify_consistency, verify_inclusion
from board_hub.services.cases import bundle_format as layout
from board_hub.services.exchange.hub_messages import digest
from board_hub.services.exchange.public_keys import thumbprint_of
from board_hub.services.exchange.signing import KnownKey, verify

Keys = Mapping[str, Mapping[str, KnownKey]]
_COORDINATES = ("kty", "crv", "x", "y")
_SIGNED_BY_HUB = frozenset({layout.MANIFEST, layout.MANIFEST_SIGNATURE})


@dataclass
class BundleReport:
    """What a bundle says it is, and what is wrong with it: (file, what). hub_keys: thumbprints (RFC 7638) of the keys
    that the hub's signatures were checked with; trusted: whether these came from elsewhere than the bundle.
    """

    case: str = ""
    exported_at: str = ""
    exported_for: tuple[str, ...] = ()
    messages: int = 0
    log_size: int = 0
    trusted: bool = False
    hub_keys: tuple[str, ...] = ()
    differences: list[tuple[str, str]] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not self.differences

    def note(self, file: str, what: str) -> None:
        self.differences.append((file, what))


def check_bundle(content: bytes, hub_keys: Sequence[Mapping[str, Any]] | None = None) -> BundleReport:
    """Check a bundle's bytes. hub_keys: public keys (JWK) of the hub got from elsewhere; without them those in the
    bundle are used, and whoever looks must compare their thumbprints. Never raises for what is in the file.
    """
    report = BundleReport(trusted=hub_keys is not None)
    try:
        files = layout.unpack(content)
        keys = _read_keys(files[layout.KEYS], hub_keys)
        report.hub_keys = tuple(sorted(thumbprint_of(one.jwk) for one in keys[HUB_CODE].values()))
        _check(files, keys, report)
    except layout.NotABundle as error:
        report.note("", f"this is no bundle as the hub makes it: {error}")
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError, Invalid) as error:
        report.note("", f"it cannot be read as a bundle ({type(error).__name__}: {str(error)[:200]})")
    return report


def _read_keys(content: bytes, hub_keys: Sequence[Mapping[str, Any]] | None) -> dict[str, dict[str, KnownKey]]:
    keys = {code: {one["kid"]: _known(code, one) for one in entries} for code, entries in json.loads(content).items()}
    if hub_keys is not None:
        given = {tuple(str(one.get(name)) for name in _COORDINATES) for one in hub_keys}
        mine = keys.get(HUB_CODE, {})
        keys[HUB_CODE] = {kid: one for kid, one in mine.items() if _point(one) in given}
    return keys


def _point(known: KnownKey) -> tuple[str, ...]:
    return tuple(str(known.jwk.get(name)) for name in _COORDINATES)


def _known(code: str, entry: Mapping[str, Any]) -> KnownKey:
    moments = {
        name: datetime.fromisoformat(entry[name])
        for name in ("valid_from", "valid_until", "revoked_at")
        if name in entry
    }
    return KnownKey(entry["kid"], code, {name: entry[name] for name in _COORDINATES}, **moments)


def _check(files: Mapping[str, bytes], keys: Keys, report: BundleReport) -> None:
    manifest = json.loads(files[layout.MANIFEST])
    report.case, report.exported_at = str(manifest["case"]), str(manifest["exported_at"])
    report.exported_for = tuple(manifest["exported_for"])
    at = datetime.fromisoformat(report.exported_at)
    _check_hub_signature(files, layout.MANIFEST, files[layout.MANIFEST_SIGNATURE], keys=keys, at=at, report=report)
    if manifest["format"] != layout.FORMAT:
        report.note(layout.MANIFEST, f"the format {manifest['format']} is not one that this program knows")
    _check_files(files, manifest["files"], report)
    log = json.loads(files[layout.LOG])
    root = _check_log(log, keys, report)
    for one in manifest["messages"]:
        report.messages += 1
        _check_message(files, one, keys=keys, root=root, size=report.log_size, report=report)


def _check_files(files: Mapping[str, bytes], listed: Mapping[str, str], report: BundleReport) -> None:
    """The files are those of the manifest, byte for byte, no more and no fewer."""
    present = files.keys() - _SIGNED_BY_HUB
    for name in sorted(present ^ listed.keys()):
        report.note(name, "the manifest has no such file" if name in present else "the file is missing")
    for name in sorted(present & listed.keys()):
        if digest(files[name]) != listed[name]:
            report.note(name, "its bytes are not those of the manifest")


def _check_hub_signature(
    files: Mapping[str, bytes], name: str, signature: bytes, *, keys: Keys, at: datetime, report: BundleReport
) -> None:
    for flaw in _signature_flaws(files[name], signature.decode(), keys.get(HUB_CODE, {}), signed_at=at, now=at):
        report.note(name, f"the hub's signature does not hold: {flaw}")


def _signature_flaws(
    body: bytes, signature: str, keys: Mapping[str, KnownKey], *, signed_at: datetime, now: datetime
) -> Iterator[str]:
    try:
        verify(body, signature, keys=keys, signed_at=signed_at, now=now)
    except Invalid as refusal:
        yield refusal.flaws[0].message


def _check_log(log: Mapping[str, Any], keys: Keys, report: BundleReport) -> bytes:
    """The signed head, and that the log only grew since the earlier one; returns the head's root."""
    size, root = _check_head(log["head"], keys, report)
    report.log_size = size
    if "earlier" in log:
        old_size, old_root = _check_head(log["earlier"], keys, report)
        proof = [bytes.fromhex(one) for one in log["consistency"]]
        if not verify_consistency(old_size, size, old_root, root, proof):
            report.note(layout.LOG, "the log does not begin with what the earlier head covers")
    return root


def _check_head(head: Mapping[str, str], keys: Keys, report: BundleReport) -> tuple[int, bytes]:
    content = json.loads(head["body"])
    at = datetime.fromisoformat(content["signed_at"])
    hub = keys.get(HUB_CODE, {})
    for flaw in _signature_flaws(head["body"].encode(), head["signature"], hub, signed_at=at, now=at):
        report.note(layout.LOG, f"the signature of the head over {content['size']} entries does not hold: {flaw}")
    return int(content["size"]), bytes.fromhex(content["root"])


def _check_message(
    files: Mapping[str, bytes], listed: Mapping[str, Any], *, keys: Keys, root: bytes, size: int, report: BundleReport
) -> None:
    id_ = listed["hub_id"]
    name = layout.body_name(id_)
    body, proof = files[name], json.loads(files[layout.proof_name(id_)])
    signature = files[layout.signature_name(id_)].decode()
    entry, envelope = json.loads(proof["entry"]), decode(body)
    taken_at = datetime.fromisoformat(entry["at"])
    sender = participant_code(envelope.source)
    if (sender, envelope.id, digest(body)) != (listed["source"], listed["id"], listed["sha256"]):
        report.note(name, "it is another message than the manifest says")
    for flaw in _signature_flaws(body, signature, keys.get(sender, {}), signed_at=envelope.time, now=taken_at):
        report.note(name, f"the signature of {sender} does not hold: {flaw}")
    if hub_signature := files.get(layout.hub_signature_name(id_)):
        _check_hub_signature(files, name, hub_signature, keys=keys, at=taken_at, report=report)
    hashes = [bytes.fromhex(one) for one in proof["proof"]]
    if not verify_inclusion(leaf_hash(proof["entry"].encode()), proof["position"], size, hashes, root):
        report.note(layout.proof_name(id_), "it does not show the entry to be in the log")
    for flaw in _entry_flaws(entry, id_, body, signature):
        report.note(layout.proof_name(id_), flaw)


def _entry_flaws(entry: Mapping[str, Any], id_: str, body: bytes, signature: str) -> Iterator[str]:
    if entry.get("subject") != id_ or entry.get("sha256") != digest(body):
        yield "the log's entry vouches for another message"
    if entry.get("signature_sha256", digest(signature.encode())) != digest(signature.encode()):
        yield "the log's entry vouches for another signature"
