"""Translations are those of the code: nothing said is missing from the templates, compiled files are their sources."""

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from jinja2 import Environment

from board_hub.law.wording import FOLDER
from board_hub.web import translating
from board_hub.web.languages import COMPLETE, LANGUAGES
from board_hub.web.look import TEMPLATES
from tests.web.untranslated import untranslated

MEND = "run `make translations`"
WITHOUT_WORDS = {"errors/bare.html"}
"""The last resort: it is shown where nothing can be translated any more."""


@pytest.fixture(scope="module")
def now() -> dict[str, Catalog]:
    """What the code says today."""
    return translating.templates()


@pytest.mark.parametrize("domain", translating.DOMAINS)
def test_everything_that_is_said_can_be_translated(now: dict[str, Catalog], domain: str) -> None:
    kept = (FOLDER / f"{domain}.pot").read_bytes()
    assert kept == translating.po_bytes(now[domain]), MEND


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_are_those_of_what_is_said_now_and_are_compiled(now: dict[str, Catalog], language: str) -> None:
    begun = translating.is_begun(language)
    for domain in translating.DOMAINS:
        kept = translating.read(language, domain)
        wanted = translating.updated(now[domain], language, domain) if begun else kept
        path = translating.po_path(language, domain)
        assert path.read_bytes() == translating.po_bytes(wanted), MEND
        assert path.with_suffix(".mo").read_bytes() == translating.mo_bytes(kept), MEND


@pytest.mark.parametrize("language", sorted(set(COMPLETE) - {"en"}))
def test_a_language_that_is_called_complete_is_begun(language: str) -> None:
    assert translating.is_begun(language)


def test_a_translation_names_the_same_values_as_its_text() -> None:
    wrong = [
        (language, message.id, error)
        for language in LANGUAGES
        for domain in translating.DOMAINS
        for message, errors in translating.read(language, domain).check()
        for error in errors
    ]
    assert wrong == []


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_a_template_holds_no_word_that_cannot_be_translated(path: Path) -> None:
    if str(path.relative_to(TEMPLATES)) not in WITHOUT_WORDS:
        assert untranslated(path, Environment(extensions=["jinja2.ext.i18n"])) == []


@pytest.mark.parametrize(("template", "found"), [
    ("<p>Words</p>", ["Words"]),
    ("<p>{{ _('Words') }} {% trans %}and more{% endtrans %}</p>", []),
    ('<img alt="A picture">', ["A picture"]),
    ("{{ layout.heading('A page of mine') }}", ["A page of mine"]),
    ("{{ layout.heading(_('A page of mine')) }}", []),
    ("<code>board-hub migrate</code><p translate=\"no\">FR-CNIL</p>", []),
])  # fmt: skip
def test_a_word_outside_translation_is_found(tmp_path: Path, template: str, found: list[str]) -> None:
    path = tmp_path / "page.html"
    path.write_text(template)
    assert untranslated(path, Environment(extensions=["jinja2.ext.i18n"])) == found


def test_what_is_only_half_translated_shows_in_english(tmp_path: Path) -> None:
    catalog = Catalog(locale="fr")
    catalog.add(("%(num)s day", "%(num)s days"), ("%(num)s jour", ""))
    catalog.add("Case", "Affaire")
    compiled = translating.mo_bytes(catalog)
    assert b"Affaire" in compiled
    assert b"jour" not in compiled
