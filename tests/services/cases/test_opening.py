"""Opening a notice: noted once for each participant, seen by the sender, on record."""

import json

import pytest
from sqlmodel import col, select

from board_hub.domain.events import HUB
from board_hub.services.access import reader_of
from board_hub.services.cases.notice_reads import NoticeView, get_notice
from board_hub.services.cases.opening import is_opening_to_note, note_opened
from board_hub.services.unit_of_work import Hub
from board_hub.store.tables import EvidenceLeaf
from tests.support.cases import Sent, SetClock, issue, with_clock
from tests.support.hub import DE, EE, FR, join_four


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def living(hub: Hub, clock: SetClock) -> Hub:
    return with_clock(hub, clock)


@pytest.fixture
def sent(living: Hub) -> Sent:
    return issue(living, join_four(living)[FR])


def view(hub: Hub, sent: Sent, code: str) -> NoticeView:
    with hub.work(HUB) as uow:
        return get_notice(uow, reader_of([uow.directory.participants[code]]), FR, sent.envelope.id)


def open_it(hub: Hub, sent: Sent, *codes: str) -> list[str]:
    row_id = view(hub, sent, FR).row.id
    with hub.work(HUB) as uow:
        reader = reader_of([uow.directory.participants[code] for code in codes])
        first = note_opened(uow, reader, row_id, sender=FR)
        uow.commit()
    return first


def test_the_first_opening_counts_and_stays(living: Hub, clock: SetClock, sent: Sent) -> None:
    assert is_opening_to_note(view(living, sent, DE))
    first = clock.now
    assert open_it(living, sent, DE) == [DE]
    clock.move(hours=1)
    assert open_it(living, sent, DE, EE) == [EE]
    deliveries = view(living, sent, FR).deliveries
    assert deliveries is not None
    opened = {one.row.recipient: one.row.opened_at for one in deliveries if one.row.opened_at}
    assert opened == {DE: first, EE: clock.now}
    assert not is_opening_to_note(view(living, sent, DE))


def test_the_opening_is_on_record(living: Hub, sent: Sent) -> None:
    open_it(living, sent, DE)
    row_id = view(living, sent, FR).row.id
    with living.work(HUB) as uow:
        statement = select(col(EvidenceLeaf.entry)).where(col(EvidenceLeaf.subject) == str(row_id))
        entries = [json.loads(entry) for entry in uow.session.execute(statement).scalars()]
    assert [one["detail"] for one in entries if one["event"] == "notice:opened"] == [{"participant": DE}]


def test_its_sender_opens_nothing(living: Hub, sent: Sent) -> None:
    assert not is_opening_to_note(view(living, sent, FR))
    assert open_it(living, sent, FR) == []


def test_other_recipients_see_their_own_row_alone(living: Hub, sent: Sent) -> None:
    germany = view(living, sent, DE)
    assert germany.deliveries is None
    assert [stage.row.recipient for stage in germany.own] == [DE]
