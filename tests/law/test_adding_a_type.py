"""Adding a notice type touches YAML files only: an entry of a file, or a file of its own."""

import shutil
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import board_hub.law
from board_hub.domain.errors import Invalid
from board_hub.law.asyncapi import asyncapi_document
from board_hub.law.catalogue import Catalogue
from board_hub.law.examples import example_notice
from board_hub.law.json_schema import notice_json_schema
from board_hub.law.loader import load_catalogue
from board_hub.law.reference import reference_page
from board_hub.law.schemas import check_notice

ENTRY = """\
notice_types:
  art199-9:
    article: 199(9)
    rows: [R01]
    title: {en: Change of a national competent authority}
    from: [BREP]
    to: commission
    fields:
      - {name: authority, type: participant, required: true, cite: 199(9), label: {en: Authority}}
      - {name: tasks, type: texts, max_items: 5, max_length: 200, required: true, cite: 199(9), label: {en: Tasks}}
      - {name: staff, type: decimal, minimum: 0, cite: 199(9), label: {en: Full-time equivalents}}
"""


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    folder = tmp_path_factory.mktemp("law") / "2026-07-27"
    shutil.copytree(Path(board_hub.law.__file__).parent / "2026-07-27", folder)
    (folder / "of-its-own.yaml").write_text(ENTRY, encoding="utf-8")
    return load_catalogue(folder)


def test_it_is_checked(extended: Catalogue) -> None:
    data = example_notice(extended, "art199-9")
    assert check_notice(extended, data).completeness.score == 100
    data["fields"]["staff"] = 12.5
    assert check_notice(extended, data).fields["staff"] == 12.5


def test_it_is_refused_when_it_is_wrong(extended: Catalogue) -> None:
    data = example_notice(extended, "art199-9") | {"to": ["EU-AIO"]}
    data["fields"] |= {"authority": "fr-cnil", "staff": "12"}
    with pytest.raises(Invalid) as caught:
        check_notice(extended, data)
    assert [(flaw.code, flaw.path) for flaw in caught.value.flaws] == [
        ("field.invalid", "/data/fields/authority"),
        ("field.invalid", "/data/fields/staff"),
        ("audience.invalid", "/data/to"),
    ]


def test_it_has_a_json_schema(extended: Catalogue) -> None:
    schema = Draft202012Validator(notice_json_schema(extended, "art199-9"))
    data = example_notice(extended, "art199-9")
    assert schema.is_valid(data)
    assert not schema.is_valid(data | {"to": ["EU-AIO"]})


def test_it_is_in_the_asyncapi_document(extended: Catalogue) -> None:
    assert "notice.art199-9" in asyncapi_document(extended)["components"]["messages"]


def test_it_is_on_the_reference_page(extended: Catalogue) -> None:
    assert "### art199-9" in reference_page(extended)


def test_the_catalogue_in_force_does_not_know_it(catalogue: Catalogue, extended: Catalogue) -> None:
    with pytest.raises(Invalid):
        check_notice(catalogue, example_notice(extended, "art199-9"))
