"""Words and marks: instants in UTC with their weekday, numbers, members, articles."""

from enum import StrEnum

import pytest
from flask import Flask

from board_hub.domain.deliveries import DeliveryState, MustAct, Transport
from board_hub.domain.envelope import MessageType
from board_hub.domain.markings import Marking
from board_hub.law.loader import load_catalogues
from board_hub.services.operation.overview import Count
from board_hub.store.tables import ParticipantStatus
from board_hub.web import languages, words


def test_greece_is_el_and_others_are_their_iso_code() -> None:
    assert [words.member_shown_as(code) for code in ("GR-EETT", "FR-CNIL", "EU-AIO")] == ["EL", "FR", "EU"]


def test_a_count_at_its_bound_says_that_there_may_be_more() -> None:
    assert words.count(Count(10_000, at_least=True)) == "10\u202f000+"


def test_a_notice_type_unknown_to_the_law_is_still_named() -> None:
    catalogues, app = load_catalogues(), Flask("words")
    languages.register(app)
    with app.test_request_context():
        assert words.title(catalogues, MessageType.NOTICE_ISSUED, "art-of-2031") == "Notice"
        assert words.article(catalogues, "art-of-2031") == ""


@pytest.mark.parametrize(("kinds", "named"), [
    (DeliveryState, words.STATES),
    (DeliveryState, words.EXPLAINED),
    (MustAct, words.MUST_ACT),
    (Transport, words.TRANSPORTS),
    (MessageType, words.TYPES),
    (Marking, words.MARKINGS),
    (Marking, words.MARKINGS_EXPLAINED),
    (Marking, words.MARKING_SHAPES),
    (ParticipantStatus, words.STATUSES),
])  # fmt: skip
def test_every_kind_has_its_word(kinds: type[StrEnum], named: dict[str, str]) -> None:
    assert set(named) == set(kinds)
