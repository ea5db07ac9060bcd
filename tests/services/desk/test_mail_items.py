"""What officials are told by mail: from the evidence log, once, to whom it concerns, as often as they chose."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from board_hub.domain.envelope import encode
from board_hub.domain.events import HUB, Event, EventName
from board_hub.domain.ids import uuid7
from board_hub.law.examples import example_notice
from board_hub.services.access import Role
from board_hub.services.desk.answer_times import request_types
from board_hub.services.desk.mandate_mails import remind_of_mandates
from board_hub.services.people import sessions
from board_hub.services.people.officials import Held, Person
from board_hub.services.people.preferences import Topic, change_preferences
from board_hub.services.people.sessions import Limits
from board_hub.services.unit_of_work import Hub
from board_hub.store.desk_tables import Draft, LogPlace, Mail, MailItem
from board_hub.store.people_tables import Mandate, Official
from tests.support.clocks import NOON, Time, expire_all
from tests.support.hub import AIO, DE, EE, FR, Party, catalogue_of, envelope, join_four, send
from tests.support.mails import gather
from tests.support.officials import HANDLER_DE, REPRESENTATIVE_FR, SECRETARIAT, add_official
from tests.support.statements import counted_statements

DAY = timedelta(days=1)


@pytest.fixture
def time() -> Time:
    return Time(datetime.now(UTC).replace(microsecond=0))


@pytest.fixture
def at(hub: Hub, time: Time) -> Hub:
    """The hub by a clock that tests set; its log has been read to the end."""
    timed = time.hub(hub)
    gather(timed)
    return timed


@pytest.fixture
def parties(at: Hub) -> dict[str, Party]:
    return join_four(at)


def issue(hub: Hub, party: Party, notice_type: str = "art79-5", marking: str = "restricted") -> None:
    data = example_notice(catalogue_of(hub), notice_type, sender=party.code)
    message = replace(envelope(party.code, data=data, time=hub.clock()), marking=marking)
    outcome = send(hub, party.arrival(encode(message)))
    assert outcome.accepted, outcome.flaws


def items(hub: Hub, person: Person | None = None) -> list[MailItem]:
    with hub.work(HUB) as uow:
        statement = select(MailItem).order_by(col(MailItem.id))
        if person:
            statement = statement.where(col(MailItem.official_id) == person.id)
        return list(uow.session.execute(statement).scalars())


def topics(hub: Hub, person: Person) -> list[str]:
    return sorted(one.topic for one in items(hub, person))


def mails(hub: Hub) -> list[Mail]:
    with hub.work(HUB) as uow:
        return list(uow.session.execute(select(Mail).order_by(col(Mail.id))).scalars())


def prefer(hub: Hub, person: Person, **mails_: str) -> None:
    with hub.work(person.actor) as uow:
        change_preferences(uow, person.id, {"mails": mails_})
        uow.commit()


def test_a_notice_and_the_period_it_starts_are_told_to_those_it_is_addressed_to(
    at: Hub, parties: dict[str, Party]
) -> None:
    germany, france = add_official(at, HANDLER_DE), add_official(at, REPRESENTATIVE_FR)
    issue(at, parties[FR])
    gather(at)
    assert topics(at, germany) == [Topic.CLOCK_STARTED, Topic.NOTICE]
    assert Topic.NOTICE not in topics(at, france)


def test_what_was_read_is_not_read_again(at: Hub, parties: dict[str, Party]) -> None:
    add_official(at, HANDLER_DE)
    issue(at, parties[FR])
    gather(at)
    before = len(items(at))
    with at.work(HUB) as uow:
        uow.session.execute(update(LogPlace).values(position=0))
        uow.commit()
    gather(at)
    assert len(items(at)) == before > 0


def test_a_notice_that_gives_its_recipients_something_to_do_is_a_request(at: Hub) -> None:
    asking = request_types(catalogue_of(at)).asking
    assert "msr22-request" in asking
    assert "art79-5" not in asking


def test_what_is_told_at_once_goes_out_together_after_a_minute(at: Hub, time: Time, parties: dict[str, Party]) -> None:
    germany = add_official(at, HANDLER_DE)
    prefer(at, germany, notice="immediate", clock_started="immediate")
    issue(at, parties[FR])
    gather(at)
    assert not mails(at)
    time.now += timedelta(minutes=1)
    gather(at)
    [mail] = mails(at)
    assert mail.subject == "AI Board hub: 2 things for you"
    assert "A notice was addressed to you." in mail.body
    assert "A legal period of yours has begun. Last day: " in mail.body


def test_a_daily_mail_comes_at_seven_where_the_official_is(at: Hub, time: Time, parties: dict[str, Party]) -> None:
    time.now = datetime(2026, 12, 1, 12, tzinfo=UTC)
    gather(at)
    tallinn = add_official(at, [Held(EE, Role.CASE_HANDLER)], time_zone="Europe/Tallinn")
    issue(at, parties[FR])
    gather(at)
    assert {one.due_at for one in items(at, tallinn)} == {datetime(2026, 12, 2, 5, tzinfo=UTC)}


def test_a_mail_says_nothing_of_what_a_restricted_notice_contains(
    at: Hub, time: Time, parties: dict[str, Party]
) -> None:
    add_official(at, HANDLER_DE)
    issue(at, parties[FR], marking="restricted")
    gather(at)
    time.now += 2 * DAY
    gather(at)
    [mail] = mails(at)
    content = example_notice(catalogue_of(at), "art79-5", sender=FR)["fields"]
    for secret in (content["system"]["name"], FR, "Provisional measure"):
        assert secret not in mail.body + mail.subject
    assert "https://hub.example/cases/AIB-" in mail.body


def test_a_mail_names_what_a_public_notice_is_about(at: Hub, time: Time, parties: dict[str, Party]) -> None:
    add_official(at, HANDLER_DE)
    issue(at, parties[FR], marking="public")
    gather(at)
    time.now += 2 * DAY
    gather(at)
    name = example_notice(catalogue_of(at), "art79-5", sender=FR)["fields"]["system"]["name"]
    assert name in mails(at)[0].body


def test_a_topic_that_is_switched_off_is_not_noted(at: Hub, parties: dict[str, Party]) -> None:
    germany = add_official(at, HANDLER_DE)
    prefer(at, germany, notice="never")
    issue(at, parties[FR])
    gather(at)
    assert topics(at, germany) == [Topic.CLOCK_STARTED]


def test_an_expert_is_told_of_notices_only(at: Hub, parties: dict[str, Party]) -> None:
    expert = add_official(at, [Held(DE, Role.EXPERT)])
    issue(at, parties[FR])
    gather(at)
    assert topics(at, expert) == [Topic.NOTICE]


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.SECRETARIAT_ADMINISTRATOR])
def test_who_may_not_read_content_is_told_nothing_of_it(at: Hub, parties: dict[str, Party], role: Role) -> None:
    person = add_official(at, [Held(AIO, role)])
    issue(at, parties[FR])
    gather(at)
    assert topics(at, person) == []


def test_who_left_before_a_mail_was_made_gets_none(at: Hub, time: Time, parties: dict[str, Party]) -> None:
    germany = add_official(at, HANDLER_DE)
    issue(at, parties[FR])
    gather(at)
    with at.work(HUB) as uow:
        uow.session.execute(update(Official).where(col(Official.id) == germany.id).values(ended_at=at.clock()))
        uow.commit()
    time.now += 2 * DAY
    gather(at)
    assert not mails(at)
    assert all(one.due_at is None for one in items(at, germany))


def test_warning_and_end_of_a_period_are_told_at_once(at: Hub, time: Time, parties: dict[str, Party]) -> None:
    germany = add_official(at, HANDLER_DE)
    issue(at, parties[FR])
    gather(at)
    time.now += 120 * DAY
    expire_all(at)
    gather(at)
    assert Topic.CLOCK_EXPIRED in topics(at, germany)
    told = [one for one in items(at, germany) if one.topic == Topic.CLOCK_EXPIRED]
    assert {one.frequency for one in told} == {"immediate"}


def test_history_is_not_told_when_mails_are_switched_on(at: Hub, time: Time, parties: dict[str, Party]) -> None:
    germany = add_official(at, HANDLER_DE)
    issue(at, parties[FR])
    time.now += 8 * DAY
    gather(at)
    assert topics(at, germany) == []


def test_reading_many_entries_costs_the_statements_of_one(at: Hub, parties: dict[str, Party]) -> None:
    add_official(at, HANDLER_DE)
    counts = []
    for number in (1, 8):
        for _ in range(number):
            issue(at, parties[FR])
        with counted_statements(at) as statements:
            gather(at)
        counts.append(len(statements))
    assert counts[0] == counts[1]


def sign_in(hub: Hub, person: Person, browser: str) -> None:
    with hub.work(HUB) as uow:
        official = uow.session.get(Official, person.id)
        assert official is not None
        sessions.sign_in(
            uow, str(uuid7()), official, limits=Limits(DAY, DAY), provider=official.provider, browser=browser
        )
        uow.commit()


FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"
NEWER_FIREFOX = FIREFOX.replace("145.0", "146.0")
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36"


def test_a_sign_in_from_another_browser_is_told_once_and_a_known_one_never(
    at: Hub, time: Time, parties: dict[str, Party]
) -> None:
    person = add_official(at, HANDLER_DE)
    for browser in (FIREFOX, NEWER_FIREFOX, CHROME, CHROME):
        time.now += timedelta(seconds=5)
        sign_in(at, person, browser)
    gather(at)
    assert [one.facts["browser"] for one in items(at, person)] == ["Chrome on Linux"]


def draft_of(hub: Hub, author: Person, **changes: Any) -> Draft:
    now = hub.clock()
    return Draft(
        participant=DE,
        notice_type="art79-5",
        law_version="2026-07-27",
        created_by=author.id,
        created_at=now,
        changed_by=author.id,
        changed_at=now,
        **changes,
    )


def test_a_submitted_draft_is_told_to_those_who_may_approve_it_and_a_returned_one_to_its_author(
    at: Hub, parties: dict[str, Party]
) -> None:
    author, second = add_official(at, HANDLER_DE), add_official(at, HANDLER_DE, name="Jonas Weber")
    with at.work(author.actor) as uow:
        draft = draft_of(at, author, submitted_by=author.id, decided_by=second.id)
        uow.session.add(draft)
        for name in (EventName.DRAFT_SUBMITTED, EventName.DRAFT_RETURNED):
            uow.record(Event(name, str(draft.id)))
        uow.commit()
    gather(at)
    assert topics(at, author) == [Topic.DRAFT_RETURNED]
    assert topics(at, second) == [Topic.DRAFT_SUBMITTED]


def test_the_end_of_an_officials_access_is_told_to_its_representatives_and_not_to_itself(
    at: Hub, parties: dict[str, Party]
) -> None:
    boss = add_official(at, REPRESENTATIVE_FR)
    leaver = add_official(at, [Held(FR, Role.CASE_HANDLER)], name="Luc Petit", ended_at=at.clock())
    with at.work(HUB) as uow:
        uow.record(Event(EventName.OFFICIAL_ENDED, str(leaver.id)))
        uow.commit()
    gather(at)
    assert (topics(at, boss), topics(at, leaver)) == ([Topic.ACCESS_ENDED], [])


def test_a_mandate_that_ends_is_told_to_the_member_and_the_secretariat_once(
    at: Hub, time: Time, parties: dict[str, Party]
) -> None:
    france, office = add_official(at, REPRESENTATIVE_FR), add_official(at, SECRETARIAT)
    time.now = NOON
    last = NOON.date() + timedelta(days=25)
    with at.work(HUB) as uow:
        first = date(last.year - 3, last.month, last.day)
        uow.session.add(
            Mandate(member="FR", kind="representative", name="A", email="a@b.eu", begins_on=first, ends_on=last)
        )
        uow.commit()
    told = []
    for _ in range(2):
        with at.work(HUB) as uow:
            told.append(remind_of_mandates(uow))
            uow.commit()
    assert told == [1, 0]
    assert topics(at, france) == topics(at, office) == [Topic.MANDATE_ENDING]
