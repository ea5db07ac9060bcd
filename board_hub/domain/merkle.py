"""Merkle tree of the evidence log (RFC 9162 §2.1): roots, and proofs that an entry is in it and that it only grew.

Throughout, a `leaf` is the 32-byte hash of an entry (`leaf_hash`). A *complete* subtree is named by (level, index): it
covers the 2**level leaves from index * 2**level on; level 0 are the leaves. Complete subtrees never change, so they can
be stored once; everything else is computed from them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

Node = tuple[int, int, bytes]
ReadNode = Callable[[int, int], bytes]
HASH_BYTES = 32


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256 of 0x00 and the entry; the prefix keeps an entry from passing for a node."""
    return sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256 of 0x01 and both children."""
    return sha256(b"\1" + left + right).digest()


def empty_root() -> bytes:
    """The root of the tree with no entries: SHA-256 of nothing."""
    return sha256().digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """What a tree needs to grow on: its size and the roots of its largest complete subtrees, left to right."""

    size: int = 0
    nodes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.nodes) != self.size.bit_count():
            raise ValueError("a frontier has one node for each bit set in its size")

    def append(self, leaf: bytes) -> tuple[Self, list[Node]]:
        """The tree with one more leaf, and each complete subtree that made: the leaf itself (level 0) first."""
        return self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> tuple[Self, list[Node]]:
        """The tree with more leaves, and each complete subtree they made, in the order they came to be."""
        size, nodes, made = self.size, list(self.nodes), list[Node]()
        for leaf in leaves:
            level, index, node = 0, size, leaf
            made.append((0, index, node))
            while index & 1:  # a right child: with its left sibling it completes their parent
                node = sha256(b"\1" + nodes.pop() + node).digest()
                level += 1
                index >>= 1
                made.append((level, index, node))
            nodes.append(node)
            size += 1
        return type(self)(size, tuple(nodes)), made

    def root(self) -> bytes:
        """The Merkle tree hash of all leaves so far."""
        if not self.nodes:
            return empty_root()
        *lefts, root = self.nodes
        for left in reversed(lefts):
            root = node_hash(left, root)
        return root


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The Merkle tree hash by its recursive definition (§2.1.1): slow and plain, what all else is tested against."""
    if not leaves:
        return empty_root()
    if len(leaves) == 1:
        return leaves[0]
    split = _split(len(leaves))
    return node_hash(root_of(leaves[:split]), root_of(leaves[split:]))


def inclusion_proof(index: int, size: int, node: ReadNode) -> list[bytes]:
    """The hashes that lead from leaf `index` to the root of the tree of that size (§2.1.3.1).

    node(level, index) gives a complete subtree's hash; it is called O(log size) times.
    ValueError unless 0 <= index < size.
    """
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    proof, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(_range_hash(middle, end, node))
            end = middle
        else:
            proof.append(_range_hash(start, middle, node))
            start = middle
    return proof[::-1]


def consistency_proof(old: int, new: int, node: ReadNode) -> list[bytes]:
    """The hashes that show the tree of size `new` to begin with the tree of size `old` (§2.1.4.1).

    node as for `inclusion_proof`. Empty if old is 0 or equals new. ValueError unless 0 <= old <= new.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} does not begin with one of {old}")
    if old in (0, new):
        return []
    proof, start, end, whole_old = list[bytes](), 0, new, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            proof.append(_range_hash(middle, end, node))
            end = middle
        else:
            proof.append(_range_hash(start, middle, node))
            start, whole_old = middle, False
    if not whole_old:  # otherwise the verifier has it: it is the old root
        proof.append(_range_hash(start, end, node))
    return proof[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof shows the leaf at `index` in the tree of that size and root (§2.1.3.2). Never raises."""
    if not 0 <= index < size or not _are_hashes([leaf, *proof]):
        return False
    position, last, computed = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            computed = node_hash(sibling, computed)
            position, last = _skip_to_right_child(position, last)
        else:
            computed = node_hash(computed, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and computed == root


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the new tree begins with the old one (§2.1.4.2). Never raises."""
    if not 0 <= old <= new or not _are_hashes(proof):
        return False
    if old == new:
        return not proof and old_root == new_root and (old > 0 or old_root == empty_root())
    if old == 0:
        return not proof and old_root == empty_root()
    path = [old_root, *proof] if old.bit_count() == 1 else list(proof)
    return bool(path) and _leads_to_both(path, old, new, old_root, new_root)


def _leads_to_both(path: list[bytes], old: int, new: int, old_root: bytes, new_root: bytes) -> bool:
    """Steps 3 to 7 of §2.1.4.2."""
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old_computed = new_computed = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            old_computed = node_hash(sibling, old_computed)
            new_computed = node_hash(sibling, new_computed)
            position, last = _skip_to_right_child(position, last)
        else:
            new_computed = node_hash(new_computed, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and old_computed == old_root and new_computed == new_root


def _skip_to_right_child(position: int, last: int) -> tuple[int, int]:
    """Up past the levels at which a subtree at the ragged right edge has no sibling."""
    while position and not position & 1:
        position, last = position >> 1, last >> 1
    return position, last


def _split(count: int) -> int:
    """The largest power of two below the count: where the definition divides a tree (§2.1.1)."""
    return 1 << ((count - 1).bit_length() - 1)


def _range_hash(start: int, end: int, node: ReadNode) -> bytes:
    """The hash over leaves [start, end), where start is a place at which a subtree of that size may begin."""
    parts: list[bytes] = []
    while start < end:
        level = (end - start).bit_length() - 1
        parts.append(node(level, start >> level))
        start += 1 << level
    *lefts, computed = parts
    for left in reversed(lefts):
        computed = node_hash(left, computed)
    return computed


def _are_hashes(values: Sequence[bytes]) -> bool:
    return all(isinstance(value, bytes) and len(value) == HASH_BYTES for value in values)
