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
    provider_rules,
    providers,
    quarantine,
    sign_ins,
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
    "provider_rules",
    "providers",
    "quarantine",
    "secretariat",
    "sign_ins",
    "words",
]
