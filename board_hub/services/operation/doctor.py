"""The hub's health: what its processes stand on, checked; each finding says what is wrong and how to mend it."""

import os
import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, func, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import col

from board_hub.domain.envelope import HUB as HUB_CODE
from board_hub.domain.errors import HubError, Unavailable
from board_hub.services.exchange.signing import SigningKey
from board_hub.services.unit_of_work import UnitOfWork, utc_now
from board_hub.settings import Settings
from board_hub.store.engine import is_postgres
from board_hub.store.evidence import read_tree
from board_hub.store.revisions import current_revision, newest_revision
from board_hub.store.tables import DirectoryVersion, EvidenceLeaf, ParticipantKey

KEY_WARNING = timedelta(days=30)
"""How long before a key ends it is time to rotate it."""
CLOCK_TOLERANCE = timedelta(seconds=5)
"""A message's time may be 60 s ahead of the hub's (design.md §6): the hub's own clocks must agree far better."""
LEAST_FREE_BYTES = 1_000_000_000
TAIL = 1000
"""Leaves of the evidence log that the quick check looks at; `board-hub evidence verify` takes all."""


@dataclass(frozen=True)
class Finding:
    """The result of one check. mend: what to do, where something is wrong."""

    check: str
    ok: bool
    says: str
    mend: str = ""


def check_reachable(engine: Engine) -> None:
    """Unavailable, in words, unless the database answers."""
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except DBAPIError as error:
        where = engine.url.render_as_string(hide_password=True)
        reason = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
        raise Unavailable(
            f"The database {where} does not answer ({reason}). Is it running, and is BOARD_HUB_DATABASE_URL right?"
        ) from error


def check_database(engine: Engine) -> None:
    """Unavailable unless the database answers and is at the revision that this version of the hub needs."""
    check_reachable(engine)
    current, newest = current_revision(engine), newest_revision()
    if current != newest:
        raise Unavailable(
            f"The database is at revision {current or 'none'}, this version of the hub needs {newest}: "
            "run `board-hub migrate`."
        )


def examine(name: str, check: Callable[[], Finding]) -> Finding:
    """The check's finding; one that fails by one of the five errors, or by the operating system's, is a finding too."""
    try:
        return check()
    except HubError as error:
        return Finding(name, False, str(error), "See the message.")
    except OSError as error:
        return Finding(name, False, f"{type(error).__name__}: {error}", "Look at the path's owner and permissions.")


def check_store(engine: Engine) -> Finding:
    """The database answers, is at the newest revision, and takes writes."""
    check_database(engine)
    try:
        with engine.connect() as connection:
            connection.execute(update(DirectoryVersion).values(version=DirectoryVersion.version))
            connection.rollback()
    except DBAPIError as error:
        return Finding("database", False, f"It cannot be written: {error.orig}.", "Free disk space or mend its rights.")
    return Finding("database", True, f"Answers, takes writes, revision {current_revision(engine)}.")


def check_key_file(path: Path) -> Finding:
    """The hub's private key exists and only its owner can read it."""
    if not path.exists():
        return Finding(
            "hub key file", False, f"{path} is missing.", "Put it back from the copy, or `board-hub migrate`."
        )
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        return Finding("hub key file", False, f"{path} has mode {mode:04o}: others can read it.", f"chmod 600 {path}")
    return Finding("hub key file", True, f"{path}, mode {mode:04o}.")


def check_key_known(uow: UnitOfWork, key: SigningKey) -> Finding:
    """The directory holds the hub's public key, so that recipients can verify what it signs."""
    row = uow.session.get(ParticipantKey, key.kid)
    if row is None or row.participant != HUB_CODE:
        return Finding("hub key", False, f"{key.kid} is not in the directory.", "Run `board-hub migrate`.")
    if row.revoked_at is not None:
        return Finding(
            "hub key", False, f"{key.kid} is revoked.", "Give the hub a new key file and run `board-hub migrate`."
        )
    return Finding("hub key", True, f"{key.kid} is in the directory.")


def check_participants_keys(uow: UnitOfWork) -> list[Finding]:
    """Every active participant has a key in force for the next weeks; a finding for each that has not."""
    findings = []
    for participant in uow.directory.participants.values():
        if not participant.active or participant.code == HUB_CODE:
            continue
        keys = [key for key in uow.directory.keys_of(participant.code).values() if key.revoked_at is None]
        ends = [key.valid_until for key in keys if key.valid_until is None or key.valid_until > uow.now]
        mend = f"board-hub participant rotate-key {participant.code} …"
        if not ends:
            findings.append(Finding("participants' keys", False, f"{participant.code} has no key in force.", mend))
        elif None not in ends and (last := max(end for end in ends if end)) < uow.now + KEY_WARNING:
            said = f"{participant.code}'s last key ends on {last:%Y-%m-%d}."
            findings.append(Finding("participants' keys", False, said, mend))
    return findings or [Finding("participants' keys", True, "Each active participant has a key in force.")]


def check_clock(engine: Engine, now: Callable[[], datetime] = utc_now) -> Finding:
    """This machine's clock agrees with the database's."""
    if not is_postgres(engine):
        return Finding("clock", True, f"{now():%Y-%m-%d %H:%M:%S} UTC; the database is on this machine.")
    with engine.connect() as connection:
        before = now()
        theirs = connection.execute(select(func.clock_timestamp())).scalar_one()
    apart = abs(theirs - before)
    if apart > CLOCK_TOLERANCE:
        return Finding("clock", False, f"{apart.total_seconds():.0f} s apart from the database's.", "Set both by NTP.")
    return Finding("clock", True, f"{apart.total_seconds() * 1000:.0f} ms apart from the database's.")


def check_disk(settings: Settings, engine: Engine) -> Finding:
    """Room where the hub itself writes: the SQLite database and its key's folder."""
    places = {settings.hub_key_file.resolve().parent}
    if not is_postgres(engine) and engine.url.database:
        places.add(Path(engine.url.database).resolve().parent)
    free = {place: shutil.disk_usage(place).free for place in places if os.path.isdir(place)}
    tight = [f"{place}: {size / 1e9:.1f} GB free" for place, size in sorted(free.items()) if size < LEAST_FREE_BYTES]
    if tight:
        return Finding(
            "disk", False, "; ".join(tight), "Free space, or move the database: when it is full nothing is accepted."
        )
    return Finding(
        "disk", True, ", ".join(f"{place}: {size / 1e9:.0f} GB free" for place, size in sorted(free.items()))
    )


def check_evidence_tail(uow: UnitOfWork) -> Finding:
    """The tree's size is the number of leaves, as far as their positions tell. `evidence verify` checks all of it."""
    size = read_tree(uow.session).size
    position = col(EvidenceLeaf.position)
    row = uow.session.execute(select(func.count(), func.max(position)).where(position >= size - TAIL)).one()
    count, last = row[0], row[1]
    if (count, last) != (min(size, TAIL), size - 1 if size else None):
        mend = "Copy the database, run `board-hub evidence verify`, find out who wrote to it."
        return Finding("evidence", False, f"The tree says {size} leaves, the last on record is {last}.", mend)
    return Finding("evidence", True, f"{size} leaves; `board-hub evidence verify` checks each.")
