"""Lists as files: nothing in them runs, and a bound that is reached is said."""

import csv
import io

import pytest

from board_hub.domain.events import HUB
from board_hub.services.access import reader_of
from board_hub.services.cases.case_filters import CaseFilter
from board_hub.services.desk.exports import ExportedCases, harmless, write_csv, write_xlsx
from board_hub.services.operation.snapshot import look
from board_hub.services.unit_of_work import Hub
from tests.services.rows import add_case, add_notice
from tests.support.hub import DE, join_four


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "\u00a0=1"])
def test_what_could_be_a_formula_begins_with_an_apostrophe(text: str) -> None:
    assert harmless(text) == f"'{text}"


def test_other_text_stays_as_it_is() -> None:
    assert harmless("Veridia = 1") == "Veridia = 1"


def test_over_the_bound_the_file_says_so(sqlite_hub: Hub) -> None:
    join_four(sqlite_hub)
    with sqlite_hub.work(HUB) as uow:
        for number in range(3):
            add_notice(uow, add_case(uow, reference=f"AIB-2026-90000{number}"), to=[DE], title="=cmd|' /C calc'!A0")
        uow.commit()
    with look(sqlite_hub, HUB) as uow:
        reader = reader_of([uow.directory.participants[DE]])
        taken = ExportedCases(uow, reader, CaseFilter(), most=2)
        text = "".join(write_csv(taken, ["Case"], "There are more.", taken))
        rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff"))))
        assert [row[0] for row in rows] == ["Case", "AIB-2026-900002", "AIB-2026-900001", "There are more."]
        assert rows[1][1].startswith("'=cmd")
        again = ExportedCases(uow, reader, CaseFilter(), most=2)
        assert write_xlsx(again, ["Case"], "There are more.", again).read(2) == b"PK"
