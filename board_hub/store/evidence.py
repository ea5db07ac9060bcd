"""Rows of the evidence log: appending leaves in order, reading back the tree."""

from collections.abc import Iterator, Sequence

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from board_hub.domain.merkle import Frontier, ReadNode, leaf_hash, node_hash
from board_hub.store.bulk import insert_rows
from board_hub.store.tables import EvidenceLeaf, EvidenceNode, EvidenceTree, table_of

KEPT_LEVELS = 8
"""Every how many levels of the tree complete nodes are stored: a proof re-hashes at most 256 leaves a level."""


def append(session: Session, entries: Sequence[tuple[str, str]]) -> int:
    """Append (subject, entry) pairs in order, under the tree's lock; returns the new size.

    The lock is held until the transaction ends, so call this last.
    """
    tree = table_of(EvidenceTree)
    size, nodes = session.execute(select(tree.c.size, tree.c.frontier).where(tree.c.id == 1).with_for_update()).one()
    hashes = [leaf_hash(entry.encode()) for _, entry in entries]
    frontier, completed = Frontier(size, tuple(bytes.fromhex(node) for node in nodes)).extend(hashes)
    leaves = [
        {"position": size + i, "subject": subject, "entry": entry, "hash": digest}
        for i, ((subject, entry), digest) in enumerate(zip(entries, hashes, strict=True))
    ]
    insert_rows(session, EvidenceLeaf, leaves)
    kept = [
        {"level": level, "position": position, "hash": digest}
        for level, position, digest in completed
        if level and level % KEPT_LEVELS == 0
    ]
    if kept:
        session.execute(insert(table_of(EvidenceNode)), kept)
    session.execute(
        update(tree).where(tree.c.id == 1).values(size=frontier.size, frontier=[node.hex() for node in frontier.nodes])
    )
    return frontier.size


def read_tree(session: Session) -> Frontier:
    """The tree's size and right edge as the hub believes them to be."""
    size, nodes = session.execute(
        select(col(EvidenceTree.size), col(EvidenceTree.frontier)).where(col(EvidenceTree.id) == 1)
    ).one()
    return Frontier(size, tuple(bytes.fromhex(node) for node in nodes))


def iterate_leaves(session: Session, chunk: int = 5000) -> Iterator[tuple[int, str, str, bytes]]:
    """All leaves in order as (position, subject, entry, hash), read `chunk` at a time."""
    last = -1
    while True:
        rows = session.execute(
            select(
                col(EvidenceLeaf.position), col(EvidenceLeaf.subject), col(EvidenceLeaf.entry), col(EvidenceLeaf.hash)
            )
            .where(col(EvidenceLeaf.position) > last)
            .order_by(col(EvidenceLeaf.position))
            .limit(chunk)
        ).all()
        if not rows:
            return
        yield from (tuple(row) for row in rows)  # type: ignore[misc]
        last = rows[-1].position


def node_reader(session: Session) -> ReadNode:
    """Reads a complete subtree's hash, as proofs ask for it: from the nearest kept level below, 128 rows at most."""

    def node(level: int, index: int) -> bytes:
        kept = level - level % KEPT_LEVELS
        width = 1 << (level - kept)
        rows = _hashes(session, kept, index * width, width)
        if len(rows) != width:
            raise LookupError(f"the evidence log lacks nodes below level {level}, index {index}")
        while len(rows) > 1:
            rows = [node_hash(left, right) for left, right in zip(rows[::2], rows[1::2], strict=True)]
        return rows[0]

    return node


def _hashes(session: Session, level: int, start: int, count: int) -> list[bytes]:
    """Consecutive hashes of one kept level; level 0 are the leaves."""
    if level == 0:
        position, hashes = col(EvidenceLeaf.position), select(col(EvidenceLeaf.hash))
    else:
        position, hashes = (
            col(EvidenceNode.position),
            select(col(EvidenceNode.hash)).where(col(EvidenceNode.level) == level),
        )
    return list(session.execute(hashes.where(position >= start, position < start + count).order_by(position)).scalars())
