"""How a form begins: from the address of the page, worked out again when it is first saved."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from board_hub.domain.errors import Invalid, NotFound
from board_hub.law.catalogue import FieldType
from board_hub.law.notice_parts import RevisionKind
from board_hub.services.desk.drafting import Content, type_of
from board_hub.services.desk.prefill import begin_from_message, begin_notice, begin_revision, begin_withdrawal
from board_hub.services.people.officials import Person
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.tables import Participant

NEW, REVISE, WITHDRAW = "new", "revise", "withdraw"
_KEY = re.compile(r"([A-Z0-9-]{1,40})/([A-Za-z0-9._:-]{1,64})")
_NAMES = ("start", "participant", "type", "case", "about", "from", "set", "kind")


@dataclass(frozen=True)
class Start:
    """The page's arguments. about, from_: `SENDER/id`; set_: fields that begin as true; kind: of a new version."""

    start: str = NEW
    participant: str = ""
    type: str = ""
    case: str = ""
    about: str = ""
    from_: str = ""
    set_: str = ""
    kind: str = ""

    def pairs(self) -> list[tuple[str, str]]:
        """As hidden fields of the form, or arguments of an address."""
        values = (self.start, self.participant, self.type, self.case, self.about, self.from_, self.set_, self.kind)
        return [(name, value) for name, value in zip(_NAMES, values, strict=True) if value]


def read_start(given: Mapping[str, str], start: str = "") -> Start:
    values = {name: given.get(name, "").strip()[:200] for name in _NAMES}
    values["start"] = start or values["start"] or NEW
    values["participant"] = values["participant"] or given.get("by", "").strip()[:200]
    return Start(**{{"from": "from_", "set": "set_"}.get(name, name): value for name, value in values.items()})


def read_key(text: str) -> tuple[str, str]:
    """`FR-CNIL/0195…` as source and id. Raises NotFound for what names no notice."""
    match = _KEY.fullmatch(text)
    if match is None:
        raise NotFound("There is no such notice.")
    return match[1], match[2]


def sender_of(uow: UnitOfWork, person: Person, start: Start) -> Participant:
    """In whose name: as the address says; otherwise whose notice it is, or the first the person writes for."""
    mine = person.writes_for
    if start.participant and start.participant not in mine:
        raise NotFound("You write for no such participant.")
    own = start.about.partition("/")[0]
    code = start.participant or (own if own in mine else mine[0])
    return uow.directory.participants[code]


def begin(uow: UnitOfWork, sender: Participant, start: Start) -> Content:
    """What the form begins with. Raises NotFound, Conflict, Invalid."""
    if start.start == REVISE:
        content = begin_revision(uow, sender, read_key(start.about))
        if start.kind in tuple(RevisionKind):
            content["data"]["revision"]["kind"] = start.kind
        return content
    if start.start == WITHDRAW:
        return begin_withdrawal(uow, sender, read_key(start.about))
    if start.from_:
        return begin_from_message(uow, sender, start.type, read_key(start.from_))
    about = read_key(start.about) if start.about else None
    content = begin_notice(uow, sender, start.type, case=start.case or None, about=about)
    return _with_set(uow, content, start.set_)


def _with_set(uow: UnitOfWork, content: Content, wanted: str) -> Content:
    """Truths that the link already says, such as that only a part is forwarded."""
    truths = {one.name for one in type_of(uow, content)[1].fields if one.type is FieldType.BOOLEAN and not one.many}
    fields: dict[str, Any] = content["data"]["fields"]
    fields |= {name: True for name in wanted.split(",") if name in truths}
    return content


def new_id() -> UUID:
    """The id a draft will have once it is saved: in the form, so that saving twice makes one."""
    return uuid4()


def read_version(text: str | None) -> int:
    """Raises Invalid for what no form of ours holds."""
    if text is None or not re.fullmatch(r"[0-9]{1,9}", text):
        raise Invalid.one("field.invalid", "/version", "Open the draft anew, and try again.")
    return int(text)
