"""What an official prefers: language, time zone, and which matters are told by mail, at once or gathered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from board_hub.domain.calendars import ZONES
from board_hub.domain.errors import Flaw, Invalid
from board_hub.domain.events import Event, EventName
from board_hub.services.access import Role
from board_hub.services.people.officials import get_official
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.people_tables import Official

LANGUAGES = ("bg", "es", "cs", "da", "de", "et", "el", "en", "fr", "ga", "hr", "it", "lv", "lt", "hu", "mt", "nl",
             "pl", "pt", "ro", "sk", "sl", "fi", "sv")  # fmt: skip
"""The official languages of the Union."""
TIME_ZONES = tuple(sorted({*ZONES.values(), "Atlantic/Azores", "Atlantic/Canary", "Atlantic/Madeira", "UTC"}))
GATHER_FOR = timedelta(seconds=60)
"""What happens together is told together: a notice and the period that it starts are one mail."""
DIGEST_AT = time(7)
"""When gathered mails come, where the official is; the weekly one on Monday."""


class Frequency(StrEnum):
    IMMEDIATE = "immediate"
    DAILY = "daily"
    WEEKLY = "weekly"
    NEVER = "never"


class Topic(StrEnum):
    """What there is to tell."""

    REQUEST = "request"
    NOTICE = "notice"
    CLOCK_STARTED = "clock_started"
    CLOCK_WARNED = "clock_warned"
    CLOCK_EXPIRED = "clock_expired"
    REMINDER = "reminder"
    DELIVERY_OVERDUE = "delivery_overdue"
    DRAFT_SUBMITTED = "draft_submitted"
    DRAFT_RETURNED = "draft_returned"
    MANDATE_ENDING = "mandate_ending"
    ACCESS_ENDED = "access_ended"
    SIGN_IN = "sign_in"


@dataclass(frozen=True)
class TopicRule:
    """default: how often it is told unless chosen otherwise; choices: what may be chosen; roles: to whom."""

    default: Frequency
    choices: tuple[Frequency, ...]
    roles: frozenset[Role]


_ANY = tuple(Frequency)
_SOON = (Frequency.IMMEDIATE, Frequency.DAILY)
_HANDLERS = frozenset({Role.CASE_HANDLER, Role.SECRETARIAT_OFFICER})
_OFFICE = _HANDLERS | {Role.REPRESENTATIVE, Role.ALTERNATE}
_WHO_READS = _OFFICE | {Role.EXPERT}
_HEADS = frozenset({Role.REPRESENTATIVE, Role.ALTERNATE, Role.SECRETARIAT_OFFICER})
TOPICS: Mapping[Topic, TopicRule] = {
    Topic.REQUEST: TopicRule(Frequency.IMMEDIATE, _ANY, _OFFICE),
    Topic.NOTICE: TopicRule(Frequency.DAILY, _ANY, _WHO_READS),
    Topic.CLOCK_STARTED: TopicRule(Frequency.DAILY, _ANY, _OFFICE),
    # A legal period ends whether or not anybody looks: its warning and its end can be gathered for a day, no longer.
    Topic.CLOCK_WARNED: TopicRule(Frequency.IMMEDIATE, _SOON, _OFFICE),
    Topic.CLOCK_EXPIRED: TopicRule(Frequency.IMMEDIATE, _SOON, _OFFICE),
    Topic.REMINDER: TopicRule(Frequency.WEEKLY, _ANY, _OFFICE),
    Topic.DELIVERY_OVERDUE: TopicRule(Frequency.DAILY, _ANY, _HANDLERS),
    Topic.DRAFT_SUBMITTED: TopicRule(Frequency.IMMEDIATE, _ANY, _OFFICE),
    Topic.DRAFT_RETURNED: TopicRule(Frequency.IMMEDIATE, _ANY, _OFFICE),
    Topic.MANDATE_ENDING: TopicRule(Frequency.IMMEDIATE, _ANY, _HEADS),
    Topic.ACCESS_ENDED: TopicRule(Frequency.DAILY, _ANY, _HEADS),
    # Whoever took over a browser must not be able to silence the mail that says so (ASVS 6.3.5).
    Topic.SIGN_IN: TopicRule(Frequency.IMMEDIATE, (Frequency.IMMEDIATE,), frozenset(Role)),
}


def _frequency(topic: Topic) -> fields.Field[Any]:
    choices = [str(one) for one in TOPICS[topic].choices]
    message = f"Choose one of {', '.join(choices)}."
    return fields.String(validate=validate.OneOf(choices, error=message))


MailChoices = Schema.from_dict({str(topic): _frequency(topic) for topic in TOPICS}, name="MailChoices")


class PreferencesInput(Schema):
    """What the profile's form sends; unknown names are refused."""

    class Meta:
        unknown = RAISE

    language = fields.String(validate=validate.OneOf(LANGUAGES, error="Choose an official language of the Union."))
    time_zone = fields.String(validate=validate.OneOf(TIME_ZONES, error="Choose a time zone of the list."))
    mails = fields.Nested(MailChoices)


def change_preferences(uow: UnitOfWork, official_id: UUID, given: Mapping[str, Any]) -> Official:
    """Keep what is given, leave the rest. Raises Invalid with the field and what may stand there."""
    try:
        wanted = PreferencesInput().load(given)
    except ValidationError as error:
        raise Invalid(_flaws(error.messages_dict)) from None
    official = get_official(uow, official_id)
    official.language = wanted.get("language", official.language)
    official.time_zone = wanted.get("time_zone", official.time_zone)
    if "mails" in wanted:
        official.preferences = {**official.preferences, "mails": {**_chosen(official), **wanted["mails"]}}
    uow.session.add(official)
    uow.record(Event(EventName.PREFERENCES_CHANGED, str(official_id), {}, {"fields": sorted(wanted)}))
    return official


def _flaws(messages: Mapping[str, Any], path: str = "") -> list[Flaw]:
    found: list[Flaw] = []
    for name, value in messages.items():
        here = f"{path}/{name}"
        found += _flaws(value, here) if isinstance(value, dict) else [Flaw("field.invalid", here, one) for one in value]
    return found


def frequency_of(official: Official, topic: Topic) -> Frequency:
    """How often the official is told; a choice that is no longer offered counts for nothing."""
    rule, chosen = TOPICS[topic], _chosen(official).get(topic)
    return Frequency(chosen) if chosen in rule.choices else rule.default


def due_at(official: Official, frequency: Frequency, now: datetime) -> datetime:
    """When something that is to be told as often as this goes into a mail."""
    if frequency is Frequency.IMMEDIATE:
        return now + GATHER_FOR
    zone = ZoneInfo(official.time_zone if official.time_zone in TIME_ZONES else "Europe/Brussels")
    day = now.astimezone(zone).date()
    while (moment := datetime.combine(day, DIGEST_AT, zone)) <= now or (
        frequency is Frequency.WEEKLY and day.weekday() != 0
    ):
        day += timedelta(days=1)
    return moment


def _chosen(official: Official) -> Mapping[str, Any]:
    chosen = official.preferences.get("mails")
    return chosen if isinstance(chosen, dict) else {}
