"""The scheduler's job at the broker: whom the directory no longer lets in is cut off, however that was decided.

Only logins are taken away: one is given by `board-hub participant password`, which shows it once, to a person.
"""

from collections.abc import Mapping
from datetime import timedelta

from board_hub.domain.deliveries import Transport
from board_hub.domain.envelope import HUB as HUB_CODE
from board_hub.domain.events import HUB
from board_hub.jobs.schedule import LongJob, Progress
from board_hub.services.operation.snapshot import look
from board_hub.services.unit_of_work import Hub, UnitOfWork
from board_hub.settings import Settings
from messaging.checks import provisioner_of

_MEMO = "broker_cut_off"


def broker_jobs(settings: Settings) -> tuple[LongJob, ...]:
    """The job, where there is a broker that can be changed."""
    if not settings.amqp_url or not settings.amqp_management_url:
        return ()

    def _cut_off(hub: Hub, _: Progress) -> Mapping[str, int]:
        return {"cut off": cut_off(hub, settings)}

    says = "Cuts suspended and removed participants off the broker."
    return (LongJob("broker", says, timedelta(seconds=settings.tick_seconds), _cut_off, _is_changed),)


def cut_off(hub: Hub, settings: Settings) -> int:
    """Take the broker logins of all who are not let in; returns how many there were."""
    with look(hub, HUB) as uow:
        version = uow.directory.version
        known = uow.directory.participants.values()
        outside = {p.code for p in known if p.code != HUB_CODE and not (p.active and p.transport == Transport.AMQP)}
    number = provisioner_of(settings).cut_off(outside)
    hub.memo[_MEMO] = version
    return number


def _is_changed(uow: UnitOfWork) -> bool:
    """Whether the directory has changed since this process last compared the broker with it."""
    return uow.hub.memo.get(_MEMO) != uow.directory.version
