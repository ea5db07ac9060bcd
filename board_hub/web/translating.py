"""Translations from code to files: `python -m board_hub.web.translating` extracts, updates and compiles them.

`messages` are the words of the pages, `law` those of the catalogue and of the rules' refusals. A language is begun by
naming it: `python -m board_hub.web.translating el`; until then its files hold a head alone and all shows in English.
"""

import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from tomllib import loads

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from board_hub.law.sentences import ROOT
from board_hub.law.wording import FOLDER
from board_hub.law.words import list_words
from board_hub.web.languages import LANGUAGES

DOMAINS = ("messages", "law")
_KEYWORDS = {"_": None, "gettext": None, "lazy": None, "ngettext": (1, 2)}
_SINCE = datetime(2026, 11, 27, tzinfo=UTC)
"""The one date in all heads: a date that moves would make two branches differ for nothing."""
_SKIPPED = {".venv", ".venv-tools", "var", "tests", "deploy"}


def templates() -> dict[str, Catalog]:
    """What is to be translated now, by domain."""
    return {"messages": _pages(), "law": _law()}


def _pages() -> Catalog:
    mappings = loads((ROOT / "pyproject.toml").read_text())["tool"]["babel"]["mappings"]
    methods = [(one["pattern"], one["method"]) for one in mappings]
    options = {one["pattern"]: {name: str(value) for name, value in one.items()} for one in mappings}
    catalog = _empty(None)
    found = extract_from_dir(
        str(ROOT), methods, options, _KEYWORDS, directory_filter=lambda path: Path(path).name not in _SKIPPED
    )
    for file, _, message, comments, context in sorted(found, key=lambda one: (one[0], one[1])):
        catalog.add(message, locations=[(file, 0)], auto_comments=comments, context=context)
    return catalog


def _law() -> Catalog:
    catalog = _empty(None)
    for word in list_words():
        catalog.add(word.text, auto_comments=[*word.notes, *word.places])
    return catalog


def _empty(language: str | None) -> Catalog:
    return Catalog(
        locale=language,
        project="AI Board hub",
        version="1",
        copyright_holder="AI Board hub",
        msgid_bugs_address="AI Board secretariat",
        creation_date=_SINCE,
        revision_date=_SINCE,
        last_translator="AI Board secretariat",
        language_team="AI Board secretariat",
        header_comment="# Words of the AI Board hub. EUPL-1.2.",
        fuzzy=False,
    )


def po_path(language: str, domain: str) -> Path:
    return FOLDER / language / "LC_MESSAGES" / f"{domain}.po"


def read(language: str, domain: str) -> Catalog:
    """The translations as they are kept; an empty catalogue where there are none."""
    path = po_path(language, domain)
    if not path.is_file():
        return _empty(language)
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=domain)


def updated(template: Catalog, language: str, domain: str) -> Catalog:
    """The kept translations against what is to be translated now: new texts are empty, those no more said are gone.

    Nothing is guessed: a text that changed is translated anew.
    """
    kept, fresh = read(language, domain), _empty(language)
    for message in template:
        if message.id:
            before = kept.get(message.id, message.context)
            fresh.add(
                message.id,
                before.string if before else None,
                locations=message.locations,
                auto_comments=message.auto_comments,
                user_comments=before.user_comments if before else (),
                context=message.context,
            )
    return fresh


def po_bytes(catalog: Catalog) -> bytes:
    written = BytesIO()
    write_po(written, catalog, width=120, include_lineno=False)
    return written.getvalue()


def mo_bytes(catalog: Catalog) -> bytes:
    """Compiled: what is translated in all its numbers; the rest would otherwise show as nothing at all."""
    whole = _empty(str(catalog.locale))
    for message in catalog:
        texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if message.id and not message.fuzzy and all(texts):
            whole.add(message.id, message.string, context=message.context)
    written = BytesIO()
    write_mo(written, whole)
    return written.getvalue()


def is_begun(language: str) -> bool:
    return any(len(read(language, domain)) for domain in DOMAINS)


def write(begun: Iterable[str] = ()) -> None:
    """Bring all files up to date."""
    now: Mapping[str, Catalog] = templates()
    for domain, template in now.items():
        _write_changed(FOLDER / f"{domain}.pot", po_bytes(template))
    for language in LANGUAGES:
        wanted = language in begun or is_begun(language)
        for domain, template in now.items():
            catalog = updated(template, language, domain) if wanted else _empty(language)
            path = po_path(language, domain)
            _write_changed(path, po_bytes(catalog))
            _write_changed(path.with_suffix(".mo"), mo_bytes(catalog))


def _write_changed(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file() or path.read_bytes() != content:
        path.write_bytes(content)


if __name__ == "__main__":
    write(sys.argv[1:])
