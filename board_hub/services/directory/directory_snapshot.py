"""The directory as the exchange reads it: one immutable picture, cached per process until the directory changes."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from board_hub.domain.audience import AudienceRule, resolve
from board_hub.domain.envelope import HUB as HUB_CODE
from board_hub.domain.errors import Invalid
from board_hub.services.exchange.signing import KnownKey
from board_hub.store.tables import DirectoryVersion, Participant, ParticipantKey, table_of


@dataclass(frozen=True)
class Directory:
    """Participants by code and their keys by participant and key id, at one version of the directory."""

    version: int
    participants: dict[str, Participant]
    keys: dict[str, dict[str, KnownKey]]
    _audiences: dict[tuple[str, str, tuple[str, ...]], tuple[str, ...]] = field(default_factory=dict)

    def keys_of(self, code: str) -> dict[str, KnownKey]:
        return self.keys.get(code, {})

    def active(self, code: str) -> Participant:
        """The participant if it may exchange; otherwise Invalid, worded for its system."""
        participant = self.participants.get(code)
        if participant is None or not participant.active:
            raise Invalid.one("sender.not_entitled", "/source", f"{code} is not an active participant of the hub.")
        return participant

    def audience(self, rule: AudienceRule, sender: Participant, named: Sequence[str]) -> tuple[str, ...]:
        """Codes of the recipients under `rule`; worked out once for each rule, sender and list of named recipients."""
        key = (rule.code, sender.code, tuple(named))
        if key not in self._audiences:
            addressees = [p for p in self.participants.values() if p.code != HUB_CODE]
            self._audiences[key] = resolve(rule, sender, addressees, named)
        return self._audiences[key]


class DirectoryCache:
    """Keeps the newest `Directory`; one look at the version counter tells whether it still holds."""

    def __init__(self) -> None:
        self._directory: Directory | None = None

    def read(self, session: Session) -> Directory:
        version = session.execute(select(table_of(DirectoryVersion).c.version)).scalar_one()
        if self._directory is None or self._directory.version != version:
            self._directory = _load(session, version)
        return self._directory


def _load(session: Session, version: int) -> Directory:
    participants = {p.code: p for p in session.execute(select(Participant).order_by(col(Participant.code))).scalars()}
    keys: dict[str, dict[str, KnownKey]] = {code: {} for code in participants}
    for row in session.execute(select(ParticipantKey)).scalars():
        keys[row.participant][row.kid] = KnownKey(
            kid=row.kid,
            participant=row.participant,
            jwk=row.jwk,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            revoked_at=row.revoked_at,
        )
    for participant in participants.values():
        session.expunge(participant)
    return Directory(version, participants, keys)
