"""A participant's facts change by name, and what changed is on record; suspending is one person's step."""

import json

import pytest
from sqlalchemy import select
from sqlmodel import col

from board_hub.domain.errors import Conflict, Invalid, NotFound
from board_hub.domain.events import HUB
from board_hub.services.directory import directory, participant_changes
from board_hub.services.unit_of_work import Hub, UnitOfWork
from board_hub.store.tables import EvidenceLeaf
from tests.support.hub import AIO, DE, FR, join, join_four
from tests.support.officials import SECRETARIAT, add_official

FACTS = {"name": FR, "kinds": ["MSA", "SPOC"], "languages": ["en"], "contact": "", "four_eyes": False}


def change(uow: UnitOfWork, code: str = FR, **changes: object) -> bool:
    return participant_changes.change_participant(uow, code, **(FACTS | changes))  # type: ignore[arg-type]


def last_detail(hub: Hub, subject: str) -> dict[str, object]:
    with hub.work(HUB) as uow:
        entries = select(col(EvidenceLeaf.entry)).where(col(EvidenceLeaf.subject) == subject)
        rows = uow.session.execute(entries.order_by(col(EvidenceLeaf.position).desc()))
        return dict(json.loads(rows.scalars().first() or "{}").get("detail", {}))


def test_what_changed_is_on_record_and_nothing_else(hub: Hub) -> None:
    join(hub)
    with hub.work(HUB) as uow:
        assert change(uow, name="CNIL", contact="a@b.fr", four_eyes=True)
        uow.commit()
    assert last_detail(hub, FR) == {"fields": ["contact", "four_eyes", "name"], "name": "CNIL", "four_eyes": True}
    with hub.work(HUB) as uow:
        found = uow.directory.participants[FR]
        assert (found.name, found.contact, found.four_eyes, found.kinds) == ("CNIL", "a@b.fr", True, {"MSA", "SPOC"})


def test_changing_nothing_records_nothing(sqlite_hub: Hub) -> None:
    join(sqlite_hub)
    with sqlite_hub.work(HUB) as uow:
        version = uow.directory.version
        assert not change(uow)
        uow.commit()
    with sqlite_hub.work(HUB) as uow:
        assert uow.directory.version == version


@pytest.mark.parametrize(("changes", "path"), [
    ({"name": " "}, "/name"),
    ({"kinds": []}, "/kinds"),
    ({"kinds": ["HUB"]}, "/kinds"),
    ({"languages": ["french"]}, "/languages"),
    ({"contact": "x" * 321}, "/contact"),
])  # fmt: skip
def test_rubbish_is_refused_by_name(sqlite_hub: Hub, changes: dict[str, object], path: str) -> None:
    join(sqlite_hub)
    with sqlite_hub.work(HUB) as uow, pytest.raises(Invalid, match=path):
        change(uow, **changes)


def test_what_was_removed_or_is_the_hub_does_not_change(sqlite_hub: Hub) -> None:
    join(sqlite_hub)
    with sqlite_hub.work(HUB) as uow:
        directory.remove_participant(uow, FR)
        for code in (FR, "EU-HUB"):
            with pytest.raises(Conflict):
                change(uow, code)
            with pytest.raises(Conflict):
                participant_changes.suspend(uow, code, "x")
        with pytest.raises(NotFound):
            change(uow, DE)


def test_a_suspension_and_its_end_are_on_record_with_their_reasons(sqlite_hub: Hub) -> None:
    join(sqlite_hub)
    with sqlite_hub.work(HUB) as uow:
        participant_changes.suspend(uow, FR, "Its key may be stolen.")
        uow.commit()
    assert last_detail(sqlite_hub, FR) == {"because": "Its key may be stolen."}
    with sqlite_hub.work(HUB) as uow:
        with pytest.raises(Conflict):
            participant_changes.suspend(uow, FR, "again")
        participant_changes.restore(uow, FR, "It has a new key.")
        uow.commit()
    assert last_detail(sqlite_hub, FR) == {"because": "It has a new key."}


def test_the_participant_of_all_administrators_is_not_suspended(sqlite_hub: Hub) -> None:
    join_four(sqlite_hub)
    add_official(sqlite_hub, SECRETARIAT)
    with sqlite_hub.work(HUB) as uow, pytest.raises(Conflict, match="nobody could administer"):
        participant_changes.suspend(uow, AIO, "x")
