"""The tree, its proofs and their checks agree with the recursive definitions of RFC 9162 §2.1."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from board_hub.domain.merkle import (
    Frontier,
    consistency_proof,
    empty_root,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [leaf_hash(str(number).encode()) for number in range(200)]
SIZES = st.integers(0, len(LEAVES))

# The test data of the first Certificate Transparency log (RFC 6962; the hashing is the same in RFC 9162).
CT_ENTRIES = [
    bytes.fromhex(entry)
    for entry in ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
]
CT_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
CT_INCLUSION = {
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
}


def stored(leaves: list[bytes]) -> Callable[[int, int], bytes]:
    """The complete subtrees as a store would hold them: only what extending a tree reports."""
    _, made = Frontier().extend(leaves)
    nodes = {(level, index): value for level, index, value in made}
    return lambda level, index: nodes[level, index]


NODE = stored(LEAVES)


def path_by_definition(index: int, leaves: list[bytes]) -> list[bytes]:
    """PATH(m, D_n) of RFC 9162 §2.1.3.1."""
    if len(leaves) == 1:
        return []
    split = max(2**power for power in range(len(leaves).bit_length()) if 2**power < len(leaves))
    if index < split:
        return [*path_by_definition(index, leaves[:split]), root_of(leaves[split:])]
    return [*path_by_definition(index - split, leaves[split:]), root_of(leaves[:split])]


def subproof_by_definition(old: int, leaves: list[bytes], *, complete: bool) -> list[bytes]:
    """SUBPROOF(m, D_n, b) of RFC 9162 §2.1.4.1."""
    if old == len(leaves):
        return [] if complete else [root_of(leaves)]
    split = max(2**power for power in range(len(leaves).bit_length()) if 2**power < len(leaves))
    if old <= split:
        return [*subproof_by_definition(old, leaves[:split], complete=complete), root_of(leaves[split:])]
    return [*subproof_by_definition(old - split, leaves[split:], complete=False), root_of(leaves[:split])]


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_the_certificate_transparency_vectors(size: int) -> None:
    leaves = [leaf_hash(entry) for entry in CT_ENTRIES[:size]]
    frontier, _ = Frontier().extend(leaves)
    assert frontier.root().hex() == root_of(leaves).hex() == CT_ROOTS[size]


@pytest.mark.parametrize(("index", "size"), CT_INCLUSION)
def test_inclusion_proofs_are_those_of_the_certificate_transparency_vectors(index: int, size: int) -> None:
    leaves = [leaf_hash(entry) for entry in CT_ENTRIES]
    assert [step.hex() for step in inclusion_proof(index, size, stored(leaves))] == CT_INCLUSION[index, size]


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert empty_root() == Frontier().root() == root_of([])


def test_a_leaf_cannot_pass_for_a_node() -> None:
    left, right = LEAVES[:2]
    assert leaf_hash(left + right) != node_hash(left, right)


@given(SIZES)
def test_the_frontier_has_the_root_of_the_definition(size: int) -> None:
    frontier, _ = Frontier().extend(LEAVES[:size])
    assert frontier.size == size
    assert frontier.root() == root_of(LEAVES[:size])


@given(SIZES, SIZES)
def test_extending_in_two_steps_is_extending_at_once(first: int, second: int) -> None:
    first, second = sorted((first, second))
    begun, begun_nodes = Frontier().extend(LEAVES[:first])
    grown, grown_nodes = begun.extend(LEAVES[first:second])
    assert (grown, begun_nodes + grown_nodes) == Frontier().extend(LEAVES[:second])


@given(SIZES)
def test_extending_is_appending_one_by_one(size: int) -> None:
    frontier, nodes = Frontier(), []
    for leaf in LEAVES[:size]:
        frontier, made = frontier.append(leaf)
        nodes += made
    assert (frontier, nodes) == Frontier().extend(LEAVES[:size])


@given(SIZES)
def test_each_complete_subtree_is_reported_once_and_right(size: int) -> None:
    _, made = Frontier().extend(LEAVES[:size])
    expected = {(level, index) for level in range(8) for index in range(size >> level)}
    assert {(level, index) for level, index, _ in made} == expected
    assert len(made) == len(expected)
    assert all(value == root_of(LEAVES[index << level : (index + 1) << level]) for level, index, value in made)


def test_appending_leaves_the_old_frontier_as_it_was() -> None:
    old, _ = Frontier().extend(LEAVES[:5])
    root = old.root()
    old.append(LEAVES[5])
    assert old.root() == root


@pytest.mark.parametrize(("size", "nodes"), [(1, ()), (0, (LEAVES[0],)), (3, (LEAVES[0],)), (-1, (LEAVES[0],))])
def test_a_frontier_whose_nodes_do_not_fit_its_size_is_refused(size: int, nodes: tuple[bytes, ...]) -> None:
    with pytest.raises(ValueError, match="frontier"):
        Frontier(size, nodes)


@given(st.integers(1, len(LEAVES)), st.data())
def test_inclusion_proofs_are_those_of_the_definition_and_hold(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, NODE)
    assert proof == path_by_definition(index, LEAVES[:size])
    assert verify_inclusion(LEAVES[index], index, size, proof, root_of(LEAVES[:size]))


@given(st.integers(1, len(LEAVES)), st.data())
def test_consistency_proofs_are_those_of_the_definition_and_hold(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new))
    proof = consistency_proof(old, new, NODE)
    assert proof == subproof_by_definition(old, LEAVES[:new], complete=True)
    assert verify_consistency(old, new, root_of(LEAVES[:old]), root_of(LEAVES[:new]), proof)


def test_every_small_proof_holds() -> None:
    roots = [root_of(LEAVES[:size]) for size in range(34)]
    for new in range(34):
        for old in range(new + 1):
            assert verify_consistency(old, new, roots[old], roots[new], consistency_proof(old, new, NODE))
        for index in range(new):
            assert verify_inclusion(LEAVES[index], index, new, inclusion_proof(index, new, NODE), roots[new])


@given(st.integers(2, len(LEAVES)), st.data())
def test_an_inclusion_proof_holds_for_nothing_else(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof, root, leaf = inclusion_proof(index, size, NODE), root_of(LEAVES[:size]), LEAVES[index]
    other = data.draw(st.integers(0, size - 1).filter(lambda place: place != index))
    step = data.draw(st.integers(0, len(proof) - 1))
    changed = [*proof[:step], bytes([proof[step][0] ^ 1]) + proof[step][1:], *proof[step + 1 :]]
    assert not verify_inclusion(leaf, other, size, proof, root)
    assert not verify_inclusion(LEAVES[other], index, size, proof, root)
    assert not verify_inclusion(leaf, index, size, proof, root_of(LEAVES[: size - 1]))
    assert not verify_inclusion(leaf, index, size, changed, root)
    assert not verify_inclusion(leaf, index, size, proof[:-1], root)
    assert not verify_inclusion(leaf, index, size, [*proof, root], root)


@given(st.integers(2, len(LEAVES)), st.data())
def test_a_consistency_proof_holds_for_no_rewritten_history(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new - 1))
    rewritten = data.draw(st.integers(0, old - 1))
    forged = [*LEAVES[:rewritten], leaf_hash(b"forged"), *LEAVES[rewritten + 1 : new]]
    proof = consistency_proof(old, new, stored(forged))
    assert not verify_consistency(old, new, root_of(LEAVES[:old]), root_of(forged), proof)
    honest = consistency_proof(old, new, NODE)
    assert not verify_consistency(old, new, root_of(LEAVES[:old]), root_of(forged), honest)
    assert not verify_consistency(old, new, root_of(LEAVES[:old]), root_of(LEAVES[:new]), honest[:-1])
    assert not verify_consistency(old, new, root_of(LEAVES[:old]), root_of(LEAVES[:new]), [*honest, LEAVES[0]])


@given(st.integers(1, len(LEAVES)), st.data())
def test_a_proof_holds_for_no_larger_tree(size: int, data: st.DataObject) -> None:
    """Its length is part of what is proved, as no hash says how high a tree is."""
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    root, old_root = root_of(LEAVES[:size]), root_of(LEAVES[:old])
    assert not verify_inclusion(LEAVES[index], index, 4 * size, inclusion_proof(index, size, NODE), root)
    assert not verify_consistency(old, 4 * size, old_root, root, consistency_proof(old, size, NODE))


@given(st.integers(2, len(LEAVES)), st.data())
def test_a_proof_lengthened_together_with_its_roots_is_refused(size: int, data: st.DataObject) -> None:
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size - 1))
    more = LEAVES[0]
    root, old_root = node_hash(more, root_of(LEAVES[:size])), node_hash(more, root_of(LEAVES[:old]))
    assert not verify_inclusion(LEAVES[index], index, size, [*inclusion_proof(index, size, NODE), more], root)
    assert not verify_consistency(old, size, old_root, root, [*consistency_proof(old, size, NODE), more])


@given(st.integers(-2, 9), st.integers(-2, 9), st.lists(st.binary(max_size=33) | st.sampled_from(LEAVES), max_size=5))
def test_checking_rubbish_answers_and_never_raises(first: int, second: int, proof: list[bytes]) -> None:
    assert verify_inclusion(b"rubbish", first, second, proof, b"rubbish") is False
    assert verify_consistency(first, second, b"old", b"new", proof) is False


def test_equal_trees_are_consistent_by_nothing_but_their_equality() -> None:
    root, other = LEAVES[:2]
    assert verify_consistency(1, 1, root, root, [])
    assert not verify_consistency(1, 1, root, other, [])
    assert not verify_consistency(1, 1, root, root, [other])


def test_every_tree_begins_with_the_empty_one() -> None:
    assert consistency_proof(0, 5, NODE) == []
    assert verify_consistency(0, 5, empty_root(), root_of(LEAVES[:5]), [])
    assert verify_consistency(0, 0, empty_root(), empty_root(), [])
    assert not verify_consistency(0, 5, LEAVES[0], root_of(LEAVES[:5]), [])
    assert not verify_consistency(0, 0, LEAVES[0], LEAVES[0], [])


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5)])
def test_there_is_no_inclusion_proof_for_a_leaf_outside_the_tree(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no leaf"):
        inclusion_proof(index, size, NODE)


@pytest.mark.parametrize(("old", "new"), [(6, 5), (-1, 5)])
def test_there_is_no_consistency_proof_for_a_tree_that_shrank(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="does not begin"):
        consistency_proof(old, new, NODE)


def test_a_proof_in_a_million_leaves_reads_few_nodes() -> None:
    calls: list[tuple[int, int]] = []

    def node(level: int, index: int) -> bytes:
        calls.append((level, index))
        return LEAVES[0]

    inclusion_proof(999_999, 1_000_000, node)
    inclusion_proof(123_456, 1_000_000, node)
    consistency_proof(654_321, 1_000_000, node)
    assert len(calls) <= 3 * 40
