"""The generated files of the repository equal what the code generates."""

from pathlib import Path

import pytest

from board_hub.law.catalogue import Catalogue, title_in
from board_hub.law.diagrams import state_diagram
from board_hub.law.procedure_reference import procedure_page
from board_hub.law.reference import main, reference_files, reference_page

DIRECTORY = Path(__file__).parents[2] / "deploy" / "reference"


@pytest.mark.parametrize("name", ["notices.md", "procedures.md", "asyncapi.json"])
def test_the_committed_file_is_up_to_date(catalogue: Catalogue, name: str) -> None:
    wanted = reference_files(catalogue)[name]
    assert (DIRECTORY / name).read_text(encoding="utf-8") == wanted, (
        "run: python -m board_hub.law.reference --write deploy/reference"
    )


def test_the_page_names_every_type_field_and_code(catalogue: Catalogue) -> None:
    page = reference_page(catalogue)
    names = [
        *catalogue.notice_types,
        *(field.name for one in catalogue.notice_types.values() for field in one.fields),
        *(code for one in catalogue.vocabularies.values() for code in one.values),
        *(one.row for one in catalogue.not_exchanged),
    ]
    assert [name for name in names if name not in page] == []


def test_every_link_of_the_page_has_its_heading(catalogue: Catalogue) -> None:
    page = reference_page(catalogue)
    headings = {line[4:].strip().lower().replace(" ", "-") for line in page.splitlines() if line.startswith("### ")}
    links = {part.split(")")[0] for part in page.split("](#")[1:]}
    assert links <= headings


def test_every_row_of_the_law_is_in_its_table_with_an_entry_or_a_reason(catalogue: Catalogue) -> None:
    table = reference_page(catalogue).split("## Rows of the law")[1]
    rows = {row for one in catalogue.notice_types.values() for row in one.rows}
    rows |= {one.row for one in catalogue.not_exchanged}
    found = {line.split(" | ")[0].removeprefix("| "): line for line in table.splitlines() if line.startswith("| ")}
    assert rows <= found.keys()
    assert [row for row in rows if "](#" not in found[row] and ": " not in found[row]] == []


def test_the_page_of_procedures_holds_every_diagram_clock_date_and_test(catalogue: Catalogue) -> None:
    page = procedure_page(catalogue)
    assert [one.code for one in catalogue.procedures.values() if state_diagram(one) not in page] == []
    assert [code for code in catalogue.clocks if f"| `{code}` |" not in page] == []
    assert [one.title for one in catalogue.fixed_dates if title_in(one.title) not in page] == []
    assert [code for code in catalogue.competence_tests if f"### {code}\n" not in page] == []


def test_the_command_writes_every_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["reference", "--write", str(tmp_path / "new")])
    main()
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == [
        "asyncapi.json",
        "notices.md",
        "procedures.md",
    ]
