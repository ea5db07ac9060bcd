"""The feed of changes: a mirror built from it and the routes it points to is all that a participant may see."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from board_hub.domain.envelope import MessageType, encode, participant_urn
from board_hub.law.examples import example_notice
from tests.api.calls import Stage, System
from tests.support.hub import AIO, DE, EE, FR, Party, catalogue_of, envelope, join, notice

PARTNER = "IT-LAB"


@dataclass
class Mirror:
    """What a national system keeps: each case, notice and clock that the feed leads to, and how far it has read."""

    system: System
    limit: int = 3
    after: str = ""
    cases: dict[str, Any] = field(default_factory=dict)
    notices: dict[tuple[str, str], Any] = field(default_factory=dict)

    def follow(self) -> None:
        more = True
        while more:
            query = f"?limit={self.limit}" + (f"&after={self.after}" if self.after else "")
            page = self.system.get(f"/api/v1/changes{query}").json
            for change in page["changes"]:
                self._take(change)
            self.after, more = page["next"], page["more"]

    def _take(self, change: dict[str, Any]) -> None:
        if change["case"]:
            self.cases[change["case"]] = read(self.system, f"/api/v1/cases/{change['case']}")
        if change["notice"]:
            key = (change["notice"]["source"].rpartition(":")[2], change["notice"]["id"])
            self.notices[key] = read(self.system, f"/api/v1/notices/{key[0]}/{key[1]}")


def read(system: System, path: str) -> Any:
    answer = system.get(path)
    return answer.json if answer.status_code == 200 else None


def walk(system: System, path: str, name: str) -> list[Any]:
    """All lines of a list."""
    lines, query = [], "?limit=2"
    while query:
        page = system.get(path + query).json
        lines += page[name]
        query = f"?limit=2&cursor={page['cursor']}" if page["cursor"] else ""
    return lines


def all_seen(system: System) -> tuple[dict[str, Any], dict[tuple[str, str], Any]]:
    """All that the participant may see, by lists."""
    cases = {one["reference"]: one for one in walk(system, "/api/v1/cases", "cases")}
    notices = {}
    for reference in cases:
        for entry in walk(system, f"/api/v1/cases/{reference}/timeline", "entries"):
            if entry["entry"] == "notice":
                key = (entry["notice"]["source"].rpartition(":")[2], entry["notice"]["id"])
                notices[key] = read(system, f"/api/v1/notices/{key[0]}/{key[1]}")
    return {reference: read(system, f"/api/v1/cases/{reference}") for reference in cases}, notices


def check_whole(mirror: Mirror) -> None:
    cases, notices = all_seen(mirror.system)
    seen = {key: one for key, one in mirror.cases.items() if one is not None}
    assert seen == cases
    assert mirror.notices == notices


def body_of(source: str, notice_type: str, here: Stage, id_: str, **changes: Any) -> bytes:
    data = example_notice(catalogue_of(here.hub), notice_type, sender=source)
    for name, value in data["fields"].items():
        if isinstance(value, dict) and set(value) == {"source", "id"}:
            data["fields"][name] = {"source": participant_urn(FR), "id": "first"}
    body = json.loads(encode(envelope(source, data=data | changes.pop("data", {}), id_=id_)))
    return json.dumps(body | changes).encode()


def begin(here: Stage, systems: dict[str, System]) -> None:
    """Two cases, one open to authorities, with an objection in the first."""
    accept(systems[FR], notice(here.hub, id_="first"))
    accept(systems[DE], body_of(DE, "art79-5", here, "second", marking="authorities"))
    accept(systems[EE], body_of(EE, "art79-8-objection", here, "objection"))


def go_on(here: Stage, systems: dict[str, System]) -> None:
    """A letter between two, a shared case and a shared notice, a withdrawal."""
    case = next(one for one in systems[FR].get("/api/v1/cases").json["cases"] if one["originator"] == FR)["reference"]
    letter = {"subject": "s", "text": "between two"}
    data = {"to": [DE], "fields": letter}
    accept(systems[FR], body_of(FR, "informal-message", here, "letter", subject=case, data=data))
    systems[FR].post_json(f"/api/v1/cases/{case}/shares", {"participant": PARTNER})
    systems[FR].post_json(f"/api/v1/notices/{FR}/letter/shares", {"participant": EE})
    taken_back = {"notice": {"source": participant_urn(DE), "id": "second"}, "reason": "A mistake."}
    accept(systems[DE], encode(envelope(DE, MessageType.NOTICE_WITHDRAWN, data=taken_back)))
    accept(systems[FR], body_of(FR, "informal-message", here, "shared", subject=case, data=data))


def accept(system: System, body: bytes) -> None:
    answer = system.send(body)
    assert answer.status_code == 202, answer.text


@pytest.fixture
def systems(here: Stage, parties: dict[str, Party]) -> dict[str, System]:
    partner = join(here.hub, PARTNER, kinds=["PARTNER"])
    return {code: here.sign_in(party) for code, party in (*parties.items(), (PARTNER, partner))}


def test_a_fresh_mirror_is_all_that_each_participant_may_see(here: Stage, systems: dict[str, System]) -> None:
    begin(here, systems)
    go_on(here, systems)
    for code in (FR, DE, EE, AIO, PARTNER):
        mirror = Mirror(systems[code])
        mirror.follow()
        check_whole(mirror)
        assert mirror.cases, code


def test_a_mirror_that_goes_on_misses_nothing(here: Stage, systems: dict[str, System]) -> None:
    begin(here, systems)
    mirrors = [Mirror(system, limit=500) for system in systems.values()]
    for mirror in mirrors:
        mirror.follow()
    go_on(here, systems)
    for mirror in mirrors:
        mirror.follow()
        check_whole(mirror)


def test_the_feed_says_nothing_of_what_one_may_not_see(here: Stage, systems: dict[str, System]) -> None:
    begin(here, systems)
    assert systems[PARTNER].get("/api/v1/changes").json["changes"] == []


def test_a_sender_alone_sees_that_a_recipient_signed_for_its_notices(here: Stage, systems: dict[str, System]) -> None:
    begin(here, systems)
    ends = {code: system.get("/api/v1/changes?limit=500").json["next"] for code, system in systems.items()}
    theirs = [item for item in systems[DE].mailbox() if item["source"] == FR]
    assert systems[DE].collect(*theirs).status_code == 204
    assert systems[DE].collect(*theirs).status_code == 204  # once more, under an id of its own
    seen = {
        code: [
            (change["kind"], change["subject"], change["notice"])
            for change in systems[code].get(f"/api/v1/changes?after={ends[code]}").json["changes"]
        ]
        for code in systems
    }
    assert seen == {code: [] for code in systems} | {FR: [("delivery", "first", None)]}


def test_each_change_comes_once_and_in_order(here: Stage, systems: dict[str, System]) -> None:
    begin(here, systems)
    whole = systems[DE].get("/api/v1/changes?limit=500").json
    found, after = [], ""
    while True:
        page = systems[DE].get("/api/v1/changes?limit=1" + (f"&after={after}" if after else "")).json
        found += page["changes"]
        after = page["next"]
        if not page["more"]:
            break
    assert found == whole["changes"]
    assert systems[DE].get(f"/api/v1/changes?after={whole['next']}").json["changes"] == []


def test_an_empty_feed_gives_a_cursor_from_which_all_is_seen(here: Stage, systems: dict[str, System]) -> None:
    after = systems[FR].get("/api/v1/changes").json["next"]
    begin(here, systems)
    assert systems[FR].get(f"/api/v1/changes?after={after}").json["changes"]


@pytest.mark.parametrize("after", ["x", "W10", "WyJhIiwwXQ", "WzFlOTksMF0", "Wzk5OTk5OTk5OTk5OTk5OTk5OTk5OSwwXQ"])
def test_a_cursor_that_the_feed_did_not_give_is_refused(on_sqlite: Stage, after: str) -> None:
    france = on_sqlite.sign_in(join(on_sqlite.hub))
    assert france.get(f"/api/v1/changes?after={after}").status_code == 422
