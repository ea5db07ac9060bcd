"""Tables of people: identity providers and their claim rules, officials, mandates, sessions, sign-ins."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from board_hub.domain.ids import uuid7
from board_hub.store.tables import json_column


class IdentityProvider(SQLModel, table=True):
    """Where the officials of a member sign in (OpenID Connect). `code` is in its redirect address, for ever.

    authentication: how the hub proves itself at the token endpoint. secret_sealed: a client secret, sealed with the
    hub's sealing key; none for private_key_jwt. acr_values: levels of assurance that are asked for and taken, the least
    first; empty refuses everybody. claims: the provider's names for `name` and `email`; the subject is always `sub`.
    """

    __tablename__ = "identity_provider"

    code: str = Field(primary_key=True, max_length=40)
    member: str = Field(foreign_key="member.code", max_length=2, index=True)
    name: str = Field(max_length=200)
    issuer: str = Field(max_length=500, unique=True)
    client_id: str = Field(max_length=200)
    authentication: str = Field(default="private_key_jwt", max_length=30)
    secret_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    scopes: str = Field(default="openid profile email", max_length=300)
    acr_values: list[str] = Field(sa_column=json_column())
    algorithms: list[str] = Field(sa_column=json_column())
    claims: dict[str, str] = Field(default_factory=dict, sa_column=json_column())
    most_age: int = 0
    """Seconds since the person proved who it is; 0: the provider's own session is enough."""
    active: bool = True
    created_at: datetime
    changed_at: datetime


class ClaimRule(SQLModel, table=True):
    """What a claim of a provider gives: whoever has `value` in `claim` acts for `participant` in `role`.

    All rules that match count. `claim` may be a path with dots; a list claim matches by one of its entries.
    """

    __tablename__ = "claim_rule"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    provider: str = Field(foreign_key="identity_provider.code", max_length=40, index=True)
    claim: str = Field(max_length=100)
    value: str = Field(max_length=200)
    participant: str = Field(foreign_key="participant.code", max_length=40)
    role: str = Field(max_length=40)


class Official(SQLModel, table=True):
    """A person who has signed in: who it is says (issuer, subject), never its e-mail address (ASVS 6.8.1).

    visited_at: the visit before this one, so that pages say what is new since. preferences: see
    `board_hub.services.people.preferences`.
    """

    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    provider: str = Field(foreign_key="identity_provider.code", max_length=40, index=True)
    issuer: str = Field(max_length=500)
    subject: str = Field(max_length=255)
    name: str = Field(max_length=200)
    email: str = Field(default="", max_length=320, index=True)
    language: str = Field(default="", max_length=10)
    time_zone: str = Field(default="Europe/Brussels", max_length=60)
    preferences: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    created_at: datetime
    signed_in_at: datetime
    visited_at: datetime | None = None
    ended_at: datetime | None = None
    ended_because: str | None = Field(default=None, max_length=300)


class OfficialRole(SQLModel, table=True):
    """What an official does for a participant, as its provider's claims last said. until: the end of its mandate."""

    __tablename__ = "official_role"
    __table_args__ = (UniqueConstraint("official_id", "participant", "role"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    official_id: UUID = Field(foreign_key="official.id")
    participant: str = Field(foreign_key="participant.code", max_length=40, index=True)
    role: str = Field(max_length=40)
    since: datetime
    until: datetime | None = None


class Mandate(SQLModel, table=True):
    """Who represents a member on the Board, from day to day (Art 65(4): three years, renewable once).

    kind: representative or alternate. Days are the member's own; the mandate ends with the end of `ends_on`.
    """

    __table_args__ = (Index("ix_mandate_member", "member", "ends_on"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    member: str = Field(foreign_key="member.code", max_length=2)
    kind: str = Field(max_length=20)
    name: str = Field(max_length=200)
    email: str = Field(max_length=320)
    begins_on: date
    ends_on: date
    renewal_of: UUID | None = None
    ended_because: str | None = Field(default=None, max_length=300)


class WebSession(SQLModel, table=True):
    """A browser's session. Its id is the SHA-256 of the secret in the cookie; `content` is what Flask keeps in it.

    official_id: None before sign-in. provider_session: the provider's `sid`. refresh_at: when the provider is asked
    whether the person still belongs here. ends_at: the absolute limit. Ended sessions stay until they are purged.
    """

    __tablename__ = "web_session"
    __table_args__ = (
        Index(
            "ix_web_session_official",
            "official_id",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_web_session_ends_at", "ends_at"),
    )

    id: str = Field(primary_key=True, max_length=64)
    official_id: UUID | None = Field(default=None, foreign_key="official.id")
    content: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    provider: str | None = Field(default=None, max_length=40)
    provider_session: str | None = Field(default=None, max_length=255)
    acr: str | None = Field(default=None, max_length=200)
    authenticated_at: datetime | None = None
    refresh_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    refresh_at: datetime | None = None
    browser: str = Field(default="", max_length=200)
    started_at: datetime
    seen_at: datetime
    ends_at: datetime
    ended_at: datetime | None = None
    ended_because: str | None = Field(default=None, max_length=100)


class UsedLogoutToken(SQLModel, table=True):
    """A back-channel logout token's `jti` that was used: it works once."""

    __tablename__ = "used_logout_token"

    issuer: str = Field(primary_key=True, max_length=500)
    jti: str = Field(primary_key=True, max_length=200)
    expires_at: datetime = Field(index=True)


class SignIn(SQLModel, table=True):
    """One attempt to sign in, as the diagnosis page tells it: what came, which rules matched, why it was refused.

    claims: names and values the rules looked at, never a token, a code or a secret.
    """

    __tablename__ = "sign_in"
    __table_args__ = (Index("ix_sign_in_provider", "provider", "at"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    provider: str = Field(max_length=40)
    official_id: UUID | None = Field(default=None, foreign_key="official.id")
    outcome: str = Field(max_length=20)
    reason: str = Field(default="", max_length=100)
    explanation: str = Field(default="", max_length=500)
    claims: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    matched: list[dict[str, Any]] = Field(default_factory=list, sa_column=json_column())
    at: datetime
