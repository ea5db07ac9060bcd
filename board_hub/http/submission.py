"""One message over HTTPS: accepted in one unit of work, or refused and recorded in a second one."""

from board_hub.domain.errors import Conflict, Invalid
from board_hub.domain.events import HUB
from board_hub.services.exchange.intake import Arrival, Outcome, receive, refuse
from board_hub.services.unit_of_work import Hub


def submit(hub: Hub, arrival: Arrival) -> Outcome:
    """Take one message; what it came to is on record when this returns."""
    outcome = _receive(hub, arrival)
    if outcome.accepted:
        return outcome
    with hub.work(HUB) as uow:
        refused = refuse(uow, arrival, outcome.flaws)
        uow.commit()
    return refused


def _receive(hub: Hub, arrival: Arrival) -> Outcome:
    try:
        return _receive_once(hub, arrival)
    except Conflict:  # the same message came twice at the same moment: now the first one is on record
        return _receive_once(hub, arrival)


def _receive_once(hub: Hub, arrival: Arrival) -> Outcome:
    with hub.work(HUB) as uow:
        try:
            outcome = receive(uow, arrival)
        except Invalid as refusal:  # found after work had been gathered; leaving without commit undoes it
            return Outcome(refusal.flaws)
        uow.commit()
    return outcome
