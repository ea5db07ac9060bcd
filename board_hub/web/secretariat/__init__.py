"""Pages of the secretariat: how the hub is, its members, participants, people, messages, jobs and evidence."""

from board_hub.web.secretariat import (
    calendars,
    evidence,
    home,
    jobs,
    keys,
    members,
    messages,
    officials,
    participant_steps,
    participants,
    proposals,
    quarantine,
    words,
)
from board_hub.web.secretariat.navigation import secretariat

__all__ = [
    "calendars",
    "evidence",
    "home",
    "jobs",
    "keys",
    "members",
    "messages",
    "officials",
    "participant_steps",
    "participants",
    "proposals",
    "quarantine",
    "secretariat",
    "words",
]
