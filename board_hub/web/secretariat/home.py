"""The first page of the secretariat: what is wrong and how to mend it, what waits, what ran last."""

from datetime import timedelta
from typing import Any

from flask import render_template

from board_hub.http.current import current
from board_hub.services.exchange.refusal_reads import count_undecided
from board_hub.services.operation import overview, proposals
from board_hub.services.operation.doctor import KEY_WARNING
from board_hub.services.operation.evidence import find_head
from board_hub.services.operation.health import examine_hub, examine_machine
from board_hub.services.operation.job_runs import list_last_runs
from board_hub.services.people import mandates
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.web.pages import needs, person, reading
from board_hub.web.secretariat.navigation import EVERYBODY, LOOKERS, may, secretariat

LATE = timedelta(seconds=60)


@secretariat.get("/")
@needs(*EVERYBODY)
def home() -> str:
    """How the hub is, and what waits for the secretariat."""
    serving = current()
    findings = [*examine_machine(serving.hub.engine, serving.settings)]
    if findings[0].ok:
        findings += examine_hub(serving.hub, serving.settings, person().actor)
    with reading() as uow:
        state = overview.get_state(uow)
        waiting = _waiting(uow)
        runs = sorted(list_last_runs(uow).values(), key=lambda run: run.job)
        head = find_head(uow)
    wrong = [one for one in findings if not one.ok]
    return render_template(
        "secretariat/home.html",
        findings=findings,
        wrong=wrong,
        state=state,
        waiting=waiting,
        failed=[run for run in runs if run.outcome == "failed"],
        head=head,
        can_look=may(*LOOKERS),
    )


def _waiting(uow: UnitOfWork) -> dict[str, Any]:
    """What waits for somebody at the secretariat, in numbers."""
    seats, soon = mandates.list_seats(uow), uow.now + KEY_WARNING
    ending = [one for one in mandates.list_mandates(uow) if one.is_ending]
    keys = [
        key.kid
        for code, one in uow.directory.participants.items()
        for key in uow.directory.keys_of(code).values()
        if one.active and key.revoked_at is None and key.valid_until and uow.now < key.valid_until <= soon
    ]
    return {
        "proposals": len(proposals.list_open(uow)),
        "refusals": count_undecided(uow),
        "mandates": len(ending),
        "gaps": [seat.member.shown_as for seat in seats if seat.gap],
        "keys": keys,
    }
