"""A wrong catalogue stops the start, and the error names file, line and what is wrong."""

from pathlib import Path

import pytest

from board_hub.law.loader import CatalogueError, load_catalogue, load_catalogues

SMALL = """\
law_version: "2026-07-27"
title: {en: A law}
member_states: states
copy_kinds: [MSA]
external_systems: systems
vocabularies:
  states: {title: {en: States}, cite: ISO, codes: [{code: FR, label: {en: France}}, {code: NO, label: {en: Norway}}]}
  systems: {title: {en: Systems}, cite: MSR, codes: [{code: icsms, label: {en: ICSMS}}]}
structures:
  system: {title: {en: System}, fields: [{name: name, type: text, required: true, label: {en: Name}}]}
common_fields:
  reasons: {type: text, label: {en: Reasons}}
audiences:
  commission: {title: {en: The Commission}, fixed: [AIO]}
notice_types:
  first:
    article: "1"
    rows: [E01]
    title: {en: First}
    from: [MSA]
    to: commission
    fields:
      - {name: reasons, required: true}
      - {name: places, type: codes, vocabulary: states, label: {en: Places}}
    external_reference: [icsms]
not_exchanged: []
"""


def refused(tmp_path: Path, text: str) -> CatalogueError:
    path = tmp_path / "2026-07-27.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(path)
    assert str(caught.value).startswith(f"{path}:{caught.value.line}: ")
    return caught.value


def line_of(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


def test_a_small_catalogue_is_loaded_with_its_common_fields_and_lists(tmp_path: Path) -> None:
    path = tmp_path / "2026-07-27.yaml"
    path.write_text(SMALL, encoding="utf-8")
    first = load_catalogue(path).notice_types["first"]
    assert [(one.name, one.type_name, one.required) for one in first.fields] == [
        ("reasons", "text", True),
        ("places", "codes", False),
    ]


def test_words_that_yaml_takes_for_truth_values_stay_words(tmp_path: Path) -> None:
    path = tmp_path / "2026-07-27.yaml"
    path.write_text(SMALL, encoding="utf-8")
    assert "NO" in load_catalogue(path).vocabularies["states"].values


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("    to: commission", "    to: nobody", "'nobody' does not exist"),
        ("    to: commission", "    to: commission\n    colour: red", "this key does not exist here"),
        ('    article: "1"', "    # article", "this key is missing"),
        ("    from: [MSA]", "    from: [KING]", "'KING' is not one of"),
        ("    from: [MSA]", "    from: MSA", "Not a valid list"),
        ("    rows: [E01]", "    rows: [1]", "must be text"),
        ("    title: {en: First}", "    title: {fr: Premier}", "the English words (en) are missing"),
        ("vocabulary: states", "vocabulary: stars", "'stars' does not exist"),
        ("type: codes, vocabulary: states", "type: codes", "a code needs a vocabulary"),
        ("type: codes, vocabulary: states", "type: runes", "'runes' is no type"),
        ("type: codes, vocabulary: states", "type: dates, max_length: 3", "means nothing"),
        ("- {name: reasons, required: true}", "- {name: unheard, required: true}", "unheard is no common field"),
        ("- {name: reasons, required: true}", "- {name: reasons, required: yes}", "Not a valid boolean"),
        ("- {name: reasons, required: true}", '- {name: reasons, required: "true"}', "Not a valid boolean"),
        ("{name: places,", "{name: reasons,", "the field 'reasons' is given twice"),
        ("    external_reference: [icsms]", "    external_reference: [rapex]", "'rapex' is not in systems"),
        ("{code: NO,", "{code: FR,", "the code 'FR' is given twice"),
        ("fixed: [AIO]", "fixed: []", "Shorter than minimum length"),
        (", fixed: [AIO]", "", "reaches nobody"),
        ("member_states: states", "member_states: provinces", "'provinces' does not exist"),
        ('law_version: "2026-07-27"', 'law_version: "2026-02-31"', "is not a day of the calendar"),
        ("copy_kinds: [MSA]", "copy_kinds: [MSA]\ncopy_kinds: [NA]", "the key 'copy_kinds' is given twice"),
        ("copy_kinds: [MSA]", "copy_kinds: [MSA", "is no YAML"),
    ],
)
def test_a_wrong_catalogue_is_refused_with_its_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    error = refused(tmp_path, SMALL.replace(old, new, 1))
    assert says in str(error)


def test_a_tag_cannot_make_the_loader_build_an_object(tmp_path: Path) -> None:
    path = tmp_path / "2026-07-27.yaml"
    path.write_text(SMALL.replace("en: A law", "en: !!python/object/apply:os.getcwd []"), encoding="utf-8")
    with pytest.raises(CatalogueError, match="must be text"):
        load_catalogue(path)


def test_the_line_is_that_of_the_wrong_value_itself(tmp_path: Path) -> None:
    text = SMALL.replace("vocabulary: states", "vocabulary: stars")
    assert refused(tmp_path, text).line == line_of(text, "stars")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="cannot be read"):
        load_catalogue(tmp_path / "2030-01-01.yaml")


def test_a_directory_gives_its_catalogues_by_law_version(tmp_path: Path) -> None:
    (tmp_path / "2026-07-27.yaml").write_text(SMALL, encoding="utf-8")
    (tmp_path / "2028-01-01.yaml").write_text(SMALL.replace("2026-07-27", "2028-01-01"), encoding="utf-8")
    assert list(load_catalogues(tmp_path)) == ["2026-07-27", "2028-01-01"]


def test_a_file_whose_name_is_another_law_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "2028-01-01.yaml").write_text(SMALL, encoding="utf-8")
    with pytest.raises(CatalogueError, match="its name must say the same"):
        load_catalogues(tmp_path)


def test_an_empty_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="holds no catalogue"):
        load_catalogues(tmp_path)


MORE = """\
audiences:
  states: {title: {en: The others}, groups: [{members: others, kinds: [MSA]}]}
notice_types:
  second:
    article: "2"
    rows: [E02]
    title: {en: Second}
    from: [MSA]
    to: states
    fields:
      - {name: reasons, required: true}
not_exchanged:
  - {row: E03, article: "3", title: Third, reason: "Nobody sends it."}
"""


def a_folder(tmp_path: Path, **files: str) -> Path:
    folder = tmp_path / "2026-07-27"
    folder.mkdir()
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def refused_folder(tmp_path: Path, **files: str) -> CatalogueError:
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(a_folder(tmp_path, **files))
    assert str(caught.value).startswith(f"{caught.value.path}:{caught.value.line}: ")
    return caught.value


def test_the_files_of_a_folder_are_one_catalogue(tmp_path: Path) -> None:
    found = load_catalogue(a_folder(tmp_path, law=SMALL, more=MORE))
    assert list(found.notice_types) == ["first", "second"]
    assert list(found.audiences) == ["commission", "states"]


def test_lists_of_several_files_are_joined(tmp_path: Path) -> None:
    fourth = MORE[MORE.index("not_exchanged:") :].replace("E03", "E04")
    found = load_catalogue(a_folder(tmp_path, law=SMALL, more=MORE, most=fourth))
    assert [one.row for one in found.not_exchanged] == ["E03", "E04"]


def test_one_file_may_refer_to_what_a_later_file_defines(tmp_path: Path) -> None:
    found = load_catalogue(a_folder(tmp_path, a=MORE.replace("to: states", "to: commission"), law=SMALL))
    assert found.notice_types["second"].audience.fixed == ("AIO",)


def test_a_key_in_two_files_is_refused_naming_both(tmp_path: Path) -> None:
    error = refused_folder(tmp_path, law=SMALL, more=MORE.replace("  second:", "  first:"))
    assert (error.path.name, error.line) == ("more.yaml", line_of(MORE, "  second:"))
    assert f"law.yaml:{line_of(SMALL, '  first:')}" in str(error)


@pytest.mark.parametrize("more", ['law_version: "2026-07-27"\n', "member_states: states\n", "not_exchanged: {}\n"])
def test_what_is_no_map_and_no_list_stands_in_one_file_only(tmp_path: Path, more: str) -> None:
    error = refused_folder(tmp_path, law=SMALL, more=more)
    assert (error.path.name, error.line) == ("more.yaml", 1)
    assert "law.yaml:" in str(error)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("    to: states", "    to: nobody", "'nobody' does not exist"),
        ("    to: states", "    to: states\n    colour: red", "this key does not exist here"),
        ("kinds: [MSA]", "kinds: [KING]", "'KING' is not one of"),
        ('reason: "Nobody', 'reasons: "Nobody', "this key"),
    ],
)
def test_an_error_names_the_file_of_the_folder_and_its_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    text = MORE.replace(old, new, 1)
    rows = "not_exchanged:\n  - {row: E09, article: '9', title: Ninth, reason: Nobody sends it.}\n"
    error = refused_folder(tmp_path, law=SMALL.replace("not_exchanged: []\n", rows), more=text)
    assert says in str(error)
    assert (error.path.name, error.line) == ("more.yaml", line_of(text, new.splitlines()[-1].strip()))


@pytest.mark.parametrize("text", ["", "- a list\n", "a word\n"])
def test_a_file_of_a_folder_that_is_no_object_is_refused(tmp_path: Path, text: str) -> None:
    error = refused_folder(tmp_path, law=SMALL, more=text)
    assert error.path.name == "more.yaml"
    assert "must be an object" in str(error)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    assert "holds no YAML file" in str(refused_folder(tmp_path))


def test_a_folder_without_a_part_is_refused_by_its_own_name(tmp_path: Path) -> None:
    error = refused_folder(tmp_path, more=MORE)
    assert error.path.name == "2026-07-27"
    assert "this key is missing" in str(error)


def test_a_directory_gives_folders_and_single_files(tmp_path: Path) -> None:
    a_folder(tmp_path, law=SMALL, more=MORE)
    (tmp_path / "2028-01-01.yaml").write_text(SMALL.replace("2026-07-27", "2028-01-01"), encoding="utf-8")
    assert {version: len(one.notice_types) for version, one in load_catalogues(tmp_path).items()} == {
        "2026-07-27": 2,
        "2028-01-01": 1,
    }


def test_a_law_version_that_is_a_folder_and_a_file_is_refused(tmp_path: Path) -> None:
    a_folder(tmp_path, law=SMALL)
    (tmp_path / "2026-07-27.yaml").write_text(SMALL, encoding="utf-8")
    with pytest.raises(CatalogueError, match="keep one of the two"):
        load_catalogues(tmp_path)
