"""A case as evidence: all a reader may read of it, with signatures, keys and proofs, in one file checked offline.

The format is in `bundle_format`, the check in `bundle_check`. What is not readable is not in it, and nothing in it
tells that there is more.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlmodel import col

from board_hub.domain import strict_json
from board_hub.domain.envelope import HUB as HUB_CODE
from board_hub.domain.errors import Conflict
from board_hub.domain.events import Event, EventName
from board_hub.domain.merkle import consistency_proof, inclusion_proof
from board_hub.services.access import Reader, readable
from board_hub.services.cases import bundle_format as layout
from board_hub.services.cases.case_reads import find_case_id
from board_hub.services.exchange.hub_messages import digest
from board_hub.services.exchange.signing import KnownKey
from board_hub.services.operation.evidence import MESSAGE_EVENTS, event_of, find_head, sign_head
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.case_tables import Notice
from board_hub.store.evidence import node_reader
from board_hub.store.tables import Delivery, EvidenceHead, EvidenceLeaf, Message

MOST_BYTES = 200 * 2**20
"""Bodies in one bundle: it is put together in memory."""


@dataclass(frozen=True)
class CaseEvidence:
    """What goes into a bundle. head: signed over the log as it now is; earlier: a head signed before, if there is one;
    grown: the hashes that show the log to begin with what `earlier` covers.
    """

    reference: str
    messages: tuple[Message, ...]
    leaves: Mapping[UUID, EvidenceLeaf]
    proofs: Mapping[UUID, tuple[bytes, ...]]
    head: EvidenceHead
    earlier: EvidenceHead | None
    grown: tuple[bytes, ...]


def collect_evidence(uow: UnitOfWork, reader: Reader, reference: str) -> CaseEvidence:
    """The evidence of a case as far as the reader may read it; signs the log's head. Raises NotFound, Conflict."""
    case_id = find_case_id(uow, reader, reference)
    messages = _messages(uow, reader, case_id)
    leaves = _leaves(uow, [one.id for one in messages])
    earlier, head = find_head(uow), sign_head(uow)
    node = cache(node_reader(uow.session))
    try:
        proofs = {id_: tuple(inclusion_proof(leaf.position, head.size, node)) for id_, leaf in leaves.items()}
        grown = consistency_proof(earlier.size, head.size, node) if earlier else []
    except (LookupError, ValueError) as error:
        raise Conflict(f"The evidence log is damaged ({error}): tell the secretariat.") from error
    return CaseEvidence(reference, messages, leaves, proofs, head, earlier, tuple(grown))


def _messages(uow: UnitOfWork, reader: Reader, case_id: UUID) -> tuple[Message, ...]:
    """Readable notices, their withdrawals, and the hub's receipts about them to the reader; by the hub's ids."""
    notices = select(col(Notice.id)).where(col(Notice.case_id) == case_id, readable(reader))
    withdrawn = select(col(Notice.withdrawn_by)).where(col(Notice.case_id) == case_id, readable(reader))
    as_notice = SimpleNamespace(id=Message.id, sender=Message.source, marking=col(Message.marking))
    withdrawals = select(col(Message.id)).where(col(Message.id).in_(withdrawn), readable(reader, as_notice))
    to_reader = (
        select(col(Delivery.message_id))
        .join(Message, col(Message.id) == Delivery.message_id)
        .where(col(Message.about).in_(notices), col(Message.source) == HUB_CODE)
        .where(col(Delivery.recipient).in_(sorted(reader.participants)))
    )
    wanted = or_(*(col(Message.id).in_(some) for some in (notices, withdrawals, to_reader)))
    size = uow.session.execute(select(func.sum(func.length(Message.body))).where(wanted)).scalar_one() or 0
    if size > MOST_BYTES:
        raise Conflict(f"The messages of this case come to {size} bytes, too many for one file: ask the secretariat.")
    rows = uow.session.execute(select(Message).where(wanted).order_by(col(Message.id))).scalars().all()
    return tuple(rows)


def _leaves(uow: UnitOfWork, ids: Sequence[UUID]) -> dict[UUID, EvidenceLeaf]:
    """The leaf that vouches for each of these messages. Raises Conflict where one is missing."""
    found: dict[str, EvidenceLeaf] = {}
    for start in range(0, len(ids), 500):
        subjects = [str(one) for one in ids[start : start + 500]]
        statement = select(EvidenceLeaf).where(col(EvidenceLeaf.subject).in_(subjects))
        rows = uow.session.execute(statement).scalars()
        found |= {leaf.subject: leaf for leaf in rows if event_of(leaf) in MESSAGE_EVENTS}
    if len(found) != len(ids):
        raise Conflict("The evidence log does not vouch for every message of this case: tell the secretariat.")
    return {one: found[str(one)] for one in ids}


def write_bundle(uow: UnitOfWork, reader: Reader, evidence: CaseEvidence, *, texts: Mapping[str, str]) -> bytes:
    """The bundle's file, and the export on record. texts: what people read, by file name (README.txt, summary.html)."""
    files = dict(_files(uow, evidence)) | {name: text.encode() for name, text in texts.items()}
    manifest = strict_json.encode(_manifest(uow, reader, evidence, files))
    files |= {layout.MANIFEST: manifest, layout.MANIFEST_SIGNATURE: uow.hub.key.sign(manifest).encode()}
    detail: dict[str, object] = {"for": sorted(reader.participants), "messages": len(evidence.messages)}
    uow.record(Event(EventName.CASE_EXPORTED, evidence.reference, {"manifest_sha256": digest(manifest)}, detail))
    return layout.pack(files)


def _manifest(uow: UnitOfWork, reader: Reader, evidence: CaseEvidence, files: Mapping[str, bytes]) -> dict[str, object]:
    return {
        "format": layout.FORMAT,
        "case": evidence.reference,
        "exported_at": uow.now.isoformat(),
        "exported_for": sorted(reader.participants),
        "messages": [_listed(one) for one in evidence.messages],
        "files": {name: digest(content) for name, content in sorted(files.items())},
    }


def _listed(message: Message) -> dict[str, object]:
    return {
        "hub_id": str(message.id),
        "source": message.source,
        "id": message.message_id,
        "type": message.type,
        "notice_type": message.notice_type,
        "about": str(message.about) if message.about else None,
        "sha256": message.sha256,
    }


def _files(uow: UnitOfWork, evidence: CaseEvidence) -> Iterator[tuple[str, bytes]]:
    for one in evidence.messages:
        yield layout.body_name(one.id), one.body
        yield layout.signature_name(one.id), one.signature.encode()
        if one.hub_signature:
            yield layout.hub_signature_name(one.id), one.hub_signature.encode()
        yield layout.proof_name(one.id), strict_json.encode(_proof(evidence, one.id))
    yield layout.LOG, strict_json.encode(_log(evidence))
    yield layout.KEYS, strict_json.encode(_keys(uow, evidence))


def _proof(evidence: CaseEvidence, id_: UUID) -> dict[str, object]:
    leaf = evidence.leaves[id_]
    return {"entry": leaf.entry, "position": leaf.position, "proof": [one.hex() for one in evidence.proofs[id_]]}


def _log(evidence: CaseEvidence) -> dict[str, object]:
    content: dict[str, object] = {"head": _signed(evidence.head)}
    if evidence.earlier:
        content["earlier"] = _signed(evidence.earlier)
        content["consistency"] = [one.hex() for one in evidence.grown]
    return content


def _signed(head: EvidenceHead) -> dict[str, object]:
    return {"body": head.body, "signature": head.signature}


def _keys(uow: UnitOfWork, evidence: CaseEvidence) -> dict[str, object]:
    """The public keys of the hub and of all senders, each with its validity."""
    sources = sorted({HUB_CODE, *(one.source for one in evidence.messages)})
    return {code: [_key(one) for one in uow.directory.keys_of(code).values()] for code in sources}


def _key(known: KnownKey) -> dict[str, object]:
    moments = ("valid_from", "valid_until", "revoked_at")
    validity = {name: moment.isoformat() for name in moments if (moment := getattr(known, name))}
    return {**known.jwk, "kid": known.kid, **validity}
