"""The directory says whom a notice would not reach, before it is sent."""

from board_hub.domain.events import HUB
from board_hub.services.directory import directory
from tests.api.calls import Stage, System
from tests.support.hub import EE, join


def test_members_without_an_authority_are_gaps_and_those_with_one_are_not(here: Stage, france: System) -> None:
    found = [one for one in france.get("/api/v1/directory/gaps").json["gaps"] if "art79-5" in one["notice_types"]]
    missing = {one["member"] for one in found}
    assert {"IT", "ES", "PL"} <= missing
    assert not missing & {"DE", "EE", "FR"}
    assert {one["used"] for one in found} == {None}


def test_a_gap_closes_when_the_participant_joins_and_opens_when_it_goes(here: Stage, france: System) -> None:
    def members() -> set[str]:
        gaps = france.get("/api/v1/directory/gaps").json["gaps"]
        return {one["member"] for one in gaps if "art79-5" in one["notice_types"]}

    join(here.hub, "IT-AGID", kinds=["MSA"])
    assert "IT" not in members()
    with here.hub.work(HUB) as uow:
        directory.suspend_participant(uow, EE)
        uow.commit()
    assert "EE" in members()
