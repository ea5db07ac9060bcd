"""No list reads a large table from end to end: the databases' own plans say so."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event

from board_hub.domain.events import HUB
from board_hub.services.access import reader_of
from board_hub.services.cases.case_filters import CaseFilter
from board_hub.services.cases.case_reads import list_cases
from board_hub.services.desk.actions import get_actions
from board_hub.services.operation.snapshot import look
from board_hub.services.unit_of_work import Hub
from tests.support.hub import DE, join_four
from tests.support.officials import HANDLER_DE, add_official

LARGE = "case_file|notice|message|delivery|change|clock|case_reading|notice_words|procedure_run|procedure_step"
_SCAN = re.compile(rf"^SCAN ({LARGE})(_\d+)?\b(?! USING)")
FILTERS = (
    CaseFilter(),
    CaseFilter(is_open=True, sent=True),
    CaseFilter(is_open=False, addressed=True, marking="public"),
    CaseFilter(notice_type="art79-5", participant="FR-CNIL"),
    CaseFilter(procedure="art79", state="closed", member="FR"),
    CaseFilter(text="bias rec"),
    CaseFilter(external_reference="ICSMS-1"),
    CaseFilter(ends_before=datetime(2027, 1, 1, tzinfo=UTC), since=datetime(2026, 1, 1, tzinfo=UTC)),
)


@pytest.fixture
def hub_of_four(sqlite_hub: Hub) -> Hub:
    join_four(sqlite_hub)
    return sqlite_hub


def scans(hub: Hub, statements: list[tuple[str, Any]]) -> list[str]:
    """Lines of SQLite's plans that read a large table whole; a piece of a list that was found before is none."""
    with hub.engine.connect() as connection:
        plans = [
            str(row[3])
            for statement, values in statements
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
    return [line for line in plans if _SCAN.search(line)]


def noted(hub: Hub) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []

    def note(_conn: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.lstrip().startswith("SELECT"):
            found.append((statement, values))

    event.listen(hub.engine, "before_cursor_execute", note)
    return found


@pytest.mark.parametrize("wanted", FILTERS, ids=str)
def test_no_filter_reads_a_table_whole(hub_of_four: Hub, wanted: CaseFilter) -> None:
    statements = noted(hub_of_four)
    with look(hub_of_four, HUB) as uow:
        list_cases(uow, reader_of([uow.directory.participants[DE]]), wanted)
    assert scans(hub_of_four, statements[:]) == []


def test_my_actions_read_no_table_whole(hub_of_four: Hub) -> None:
    person = add_official(hub_of_four, HANDLER_DE)
    statements = noted(hub_of_four)
    with look(hub_of_four, HUB) as uow:
        get_actions(uow, person)
    assert scans(hub_of_four, statements[:]) == []
