"""Reminders that no case asks for: keys about to end, what nobody collects, the log's head, dates; and the purge."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import String, and_, cast, delete, func, or_, select, text
from sqlmodel import col

from board_hub.domain.deliveries import DeliveryState, MustAct, who_must_act
from board_hub.domain.envelope import HUB as HUB_CODE
from board_hub.domain.envelope import MessageType, participant_urn
from board_hub.law.catalogue import Catalogue, title_in
from board_hub.services.exchange.escalation import ai_office
from board_hub.services.exchange.idempotency import KEPT as ANSWERS_KEPT
from board_hub.services.operation.due import note_once
from board_hub.services.operation.evidence import find_head, sign_head
from board_hub.services.operation.job_runs import forget_old_runs
from board_hub.services.unit_of_work import News, UnitOfWork
from board_hub.store.evidence import read_tree
from board_hub.store.tables import Delivery, Message, ParticipantKey, UsedAssertion, table_of
from board_hub.store.work_tables import AnsweredRequest, DueItem

KEY_DAYS = (1, 7, 30)
"""How many days before a key ends its participant is told, ascending."""
OVERDUE = timedelta(hours=24)
"""How long the answer to a request with an Idempotency-Key is repeated."""
MISSED = timedelta(seconds=10)
"""How long a delivery may be due before the relay is woken for it."""
BATCH = 1000
_D, _M, _I = table_of(Delivery).c, table_of(Message).c, table_of(DueItem).c


def remind_of_keys(uow: UnitOfWork) -> int:
    """Tell participants 30, 7 and 1 days before one of their keys ends; returns how many were told.

    last: whether no other key of the participant holds beyond it. Of several moments missed only the nearest is told.
    """
    told = 0
    soon = uow.now + timedelta(days=KEY_DAYS[-1])
    ending = select(ParticipantKey).where(
        col(ParticipantKey.valid_until) > uow.now,
        col(ParticipantKey.valid_until) <= soon,
        col(ParticipantKey.revoked_at).is_(None),
    )
    for key in uow.session.execute(ending.order_by(col(ParticipantKey.kid))).scalars():
        assert key.valid_until is not None
        left = key.valid_until - uow.now
        days = next(days for days in KEY_DAYS if left <= timedelta(days=days))
        if not note_once(uow, "key", key.kid, key.valid_until - timedelta(days=days)):
            continue
        told += 1
        news = {"kid": key.kid, "valid_until": key.valid_until.isoformat(), "days_left": left.days}
        news |= {"last": not _holds_beyond(uow, key)}
        uow.tell([key.participant], MessageType.KEY_EXPIRING, News(news))
    return told


def _holds_beyond(uow: UnitOfWork, key: ParticipantKey) -> bool:
    assert key.valid_until is not None
    others = [other for other in uow.directory.keys_of(key.participant).values() if other.kid != key.kid]
    ends = [other.valid_until for other in others if other.revoked_at is None]
    return any(end is None or end > key.valid_until for end in ends)


def report_overdue(uow: UnitOfWork, after: timedelta = OVERDUE) -> int:
    """Tell senders, once for each message and recipient, what was not collected for so long, and who must act.

    The AI Office hears only whose mailbox it is and how many wait there: the messages are not its own. Returns how
    many deliveries were told of. What the hub itself sends is left out: one unread message would make the next.
    """
    found = [row for row in _overdue(uow, after) if note_once(uow, "overdue", row.subject, row.since)]
    by_recipient: dict[tuple[str, MustAct], list[Any]] = {}
    for row in found:
        must_act = who_must_act(DeliveryState(row.state))
        by_recipient.setdefault((row.recipient, must_act), []).append(row)
        news = {
            "message": {"source": participant_urn(row.source), "id": row.message_id},
            "recipient": row.recipient,
            "state": row.state,
            "since": row.since.isoformat(),
            "must_act": must_act,
        }
        uow.tell([row.source], MessageType.DELIVERY_OVERDUE, News(news))
    office = [one.code for one in ai_office(uow)]
    for (recipient, must_act), rows in by_recipient.items():
        since = min(row.since for row in rows).isoformat()
        summary = {"recipient": recipient, "must_act": must_act, "since": since, "count": len(rows)}
        uow.tell(office, MessageType.DELIVERY_OVERDUE, News(summary))
    return len(found)


def _overdue(uow: UnitOfWork, after: timedelta) -> Sequence[Any]:
    """Open deliveries in their mailbox, or owed, since before `after`, that nobody was told of."""
    since = func.coalesce(_D.delivered_at, _M.received_at)
    subject = func.replace(cast(_D.message_id, String), "-", "") + ":" + _D.recipient
    told = select(_I.id).where(_I.kind == "overdue", _I.subject == subject).exists()
    # in the words of the two partial indexes, so that the planner finds them
    is_open = or_(
        text("(delivery.via = 'amqp' AND delivery.next_attempt_at IS NOT NULL)"),
        text("(delivery.via = 'mailbox' AND delivery.next_attempt_at IS NOT NULL)"),
    )
    columns = (_D.recipient, _D.state, _M.source, _M.message_id, since.label("since"), subject.label("subject"))
    return uow.session.execute(
        select(*columns)
        .join_from(table_of(Delivery), table_of(Message), _M.id == _D.message_id)
        .where(and_(is_open, _D.collected_at.is_(None), since <= uow.now - after, _M.source != HUB_CODE, ~told))
        .order_by(_D.message_id, _D.recipient)
        .limit(BATCH)
    ).all()


def send_head(uow: UnitOfWork) -> int:
    """Sign the evidence log's head once a day (UTC) if it has grown, and send it to all participants."""
    head = find_head(uow)
    tree = read_tree(uow.session)
    if tree.size == 0 or not note_once(uow, "head", "daily", _day_of(uow)):
        return 0
    if head is None or head.size != tree.size:
        head = sign_head(uow)
    content = {
        "size": head.size,
        "root": head.root,
        "signed_at": head.signed_at.isoformat(),
        "body": head.body,
        "signature": head.signature,
    }
    codes = [code for code in uow.directory.participants if code != HUB_CODE]
    uow.tell(codes, MessageType.HEAD_SIGNED, News(content))
    return 1


def remind_of_dates(uow: UnitOfWork) -> int:
    """Remind participants of the fixed dates of the law in force; returns how many reminders were new."""
    today, told = _day_of(uow).date(), 0
    for one in catalogue_in_force(uow, today).fixed_dates:
        left = (one.day - today).days
        days = min((days for days in one.warn if 0 <= left <= days), default=None)
        subject = f"{one.day}:{one.cite}:{title_in(one.title)}"[:100]
        if not one.kinds or days is None or not note_once(uow, "date", subject, _at(one.day - timedelta(days))):
            continue
        told += 1
        codes = [p.code for p in uow.directory.participants.values() if not p.kinds.isdisjoint(one.kinds)]
        content = {"title": title_in(one.title), "article": one.cite, "end": one.day.isoformat(), "days_left": left}
        uow.tell(codes, MessageType.FOLLOWUP_DUE, News({"case": None, **content}))
    return told


def catalogue_in_force(uow: UnitOfWork, day: date) -> Catalogue:
    """The law on that day; the earliest known before all of them."""
    versions = sorted(uow.hub.catalogues)
    return uow.hub.catalogues[max((one for one in versions if one <= day.isoformat()), default=versions[0])]


def ring_for_waiting(uow: UnitOfWork) -> int:
    """Wake the relay when a delivery is due for some time: it may have missed a ring. Returns 0: nothing is done."""
    waiting = select(_D.message_id).where(
        text("delivery.via = 'amqp' AND delivery.next_attempt_at IS NOT NULL"), _D.next_attempt_at < uow.now - MISSED
    )
    if uow.session.execute(waiting.limit(1)).first():
        uow.ring()
    return 0


def purge(uow: UnitOfWork) -> int:
    """Remove answers no longer repeated, used assertions that have expired, and old runs; returns how many rows."""
    answers = delete(AnsweredRequest).where(col(AnsweredRequest.answered_at) < uow.now - ANSWERS_KEPT)
    assertions = delete(UsedAssertion).where(col(UsedAssertion.expires_at) < uow.now)
    gone = sum(uow.session.execute(one).rowcount for one in (answers, assertions))  # type: ignore[attr-defined]
    return int(gone) + forget_old_runs(uow)


def _day_of(uow: UnitOfWork) -> datetime:
    return _at(uow.now.astimezone(UTC).date())


def _at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
