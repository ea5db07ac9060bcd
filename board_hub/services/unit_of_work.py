"""The unit of work: one transaction with its actor and its moment; it rolls back unless told to commit.

What a use case records (messages, deliveries, events) is gathered and written in bulk at commit, so that a batch of
200 notices costs a handful of statements. The evidence log is appended last: its lock orders all writers and is held
only until the commit.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, insert
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError, TimeoutError
from sqlalchemy.orm import Session

from board_hub.domain.deliveries import RESEND_UNCOLLECTED, Transport
from board_hub.domain.errors import Conflict, Unavailable
from board_hub.domain.events import Actor, Event
from board_hub.law.catalogue import Catalogue
from board_hub.services.directory_snapshot import Directory, DirectoryCache
from board_hub.services.signing import SigningKey
from board_hub.store import evidence
from board_hub.store.bulk import Owed, insert_deliveries
from board_hub.store.doorbell import ring
from board_hub.store.tables import Message, Participant, table_of

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Hub:
    """What every process of the hub holds: its store, its key, the law, its clock."""

    engine: Engine
    key: SigningKey
    catalogues: dict[str, Catalogue]
    clock: Clock = utc_now
    resend_intervals: tuple[timedelta, ...] = RESEND_UNCOLLECTED
    directory: DirectoryCache = field(default_factory=DirectoryCache)

    @contextmanager
    def work(self, actor: Actor) -> Iterator["UnitOfWork"]:
        """One transaction for `actor`, from now on; rolled back unless `commit` is called."""
        with Session(self.engine, expire_on_commit=False) as session:
            try:
                yield UnitOfWork(self, session, actor, self.clock())
            except IntegrityError as error:
                raise Conflict("Another process recorded the same at the same moment; try again.") from error
            except (OperationalError, InterfaceError, TimeoutError) as error:
                raise Unavailable(f"The database is away: {type(error.__cause__ or error).__name__}.") from error


class UnitOfWork:
    """Passed first to every service. `actor` is who acts, `now` the moment (aware, UTC) of all that is recorded."""

    def __init__(self, hub: Hub, session: Session, actor: Actor, now: datetime) -> None:
        self.hub = hub
        self.session = session
        self.actor = actor
        self.now = now
        self.messages: dict[tuple[str, str], dict[str, Any]] = {}
        self._owed: list[Owed] = []
        self._entries: list[tuple[str, str]] = []
        self._directory: Directory | None = None
        self._ring = False

    @property
    def directory(self) -> Directory:
        """The directory as it stands in this transaction."""
        if self._directory is None:
            self._directory = self.hub.directory.read(self.session)
        return self._directory

    def ring(self) -> None:
        """Wake relay and waiting mailboxes when this commits."""
        self._ring = True

    def record(self, event: Event) -> None:
        """Note an event for the evidence log; it is appended when the unit of work commits, or nothing is."""
        self._entries.append((event.subject, event.entry(self.actor, self.now)))

    def add_message(self, row: dict[str, Any]) -> None:
        """Store a message (columns of `Message`), once for its (source, message_id)."""
        self.messages[row["source"], row["message_id"]] = row

    def owe(self, message_id: UUID, recipients: Iterable[Participant]) -> list[str]:
        """Owe a message to recipients; returns the codes of those whose mailbox over HTTPS holds it by this."""
        by_transport: dict[str, list[str]] = {}
        for recipient in recipients:
            by_transport.setdefault(recipient.transport, []).append(recipient.code)
        self._owed += [Owed(message_id, Transport(via), codes) for via, codes in by_transport.items()]
        return by_transport.get(Transport.MAILBOX, [])

    def commit(self) -> None:
        """Write all that was gathered, append the evidence, commit. Any failure leaves nothing behind: fail closed."""
        if self.messages:
            self.session.execute(insert(table_of(Message)), list(self.messages.values()))
        if self._owed:
            insert_deliveries(self.session, self._owed, self.now)
        if self._owed or self._ring:
            ring(self.session)
        if self._entries:
            self.session.flush()
            evidence.append(self.session, self._entries)
        self.session.commit()
        self.messages, self._owed, self._entries, self._ring = {}, [], [], False
