"""The unit of work: one transaction with its actor and its moment; it rolls back unless told to commit.

What a use case records (messages, deliveries, events) is gathered and written in bulk at commit, so that a batch of
200 notices costs a handful of statements. The evidence log is appended last: its lock orders all writers and is held
only until the commit.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError, TimeoutError
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from board_hub.domain.deliveries import RESEND_UNCOLLECTED, Transport
from board_hub.domain.envelope import MessageType
from board_hub.domain.errors import Conflict, Unavailable
from board_hub.domain.events import Actor, Event, EventName
from board_hub.law.catalogue import Catalogue
from board_hub.services.directory.directory_snapshot import Directory, DirectoryCache
from board_hub.services.exchange.hub_messages import make_hub_message
from board_hub.services.exchange.signing import SigningKey
from board_hub.services.reading_index import ReadingIndex
from board_hub.services.sealing import Sealer
from board_hub.store import evidence
from board_hub.store.bulk import Owed, insert_deliveries, insert_rows
from board_hub.store.bulk_clocks import Windows, insert_windows
from board_hub.store.case_tables import Case, Change, Clock, ExternalReference, Notice, ProcedureRun, ProcedureStep
from board_hub.store.doorbell import ring
from board_hub.store.tables import Message, Participant
from board_hub.store.work_tables import DueItem, NoticeAttachment

Now = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Hub:
    """What every process of the hub holds: its store, its key, the law, its clock."""

    engine: Engine
    key: SigningKey
    catalogues: dict[str, Catalogue]
    sealer: Sealer
    clock: Now = utc_now
    resend_intervals: tuple[timedelta, ...] = RESEND_UNCOLLECTED
    directory: DirectoryCache = field(default_factory=DirectoryCache)
    memo: dict[str, Any] = field(default_factory=dict, repr=False)
    """What a process keeps between units of work, each with the version it was read at."""

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
        self.added: dict[type[SQLModel], list[dict[str, Any]]] = {}
        self.memo: dict[str, Any] = {}
        self.before_commit: list[Callable[[], None]] = []
        self._readings = ReadingIndex()
        self._written = 0
        self._owed: list[Owed] = []
        self._windows: list[Windows] = []
        self._entries: list[tuple[str, str]] = []
        self._changes: list[tuple[int, Sequence[Seen]]] = []
        self._news: dict[MessageType, dict[str, list[News]]] = {}
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

    def record(self, event: Event, changes: Sequence["Seen"] | None = None) -> None:
        """Note an event for the evidence log, and what of it shows in the feed of changes.

        It is appended when the unit of work commits, or nothing is.
        """
        if changes is not None:
            self._changes.append((len(self._entries), changes))
        self._entries.append((event.subject, event.entry(self.actor, self.now)))

    def tell(self, participants: Iterable[str], type_: MessageType, news: "News") -> None:
        """Tell participants something by queue; all news of one type to one participant go in one message."""
        known = self.directory.participants
        for code in participants:
            if code in known and known[code].active:
                self._news.setdefault(type_, {}).setdefault(code, []).append(news)

    def add(self, model: type[SQLModel], row: dict[str, Any]) -> None:
        """Store a row (all columns of `model`), in bulk with its like at commit; see `write` to read it before."""
        self.added.setdefault(model, []).append(row)

    def write(self) -> None:
        """Write what was gathered so far, so that statements of this unit of work see it."""
        rows = list(self.messages.values())[self._written :]
        self._readings.note(rows, self._owed, self.added.get(Notice, ()))
        if rows:
            insert_rows(self.session, Message, rows)
            self._written += len(rows)
        if self._owed:
            insert_deliveries(self.session, self._owed, self.now)
            self._owed, self._ring = [], True
        for model in WRITE_ORDER:
            if added := self.added.pop(model, None):
                insert_rows(self.session, model, added)
        if self._windows:
            insert_windows(self.session, self._windows)
            self._windows = []

    def await_receipt(self, windows: Windows) -> None:
        """Store clocks that begin when a message is received; see `add`."""
        self._windows.append(windows)

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
        for finish in self.before_commit:
            finish()
        self._send_news()
        self.write()
        self._readings.write(self.session, (one for _, seen in self._changes for one in seen), self.now)
        if self._ring:
            ring(self.session)
        if self._entries:
            self.session.flush()
            first = evidence.append(self.session, self._entries) - len(self._entries)
            self._write_changes(first)
        self.session.commit()
        self.messages, self._owed, self._entries, self._ring = {}, [], [], False
        self._written, self._changes, self._news = 0, [], {}
        self.memo, self.before_commit = {}, []

    def _send_news(self) -> None:
        """One signed message for all participants that are told the same."""
        for type_, by_participant in self._news.items():
            same: dict[tuple[News, ...], list[str]] = {}
            for code, news in by_participant.items():
                same.setdefault(tuple(news), []).append(code)
            for items, codes in same.items():
                for start in range(0, len(items), MOST_NEWS):
                    self._send(type_, items[start : start + MOST_NEWS], codes)

    def _send(self, type_: MessageType, news: Sequence["News"], codes: Sequence[str]) -> None:
        content = {"items": [dict(one.content) for one in news]}
        row = make_hub_message(self.hub.key, type_, content, now=self.now)
        self.add_message(row)
        self.owe(row["id"], [self.directory.participants[code] for code in codes])
        self.record(Event(EventName.NEWS_SENT, str(row["id"]), {"sha256": row["sha256"]}, {"of": type_, "to": codes}))

    def _write_changes(self, first: int) -> None:
        """The feed's rows, at the positions of the leaves that vouch for them (first: that of the first leaf)."""
        rows = [
            {"position": first + index, "number": number, "at": self.now, **seen.columns()}
            for index, changes in self._changes
            for number, seen in enumerate(changes)
        ]
        if rows:
            insert_rows(self.session, Change, rows)


MOST_NEWS = 200
"""Items in one message: far below the size limit of a message."""
WRITE_ORDER: tuple[type[SQLModel], ...] = (
    Case,
    ProcedureRun,
    Notice,
    ProcedureStep,
    ExternalReference,
    NoticeAttachment,
    Clock,
    DueItem,
)
"""What refers to another row comes after it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One entry of the feed of changes; see `Change`."""

    kind: str
    subject: str
    case_id: UUID | None = None
    notice_id: UUID | None = None
    participant: str | None = None

    def columns(self) -> dict[str, Any]:
        """As columns of `Change`; `dataclasses.asdict` would copy each value, and there are thousands."""
        return {name: getattr(self, name) for name in _SEEN}


_SEEN = tuple(one.name for one in fields(Seen))


@dataclass(frozen=True, slots=True, eq=False)
class News:
    """One thing to tell; told to many it is one object, compared by identity."""

    content: Mapping[str, object]
