"""Requests with an Idempotency-Key: the first answer is kept with its effect; the same request gets it again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from board_hub.domain.errors import Conflict
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.work_tables import AnsweredRequest

KEPT = timedelta(days=7)


@dataclass(frozen=True)
class Answer:
    """What a request is answered with; body: JSON, or nothing; kept: what is repeated instead, without a secret."""

    status: int
    body: bytes = b""
    kept: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def find_answer(uow: UnitOfWork, participant: str, key: str, request_sha256: str) -> Answer | None:
    """The answer once given to this request; None for a new key. Raises Conflict if the key was for another request."""
    row = uow.session.get(AnsweredRequest, (participant, key))
    if row is None:
        return None
    if row.request_sha256 != request_sha256:
        raise Conflict("This Idempotency-Key was used for another request; give every request one of its own.")
    return Answer(row.status, row.body, headers=row.headers)


def keep_answer(uow: UnitOfWork, participant: str, key: str, *, request_sha256: str, answer: Answer) -> None:
    """Keep the answer; it stands from the moment its effect is committed."""
    uow.session.add(
        AnsweredRequest(
            participant=participant,
            key=key,
            request_sha256=request_sha256,
            status=answer.status,
            headers=dict(answer.headers),
            body=answer.body if answer.kept is None else answer.kept,
            answered_at=uow.now,
        )
    )
