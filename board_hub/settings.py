"""Settings: one typed class, read from the environment as BOARD_HUB_*; the help of each is the manual."""

import os
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from datetime import timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from board_hub.domain.errors import Flaw, Invalid

PREFIX = "BOARD_HUB_"


def setting(default: Any, help_: str) -> Any:
    return field(default=default, metadata={"help": help_})


@dataclass(frozen=True, kw_only=True)
class Settings:
    database_url: str = setting(
        "sqlite:///var/board-hub.sqlite", "Database: sqlite:///path, or postgresql+psycopg://user:password@host/name."
    )
    hub_key_file: Path = setting(
        Path("var/hub-key.pem"), "The hub's private ES256 key (PEM). `board-hub migrate` makes it where it is missing."
    )
    amqp_url: str = setting(
        "", "The broker as the hub's user, without a virtual host: amqp://hub:password@host:5672. Empty: mailbox only."
    )
    amqp_management_url: str = setting(
        "", "The broker's management API as an administrator: http://administrator:password@host:15672."
    )
    public_url: str = setting(
        "http://127.0.0.1:8080", "Where participants reach the hub; audience of their assertions."
    )
    web_bind: str = setting("127.0.0.1:8080", "Address and port the web process listens on.")
    web_workers: int = setting(2, "Web worker processes; each has `web_threads` threads.")
    web_threads: int = setting(8, "Threads of a web worker; a waiting mailbox holds one for up to 30 seconds.")
    intake_batch: int = setting(200, "Messages that intake puts on record in one transaction at most.")
    relay_batch: int = setting(2600, "Deliveries that the relay publishes in one go at most.")
    relay_sweepers: int = setting(2, "Batches the relay has in hand at once (PostgreSQL; always one on SQLite).")
    resend_seconds: tuple[int, ...] = setting(
        (60, 300, 1800, 7200, 43200), "Pauses before an uncollected message is sent again; the last one repeats."
    )
    tick_seconds: int = setting(5, "Seconds between the scheduler's looks at clocks that end and deliveries that wait.")
    overdue_hours: int = setting(24, "Hours after which a sender is told that a message is not collected yet.")
    token_seconds: int = setting(600, "Life of an access token.")
    attachments_url: str = setting(
        "",
        "Where attachments are kept: file:///srv/attachments, or s3://bucket/folder (install s3fs beside the hub). "
        "Empty: the folder attachments beside an SQLite database, otherwise var/attachments.",
    )
    attachment_bytes: int = setting(50 * 1024 * 1024, "Bytes that an attachment may have.")
    attachment_types: str = setting(
        "application/pdf,application/json,application/xml,application/zip,application/rtf,"
        "application/msword,application/vnd.ms-excel,application/vnd.ms-powerpoint,"
        "application/vnd.openxmlformats-officedocument.*,application/vnd.oasis.opendocument.*,"
        "image/png,image/jpeg,image/gif,image/webp,image/tiff,text/plain,text/csv,text/markdown,"
        "audio/mpeg,audio/wav,video/mp4,message/rfc822",
        "Media types of attachments that are taken, with commas; * stands for any ending.",
    )
    sealing_key_file: str = setting(
        "",
        "The key that seals secrets in the database: participants' keys held by the hub, client secrets, refresh "
        "tokens. `board-hub migrate` makes it where it is missing; keep it apart from the database's backups. Empty: "
        "the file sealing-key beside the hub's key.",
    )
    session_idle_minutes: int = setting(30, "Minutes without a request after which an official is signed out.")
    session_hours: int = setting(9, "Hours after which an official signs in anew, whatever happens.")
    session_refresh_minutes: int = setting(
        10, "Minutes after which the identity provider is asked again whether an official still belongs here."
    )
    smtp_url: str = setting(
        "",
        "The mail server: smtp://user:password@mail.example:587?starttls, or smtps://user:password@mail.example. "
        "Empty: no mails; all they say is on the pages too.",
    )
    mail_sender: str = setting(
        "", "The address that mails come from. Empty: board-hub at the host of the public address."
    )
    demonstration: bool = setting(
        False, "Show on every page that this is a demonstration with fictional data; never set it in production."
    )
    log_format: str = setting("json", "json or console.")
    log_level: str = setting("info", "debug, info, warning or error.")

    @property
    def resend_intervals(self) -> tuple[timedelta, ...]:
        return tuple(timedelta(seconds=seconds) for seconds in self.resend_seconds)

    @property
    def sealing_key(self) -> Path:
        """The file of the sealing key."""
        return Path(self.sealing_key_file) if self.sealing_key_file else self.hub_key_file.parent / "sealing-key"

    @property
    def attachments(self) -> str:
        """The URL of the attachments' store."""
        if self.attachments_url:
            return self.attachments_url
        beside = self.database_url.removeprefix("sqlite:///")
        folder = Path(beside).parent if beside != self.database_url else Path("var")
        return (folder / "attachments").absolute().as_uri()

    def takes_media_type(self, media_type: str) -> bool:
        """Whether attachments of this media type (lower case, without parameters) are taken."""
        return any(fnmatchcase(media_type, one.strip()) for one in self.attachment_types.split(","))

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Settings from BOARD_HUB_* variables. Invalid names every unknown variable and every unreadable value."""
        known = {PREFIX + one.name.upper(): one for one in fields(cls)}
        flaws, values = [], {}
        for name, text in sorted(environment.items()):
            if not name.startswith(PREFIX):
                continue
            if name not in known:
                flaws.append(
                    Flaw("field.unknown", f"/{name}", "There is no such setting; see deploy/board-hub.env.sample.")
                )
                continue
            try:
                values[known[name].name] = _parse(known[name], text)
            except ValueError:
                flaws.append(
                    Flaw("field.invalid", f"/{name}", f"{text!r} is not of the form {_written(known[name].default)!r}.")
                )
        if flaws:
            raise Invalid(flaws)
        return cls(**values)


def _parse(one: "Field[Any]", text: str) -> Any:
    default = one.default
    if isinstance(default, bool):
        if text.lower() not in ("true", "false"):
            raise ValueError(text)
        return text.lower() == "true"
    if isinstance(default, tuple):
        return tuple(int(part) for part in text.split(","))
    kind: Any = type(default)
    return kind(text)


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(str(part) for part in value) if isinstance(value, tuple) else str(value)


def sample() -> str:
    """The sample environment file: every setting, its help, its default."""
    lines = [
        "# Settings of the hub and their defaults. Written by `board-hub settings`; a test keeps it equal to the code.",
        "",
    ]
    for one in fields(Settings):
        assert one.default is not MISSING
        lines += [f"# {one.metadata['help']}", f"#{PREFIX}{one.name.upper()}={_written(one.default)}", ""]
    return "\n".join(lines)
