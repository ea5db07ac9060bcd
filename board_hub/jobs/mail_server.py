"""The mail server: its address as a setting, letters as MIME, one conversation for a batch (SMTP, RFC 5321)."""

import re
import smtplib
import ssl
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape
from urllib.parse import unquote, urlsplit
from uuid import UUID

from board_hub.domain.errors import Invalid, Unavailable
from board_hub.services.desk.mails import Letter
from board_hub.settings import Settings

SECONDS = 10.0
_LINK = re.compile(r"https?://[^\s<>\"]+")
_LOCAL = {"localhost", "127.0.0.1", "::1"}
_EXAMPLE = "smtp://user:password@mail.example:587?starttls"


@dataclass(frozen=True)
class MailServer:
    """Where mails go, and who sends them. secure: TLS from the first byte (smtps); starttls: asked for in clear."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = ""
    secure: bool = False
    starttls: bool = False

    def connect(self) -> smtplib.SMTP:
        """A conversation that is ready for letters. Raises OSError or SMTPException."""
        context = ssl.create_default_context()
        smtp: smtplib.SMTP
        if self.secure:
            smtp = smtplib.SMTP_SSL(self.host, self.port, timeout=SECONDS, context=context)
        else:
            smtp = smtplib.SMTP(self.host, self.port, timeout=SECONDS)
        try:
            if self.starttls:
                smtp.starttls(context=context)
            if self.user:
                smtp.login(self.user, self.password)
        except BaseException:
            smtp.close()
            raise
        return smtp


@dataclass(frozen=True)
class Answer:
    """What became of a letter. error: why it was not taken, for_good: nor ever will be."""

    mail_id: UUID
    error: str | None = None
    for_good: bool = False


def mail_server_of(settings: Settings) -> MailServer | None:
    """The server of the settings, None if mails are off. Raises Invalid for an address of another form."""
    if not settings.smtp_url:
        return None
    parts = urlsplit(settings.smtp_url)
    secure, starttls = parts.scheme == "smtps", parts.query == "starttls"
    try:
        port = parts.port or (465 if secure else 587 if starttls else 25)
    except ValueError:
        port = 0
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or not port or parts.query not in ("", "starttls"):
        raise Invalid.one("field.invalid", "/BOARD_HUB_SMTP_URL", f"Write it like {_EXAMPLE}, or smtps://….")
    if parts.username and not (secure or starttls or parts.hostname in _LOCAL):
        reason = "A password must not travel in clear: add ?starttls, or write smtps://."
        raise Invalid.one("field.invalid", "/BOARD_HUB_SMTP_URL", reason)
    host = urlsplit(settings.public_url).hostname or "localhost"
    sender = settings.mail_sender or f"board-hub@{host}"
    _address(sender, "/BOARD_HUB_MAIL_SENDER")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return MailServer(parts.hostname, port, sender, user, password, secure, starttls)


def _address(text: str, pointer: str) -> Address:
    """One address and nothing else: what an identity provider says of a person is not trusted to be one."""
    try:
        if any(not char.isprintable() for char in text):
            raise ValueError("unprintable")
        address = Address(addr_spec=text)
        if not address.username or not address.domain:
            raise ValueError("incomplete")
    except (ValueError, IndexError, MessageError) as error:
        raise Invalid.one("field.invalid", pointer, "This is no mail address.") from error
    return address


def write_message(letter: Letter, server: MailServer, public_url: str) -> EmailMessage:
    """The letter as text and as the same in HTML. Raises Invalid for an address that is none."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address("AI Board hub", addr_spec=server.sender)
    message["To"] = _address(letter.address, "/address")
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(letter.made_at)
    message["Message-ID"] = f"<{letter.id}@{urlsplit(public_url).hostname or 'localhost'}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message["List-Unsubscribe"] = f"<{public_url}/profile#mails>"
    message.set_content(letter.body)
    message.add_alternative(_html(letter), subtype="html")
    message["Content-Language"] = letter.language  # last: the parts would take it with them
    return message


def _html(letter: Letter) -> str:
    paragraphs = "".join(f"<p>{_with_links(part)}</p>" for part in letter.body.strip().split("\n\n"))
    head = f'<head><meta charset="utf-8"><title>{escape(letter.subject)}</title></head>'
    return f'<!doctype html><html lang="{escape(letter.language)}">{head}<body>{paragraphs}</body></html>'


def _with_links(text: str) -> str:
    lines = [_LINK.sub(lambda found: f'<a href="{found[0]}">{found[0]}</a>', escape(line)) for line in text.split("\n")]
    return "<br>".join(line for line in lines if line != "-- ")


def send_letters(server: MailServer, letters: Iterable[Letter], public_url: str) -> Iterator[Answer]:
    """Send one after the other; says of each what became of it. Raises Unavailable when the server is away."""
    try:
        with server.connect() as smtp:
            for letter in letters:
                yield _send(smtp, letter, server, public_url)
    except (OSError, smtplib.SMTPException) as error:
        raise Unavailable(f"The mail server {server.host}:{server.port} is away: {type(error).__name__}.") from error


def _send(smtp: smtplib.SMTP, letter: Letter, server: MailServer, public_url: str) -> Answer:
    try:
        smtp.send_message(write_message(letter, server, public_url))
    except Invalid as error:
        return Answer(letter.id, str(error), for_good=True)
    except smtplib.SMTPRecipientsRefused as error:
        code, reason = next(iter(error.recipients.values()))
        return Answer(letter.id, f"{code} {reason.decode(errors='replace')}", for_good=code >= 500)
    except smtplib.SMTPResponseException as error:
        return Answer(letter.id, f"{error.smtp_code} {error.smtp_error!r}")
    return Answer(letter.id)
