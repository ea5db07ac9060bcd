"""The evidence log says so when anything on record is not what it was; and nothing is accepted that it cannot hold."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from sqlmodel import col

from board_hub.domain.errors import HubError
from board_hub.domain.events import HUB, Event, EventName
from board_hub.domain.merkle import Frontier, leaf_hash, verify_inclusion
from board_hub.services.exchange.signing import verify as verify_signature
from board_hub.services.operation.evidence import find_head, prove_message, sign_head
from board_hub.services.operation.evidence_check import NAMED, Report, verify
from board_hub.services.operation.snapshot import look
from board_hub.services.unit_of_work import Hub
from board_hub.store.case_tables import ExternalReference, Notice
from board_hub.store.reading_tables import NoticeWords
from board_hub.store.tables import (
    Delivery,
    EvidenceHead,
    EvidenceLeaf,
    EvidenceNode,
    EvidenceTree,
    Message,
    ParticipantKey,
    Quarantine,
)
from board_hub.store.work_tables import NoticeAttachment
from tests.support.hub import FR, join_four, notice, send

MANY = 300
"""Leaves enough for a kept node."""


@pytest.fixture
def kept(hub: Hub) -> Hub:
    """A hub with two notices, their receipts, a refusal, a signed head and more than one kept node's leaves."""
    france = join_four(hub)[FR]
    send(hub, france.arrival(notice(hub)))
    send(hub, france.arrival(notice(hub, notice_type="art73-11")))
    send(hub, france.arrival(b'{"not": "an envelope"}'))
    with hub.work(HUB) as uow:
        for _ in range(MANY):
            uow.record(Event(EventName.PARTICIPANT_CHANGED, FR))
        uow.commit()
    with hub.work(HUB) as uow:
        sign_head(uow)
        uow.commit()
    return hub


def report_on(hub: Hub) -> Report:
    with look(hub, HUB) as uow:
        return verify(uow)


def tamper(hub: Hub, *statements: Any) -> None:
    """What somebody with a database password does."""
    with Session(hub.engine) as session:
        if hub.engine.dialect.name == "sqlite":
            session.connection().exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        for statement in statements:
            session.execute(statement)
        session.commit()


def first_notice(hub: Hub) -> UUID:
    with Session(hub.engine) as session:
        return session.execute(select(col(Message.id)).where(col(Message.notice_type) == "art79-5")).scalar_one()


def position_of(hub: Hub, message_id: UUID) -> int:
    with Session(hub.engine) as session:
        leaves = select(col(EvidenceLeaf.position)).where(col(EvidenceLeaf.subject) == str(message_id))
        return session.execute(leaves).scalar_one()


def said(report: Report) -> str:
    return "\n".join(f"{one.subject}: {one.what}" for one in report.first)


def test_an_untouched_log_is_clean(kept: Hub) -> None:
    report = report_on(kept)
    assert report.clean, said(report)
    assert report.leaves > MANY
    assert (report.quarantined, report.heads) == (1, 1)
    assert report.messages >= 5


def test_an_empty_log_is_clean(hub: Hub) -> None:
    assert report_on(hub).clean


def test_verifying_does_not_wait_for_a_writer_nor_a_writer_for_it(kept: Hub) -> None:
    with kept.work(HUB) as writer, look(kept, HUB) as uow:
        writer.record(Event(EventName.PARTICIPANT_CHANGED, FR))
        writer.commit()
        assert verify(uow).clean


def changed_entry(hub: Hub) -> list[Any]:
    entry = EvidenceLeaf.__table__.c.entry  # type: ignore[attr-defined]
    where = col(EvidenceLeaf.subject) == str(first_notice(hub))
    return [update(EvidenceLeaf).where(where).values(entry=entry + " ")]


def changed_entry_and_hash(hub: Hub) -> list[Any]:
    where = col(EvidenceLeaf.position) == position_of(hub, first_notice(hub))
    return [update(EvidenceLeaf).where(where).values(entry="{}", hash=leaf_hash(b"{}"))]


def changed_subject(hub: Hub) -> list[Any]:
    where = col(EvidenceLeaf.position) == position_of(hub, first_notice(hub))
    return [update(EvidenceLeaf).where(where).values(subject="EE-TTJA")]


def changed_body(hub: Hub) -> list[Any]:
    with Session(hub.engine) as session:
        body = session.execute(select(col(Message.body)).where(col(Message.id) == first_notice(hub))).scalar_one()
    changed = body.replace(b"Veridia", b"veridia", 1)
    return [update(Message).where(col(Message.id) == first_notice(hub)).values(body=changed)]


def changed_signature(hub: Hub) -> list[Any]:
    return [update(Message).where(col(Message.id) == first_notice(hub)).values(signature="e30..AAAA")]


def deleted_tail_leaf(hub: Hub) -> list[Any]:
    with Session(hub.engine) as session:
        size = session.execute(select(col(EvidenceTree.size))).scalar_one()
    return [delete(EvidenceLeaf).where(col(EvidenceLeaf.position) == size - 1)]


def deleted_middle_leaf(hub: Hub) -> list[Any]:
    return [delete(EvidenceLeaf).where(col(EvidenceLeaf.position) == 100)]


def deleted_message(hub: Hub) -> list[Any]:
    id_ = first_notice(hub)
    children = (
        delete(Delivery).where(col(Delivery.message_id) == id_),
        delete(ExternalReference).where(col(ExternalReference.notice_id) == id_),
        delete(NoticeAttachment).where(col(NoticeAttachment.notice_id) == id_),
        delete(NoticeWords).where(col(NoticeWords.notice_id) == id_),
        delete(Notice).where(col(Notice.id) == id_),
    )
    return [*children, delete(Message).where(col(Message.id) == id_)]


def added_message(hub: Hub) -> list[Any]:
    with Session(hub.engine) as session:
        row = session.execute(select(Message).where(col(Message.id) == first_notice(hub))).scalar_one().model_dump()
    return [insert(Message).values(**row | {"id": UUID(int=row["id"].int + 1), "message_id": "forged"})]


def rewound_tree(hub: Hub) -> list[Any]:
    return [update(EvidenceTree).values(size=256, frontier=["00" * 32])]


def unreadable_tree(hub: Hub) -> list[Any]:
    return [update(EvidenceTree).values(size=3, frontier=[])]


def log_cut_and_tree_rewound_to_match(hub: Hub) -> list[Any]:
    """Consistent in itself: only the signed head can tell."""
    with Session(hub.engine) as session:
        leaves = select(col(EvidenceLeaf.hash)).order_by(col(EvidenceLeaf.position)).limit(300)
        frontier, _ = Frontier().extend(session.execute(leaves).scalars())
    edge = [node.hex() for node in frontier.nodes]
    return [
        delete(EvidenceLeaf).where(col(EvidenceLeaf.position) >= 300),
        update(EvidenceTree).values(size=300, frontier=edge),
    ]


def log_rewritten_to_match(hub: Hub) -> list[Any]:
    """Last entry replaced, tree recomputed: only the signed head can tell."""
    with Session(hub.engine) as session:
        leaves = session.execute(select(col(EvidenceLeaf.hash)).order_by(col(EvidenceLeaf.position))).scalars().all()
    entry = '{"subject":"FR-CNIL"}'
    frontier, _ = Frontier().extend([*leaves[:-1], leaf_hash(entry.encode())])
    where = col(EvidenceLeaf.position) == len(leaves) - 1
    return [
        update(EvidenceLeaf).where(where).values(entry=entry, hash=leaf_hash(entry.encode())),
        update(EvidenceTree).values(frontier=[node.hex() for node in frontier.nodes]),
    ]


def swapped_leaves(hub: Hub) -> list[Any]:
    with Session(hub.engine) as session:
        rows = session.execute(select(EvidenceLeaf).where(col(EvidenceLeaf.position).in_([40, 41]))).scalars().all()
    return [
        update(EvidenceLeaf)
        .where(col(EvidenceLeaf.position) == mine.position)
        .values(subject=other.subject, entry=other.entry, hash=other.hash)
        for mine, other in (rows, rows[::-1])
    ]


def changed_node(hub: Hub) -> list[Any]:
    return [update(EvidenceNode).values(hash=b"\0" * 32)]


def deleted_node(hub: Hub) -> list[Any]:
    return [delete(EvidenceNode)]


def added_node(hub: Hub) -> list[Any]:
    return [insert(EvidenceNode).values(level=16, position=0, hash=b"\0" * 32)]


def changed_quarantine(hub: Hub) -> list[Any]:
    return [update(Quarantine).values(body=b"something else")]


def deleted_quarantine(hub: Hub) -> list[Any]:
    return [delete(Quarantine)]


def changed_head(hub: Hub) -> list[Any]:
    return [update(EvidenceHead).values(root="00" * 32)]


def forged_head(hub: Hub) -> list[Any]:
    return [update(EvidenceHead).values(body='{"size":1}')]


def head_signed_by_nobody_known(hub: Hub) -> list[Any]:
    return [delete(ParticipantKey).where(col(ParticipantKey.kid) == hub.key.kid)]


TAMPERINGS: dict[Callable[[Hub], list[Any]], str] = {
    changed_entry: "the entry is not the one that was hashed",
    changed_entry_and_hash: "the entries give",
    changed_subject: "the entry is about another subject",
    changed_body: "its bytes are not those that the log vouches for",
    changed_signature: "its signature is not the one that the log vouches for",
    deleted_tail_leaf: "the entries give",
    deleted_middle_leaf: "leaf 100 is missing",
    deleted_message: "the log has it, table message has not",
    added_message: "the log has 0 leaves for it",
    rewound_tree: "the tree has 256 leaves",
    unreadable_tree: "the tree's row cannot be read",
    log_cut_and_tree_rewound_to_match: "leaves, there are 300",
    log_rewritten_to_match: "the log no longer begins with what this signed head covers",
    swapped_leaves: "the entries give",
    changed_node: "the kept node differs from its leaves",
    deleted_node: "the kept node is missing",
    added_node: "2 nodes are kept, the entries give 1",
    changed_quarantine: "its bytes are not those that the log vouches for",
    deleted_quarantine: "the log has it, table quarantine has not",
    changed_head: "the head's row is not what was signed",
    forged_head: "the head's signature does not hold",
    head_signed_by_nobody_known: "the head's signature does not hold (key.unknown)",
}


@pytest.mark.parametrize("tampering", TAMPERINGS, ids=lambda one: one.__name__)
def test_tampering_is_found_and_named(kept: Hub, tampering: Callable[[Hub], list[Any]]) -> None:
    tamper(kept, *tampering(kept))
    kept.directory._directory = None
    report = report_on(kept)
    assert not report.clean
    assert TAMPERINGS[tampering] in said(report)


def test_a_difference_names_subject_and_position(kept: Hub) -> None:
    message_id = first_notice(kept)
    position = position_of(kept, message_id)
    tamper(kept, *changed_entry(kept))
    assert (str(message_id), position) in [(one.subject, one.position) for one in report_on(kept).first]


def test_all_differences_are_counted_and_the_first_ones_named(kept: Hub) -> None:
    tamper(kept, update(EvidenceLeaf).where(col(EvidenceLeaf.position) < 200).values(entry="{}"))
    report = report_on(kept)
    assert report.differences >= 200
    assert len(report.first) == NAMED


def test_without_its_leaf_nothing_is_accepted(hub: Hub) -> None:
    france = join_four(hub)[FR]
    tamper(hub, text("DROP TABLE evidence_tree"))
    with pytest.raises((SQLAlchemyError, HubError)):
        send(hub, france.arrival(notice(hub)))
    with Session(hub.engine) as session:
        assert session.execute(select(col(Message.id)).where(col(Message.source) == FR)).all() == []


def test_a_head_is_signed_once_for_each_size(kept: Hub) -> None:
    with kept.work(HUB) as uow:
        head, known = sign_head(uow), find_head(uow)
        assert head == known
        keys = uow.directory.keys_of("EU-HUB")
        assert verify_signature(head.body.encode(), head.signature, keys=keys, signed_at=uow.now, now=uow.now)


def test_a_stored_message_is_proved_under_the_signed_head(kept: Hub) -> None:
    with kept.work(HUB) as uow:
        proof = prove_message(uow, first_notice(kept))
    root = bytes.fromhex(proof.head.root)
    leaf = leaf_hash(proof.entry.encode())
    assert verify_inclusion(leaf, proof.position, proof.head.size, proof.hashes, root)


def test_every_leaf_can_be_proved_from_the_kept_nodes(kept: Hub) -> None:
    with kept.work(HUB) as uow:
        ids = uow.session.execute(select(col(Message.id))).scalars().all()
        proofs = [prove_message(uow, id_) for id_ in ids]
    assert all(
        verify_inclusion(
            leaf_hash(one.entry.encode()), one.position, one.head.size, one.hashes, bytes.fromhex(one.head.root)
        )
        for one in proofs
    )
