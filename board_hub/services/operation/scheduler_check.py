"""Whether the scheduler does its work: the doctor's look at its last tick, and at what is due and not done."""

from datetime import timedelta

from board_hub.services.clocks.expiry import DUE_KINDS
from board_hub.services.operation.doctor import Finding
from board_hub.services.operation.due import count_due
from board_hub.services.operation.job_runs import find_last_tick
from board_hub.services.unit_of_work import UnitOfWork

LATELY = timedelta(seconds=60)
"""Without a tick for so long, the scheduler counts as stopped."""
_MEND = "Start `board-hub scheduler`; `board-hub jobs list` says what failed."


def check_scheduler(uow: UnitOfWork, tick: timedelta) -> Finding:
    """A leader ticked lately, and nothing waits for it. tick: the shortest interval of its jobs.

    A hub where it never ran is content as long as nothing is due: it may be new.
    """
    patience = max(LATELY, 3 * tick)
    last, waiting = find_last_tick(uow), count_due(uow, DUE_KINDS, uow.now - patience)
    if waiting:
        said = f"{waiting} due items of clocks wait for more than {patience.total_seconds():.0f} s."
        return Finding("scheduler", False, said, _MEND)
    if last is None:
        return Finding("scheduler", True, "It has not run yet, and no clock is due.")
    ago = (uow.now - last).total_seconds()
    if ago > patience.total_seconds():
        return Finding("scheduler", False, f"It last ticked {ago:.0f} s ago.", _MEND)
    return Finding("scheduler", True, f"It last ticked {max(0.0, ago):.0f} s ago; nothing waits.")
