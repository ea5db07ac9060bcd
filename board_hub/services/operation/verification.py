"""The whole evidence log verified as a job: with its progress, and what it came to on record for the secretariat."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from time import monotonic

from board_hub.domain.errors import Conflict, Unavailable
from board_hub.domain.events import HUB
from board_hub.services.operation.evidence_check import Report, count_to_verify, verify
from board_hub.services.operation.job_runs import find_last_run
from board_hub.services.operation.snapshot import look
from board_hub.services.unit_of_work import Hub, UnitOfWork

JOB = "evidence"
EVERY = timedelta(days=1)
TOLD_EVERY = 1.0
"""Seconds between two words on its progress: each is a write."""


def is_verification_due(uow: UnitOfWork) -> bool:
    """Whether the log was not verified for a day; one that is under way counts."""
    last = find_last_run(uow, JOB)
    return last is None or last.started_at <= uow.now - EVERY


def verify_log(hub: Hub, tell: Callable[[int, int], bool]) -> Mapping[str, int]:
    """Verify all of the log; tell(done, total): false stops it. Returns what was looked at, by kind.

    Conflict, naming the first differences, if the log does not hold.
    """
    told = monotonic()
    with look(hub, HUB) as uow:
        total = count_to_verify(uow)
        tell(0, total)

        def _tell(done: int) -> None:
            nonlocal told
            if monotonic() - told < TOLD_EVERY:
                return
            told = monotonic()
            if not tell(done, total):
                raise Unavailable("The verification was stopped with its process; it begins anew.")

        report = verify(uow, _tell)
    tell(total, total)
    if not report.clean:
        raise Conflict(_differences(report))
    return {
        "leaves": report.leaves,
        "messages": report.messages,
        "refused": report.quarantined,
        "heads": report.heads,
    }


def _differences(report: Report) -> str:
    first = "; ".join(f"{one.subject}: {one.what}" for one in report.first[:3])
    return f"NOT CLEAN: {report.differences} differences in {report.leaves} leaves. {first}"
