"""A batch costs the same number of statements however many notices or deliveries are in it."""

from collections import Counter
from collections.abc import Sequence

import pytest

from board_hub.domain.deliveries import Transport
from board_hub.domain.events import HUB
from board_hub.services.directory import directory
from board_hub.services.exchange import deliveries
from board_hub.services.exchange.deliveries import Attempt, Due, Result
from board_hub.services.exchange.intake import receive_batch
from board_hub.services.unit_of_work import Hub
from tests.support.hub import AIO, FR, Party, is_of_hub, join, notice
from tests.support.statements import counted_statements

STATES = ("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
          "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK")  # fmt: skip
RECIPIENTS = (*(f"{state}-MSA" for state in STATES), AIO)
OPENING = ("art79-5", "art79-3", "art73-11", "art46-3")


@pytest.fixture
def france(hub: Hub) -> Party:
    """France, all other Member States and the AI Office, by broker; one notice of each kind is on record by this."""
    party = join(hub, FR, transport=Transport.AMQP)
    with hub.work(HUB) as uow:
        for code in RECIPIENTS:
            kinds = ("AIO",) if code == AIO else ("MSA", "SPOC", "NA")
            directory.add_participant(uow, code, name=code, kinds=kinds, transport=Transport.AMQP)
        uow.commit()
    for notice_type in OPENING:
        intake(hub, party, [notice(hub, notice_type=notice_type)])
    return party


def intake(hub: Hub, party: Party, bodies: Sequence[bytes]) -> list[str]:
    """Take a batch; returns its statements."""
    with counted_statements(hub) as statements, hub.work(HUB) as uow:
        outcomes = receive_batch(uow, [party.arrival(body, via=Transport.AMQP) for body in bodies])
        assert all(outcome.accepted for outcome in outcomes), outcomes[0].flaws
        uow.commit()
    return without_log(statements)


def without_log(statements: Sequence[str]) -> list[str]:
    """Without the evidence log's own, of which a tree has a few more where a batch completes more of its levels."""
    return [one for one in statements if "evidence_node" not in one]


def more(few: Sequence[str], many: Sequence[str]) -> str:
    """What there is more of."""
    return "\n".join(f"{count} x {one[:300]}" for one, count in (Counter(many) - Counter(few)).items())


@pytest.mark.parametrize("notice_type", OPENING)
def test_twenty_notices_that_open_cases_cost_the_statements_of_one(hub: Hub, france: Party, notice_type: str) -> None:
    one = intake(hub, france, [notice(hub, notice_type=notice_type)])
    twenty = intake(hub, france, [notice(hub, notice_type=notice_type) for _ in range(20)])
    assert len(twenty) <= len(one), more(one, twenty)


def claim(hub: Hub) -> list[Due]:
    """Due deliveries of France's notices."""
    with hub.work(HUB) as uow:
        dues = deliveries.claim_due(uow, RECIPIENTS, 10_000)
        uow.commit()
    return [due for due in dues if not is_of_hub(due.post)]


def settle(hub: Hub, dues: Sequence[Due]) -> list[str]:
    """Note deliveries as made; returns the statements."""
    with counted_statements(hub) as statements, hub.work(HUB) as uow:
        deliveries.settle(uow, [Attempt(due, Result.CONFIRMED) for due in dues])
        uow.commit()
    return without_log(statements)


def test_settling_ten_times_the_deliveries_costs_the_same_statements(hub: Hub, france: Party) -> None:
    settle(hub, claim(hub))
    intake(hub, france, [notice(hub) for _ in range(11)])
    dues = claim(hub)
    notices = sorted({due.post.id for due in dues})
    few = settle(hub, [due for due in dues if due.post.id == notices[0]])
    many = settle(hub, [due for due in dues if due.post.id != notices[0]])
    assert len(many) <= len(few), more(few, many)
