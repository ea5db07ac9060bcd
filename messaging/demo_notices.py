"""The notices of the simulated systems, with what the law requires of each; every one is about a fictional system."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from messaging.client import Received
from messaging.demo_stories import Story

LAW = "2026-07-27"

Data = dict[str, Any]


def measure(story: Story) -> Data:
    """Art 79(5): a provisional measure; the supply chain is not known yet, which the law lets one say with a reason."""
    fields = {
        "system": _system(story),
        "competence": {
            "built_on_gpai_model": False,
            "same_provider_or_undertaking": False,
            "exception": "none",
            "vlop_vlose": False,
        },
        "system_origin": f"Placed on the Union market by {story.provider}.",
        "nature_of_alleged_non_compliance": "Data governance and accuracy requirements are not met.",
        "grounds": ["requirement-not-met"],
        "risk_involved": story.risk,
        "measures": ["restrict"],
        "nature_of_measures": "May not be used for new cases until the provider has shown that the fault is mended.",
        "duration_of_measures": "Six months, with a review after three.",
        "operator_arguments": "The provider holds that its customers changed the settings.",
        "measure_taken_on": _today(),
        "legal_basis": "art79",
    }
    reason = "The importer has been asked and has until next week to answer."
    return _notice("art79-5", fields, missing={"supply_chain": {"status": "not_yet_available", "reason": reason}})


def incident(story: Story) -> Data:
    """Art 73(11): a serious incident, to the Commission; the first report of it, which opens the case."""
    return _incident(story, "initial", f"{story.risk} The provider reported it; the authority is investigating.")


def complete_incident(story: Story) -> Data:
    """Art 73(5): the complete report, into the same case."""
    found = "The cause is found; the provider has mended the system and told all who use it."
    return _incident(story, "complete", f"{story.risk} {found}")


def _incident(story: Story, stage: str, description: str) -> Data:
    fields = {
        "title": story.incident,
        "incident_kinds": ["fundamental-rights"],
        "occurred_on": _today(days_ago=6),
        "reported_on": _today(days_ago=1),
        "description": description,
        "system": _system(story),
        "operators": [{"name": story.provider, "role": "provider", "country": story.country}],
        "report_stage": stage,
    }
    return _notice("art73-11", fields)


def own_measures(notice: Received) -> Data:
    """Art 79(7): what this Member State did about a notified measure."""
    fields = {
        "notice": notice.reference,
        "outcome": "found-measure-taken",
        "measures": ["restrict"],
        "nature_of_measures": "The same restriction, for the one operator that uses the system here.",
        "measure_taken_on": _today(),
    }
    return _notice("art79-7", fields, to=notice.sender)


def objection(notice: Received) -> Data:
    """Art 79(8): an objection to a notified measure."""
    fields = {
        "notice": notice.reference,
        "objection": "The tests were made with version 4.1; in the present version we could not reproduce the fault.",
        "evidence": "Our own test report, 400 samples; the file stays with us and can be seen on request.",
    }
    return _notice("art79-8-objection", fields, to=notice.sender)


def question(notice: Received) -> Data:
    """Art 22 of Regulation (EU) 2019/1020: a request for information about a notified measure."""
    system = notice.data["fields"]["system"]
    fields = {
        "subject": f"{system['name']} {system['version']}: test data",
        "questions": ["Which test data were used?", "Was the provider heard on the results?"],
        "reasons": "An operator here uses the same system and has asked for our position.",
        "own_efforts": "The operator and the provider's representative were asked; neither has the data.",
        "evidence": "The operator's log of the last month.",
        "system": system,
        "notice": notice.reference,
        "reply_by": _today(days_ago=-10),
    }
    return _notice("msr22-request", fields, to=notice.sender)


def acceptance(request: Received) -> Data:
    """Art 22(2) of Regulation (EU) 2019/1020: the request is taken on, with the day of the answer."""
    fields = {"request": request.reference, "reply_by": _today(days_ago=-5)}
    return _notice("msr22-acceptance", fields, to=request.sender)


def answer(request: Received) -> Data:
    """The answer to a request for information."""
    information = (
        "A public benchmark of 12,000 cases, and 300 of our own. The provider was heard; its answer is attached."
    )
    fields = {"request": request.reference, "information": information, "final": True}
    return _notice("msr22-answer", fields, to=request.sender)


def _notice(code: str, fields: Mapping[str, Any], *, to: str | None = None, missing: Data | None = None) -> Data:
    data: Data = {"notice_type": code, "law_version": LAW, "fields": dict(fields)}
    if to:
        data["to"] = [to]
    if missing:
        data["missing"] = missing
    return data


def _system(story: Story) -> Data:
    return {
        "name": story.system,
        "version": story.version,
        "provider": story.provider,
        "provider_country": story.country,
        "intended_purpose": story.purpose,
    }


def _today(*, days_ago: int = 0) -> str:
    return (datetime.now(UTC) - timedelta(days=days_ago)).date().isoformat()
