"""Valid example notices of every type, fictional and the same each time: for documents, tests, simulated systems."""

from typing import Any

from board_hub.law.catalogue import Catalogue, Field, FieldType, NoticeType, Structure, title_in

_SIMPLE: dict[FieldType, Any] = {
    FieldType.DATE: "2026-11-02",
    FieldType.DATETIME: "2026-11-02T14:30:00+01:00",
    FieldType.BOOLEAN: True,
    FieldType.URL: "https://authority.example/decisions/2026/17",
    FieldType.COUNTRY: "FR",
    FieldType.PARTICIPANT: "DE-BNETZA",
    FieldType.MESSAGE: {"source": "urn:aiboard:participant:FR-CNIL", "id": "0195f3a0-7c11-7a10-8000-3f1e2d4c5b6a"},
}
_KNOWN: dict[str, Any] = {
    "built_on_gpai_model": False,  # answers of the competence test (Art 75(1)) that keep the matter national
    "same_provider_or_undertaking": False,
    "vlop_vlose": False,
}
_WORDS = {
    "name": "Veridia Recruit",
    "version": "4.2",
    "provider": "Veridia Systems (fictional)",
    "eu_database_id": "EUDB-2026-000417",
    "identifier": "FR-RCS-000000417",
    "contact": "compliance@veridia.example",
    "subject": "Veridia Recruit 4.2",
    "title": "Applicants over 50 rejected by an automated shortlist",
}
_NAMED = ("FR-CNIL", "DE-BNETZA", "AT-RTR")


def example_notice(catalogue: Catalogue, code: str, *, sender: str = "FR-CNIL") -> dict[str, Any]:
    """The `data` of a valid notice with all fields that name no other message, unless it must name one.

    Recipients that must be named are never the sender.
    """
    notice_type = catalogue.notice_types[code]
    data: dict[str, Any] = {
        "notice_type": code,
        "law_version": catalogue.law_version,
        "fields": {one.name: example_value(one) for one in notice_type.fields if _is_shown(one)},
    }
    if notice_type.audience.named_required:
        data["to"] = [next(name for name in _NAMED if name != sender)]
    if notice_type.external_references:
        data["external_references"] = _references(notice_type)
    return data


def _is_shown(one: Field) -> bool:
    """Not a message that nobody sent, where it can be left out."""
    return one.required or one.type is not FieldType.MESSAGE


def example_value(one: Field) -> Any:
    """A valid value of this field."""
    if not one.many:
        return _single(one)
    return [one.vocabulary.codes[0].code] if one.vocabulary else [_single(one)]


def example_structure(structure: Structure) -> dict[str, Any]:
    return {one.name: example_value(one) for one in structure.fields}


def _single(one: Field) -> Any:
    if one.name in _KNOWN:
        return _KNOWN[one.name]
    if one.structure:
        return example_structure(one.structure)
    if one.vocabulary:
        return one.vocabulary.codes[0].code
    if one.type in (FieldType.INTEGER, FieldType.DECIMAL):
        return one.minimum if one.minimum is not None else min(1, one.maximum or 1)
    if one.type is FieldType.TEXT:
        words = _WORDS.get(one.name, f"Example: {title_in(one.label).lower()} (fictional).")
        return words[: one.max_length].rstrip()
    return _SIMPLE[one.type]


def _references(notice_type: NoticeType) -> dict[str, str]:
    return {name: f"{name.upper().replace('_', '-')}-2026-00417" for name in notice_type.external_references}
