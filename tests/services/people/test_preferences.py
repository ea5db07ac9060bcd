"""Preferences: what may be chosen, what cannot be switched off, when gathered mails come."""

from datetime import UTC, datetime
from typing import Any

import pytest

from board_hub.domain.errors import Invalid
from board_hub.domain.events import HUB
from board_hub.services.people.officials import Person
from board_hub.services.people.preferences import (
    GATHER_FOR,
    TOPICS,
    Frequency,
    Topic,
    change_preferences,
    due_at,
    frequency_of,
)
from board_hub.services.unit_of_work import Hub
from board_hub.store.people_tables import Official
from tests.support.hub import DE, join
from tests.support.officials import HANDLER_DE, add_official


@pytest.fixture
def person(sqlite_hub: Hub) -> Person:
    join(sqlite_hub, DE)
    return add_official(sqlite_hub, HANDLER_DE)


def change(hub: Hub, person: Person, **given: Any) -> Official:
    with hub.work(person.actor) as uow:
        official = change_preferences(uow, person.id, given)
        uow.commit()
        return official


def test_what_is_not_given_stays(sqlite_hub: Hub, person: Person) -> None:
    change(sqlite_hub, person, language="fr", mails={"notice": "never"})
    official = change(sqlite_hub, person, mails={"request": "daily"})
    assert official.language == "fr"
    assert [frequency_of(official, one) for one in (Topic.NOTICE, Topic.REQUEST)] == ["never", "daily"]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"language": "xx"}, "/language"),
        ({"time_zone": "Europe/Atlantis"}, "/time_zone"),
        ({"mails": {"notice": "hourly"}}, "/mails/notice"),
        ({"mails": {"clock_warned": "weekly"}}, "/mails/clock_warned"),
        ({"mails": {"clock_expired": "never"}}, "/mails/clock_expired"),
        ({"mails": {"sign_in": "never"}}, "/mails/sign_in"),
        ({"mails": {"roles": "never"}}, "/mails/roles"),
        ({"email": "spy@example.eu"}, "/email"),
    ],
)
def test_what_may_not_be_chosen_is_named(sqlite_hub: Hub, person: Person, given: dict[str, Any], path: str) -> None:
    with pytest.raises(Invalid) as refused:
        change(sqlite_hub, person, **given)
    assert [flaw.path for flaw in refused.value.flaws] == [path]


def test_every_topic_is_told_unless_chosen_otherwise() -> None:
    assert all(rule.default in rule.choices and rule.default != Frequency.NEVER for rule in TOPICS.values())
    assert set(TOPICS) == set(Topic)


def test_a_choice_that_is_offered_no_more_counts_for_nothing(sqlite_hub: Hub, person: Person) -> None:
    with sqlite_hub.work(HUB) as uow:
        official = uow.session.get(Official, person.id)
        assert official is not None
        official.preferences = {"mails": {"clock_warned": "never"}}
        assert frequency_of(official, Topic.CLOCK_WARNED) == Frequency.IMMEDIATE


SATURDAY = datetime(2026, 10, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("frequency", "expected"),
    [
        (Frequency.IMMEDIATE, SATURDAY + GATHER_FOR),
        (Frequency.DAILY, datetime(2026, 10, 25, 6, tzinfo=UTC)),
        (Frequency.WEEKLY, datetime(2026, 10, 26, 6, tzinfo=UTC)),
    ],
)
def test_gathered_mails_come_at_seven_local_time_also_when_clocks_change(
    person: Person, frequency: Frequency, expected: datetime
) -> None:
    official = person.official
    official.time_zone = "Europe/Brussels"
    assert due_at(official, frequency, SATURDAY) == expected
