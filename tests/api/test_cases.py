"""Cases over HTTPS: what an accepted notice made, for each participant as far as it may know."""

import json
from base64 import b64decode
from typing import Any

import pytest

from board_hub.domain.envelope import encode, participant_urn
from board_hub.law.examples import example_notice
from tests.api.calls import Stage, System
from tests.support.hub import DE, EE, FR, Party, catalogue_of, envelope, join, notice


@pytest.fixture
def opened(here: Stage, france: System, germany: System) -> str:
    """The reference of a case that France opened by an Art 79(5) notice."""
    assert france.send(notice(here.hub, id_="the-notice")).status_code == 202
    reference: str = france.get("/api/v1/cases").json["cases"][0]["reference"]
    return reference


def objection(here: Stage, source: str) -> bytes:
    data = example_notice(catalogue_of(here.hub), "art79-8-objection", sender=source)
    for name, value in data["fields"].items():
        if isinstance(value, dict) and set(value) == {"source", "id"}:
            data["fields"][name] = {"source": participant_urn(FR), "id": "the-notice"}
    return encode(envelope(source, data=data, id_="the-objection"))


def test_a_recipient_finds_the_case_with_its_procedure_parties_and_clocks(germany: System, opened: str) -> None:
    case = germany.get(f"/api/v1/cases/{opened}").json
    assert (case["originator"], case["open"], case["procedures"][0]["code"]) == (FR, True, "art79")
    assert {party["participant"] for party in case["parties"]} == {FR, DE, EE, "EU-AIO"}
    windows = {clock["holder"] for clock in case["clocks"] if clock["kind"] == "window"}
    assert windows == {DE, EE, "EU-AIO"}
    assert all(clock["explanation"] for clock in case["clocks"])


def test_an_objection_shows_in_timeline_and_objections(
    here: Stage, germany: System, france: System, opened: str
) -> None:
    answer = germany.send(objection(here, DE))
    assert answer.status_code == 202, answer.text
    entries = france.get(f"/api/v1/cases/{opened}/timeline").json["entries"]
    assert [entry["notice"]["id"] for entry in entries if entry["entry"] == "notice"] == [
        "the-notice",
        "the-objection",
    ]
    [objected] = france.get(f"/api/v1/cases/{opened}/objections").json["notices"]
    assert objected["notice"] == {"source": participant_urn(DE), "id": "the-objection"}


def test_a_notice_is_shown_with_its_exact_bytes_and_to_its_sender_with_its_deliveries(
    here: Stage, germany: System, france: System, opened: str
) -> None:
    shown = germany.get(f"/api/v1/notices/{FR}/the-notice").json
    assert json.loads(b64decode(shown["body"]))["data"] == shown["data"]
    assert (shown["case"], shown["deliveries"]) == (opened, None)
    stages = france.get(f"/api/v1/notices/{FR}/the-notice").json["deliveries"]
    assert {stage["recipient"]: stage["state"] for stage in stages}[DE] == "delivered"


def test_clocks_are_mine_unless_all_are_asked_for(germany: System, opened: str) -> None:
    mine = germany.get("/api/v1/clocks").json["clocks"]
    everybody = germany.get("/api/v1/clocks?holder=all").json["clocks"]
    assert {clock["holder"] for clock in mine} == {DE}
    assert {clock["holder"] for clock in everybody} > {DE, EE}
    assert germany.get("/api/v1/clocks?state=expired&holder=all").json["clocks"] == []


def test_follow_ups_are_the_duties(france: System, opened: str) -> None:
    for path in (f"/api/v1/cases/{opened}/follow-ups", "/api/v1/follow-ups"):
        assert {clock["kind"] for clock in france.get(path).json["clocks"]} == {"duty"}


def test_pages_follow_by_link_without_gap_or_doubling(germany: System, opened: str) -> None:
    path, found = f"/api/v1/cases/{opened}/clocks?limit=2", []
    while path:
        answer = germany.get(path)
        found += [clock["id"] for clock in answer.json["clocks"]]
        link = answer.headers.get("Link", "")
        path = link[1 : link.index(">")].removeprefix("https://hub.example") if link else ""
    whole = [clock["id"] for clock in germany.get(f"/api/v1/cases/{opened}/clocks").json["clocks"]]
    assert found == whole
    assert len(whole) > 2


@pytest.mark.parametrize(
    "path", ["/cases", "/cases/{case}", "/cases/{case}/timeline", "/clocks", "/notices/FR-CNIL/the-notice"]
)
def test_what_has_not_changed_is_not_sent_again(germany: System, opened: str, path: str) -> None:
    address = "/api/v1" + path.format(case=opened)
    etag = germany.get(address).headers["ETag"]
    again = germany.get(address, **{"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")


def test_a_change_moves_the_etag(here: Stage, germany: System, france: System, opened: str) -> None:
    etag = france.get(f"/api/v1/cases/{opened}").headers["ETag"]
    assert germany.send(objection(here, DE)).status_code == 202
    assert france.get(f"/api/v1/cases/{opened}", **{"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("open=maybe", "/open"),
        ("since=yesterday", "/since"),
        ("since=0001-01-01T00:00:00%2B14:00", "/since"),
        ("limit=0", "/limit"),
        ("cursor=x", "/cursor"),
        ("text=%00", "/text"),
        ("reference=AIB", "/reference"),
    ],
)
def test_a_wrong_query_is_refused_by_name(germany: System, query: str, path: str) -> None:
    answer = germany.get(f"/api/v1/cases?{query}")
    assert answer.status_code == 422
    assert [error["path"] for error in answer.json["errors"]] == [path]


def test_an_informal_message_becomes_a_formal_request_in_one_step(
    here: Stage, germany: System, france: System, opened: str
) -> None:
    fields = {"subject": "Veridia Recruit", "text": "May we see your test report?"}
    data: dict[str, Any] = {
        "notice_type": "informal-message",
        "law_version": catalogue_of(here.hub).law_version,
        "to": [FR],
        "fields": fields,
    }
    body = json.loads(encode(envelope(DE, data=data, id_="informal")))
    answer = germany.send(json.dumps(body | {"subject": opened}).encode())
    assert answer.status_code == 202, answer.text
    draft = germany.get(f"/api/v1/notices/{DE}/informal/draft/msr22-request").json
    assert (draft["subject"], draft["data"]["to"]) == (opened, [FR])
    assert draft["data"]["fields"] == {
        "subject": "Veridia Recruit",
        "questions": ["May we see your test report?"],
        "from_message": {"source": participant_urn(DE), "id": "informal"},
    }
    refused = germany.get(f"/api/v1/notices/{FR}/the-notice/draft/msr22-request")
    assert refused.status_code == 409


def test_the_case_is_found_by_what_it_is_filtered_by(germany: System, opened: str) -> None:
    for query, number in (("open=true", 1), ("open=false", 0), ("member=FR", 1), ("text=veridia", 1), ("state=x", 0)):
        assert len(germany.get(f"/api/v1/cases?{query}").json["cases"]) == number, query


def test_strangers_see_no_case(here: Stage, parties: dict[str, Party], opened: str) -> None:
    stranger = here.sign_in(join(here.hub, "IT-LAB", kinds=["PARTNER"]))
    assert stranger.get("/api/v1/cases").json["cases"] == []
    assert stranger.get("/api/v1/clocks?holder=all").json["clocks"] == []
