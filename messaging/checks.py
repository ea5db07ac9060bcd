"""Checks of the broker's side for `board-hub doctor`: address, logins, and each participant's virtual host."""

from collections.abc import Iterator
from functools import partial
from urllib.parse import urlsplit

import pika
from pika.exceptions import AMQPError

from board_hub.domain.deliveries import Transport
from board_hub.domain.errors import Unavailable
from board_hub.domain.events import HUB
from board_hub.services.directory import directory
from board_hub.services.operation.doctor import Finding, examine
from board_hub.services.unit_of_work import Hub
from board_hub.settings import Settings
from board_hub.store.tables import ParticipantStatus
from messaging.connections import describe, vhost_parameters
from messaging.provision import Management, Provisioner

MENDS = "board-hub provision"


def check_broker(hub: Hub, settings: Settings) -> Iterator[Finding]:
    """One finding for the broker's addresses, then one for each participant that is reached through it."""
    with hub.work(HUB) as uow:
        found = [p for p in directory.list_participants(uow) if p.transport == Transport.AMQP]
    suspended = {p.code: not p.active for p in found if p.status != ParticipantStatus.REMOVED}
    addresses = _check_addresses(settings, sorted(code for code, is_suspended in suspended.items() if not is_suspended))
    yield addresses
    if not addresses.ok or not settings.amqp_url:
        return
    check_place = partial(_check_place, provisioner_of(settings), settings.amqp_url)
    for code, is_suspended in suspended.items():
        yield examine(f"broker {code}", partial(check_place, code, is_suspended))


def provisioner_of(settings: Settings) -> Provisioner:
    """What changes the broker; the hub's own password is in its address. Unavailable where a setting is missing."""
    if not settings.amqp_url or not settings.amqp_management_url:
        raise Unavailable("There is no broker to provision: set BOARD_HUB_AMQP_URL and BOARD_HUB_AMQP_MANAGEMENT_URL.")
    password = pika.URLParameters(settings.amqp_url).credentials.password
    return Provisioner(Management(settings.amqp_management_url), hub_password=password)


def _check_addresses(settings: Settings, codes: list[str]) -> Finding:
    if not settings.amqp_url:
        if codes:
            mend = "Set BOARD_HUB_AMQP_URL, or `board-hub participant set-transport CODE mailbox`."
            return Finding("broker", False, f"None is set, but {', '.join(codes)} are reached through one.", mend)
        return Finding("broker", True, "None is set: all participants use the mailbox.")
    if not settings.amqp_management_url:
        mend = "Set BOARD_HUB_AMQP_MANAGEMENT_URL: without it no participant can be added, suspended or cut off."
        return Finding("broker", False, "Its management address is not set.", mend)
    return examine("broker", lambda: _check_management(settings))


def _check_management(settings: Settings) -> Finding:
    Management(settings.amqp_management_url).definitions()
    hosts = [urlsplit(url).hostname for url in (settings.amqp_url, settings.amqp_management_url)]
    return Finding("broker", True, f"The management API answers (AMQP {hosts[0]}, management {hosts[1]}).")


def _check_place(provisioner: Provisioner, amqp_url: str, code: str, suspended: bool) -> Finding:
    faults = provisioner.check(code, suspended=suspended)
    if not suspended and (refused := _login_fault(amqp_url, code)):
        faults.append(refused)
    if faults:
        return Finding(f"broker {code}", False, "; ".join(faults), MENDS)
    depths = provisioner.depths(code)
    waiting = ", ".join(f"{name} {depth.messages}" for name, depth in sorted(depths.items()) if depth.messages)
    state = "suspended: its login is gone, its queues are kept" if suspended else "as it must be"
    return Finding(f"broker {code}", True, f"{state}; waiting: {waiting or 'nothing'}.")


def _login_fault(amqp_url: str, code: str) -> str | None:
    """Why the hub cannot log in to this participant's virtual host; None if it can."""
    try:
        pika.BlockingConnection(vhost_parameters(amqp_url, code, "board-hub doctor")).close()
    except (AMQPError, OSError) as error:
        return f"the hub cannot log in ({describe(error)})"
    return None
