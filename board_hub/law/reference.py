"""Writes the reference pages of all notice types and procedures, and the AsyncAPI document, from the catalogue.

`python -m board_hub.law.reference --write deploy/reference` brings the files up to date.
"""

import argparse
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from board_hub.domain.audience import AudienceRule, MemberGroup, Members
from board_hub.law.asyncapi import asyncapi_document
from board_hub.law.catalogue import Catalogue, Field, FieldType, NoticeType, title_in
from board_hub.law.loader import load_catalogue
from board_hub.law.markdown import table
from board_hub.law.procedure_reference import procedure_page

_HEADER = """\
# Notices of the exchange

Generated from the catalogue (`board_hub/law/{version}/`); do not edit. {title}; law in force from {version}.

A required field that cannot be given is named in `missing` with a status (`withheld` or `not_yet_available`) and the
reason. AIA is Regulation (EU) 2024/1689, MSR is Regulation (EU) 2019/1020, 2025/454 is Implementing Regulation (EU)
2025/454 on the scientific panel. Articles without a name are of the AIA.
"""
_ROWS = """\
## Rows of the law

Every step that the law lays down for this exchange: E enforcement, I incidents, G general-purpose AI models and the AI
Office, N notified bodies, P prohibited practices and biometric identification, T testing and sandboxes, R standing data
and reports, M mutual assistance. A step is a notice type, or no message between participants, with the reason.
"""
_ROW_ORDER = "EIGNPTRM"

_MEMBERS = {
    Members.OTHERS: "in each other Member State",
    Members.OWN: "in the sender's Member State",
    Members.ALL: "in each Member State",
}


def reference_page(catalogue: Catalogue) -> str:
    """The page in Markdown: every type, structure and vocabulary, and the rows of the law that are not exchanged."""
    parts = [
        _HEADER.format(version=catalogue.law_version, title=title_in(catalogue.title)),
        "## Overview\n\n" + table(("Notice type", "Article", "Title", "From", "To"), _overview(catalogue)),
        "## Notice types\n",
        *(_notice_type(catalogue, one) for one in catalogue.notice_types.values()),
        "## Structures\n",
        *(f"### `{name}`\n\n" + _field_table(one.fields) for name, one in catalogue.structures.items()),
        "## Vocabularies\n",
        *_vocabularies(catalogue),
        _ROWS,
        table(("Row", "Article", "Entry, or why there is none"), _rows(catalogue)),
    ]
    return "\n".join(parts)


def reference_files(catalogue: Catalogue) -> dict[str, str]:
    """File name to content of all that is generated."""
    document = json.dumps(asyncapi_document(catalogue), ensure_ascii=False, indent=1)
    return {
        "notices.md": reference_page(catalogue),
        "procedures.md": procedure_page(catalogue),
        "asyncapi.json": document + "\n",
    }


def _rows(catalogue: Catalogue) -> Iterator[tuple[str, ...]]:
    """Each row with the notice types that carry it and its clocks, or the reason why it is not exchanged."""
    entries: dict[str, list[NoticeType]] = {}
    for one in catalogue.notice_types.values():
        for row in one.rows:
            entries.setdefault(row, []).append(one)
    reasons = {one.row: one for one in catalogue.not_exchanged}
    for row in sorted({*entries, *reasons}, key=lambda row: (_ROW_ORDER.find(row[0]), row)):
        clocks = [f"`{rule.code}`" for rule in catalogue.clocks.values() if row in rule.rows]
        ending = f" Clocks: {', '.join(clocks)}." if clocks else ""
        if row in reasons:
            yield row, reasons[row].article, f"{reasons[row].title}: {reasons[row].reason}{ending}"
        else:
            links = ", ".join(f"[`{one.code}`](#{one.code.lower()})" for one in entries[row])
            yield row, "; ".join(dict.fromkeys(map(_article, entries[row]))), f"{links}.{ending}"


def _overview(catalogue: Catalogue) -> Iterator[tuple[str, ...]]:
    for code, one in catalogue.notice_types.items():
        link = f"[`{code}`](#{code})"
        yield link, _article(one), title_in(one.title), _kinds(one.senders), _audience(catalogue, one)


def _notice_type(catalogue: Catalogue, one: NoticeType) -> str:
    facts = [
        ("Title", title_in(one.title)),
        ("Law", f"{_article(one)} ({_row_words(one)})"),
        ("From", _kinds(one.senders)),
        ("To", f"{_audience(catalogue, one)} ({_recipients(one.audience, copies=one.copies)})"),
        ("Procedure", one.procedure or "none"),
        ("External references", ", ".join(f"`{name}`" for name in one.external_references) or "none"),
    ]
    note = f"{title_in(one.help)}\n\n" if one.help else ""
    listed = "".join(f"- {name}: {value}\n" for name, value in facts)
    return f"### {one.code}\n\n{note}{listed}\n{_field_table(one.fields)}"


def _row_words(one: NoticeType) -> str:
    return "informal, no step of the law" if one.informal else f"row {', '.join(one.rows)}"


def _article(one: NoticeType) -> str:
    return f"{one.act} {one.article}"


def _audience(catalogue: Catalogue, one: NoticeType) -> str:
    return title_in(catalogue.audience_titles[one.audience.code])


def _recipients(rule: AudienceRule, *, copies: bool) -> str:
    groups = [f"{_MEMBERS[group.members]}: {', else '.join(_preferred(group))}" for group in rule.groups]
    fixed = [f"every {kind}" for kind in rule.fixed]
    named = ["at least one named in `to`"] if rule.named_required else []
    return "; ".join(groups + fixed + named + (["more may be named in `to`"] if copies else []))


def _preferred(group: MemberGroup) -> tuple[str, ...]:
    return (*group.kinds, group.fallback) if group.fallback else group.kinds


def _kinds(kinds: Iterable[str]) -> str:
    return ", ".join(sorted(kinds))


def _field_table(fields: Iterable[Field]) -> str:
    heads = ("Field", "Type", "Required", "Law", "Meaning")
    return table(heads, ((f"`{one.name}`", _type(one), _yes(one.required), one.cite, _meaning(one)) for one in fields))


def _type(one: Field) -> str:
    if one.vocabulary:
        return f"{one.type_name} of [{one.vocabulary.name}](#vocabulary-{one.vocabulary.name})"
    if one.type is FieldType.TEXT:
        return f"{one.type_name}, up to {one.max_length} characters{f', up to {one.max_items}' if one.many else ''}"
    return f"{one.type_name}, up to {one.max_items}" if one.many else one.type_name


def _meaning(one: Field) -> str:
    return f"{title_in(one.label)}. {title_in(one.help)}".strip() if one.help else title_in(one.label)


def _yes(value: bool) -> str:
    return "yes" if value else ""


def _vocabularies(catalogue: Catalogue) -> Iterator[str]:
    for name, one in catalogue.vocabularies.items():
        rows = ((f"`{code.code}`", title_in(code.label), code.cite) for code in one.codes)
        heading = f"### Vocabulary {name}\n\n{title_in(one.title)} ({one.cite}).\n\n"
        yield heading + table(("Code", "Meaning", "Law"), rows)


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the generated reference files.")
    parser.add_argument("--write", type=Path, required=True, metavar="DIRECTORY")
    directory: Path = parser.parse_args().write
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in reference_files(load_catalogue()).items():
        (directory / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
