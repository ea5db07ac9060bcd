"""Mails on their way to a real mail server: once, again after an outage, never to who left, nothing smuggled in."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from board_hub.domain.errors import Invalid, Unavailable
from board_hub.domain.events import HUB
from board_hub.jobs.mail_server import MailServer, mail_server_of
from board_hub.jobs.post import post_mails
from board_hub.jobs.runs import run_job
from board_hub.jobs.schedule import find_job, jobs_of
from board_hub.services.desk.mail_items import note_items
from board_hub.services.desk.mail_sources import Told
from board_hub.services.operation.job_runs import JobOutcome
from board_hub.services.people.officials import Person
from board_hub.services.people.preferences import Topic
from board_hub.services.unit_of_work import Hub
from board_hub.settings import Settings
from board_hub.store.desk_tables import Mail
from board_hub.store.people_tables import Official
from tests.support.clocks import Time
from tests.support.hub import DE, join
from tests.support.mails import PUBLIC_URL, REFUSED, Post, gather, post, send_all
from tests.support.officials import HANDLER_DE, add_official

__all__ = ["post"]
AN_HOUR = timedelta(hours=1)


@pytest.fixture
def time() -> Time:
    return Time(datetime.now(UTC).replace(microsecond=0))


@pytest.fixture
def at(hub: Hub, time: Time) -> Hub:
    """The hub by a clock that tests set, with Germany."""
    timed = time.hub(hub)
    gather(timed)
    join(timed, DE)
    return timed


@pytest.fixture
def owe(at: Hub, time: Time) -> Callable[..., Person]:
    """An official of Germany's to whom one mail is owed."""

    def make(**changes: Any) -> Person:
        person = add_official(at, HANDLER_DE, **changes)
        with at.work(HUB) as uow:
            facts = {"case": "AIB-2026-000123", "end": "2026-12-01", "days_left": 3, "calendar_confirmed": False}
            about = f"test:{person.id}"
            note_items(
                uow,
                [Told(topic=Topic.CLOCK_WARNED, about=about, at=uow.now, participants=(DE,), facts=facts)],
            )
            uow.commit()
        time.now += timedelta(minutes=2)
        gather(at)
        return person

    return make


def rows(hub: Hub) -> list[Mail]:
    with hub.work(HUB) as uow:
        return list(uow.session.execute(select(Mail)).scalars())


def test_a_mail_is_sent_once_with_what_machines_want_to_know(at: Hub, post: Post, owe: Callable[..., Person]) -> None:
    owe()
    assert [send_all(at, post) for _ in range(2)] == [1, 0]
    [mail] = post.taken
    assert mail["To"] == "camille.martin@example.eu"
    assert mail["From"] == "AI Board hub <board-hub@hub.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] == "<https://hub.example/profile#mails>"
    assert mail["Message-ID"] == f"<{rows(at)[0].id}@hub.example>"
    assert mail["Content-Language"] == "en"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


def test_a_mail_says_until_when_and_whether_the_calendar_is_confirmed(
    at: Hub, post: Post, owe: Callable[..., Person]
) -> None:
    owe()
    send_all(at, post)
    text = post.text()
    assert "Last day: Tue 1 Dec 2026." in text
    assert "not confirmed yet" in text
    assert "https://hub.example/cases/AIB-2026-000123" in text


def test_while_the_server_is_away_a_mail_waits_and_is_sent_once_when_it_is_back(
    at: Hub, time: Time, post: Post, owe: Callable[..., Person]
) -> None:
    owe()
    post.stop()
    with pytest.raises(Unavailable, match="away"):
        send_all(at, post)
    [row] = rows(at)
    assert (row.sent_at, row.attempts) == (None, 1)
    post.start()
    assert send_all(at, post) == 0, "its pause is not over"
    time.now += AN_HOUR
    assert send_all(at, post) == 1
    time.now += AN_HOUR
    assert send_all(at, post) == 0
    assert len(post.taken) == 1


def test_a_server_that_says_later_is_asked_later(at: Hub, time: Time, post: Post, owe: Callable[..., Person]) -> None:
    owe()
    post.answer = "451 try again later"
    send_all(at, post)
    post.answer = "250 taken"
    time.now += AN_HOUR
    send_all(at, post)
    assert len(post.taken) == 1


def test_an_address_that_the_server_refuses_is_tried_once_and_holds_up_nobody(
    at: Hub, time: Time, post: Post, owe: Callable[..., Person]
) -> None:
    owe(email=REFUSED)
    owe()
    send_all(at, post)
    assert [mail["To"] for mail in post.taken] == ["camille.martin@example.eu"]
    refused = {(row.next_attempt_at, row.last_error) for row in rows(at) if row.address == REFUSED}
    assert refused == {(None, "550 there is no such mailbox")}


def test_who_left_gets_no_mail_that_was_waiting(at: Hub, post: Post, owe: Callable[..., Person]) -> None:
    person = owe()
    with at.work(HUB) as uow:
        uow.session.execute(update(Official).where(col(Official.id) == person.id).values(ended_at=at.clock()))
        uow.commit()
    assert send_all(at, post) == 0
    assert (post.taken, rows(at)[0].next_attempt_at) == ([], None)


@pytest.mark.parametrize(
    "address",
    [
        "a@b.example\r\nBcc: spy@c.example",
        "a@b.example, spy@c.example",
        "a@b.example\nSubject: other",
        "Spy <spy@c.example>",
        "no address",
        "@b.example",
        "a@",
    ],
)
def test_an_address_carries_no_other_header_and_no_other_recipient(
    at: Hub, post: Post, owe: Callable[..., Person], address: str
) -> None:
    owe(email=address)
    send_all(at, post)
    assert post.recipients == []
    assert rows(at)[0].next_attempt_at is None


def test_a_name_from_an_identity_provider_stays_in_its_line(
    at: Hub, time: Time, post: Post, owe: Callable[..., Person]
) -> None:
    person = owe()
    send_all(at, post)
    name = "Eve\r\n\r\nhttps://evil.example\r\nBcc: spy@c.example"
    told = Told(topic=Topic.ACCESS_ENDED, about="x", at=at.clock(), officials=(person.id,), facts={"name": name})
    with at.work(HUB) as uow:
        note_items(uow, [told])
        uow.commit()
    time.now += timedelta(days=2)
    send_all(at, post)
    assert "hub: Eve https://evil.example Bcc: spy@c.example." in post.text()
    assert post.taken[-1]["Bcc"] is None


def test_a_mail_is_written_in_the_officials_language(at: Hub, post: Post, owe: Callable[..., Person]) -> None:
    owe(language="fr")
    send_all(at, post)
    assert post.taken[0]["Content-Language"] == "fr"
    assert "1 déc. 2026" in post.text()


def test_the_jobs_gather_and_send(at: Hub, post: Post, owe: Callable[..., Person], time: Time) -> None:
    settings = Settings(smtp_url=f"smtp://127.0.0.1:{post.port}", public_url=PUBLIC_URL)
    owe()
    outcomes = [run_job(at, find_job(settings, name)) for name in ("mail-items", "mails", "mails")]
    assert outcomes == [JobOutcome.IDLE, JobOutcome.DONE, JobOutcome.IDLE]
    assert len(post.taken) == 1


def test_a_server_that_is_away_shows_as_a_failed_run(at: Hub, post: Post, owe: Callable[..., Person]) -> None:
    settings = Settings(smtp_url=f"smtp://127.0.0.1:{post.port}", public_url=PUBLIC_URL)
    owe()
    post.stop()
    assert run_job(at, find_job(settings, "mails")) == JobOutcome.FAILED


def test_without_a_server_there_are_no_mail_jobs() -> None:
    assert not [job.name for job in jobs_of(Settings()) if job.name.startswith("mail")]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example", MailServer("mail.example", 25, "board-hub@hub.example")),
        (
            "smtp://me:s%40crt@mail.example?starttls",
            MailServer("mail.example", 587, "board-hub@hub.example", "me", "s@crt", starttls=True),
        ),
        ("smtps://mail.example", MailServer("mail.example", 465, "board-hub@hub.example", secure=True)),
    ],
)
def test_the_server_is_read_from_its_address(url: str, expected: MailServer) -> None:
    assert mail_server_of(Settings(smtp_url=url, public_url=PUBLIC_URL)) == expected


@pytest.mark.parametrize(
    "url", ["mail.example:25", "http://mail.example", "smtp://", "smtp://mail.example:99999", "smtp://u:p@mail.example"]
)
def test_an_address_of_another_form_is_refused_with_the_setting_named(url: str) -> None:
    with pytest.raises(Invalid, match="BOARD_HUB_SMTP_URL") as refused:
        mail_server_of(Settings(smtp_url=url))
    assert refused.value.flaws[0].path == "/BOARD_HUB_SMTP_URL"


def test_the_sender_must_be_one_address() -> None:
    with pytest.raises(Invalid):
        mail_server_of(Settings(smtp_url="smtp://mail.example", mail_sender="a@b.eu\nBcc: c@d.eu"))


def test_two_processes_that_take_mails_share_them(at: Hub, post: Post, owe: Callable[..., Person]) -> None:
    owe()
    assert [post_mails(post.server, PUBLIC_URL, at) for _ in range(2)] == [1, 0]
