"""Sharing: by whom the law lets decide it, what is added from then on, told to the one it is shared with; once."""

import json
from typing import Any

import pytest

from board_hub.domain.envelope import encode
from board_hub.law.examples import example_notice
from tests.api.calls import Stage, System, content_of
from tests.support.hub import DE, FR, catalogue_of, envelope, join, notice

PARTNER = "IT-LAB"


@pytest.fixture
def partner(here: Stage, france: System) -> System:
    """A participant that no notice of the case was addressed to; the case is open."""
    assert france.send(notice(here.hub, id_="before")).status_code == 202
    return here.sign_in(join(here.hub, PARTNER, kinds=["PARTNER"]))


@pytest.fixture
def case(france: System, partner: System) -> str:
    return str(france.get("/api/v1/cases").json["cases"][0]["reference"])


def marked(here: Stage, marking: str, id_: str, subject: str | None = None) -> bytes:
    body: dict[str, Any] = json.loads(
        encode(envelope(FR, data=example_notice(catalogue_of(here.hub), "art79-5"), id_=id_))
    )
    return json.dumps(body | {"marking": marking} | ({"subject": subject} if subject else {})).encode()


def test_a_shared_case_is_known_and_told_but_not_what_was_before(partner: System, france: System, case: str) -> None:
    assert partner.get(f"/api/v1/cases/{case}").status_code == 404
    answer = france.post_json(f"/api/v1/cases/{case}/shares", {"participant": PARTNER})
    assert (answer.status_code, answer.json["participant"]) == (200, PARTNER)
    assert partner.get(f"/api/v1/cases/{case}").json["title"] == ""
    assert partner.get(f"/api/v1/cases/{case}/timeline").json["entries"] == []
    [change] = partner.get("/api/v1/changes").json["changes"]
    assert (change["kind"], change["case"], change["notice"]) == ("share", case, None)
    told = [content_of(item) for item in partner.get("/api/v1/mailbox").json["items"]]
    assert [item["case"] for message in told for item in message["data"]["items"]] == [case]


def test_what_is_added_to_a_shared_case_reaches_it(here: Stage, partner: System, france: System, case: str) -> None:
    france.post_json(f"/api/v1/cases/{case}/shares", {"participant": PARTNER})
    data = {"notice_type": "informal-message", "law_version": catalogue_of(here.hub).law_version, "to": [DE]}
    body = json.loads(encode(envelope(FR, data=data | {"fields": {"subject": "s", "text": "t"}}, id_="after")))
    answer = france.send(json.dumps(body | {"subject": case}).encode())
    assert answer.status_code == 202, answer.text
    assert partner.get(f"/api/v1/notices/{FR}/after").status_code == 200
    assert partner.get(f"/api/v1/notices/{FR}/before").status_code == 404


def test_only_the_originator_shares_a_case(germany: System, partner: System, case: str) -> None:
    given = {"participant": PARTNER}
    assert germany.post_json(f"/api/v1/cases/{case}/shares", given).status_code == 403
    assert partner.post_json(f"/api/v1/cases/{case}/shares", given).status_code == 404
    assert germany.get(f"/api/v1/cases/{case}/shares").status_code == 403


def test_sharing_ends_when_it_is_taken_back(partner: System, france: System, case: str) -> None:
    france.post_json(f"/api/v1/cases/{case}/shares", {"participant": PARTNER})
    assert len(france.get(f"/api/v1/cases/{case}/shares").json["shares"]) == 1
    assert france.delete(f"/api/v1/cases/{case}/shares/{PARTNER}").status_code == 204
    assert france.delete(f"/api/v1/cases/{case}/shares/{PARTNER}").status_code == 404
    assert partner.get(f"/api/v1/cases/{case}").status_code == 404


@pytest.mark.parametrize("participant", [FR, "XX-NONE", "EU-HUB"])
def test_a_case_is_shared_with_other_participants_only(france: System, case: str, participant: str) -> None:
    assert france.post_json(f"/api/v1/cases/{case}/shares", {"participant": participant}).status_code == 422


@pytest.mark.parametrize(
    ("marking", "by_originator", "by_recipient"),
    [
        ("public", 200, 200),
        ("authorities", 200, 200),
        ("restricted", 200, 403),
        ("originator-controlled", 200, 403),
    ],
)
def test_a_notice_is_passed_on_as_its_marking_allows(
    here: Stage, france: System, germany: System, partner: System, marking: str, by_originator: int, by_recipient: int
) -> None:
    assert france.send(marked(here, marking, "marked")).status_code == 202
    path, given = f"/api/v1/notices/{FR}/marked/shares", {"participant": PARTNER}
    assert germany.post_json(path, given).status_code == by_recipient
    assert france.post_json(path, given).status_code == by_originator
    assert partner.get(f"/api/v1/notices/{FR}/marked").status_code == 200
    assert "marked" in [content_of(item)["id"] for item in partner.mailbox()]


def test_the_same_call_with_the_same_key_has_its_effect_once(partner: System, france: System, case: str) -> None:
    path = f"/api/v1/cases/{case}/shares"
    first = france.post_once(path, {"participant": PARTNER}, "key-1")
    assert france.delete(f"{path}/{PARTNER}").status_code == 204
    again = france.post_once(path, {"participant": PARTNER}, "key-1")
    assert (again.status_code, again.json) == (first.status_code, first.json)
    assert france.get(path).json["shares"] == []


def test_a_key_that_was_used_for_another_call_is_refused(partner: System, france: System, case: str) -> None:
    path = f"/api/v1/cases/{case}/shares"
    france.post_once(path, {"participant": PARTNER}, "key-1")
    other = france.post_once(path, {"participant": DE}, "key-1")
    assert (other.status_code, other.mimetype) == (409, "application/problem+json")
    assert france.post_once(path, {"participant": DE}, "not a key").status_code == 422


def test_keys_of_two_participants_are_two_keys(germany: System, partner: System) -> None:
    for system in (germany, partner):
        assert system.post_once("/api/v1/calendar-links", {"label": "x"}, "key-1").status_code == 201


def test_a_refused_call_can_be_mended_under_its_key(partner: System, france: System, case: str) -> None:
    path = f"/api/v1/cases/{case}/shares"
    assert france.post_once(path, {"participant": "XX-NONE"}, "key-1").status_code == 422
    assert france.post_once(path, {"participant": PARTNER}, "key-1").status_code == 200
