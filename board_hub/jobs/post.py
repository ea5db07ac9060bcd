"""Sending mails: taken from the outbox, handed to the mail server outside any transaction, settled one by one."""

from collections.abc import Callable

from board_hub.domain.errors import Unavailable
from board_hub.domain.events import HUB
from board_hub.jobs.mail_server import MailServer, send_letters
from board_hub.services.desk.mail_items import gather_items
from board_hub.services.desk.mails import make_mails, note_failed, note_sent, take_mails
from board_hub.services.unit_of_work import Hub, UnitOfWork


def gather_mails(public_url: str, uow: UnitOfWork) -> int:
    """One batch of what is to be told, and of what is due; how much was done."""
    return gather_items(uow) + make_mails(uow, public_url)


def post_all(server: MailServer, public_url: str, hub: Hub, progress: Callable[[int, int], bool]) -> dict[str, int]:
    """Send all that is due, batch after batch; `progress` is told and says whether to go on."""
    sent = 0
    while batch := post_mails(server, public_url, hub):
        sent += batch
        if not progress(sent, sent):
            break
    return {"mails": sent}


def post_mails(server: MailServer, public_url: str, hub: Hub) -> int:
    """Send one batch of due mails; returns how many were settled. Raises Unavailable when the server is away."""
    with hub.work(HUB) as uow:
        letters = take_mails(uow)
        uow.commit()
    settled, left = 0, {letter.id for letter in letters}
    if not letters:
        return 0
    try:
        for answer in send_letters(server, letters, public_url):
            left.discard(answer.mail_id)
            settled += 1
            with hub.work(HUB) as uow:
                if answer.error is None:
                    note_sent(uow, answer.mail_id)
                else:
                    note_failed(uow, answer.mail_id, answer.error, for_good=answer.for_good)
                uow.commit()
    except Unavailable as error:
        with hub.work(HUB) as uow:
            for mail_id in left:
                note_failed(uow, mail_id, str(error))
            uow.commit()
        raise
    return settled
