"""Verifying the whole evidence log against all that is stored; reads in chunks, so that memory stays flat."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import NoResultFound
from sqlmodel import col

from board_hub.domain.envelope import HUB as HUB_CODE
from board_hub.domain.errors import Invalid
from board_hub.domain.events import EventName
from board_hub.domain.merkle import Frontier, Node, leaf_hash
from board_hub.services.exchange.hub_messages import digest
from board_hub.services.exchange.signing import verify as verify_signature
from board_hub.services.operation.evidence import MESSAGE_EVENTS
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.evidence import KEPT_LEVELS, iterate_leaves, read_tree
from board_hub.store.tables import EvidenceHead, EvidenceLeaf, EvidenceNode, Message, Quarantine

CHUNK = 5000
BODIES = 200
"""Bodies read at once: one may have a megabyte."""
NAMED = 20
"""Differences that a report names; it counts them all."""

Leaf = tuple[int, str, str, bytes]


@dataclass(frozen=True)
class Difference:
    """One thing that is not as the log or the log's own hashes say. position: the leaf's, where it is about one."""

    subject: str
    what: str
    position: int | None = None


@dataclass
class Report:
    """What a verification looked at, and what it found. root: recomputed from the entries, in hex."""

    leaves: int = 0
    root: str = ""
    messages: int = 0
    quarantined: int = 0
    heads: int = 0
    differences: int = 0
    first: list[Difference] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not self.differences

    def note(self, subject: str, what: str, position: int | None = None) -> None:
        self.differences += 1
        if len(self.first) < NAMED:
            self.first.append(Difference(subject, what, position))


def verify(uow: UnitOfWork, looked_at: Callable[[int], None] = lambda number: None) -> Report:
    """Recompute the log from its entries; compare it with tree, kept nodes, signed heads and all that is stored.

    Wants a unit of work that sees one moment (`services.snapshot.look`): otherwise what arrives meanwhile differs.
    looked_at: told the number of leaves, messages and refusals after each portion; what it raises ends the check.
    """
    report = Report()
    tree = _read_tree(uow, report)
    heads = _read_heads(uow, report)
    frontier = Frontier()
    nodes = 0
    for chunk in _chunks(iterate_leaves(uow.session, CHUNK)):
        hashes = [_check_leaf(leaf, frontier.size + i, report) for i, leaf in enumerate(chunk)]
        _check_heads(frontier, hashes, heads, report)
        frontier, made = frontier.extend(hashes)
        nodes += _check_nodes(uow, made, report)
        _check_subjects(uow, chunk, report)
        looked_at(frontier.size)
    report.leaves, report.root = frontier.size, frontier.root().hex()
    if tree is not None and tree != frontier:
        says = f"the tree has {tree.size} leaves and root {tree.root().hex()[:16]}…"
        report.note("evidence_tree", f"{says}, the entries give {frontier.size} and {report.root[:16]}…")
    if nodes != (stored := _count(uow, EvidenceNode)):
        report.note("evidence_node", f"{stored} nodes are kept, the entries give {nodes}")
    for size in sorted(size for size in heads if size > frontier.size):
        report.note(f"head {size}", f"a head was signed over {size} leaves, there are {frontier.size}")
    for _ in _check_messages(uow, report):
        looked_at(report.leaves + report.messages)
    for _ in _check_quarantine(uow, report):
        looked_at(report.leaves + report.messages + report.quarantined)
    return report


def count_to_verify(uow: UnitOfWork) -> int:
    """Leaves, messages and refusals there are: what `looked_at` comes to in the end."""
    return sum(_count(uow, table) for table in (EvidenceLeaf, Message, Quarantine))


def _read_tree(uow: UnitOfWork, report: Report) -> Frontier | None:
    try:
        return read_tree(uow.session)
    except (NoResultFound, ValueError, TypeError) as error:
        report.note("evidence_tree", f"the tree's row cannot be read ({type(error).__name__})")
        return None


def _chunks(leaves: Iterator[Leaf]) -> Iterator[list[Leaf]]:
    while chunk := list(islice(leaves, CHUNK)):
        yield chunk


def _check_leaf(leaf: Leaf, expected: int, report: Report) -> bytes:
    """The leaf's hash as its entry gives it; notes where row and entry disagree."""
    position, subject, entry, stored = leaf
    computed = leaf_hash(entry.encode())
    if position != expected:
        report.note(subject, f"leaf {expected} is missing, the next is {position}", position)
    if computed != stored:
        report.note(subject, "the entry is not the one that was hashed", position)
    if _read(entry).get("subject") != subject:
        report.note(subject, "the entry is about another subject", position)
    return computed


def _read(entry: str) -> dict[str, Any]:
    try:
        content = json.loads(entry)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _check_nodes(uow: UnitOfWork, made: Sequence[Node], report: Report) -> int:
    """Compare the kept nodes that this chunk completed; returns how many there must be."""
    wanted = {(level, index): node for level, index, node in made if level and level % KEPT_LEVELS == 0}
    for level in {level for level, _ in wanted}:
        indices = [index for at, index in wanted if at == level]
        rows = uow.session.execute(
            select(col(EvidenceNode.position), col(EvidenceNode.hash)).where(
                col(EvidenceNode.level) == level, col(EvidenceNode.position).between(min(indices), max(indices))
            )
        )
        stored = {row.position: row.hash for row in rows}
        for index in indices:
            if stored.get(index) != wanted[level, index]:
                state = "differs from its leaves" if index in stored else "is missing"
                report.note(f"node {level}/{index}", f"the kept node {state}")
    return len(wanted)


# --- signed heads ----------------------------------------------------------------------------------------------------


def _read_heads(uow: UnitOfWork, report: Report) -> dict[int, str]:
    """Roots of the signed heads by size, as they were signed; one that the hub did not sign is noted, and left out."""
    heads: dict[int, str] = {}
    for head in uow.session.execute(select(EvidenceHead).order_by(col(EvidenceHead.size))).scalars():
        report.heads += 1
        flaw = _head_flaw(uow, head)
        if flaw:
            report.note(f"head {head.size}", flaw)
        else:
            heads[head.size] = head.root
    return heads


def _head_flaw(uow: UnitOfWork, head: EvidenceHead) -> str | None:
    keys = uow.directory.keys_of(HUB_CODE)
    try:
        verify_signature(head.body.encode(), head.signature, keys=keys, signed_at=head.signed_at, now=head.signed_at)
    except Invalid as refusal:
        return f"the head's signature does not hold ({refusal.flaws[0].code})"
    content = _read(head.body)
    if (content.get("size"), content.get("root")) != (head.size, head.root):
        return "the head's row is not what was signed"
    return None


def _check_heads(frontier: Frontier, hashes: Sequence[bytes], heads: dict[int, str], report: Report) -> None:
    """Compare the heads whose size falls into this chunk with the root that the entries give there."""
    start = frontier.size
    for size in sorted(size for size in heads if start <= size <= start + len(hashes)):
        at_head, _ = frontier.extend(hashes[: size - start])
        if at_head.root().hex() != heads[size]:
            report.note(f"head {size}", "the log no longer begins with what this signed head covers")
            del heads[size]


# --- what the leaves vouch for ---------------------------------------------------------------------------------------


def _check_subjects(uow: UnitOfWork, leaves: Sequence[Leaf], report: Report) -> None:
    """Every message and every refusal that a leaf names is there."""
    named: dict[type[Message] | type[Quarantine], dict[UUID, int]] = {Message: {}, Quarantine: {}}
    for position, subject, entry, _ in leaves:
        table = _table(_read(entry).get("event"))
        if table is not None and (id_ := _uuid(subject)):
            named[table][id_] = position
    for table, positions in named.items():
        there = set(uow.session.execute(select(table.id).where(col(table.id).in_(list(positions)))).scalars())  # type: ignore[call-overload]
        for id_ in positions.keys() - there:
            report.note(str(id_), f"the log has it, table {table.__tablename__} has not", positions[id_])


def _table(event: object) -> type[Message] | type[Quarantine] | None:
    if event in MESSAGE_EVENTS:
        return Message
    return Quarantine if event == EventName.MESSAGE_REFUSED else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _check_messages(uow: UnitOfWork, report: Report) -> Iterator[None]:
    """Every message has exactly one leaf, and is byte for byte what that leaf vouches for; yields now and then."""
    columns = (Message.id, Message.sha256, Message.body, Message.signature)
    for rows in _pages(uow, Message, columns):
        leaves = _leaves_of(uow, [str(row.id) for row in rows])
        for row in rows:
            report.messages += 1
            vouched = [entry for entry in leaves.get(str(row.id), ()) if entry.get("event") in MESSAGE_EVENTS]
            _check_vouched(str(row.id), row.body, row.sha256, vouched, report)
            if len(vouched) == 1:
                _check_signature(str(row.id), row.signature, vouched[0], report)
        yield


def _check_quarantine(uow: UnitOfWork, report: Report) -> Iterator[None]:
    """Every refused arrival has exactly one leaf, and is byte for byte what that leaf vouches for; yields likewise."""
    for rows in _pages(uow, Quarantine, (Quarantine.id, Quarantine.sha256, Quarantine.body)):
        leaves = _leaves_of(uow, [str(row.id) for row in rows])
        for row in rows:
            report.quarantined += 1
            entries = leaves.get(str(row.id), ())
            vouched = [entry for entry in entries if entry.get("event") == EventName.MESSAGE_REFUSED]
            _check_vouched(str(row.id), row.body, row.sha256, vouched, report)
        yield


def _check_vouched(id_: str, body: bytes, sha256: str, vouched: Sequence[dict[str, Any]], report: Report) -> None:
    if len(vouched) != 1:
        report.note(id_, f"the log has {len(vouched)} leaves for it, it must have one")
    elif digest(body) != vouched[0].get("sha256"):
        report.note(id_, "its bytes are not those that the log vouches for")
    if digest(body) != sha256:
        report.note(id_, "its bytes are not those of the digest stored with it")


def _check_signature(id_: str, signature: str, vouched: dict[str, Any], report: Report) -> None:
    expected = vouched.get("signature_sha256")
    if expected is not None and digest(signature.encode()) != expected:
        report.note(id_, "its signature is not the one that the log vouches for")


def _pages(uow: UnitOfWork, table: Any, columns: Sequence[Any]) -> Iterator[Sequence[Any]]:
    last: UUID | None = None
    while True:
        statement = select(*columns).order_by(col(table.id)).limit(BODIES)
        rows = uow.session.execute(statement if last is None else statement.where(col(table.id) > last)).all()
        if not rows:
            return
        yield rows
        last = rows[-1].id


def _leaves_of(uow: UnitOfWork, subjects: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    statement = select(col(EvidenceLeaf.subject), col(EvidenceLeaf.entry)).where(
        col(EvidenceLeaf.subject).in_(subjects)
    )
    for row in uow.session.execute(statement):
        found.setdefault(row.subject, []).append(_read(row.entry))
    return found


def _count(uow: UnitOfWork, table: Any) -> int:
    return int(uow.session.execute(select(func.count()).select_from(table)).scalar_one())
