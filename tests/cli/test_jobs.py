"""`board-hub jobs`: the last runs, and one now; the doctor tells whether the scheduler ticks."""

import json
from datetime import UTC, datetime, timedelta

from board_hub.domain.events import HUB
from board_hub.services.operation.due import add_due
from board_hub.services.operation.job_runs import Tick, note_idle
from board_hub.services.unit_of_work import Hub
from tests.cli.conftest import CommandLine
from tests.support.clocks import Time


def finding(board_hub: CommandLine, code: int) -> str:
    findings = json.loads(board_hub("doctor", "--json", code=code).stdout)
    found: str = next(one["says"] for one in findings if one["check"] == "scheduler")
    return found


def tick(hub: Hub, ago: timedelta) -> None:
    timed = Time(datetime.now(UTC) - ago).hub(hub)
    with timed.work(HUB) as uow:
        note_idle(uow, Tick("clocks", "host:1", uow.now))
        uow.commit()


def test_before_any_run_the_list_says_what_to_start(board_hub: CommandLine) -> None:
    assert "board-hub scheduler" in board_hub("jobs", "list").stdout


def test_a_job_run_by_hand_is_on_the_list(board_hub: CommandLine) -> None:
    assert "heads: done" in board_hub("jobs", "run", "heads").stdout
    assert "heads: idle" in board_hub("jobs", "run", "heads").stdout
    runs = json.loads(board_hub("jobs", "list", "--json").stdout)
    assert [(run["job"], run["outcome"]) for run in runs] == [("heads", "idle"), ("heads", "done")]


def test_the_jobs_are_named_with_what_they_do(board_hub: CommandLine) -> None:
    names = {one["job"] for one in json.loads(board_hub("jobs", "names", "--json").stdout)}
    assert {"clocks", "relay-sweep", "heads"} <= names


def test_an_unknown_job_is_not_found(board_hub: CommandLine) -> None:
    board_hub("jobs", "run", "none", code=3)


def test_the_doctor_is_content_with_a_hub_where_it_never_ran(board_hub: CommandLine) -> None:
    assert "not run yet" in finding(board_hub, 0)


def test_the_doctor_tells_when_it_last_ticked(board_hub: CommandLine, hub: Hub) -> None:
    tick(hub, timedelta(seconds=2))
    assert "last ticked" in finding(board_hub, 0)


def test_the_doctor_finds_a_scheduler_that_stopped(board_hub: CommandLine, hub: Hub) -> None:
    tick(hub, timedelta(minutes=5))
    assert "last ticked" in finding(board_hub, 1)


def test_the_doctor_finds_what_is_due_and_not_done(board_hub: CommandLine, hub: Hub) -> None:
    with hub.work(HUB) as uow:
        add_due(uow, "clock", "x", uow.now - timedelta(minutes=5))
        uow.commit()
    assert "1 due items" in finding(board_hub, 1)
