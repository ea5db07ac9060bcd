"""How the hub's processes stand with each participant's virtual host: noted by intake and relay, shown to people."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlmodel import col

from board_hub.domain.deliveries import Transport
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.tables import BrokerConnection


def list_wanted(uow: UnitOfWork) -> list[str]:
    """Codes of the active participants that are reached through the broker."""
    return [p.code for p in uow.directory.participants.values() if p.active and p.transport == Transport.AMQP]


def note(uow: UnitOfWork, process: str, changes: Mapping[str, tuple[str, str | None]]) -> None:
    """Set `process`'s connections, by participant, to (state, error); the moment of the last change is kept."""
    rows = list_connections(uow)
    for code, (state, error) in changes.items():
        row = rows.get((code, process))
        if row is None:
            uow.session.add(
                BrokerConnection(participant=code, process=process, state=state, error=error, since=uow.now)
            )
        elif (row.state, row.error) != (state, error):
            row.since = uow.now if row.state != state else row.since
            row.state, row.error = state, error


def list_connections(uow: UnitOfWork) -> dict[tuple[str, str], BrokerConnection]:
    """Connections by (participant, process)."""
    rows = uow.session.execute(select(BrokerConnection).order_by(col(BrokerConnection.participant))).scalars()
    return {(row.participant, row.process): row for row in rows}
