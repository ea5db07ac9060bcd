"""A mail server in the tests' own process, which keeps what it is given; and the hub's side of it."""

import socket
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from board_hub.domain.events import HUB
from board_hub.jobs.mail_server import MailServer
from board_hub.jobs.post import gather_mails, post_mails
from board_hub.services.unit_of_work import Hub

PUBLIC_URL = "https://hub.example"
REFUSED = "nobody@example.eu"


class Post:
    """The server: started and stopped at will on one port; `taken` are the mails, `answers` what it says to one."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.taken: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.answer = "250 taken"
        self._controller: Controller | None = None

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: Any) -> str:
        if address == REFUSED:
            return "550 there is no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 known"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:
        if self.answer.startswith("250"):
            content = cast(bytes, envelope.content)
            self.taken.append(cast(EmailMessage, message_from_bytes(content, policy=default)))
            self.recipients.append(list(envelope.rcpt_tos))
        return self.answer

    def start(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
        self._controller = None

    @property
    def server(self) -> MailServer:
        return MailServer("127.0.0.1", self.port, "board-hub@hub.example")

    def text(self, index: int = -1) -> str:
        """The plain text of a mail, the last one unless told."""
        body = self.taken[index].get_body(("plain",))
        assert body is not None
        return str(body.get_content())


@pytest.fixture
def post() -> Iterator[Post]:
    """A mail server that runs."""
    server = Post()
    server.start()
    yield server
    server.stop()


def gather(hub: Hub) -> int:
    """What the job does: batches until there is nothing to read and nothing due."""
    done = 0
    while True:
        with hub.work(HUB) as uow:
            count = gather_mails(PUBLIC_URL, uow)
            uow.commit()
        if not count:
            return done
        done += count


def send_all(hub: Hub, post: Post) -> int:
    """Gather, then hand to the server what is due; returns how many mails were settled."""
    gather(hub)
    return post_mails(post.server, PUBLIC_URL, hub)
