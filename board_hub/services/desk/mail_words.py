"""The words of mails, in the official's language: what kind of thing happened, where, until when; never content."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from gettext import NullTranslations, translation
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_skeleton

from board_hub.services.people.preferences import Frequency, Topic

FOLDER = Path(__file__).parents[2] / "translations"
RULE = "-- "
"""Begins what stands below every mail."""


@cache
def _translations(language: str) -> NullTranslations:
    return translation("messages", str(FOLDER), [language], fallback=True)


@dataclass(frozen=True)
class Line:
    """One thing as a mail tells it: a sentence, and the address where more is to be seen."""

    words: str
    address: str


@dataclass(frozen=True)
class Words:
    """Writes for one official. public_url: where the hub is; zone: the official's time zone."""

    language: str
    zone: str
    public_url: str

    def _(self, text: str, **values: object) -> str:
        return _translations(self.language).gettext(text) % values

    def day(self, value: date) -> str:
        """`Tue 1 Dec 2026`."""
        locale = Locale.parse("en_IE" if self.language == "en" else self.language)
        moment = datetime(value.year, value.month, value.day, tzinfo=UTC)
        written: str = format_skeleton("yMMMEd", moment, locale=locale, tzinfo=UTC)
        return written.replace(", ", " ", 1) if self.language == "en" else written

    def instant(self, value: str) -> str:
        """`Tue 1 Dec 2026, 09:15 CET`."""
        local = datetime.fromisoformat(value).astimezone(ZoneInfo(self.zone))
        return f"{self.day(local.date())}, {local:%H:%M} {local.tzname()}"

    def case_of(self, facts: Mapping[str, Any]) -> str:
        return f"{facts['case']}: " if facts.get("case") else ""

    def line(self, topic: Topic, facts: Mapping[str, Any]) -> Line:
        words = self.case_of(facts) + SENTENCES[topic](self, facts)
        return Line(" ".join(words.split()), self._address(topic, facts))

    def _address(self, topic: Topic, facts: Mapping[str, Any]) -> str:
        if facts.get("case"):
            return f"{self.public_url}/cases/{facts['case']}"
        if facts.get("draft"):
            return f"{self.public_url}/drafts/{facts['draft']}"
        return f"{self.public_url}/{'profile#sessions' if topic is Topic.SIGN_IN else ''}"

    def subject(self, frequency: Frequency, lines: Sequence[Line], today: date) -> str:
        """A single thing is named; several are counted."""
        if frequency is Frequency.DAILY:
            return self._("AI Board hub: your day, %(day)s (%(count)d)", day=self.day(today), count=len(lines))
        if frequency is Frequency.WEEKLY:
            return self._("AI Board hub: your week, %(day)s (%(count)d)", day=self.day(today), count=len(lines))
        if len(lines) == 1:
            return self._("AI Board hub: one thing for you")
        return self._("AI Board hub: %(count)d things for you", count=len(lines))

    def body(self, groups: Mapping[str, Sequence[Line]]) -> str:
        """Plain text: per participant its lines, each with its address, and how to be told less."""
        parts = []
        for participant, lines in groups.items():
            if participant:
                parts.append(self._("For %(participant)s:", participant=participant))
            parts += [f"{line.words}\n{line.address}" for line in lines]
        parts.append(
            f"{RULE}\n"
            + self._("Mails of the AI Board hub say what happened and until when, never what a notice contains.")
            + "\n"
            + self._("Choose what you are told, and how often:")
            + f"\n{self.public_url}/profile#mails"
        )
        return "\n\n".join(parts) + "\n"

    def legal_end(self, facts: Mapping[str, Any]) -> str:
        """`Last day: Tue 1 Dec 2026.`, or that the law gives no number."""
        if not facts.get("end"):
            return self._("The law gives no number of days.")
        words = self._("Last day: %(day)s.", day=self.day(date.fromisoformat(facts["end"])))
        if facts.get("calendar_confirmed") is False:
            words += " " + self._("The public holidays of that year are not confirmed yet.")
        return words


def _notice(write: Words, facts: Mapping[str, Any]) -> str:
    words = write._("A notice was addressed to you.")
    return f"{words} {facts['type']}: {facts['title']}" if facts.get("title") else words


def _request(write: Words, facts: Mapping[str, Any]) -> str:
    words = write._("You are asked to act on a notice.")
    return f"{words} {facts['type']}: {facts['title']}" if facts.get("title") else words


def _clock_started(write: Words, facts: Mapping[str, Any]) -> str:
    return write._("A legal period of yours has begun.") + " " + write.legal_end(facts)


def _clock_warned(write: Words, facts: Mapping[str, Any]) -> str:
    days = int(facts.get("days_left", 0))
    left = write._("Days left: %(days)d.", days=days) if days > 0 else write._("It ends today.")
    return f"{write._('A legal period of yours is about to end.')} {write.legal_end(facts)} {left}"


def _clock_expired(write: Words, facts: Mapping[str, Any]) -> str:
    return write._("A legal period of yours is over.") + " " + write.legal_end(facts)


def _reminder(write: Words, facts: Mapping[str, Any]) -> str:
    if "elapsed_days" not in facts:
        return write._("A date of the law is near.") + " " + write.legal_end(facts)
    return write._("A duty of yours is open for %(days)d days; the law gives no number.", days=facts["elapsed_days"])


def _overdue(write: Words, facts: Mapping[str, Any]) -> str:
    since = write.instant(facts["since"])
    if facts.get("count"):
        return write._(
            "%(count)d messages wait uncollected in a mailbox, since %(since)s.", **{**facts, "since": since}
        )
    return write._("A message of yours is not collected by a recipient, since %(since)s.", since=since)


def _mandate(write: Words, facts: Mapping[str, Any]) -> str:
    day = write.day(date.fromisoformat(facts["end"]))
    return write._("The mandate of %(name)s (%(member)s) ends on %(day)s.", **{**facts, "day": day})


def _access_ended(write: Words, facts: Mapping[str, Any]) -> str:
    return write._("An official of yours can no longer sign in to the hub: %(name)s.", name=facts["name"])


def _sign_in(write: Words, facts: Mapping[str, Any]) -> str:
    browser, moment = facts.get("browser") or write._("a browser not known"), write.instant(facts["at"])
    told = write._("You signed in from another browser: %(browser)s, %(moment)s.", browser=browser, moment=moment)
    return told + " " + write._("If that was not you, end that session now and tell your identity provider.")


SENTENCES: Mapping[Topic, Callable[[Words, Mapping[str, Any]], str]] = {
    Topic.REQUEST: _request,
    Topic.NOTICE: _notice,
    Topic.CLOCK_STARTED: _clock_started,
    Topic.CLOCK_WARNED: _clock_warned,
    Topic.CLOCK_EXPIRED: _clock_expired,
    Topic.REMINDER: _reminder,
    Topic.DELIVERY_OVERDUE: _overdue,
    Topic.DRAFT_SUBMITTED: lambda write, facts: write._("A draft waits for your approval."),
    Topic.DRAFT_RETURNED: lambda write, facts: write._("A draft of yours was returned, with a remark."),
    Topic.MANDATE_ENDING: _mandate,
    Topic.ACCESS_ENDED: _access_ended,
    Topic.SIGN_IN: _sign_in,
}
