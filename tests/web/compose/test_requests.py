"""Requests in and out: asked, accepted, forwarded in part, refused, answered, handed over, from one page."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import Flask

from board_hub.domain.events import HUB
from board_hub.services.desk.requests import Show, get_request, list_requests
from board_hub.services.people.officials import Person
from board_hub.services.unit_of_work import Hub
from board_hub.store.tables import Message
from tests.support.hub import AIO, DE, EE, FR
from tests.support.officials import HANDLER_DE, REPRESENTATIVE_FR, add_official
from tests.support.statements import counted_statements
from tests.web.compose.conftest import Desk, open_desk, text_of


def ask(desk: Desk, hub: Hub, to: str = DE, **changes: Any) -> str:
    """Send a request for information; returns the address of its page."""
    draft_id = desk.write("msr22-request", to=[to], **changes)
    desk.send(draft_id)
    with hub.work(HUB) as uow:
        message = uow.session.get_one(Message, desk.draft(draft_id).message_id)
        return f"/requests/{message.source}/{message.message_id}"


def actions(desk: Desk, address: str) -> dict[str, str]:
    """The buttons of a request's page: notice type (with `+split`) and where they lead."""
    found = {}
    for link in re.findall(r'href="(/notices/new\?[^"]+about=[^"]+)"', desk.get(address)):
        query = parse_qs(urlsplit(link.replace("&amp;", "&")).query)
        found[query["type"][0] + ("+split" if "set" in query else "")] = link.replace("&amp;", "&")
    return found


def do(desk: Desk, link: str, **fields: str) -> Any:
    """Follow a button and send its form as it stands, with these fields filled in."""
    page = desk.get(link)
    address = re.search(r'id="draft-form" method="post" action="([^"]+)"', page)[1]  # type: ignore[index]
    posted = list(_as_it_stands(page))
    pairs = [(name, value) for name, value in posted if name not in fields and name != "csrf_token"]
    answer = desk.post(address, [*pairs, *fields.items(), ("action", "check")])
    assert answer.status_code == 303, text_of(answer.text)
    check = desk.client.get(answer.location)
    assert check.status_code == 200, text_of(check.text)
    version = re.search(r'name="version" value="(\d+)"', check.text)[1]  # type: ignore[index]
    return desk.post(answer.location.replace("/check", "/send"), {"version": version})


def _as_it_stands(page: str) -> Any:
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page):
        yield name, value
    for name, value in re.findall(r'<input class="ecl-text-input[^>]* name="([^"]+)" value="([^"]*)"', page):
        yield name, value
    for name, value in re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>([^<]*)</textarea>', page):
        yield name, value
    for name, value in re.findall(r'type="(?:radio|checkbox)" id="[^"]+" name="([^"]+)" value="([^"]*)" checked', page):
        yield name, value
    for name, options in re.findall(
        r'<select class="ecl-select" id="[^"]+" name="([^"]+)"[^>]*>(.*?)</select>', page, re.S
    ):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        yield name, chosen[1] if chosen else ""


def test_a_request_is_seen_by_both_sides_with_its_state_and_period(france: Desk, germany: Desk, hub: Hub) -> None:
    address = ask(france, hub)
    asked = text_of(germany.get(address))
    assert "Who must act You" in asked
    assert "Answer to a request for information" in asked
    assert "Who must act DE-BNETZA" in text_of(france.get(address))
    for desk, show in ((germany, "in"), (france, "out")):
        assert address in desk.get(f"/requests?show={show}")
        assert address in desk.get("/requests")
    assert address not in germany.get("/requests?show=out")
    assert address not in germany.get("/requests?show=closed")


def test_a_request_of_others_does_not_exist(app: Flask, france: Desk, hub: Hub) -> None:
    address, stranger = ask(france, hub), open_desk(app, hub, EE)
    assert stranger.client.get(address).status_code == 404
    assert stranger.client.get("/requests/FR-CNIL/none").status_code == 404
    assert "No requests here." in stranger.get("/requests")
    assert stranger.client.get("/requests?show=rubbish").status_code == 422
    assert stranger.client.get("/requests?cursor=rubbish").status_code == 422


def test_a_notice_that_is_no_request_has_no_page_here(france: Desk, hub: Hub) -> None:
    draft_id = france.write("informal-message", to=[DE])
    france.send(draft_id)
    with hub.work(HUB) as uow:
        message = uow.session.get_one(Message, france.draft(draft_id).message_id)
    assert france.client.get(f"/requests/FR-CNIL/{message.message_id}").status_code == 404


def test_the_one_asked_accepts_and_answers_from_one_page(france: Desk, germany: Desk, hub: Hub) -> None:
    address = ask(france, hub)
    found = actions(germany, address)
    assert set(found) == {"msr22-acceptance", "msr22-answer", "msr22-refusal", "msr22-forward", "msr22-forward+split"}
    assert do(germany, found["msr22-acceptance"], **{"f-reply_by": "2026-12-20"}).status_code == 303
    assert "Accepted; answer due" in germany.get(address)
    answer = {"f-information": "Versions 4.1 and 4.2.", "f-final": "true"}
    assert do(germany, actions(germany, address)["msr22-answer"], **answer).status_code == 303
    page = text_of(france.get(address))
    assert "Answered completely" in page
    assert "It is closed; nothing is to be done." in page
    assert address in france.get("/requests?show=closed")


def test_a_part_is_forwarded_and_the_one_who_asked_is_told(app: Flask, france: Desk, germany: Desk, hub: Hub) -> None:
    address = ask(france, hub)
    link = actions(germany, address)["msr22-forward+split"]
    page = germany.get(link)
    assert re.search(r'name="f-split" value="true" checked', page)
    assert "Example: questions (fictional)." in page
    assert do(germany, link, **{"f-forwarded_to": EE}).status_code == 303
    with hub.work(HUB) as uow:
        estonia = add_official(hub, HANDLER_DE[:0] or (type(HANDLER_DE[0])(EE, HANDLER_DE[0].role),))
        known = list_requests(uow, estonia.reader).lines
    assert known == ()  # the request itself was not addressed to it; the forwarding is in its case
    assert "forwarded to another authority" in france.get(address)


def test_a_refusal_names_its_ground(france: Desk, germany: Desk, hub: Hub) -> None:
    address = ask(france, hub)
    link = actions(germany, address)["msr22-refusal"]
    assert "The need is not sufficiently substantiated" in germany.get(link)
    refusal = {"f-refusal_grounds": "need-not-substantiated", "f-reasons": "No system is named."}
    assert do(germany, link, **refusal).status_code == 303
    assert "Refused" in france.get(address)


def test_the_one_who_asked_proposes_to_hand_over(france: Desk, germany: Desk, hub: Hub) -> None:
    address = ask(france, hub)
    found = actions(france, address)
    assert set(found) == {"msr22-handover"}
    assert do(france, found["msr22-handover"], **{"f-reasons": "The provider is German."}).status_code == 303
    assert "msr22-handover-answer" in actions(germany, address)


def test_the_list_takes_as_many_statements_for_many_as_for_one(france: Desk, hub: Hub) -> None:
    def statements() -> int:
        with counted_statements(hub) as seen:
            france.get("/requests")
        return len(seen)

    ask(france, hub)
    one = statements()
    for _ in range(3):
        ask(france, hub)
    assert statements() == one


def test_requests_come_by_pages(france: Desk, hub: Hub) -> None:
    addresses = [ask(france, hub) for _ in range(3)]
    official: Person = add_official(hub, REPRESENTATIVE_FR)
    with hub.work(HUB) as uow:
        first = list_requests(uow, official.reader, Show.OUT, limit=2)
        rest = list_requests(uow, official.reader, Show.OUT, limit=2, cursor=first.following)
        ids = [one.message_id for one in (*first.lines, *rest.lines)]
        assert ids == [address.rpartition("/")[2] for address in reversed(addresses)]
        assert get_request(uow, official.reader, FR, ids[0]).asked == (DE,)
    assert AIO not in first.lines[0].asked
