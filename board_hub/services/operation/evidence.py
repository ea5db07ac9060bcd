"""Heads and proofs of the evidence log: what an auditor keeps, to see later that nothing was rewritten."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from board_hub.domain import strict_json
from board_hub.domain.envelope import HUB as HUB_CODE
from board_hub.domain.envelope import participant_urn
from board_hub.domain.errors import Conflict, NotFound
from board_hub.domain.events import EventName
from board_hub.domain.merkle import inclusion_proof
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.evidence import node_reader, read_tree
from board_hub.store.tables import EvidenceHead, EvidenceLeaf, Message

MESSAGE_EVENTS = frozenset(
    {EventName.MESSAGE_ACCEPTED, EventName.RECEIPT_SENT, EventName.RECEIPT_TAKEN, EventName.NEWS_SENT}
)
"""The events that vouch for a stored message; each message has exactly one."""


@dataclass(frozen=True)
class Proof:
    """That a message is in the log under a signed head (RFC 9162 §2.1.3). entry: the text whose leaf hash is proved."""

    message_id: UUID
    entry: str
    position: int
    hashes: tuple[bytes, ...]
    head: EvidenceHead

    def as_dict(self) -> dict[str, Any]:
        """For a file: hashes in hex, the head as it was signed."""
        return {
            "message": str(self.message_id),
            "entry": self.entry,
            "position": self.position,
            "size": self.head.size,
            "root": self.head.root,
            "proof": [one.hex() for one in self.hashes],
            "head": {"body": self.head.body, "signature": self.head.signature},
        }


def find_head(uow: UnitOfWork) -> EvidenceHead | None:
    """The newest signed head, if there is one."""
    newest = select(EvidenceHead).order_by(col(EvidenceHead.size).desc()).limit(1)
    return uow.session.execute(newest).scalar_one_or_none()


def get_head(uow: UnitOfWork) -> EvidenceHead:
    """The newest signed head. Raises NotFound where none was signed yet."""
    found = find_head(uow)
    if found is None:
        raise NotFound("No head has been signed yet.")
    return found


def list_heads(uow: UnitOfWork, limit: int) -> list[EvidenceHead]:
    """Signed heads, the newest first."""
    newest = select(EvidenceHead).order_by(col(EvidenceHead.size).desc()).limit(limit)
    return list(uow.session.execute(newest).scalars())


def sign_head(uow: UnitOfWork) -> EvidenceHead:
    """The head of the log as it is now, signed by the hub; the one on record where nothing was added since."""
    tree = read_tree(uow.session)
    known = uow.session.get(EvidenceHead, tree.size)
    if known is not None:
        return known
    content: dict[str, object] = {
        "log": participant_urn(HUB_CODE),
        "size": tree.size,
        "root": tree.root().hex(),
        "signed_at": uow.now.isoformat(),
    }
    body = strict_json.encode(content)
    head = EvidenceHead(
        size=tree.size,
        root=tree.root().hex(),
        signed_at=uow.now,
        body=body.decode(),
        signature=uow.hub.key.sign(body),
    )
    uow.session.add(head)
    return head


def prove_message(uow: UnitOfWork, message_id: UUID) -> Proof:
    """The inclusion proof of a stored message under the head of the log as it is now."""
    if uow.session.get(Message, message_id) is None:
        raise NotFound(f"There is no message {message_id}.")
    leaf = next((leaf for leaf in _leaves_about(uow, str(message_id)) if event_of(leaf) in MESSAGE_EVENTS), None)
    if leaf is None:
        raise Conflict(f"The evidence log has no leaf for message {message_id}: run `board-hub evidence verify`.")
    head = sign_head(uow)
    try:
        hashes = inclusion_proof(leaf.position, head.size, node_reader(uow.session))
    except (LookupError, ValueError) as error:
        raise Conflict(f"The evidence log is damaged ({error}): run `board-hub evidence verify`.") from error
    return Proof(message_id, leaf.entry, leaf.position, tuple(hashes), head)


def find_position(uow: UnitOfWork, message_id: UUID) -> int | None:
    """The position in the log of the leaf that vouches for a stored message."""
    leaves = _leaves_about(uow, str(message_id))
    return next((leaf.position for leaf in leaves if event_of(leaf) in MESSAGE_EVENTS), None)


def _leaves_about(uow: UnitOfWork, subject: str) -> list[EvidenceLeaf]:
    statement = select(EvidenceLeaf).where(col(EvidenceLeaf.subject) == subject)
    return list(uow.session.execute(statement.order_by(col(EvidenceLeaf.position))).scalars())


def event_of(leaf: EvidenceLeaf) -> str | None:
    """The name of the event that a leaf's entry tells, if it can be read."""
    try:
        return str(json.loads(leaf.entry)["event"])
    except (ValueError, KeyError, TypeError):
        return None
