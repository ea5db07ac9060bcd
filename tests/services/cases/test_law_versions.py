"""Law versions: a case keeps the law of its start event; an entry of a later file applies from its day."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import board_hub.law
from board_hub.law.loader import load_catalogues
from board_hub.services.unit_of_work import Hub
from tests.support.cases import SetClock, issue, with_clock
from tests.support.hub import DE, FR, join_four

NOW, LATER = "2026-07-27", "2027-01-15"


@pytest.fixture
def clock() -> SetClock:
    return SetClock(datetime(2027, 1, 14, 12, tzinfo=UTC))


@pytest.fixture
def amended(hub: Hub, tmp_path: Path, clock: SetClock) -> Hub:
    """A hub that also knows a later law, in which objections take two months."""
    package = Path(board_hub.law.__file__).parent
    law = tmp_path / "law"
    for version in (NOW, LATER):
        shutil.copytree(package / NOW, law / version)
    for path in (law / LATER).glob("*.yaml"):
        text = path.read_text()
        text = text.replace(f'law_version: "{NOW}"', f'law_version: "{LATER}"')
        before, rule, after = text.partition("\n  E06:\n")
        path.write_text(before + rule + after.replace("n: 3, unit: month", "n: 2, unit: month", 1))
    return with_clock(replace(hub, catalogues=load_catalogues(law)), clock)


def under(version: str) -> dict[str, str]:
    return {"law_version": version}


def window(receipt: dict[str, object], holder: str) -> dict[str, str]:
    clocks: list[dict[str, str]] = receipt["clocks"]  # type: ignore[assignment]
    return next(one for one in clocks if one["holder"] == holder and one["rule"] == "E06")


def test_a_case_that_begins_before_the_later_law_takes_the_earlier(amended: Hub) -> None:
    parties = join_four(amended)
    assert window(issue(amended, parties[FR], **under(NOW)).receipt, DE)["nominal_end"] == "2027-04-14"


def test_a_case_that_begins_on_its_day_takes_the_later_law(amended: Hub, clock: SetClock) -> None:
    parties = join_four(amended)
    clock.move(days=1)
    found = window(issue(amended, parties[FR], **under(LATER)).receipt, DE)
    assert (found["law_version"], found["nominal_end"]) == (LATER, "2027-03-15")


def test_a_new_case_under_the_law_of_another_day_is_refused_with_the_right_one(amended: Hub, clock: SetClock) -> None:
    parties = join_four(amended)
    assert issue(amended, parties[FR], **under(LATER)).codes == ["version.unknown"]
    clock.move(days=1)
    refused = issue(amended, parties[FR], **under(NOW))
    assert refused.codes == ["version.unknown"]
    assert LATER in refused.outcome.flaws[0].message


def test_an_old_case_keeps_its_law_beside_new_ones(amended: Hub, clock: SetClock) -> None:
    parties = join_four(amended)
    old = issue(amended, parties[FR], **under(NOW))
    clock.move(days=10)
    about = {"notice": old.reference}
    objection = issue(amended, parties[DE], "art79-8-objection", fields=about, to=[FR], **under(NOW))
    assert objection.case == old.case
    refused = issue(amended, parties[DE], "art79-8-objection", fields=about, to=[FR], **under(LATER))
    assert refused.codes == ["version.unknown"]
