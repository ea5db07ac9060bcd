"""What costs more than a page may cost is worked out now and then for each reader, and says when it was."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from board_hub.services.access import Reader
from board_hub.services.unit_of_work import UnitOfWork

T = TypeVar("T")
A_MINUTE = timedelta(minutes=1)
MOST = 500
"""Answers that a process keeps: a few for each authority."""


@dataclass(frozen=True)
class Kept(Generic[T]):
    """An answer, and the moment it is true of."""

    answer: T
    at: datetime


def keep(
    uow: UnitOfWork, reader: Reader, name: str, work: Callable[[], T], *, lasting: timedelta = A_MINUTE
) -> Kept[T]:
    """The answer of the last minute, or a new one. Equal readers see the same, others never each other's."""
    kept: dict[tuple[Reader, str], Kept[T]] = uow.hub.memo.setdefault("kept for readers", {})
    found = kept.get((reader, name))
    if found is None or not found.at <= uow.now < found.at + lasting:
        if len(kept) >= MOST:
            kept.clear()
        found = kept[reader, name] = Kept(work(), uow.now)
    return found
