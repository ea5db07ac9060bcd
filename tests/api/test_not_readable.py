"""What one may not read is, on every route, as if it did not exist: 404, in the words used for what does not exist."""

from collections.abc import Callable
from typing import Any

import pytest

from board_hub.domain.envelope import encode
from board_hub.law.examples import example_notice
from tests.api.calls import Stage, System
from tests.support.hub import DE, FR, Party, catalogue_of, envelope, join

CONTENT = b"%PDF-1.7 confidential"
OPEN = {"/api/v1/directory/<code>/keys", "/api/v1/messages/<message_id>"}
"""Open to every participant; and by the caller's own id, so that nobody else's can be asked for."""


@pytest.fixture
def foreign(here: Stage, france: System, parties: dict[str, Party]) -> dict[str, str]:
    """Names of a case, a notice, a file and a link of which the stranger may know nothing, by parameter."""
    stored = france.upload(CONTENT).json
    file = {name: stored[name] for name in ("sha256", "size", "media_type")} | {"name": "a.pdf"}
    data = example_notice(catalogue_of(here.hub), "art79-5") | {"attachments": [file]}
    assert france.send(encode(envelope(FR, data=data, id_="foreign"))).status_code == 202
    link = france.post_json("/api/v1/calendar-links", {"label": "mine"}).json
    return {
        "reference": france.get("/api/v1/cases").json["cases"][0]["reference"],
        "source": FR,
        "message_id": "foreign",
        "notice_type": "msr22-request",
        "sha256": stored["sha256"],
        "link_id": link["id"],
        "participant": DE,
    }


NOWHERE = {
    "reference": "AIB-2026-999999",
    "source": FR,
    "message_id": "never-sent",
    "notice_type": "msr22-request",
    "sha256": "0" * 64,
    "link_id": "01a20595-a388-7273-ba4d-65ebc6990dcb",
    "participant": DE,
    "secret": "never-made",
}


def addresses(here: Stage, method: str) -> list[Callable[[dict[str, str]], str]]:
    """Every route with a parameter, as a function from the parameters' values to an address."""
    rules = [
        rule.rule
        for rule in here.app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        and rule.arguments
        and method in (rule.methods or ())
        and rule.rule not in OPEN | {"/calendar/<secret>.ics"}
    ]
    return [lambda values, rule=rule: rule.replace("<", "{").replace(">", "}").format(**values) for rule in rules]


def answer(system: System, method: str, path: str) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {system.token}"}
    given = {"json": {"participant": DE}} if method == "POST" else {}
    found = system.stage.client().open(path, method=method, headers=headers, **given)
    return found.status_code, found.json["detail"]


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_what_is_not_readable_is_as_if_it_did_not_exist(here: Stage, foreign: dict[str, str], method: str) -> None:
    stranger = here.sign_in(join(here.hub, "IT-LAB", kinds=["PARTNER", "MSA"]))
    routes = addresses(here, method)
    assert len(routes) >= {"GET": 8, "POST": 2, "DELETE": 2}[method]
    for address in routes:
        found = answer(stranger, method, address(foreign))
        assert found == answer(stranger, method, address(NOWHERE)), address(foreign)
        assert found[0] == 404, address(foreign)


def test_its_reader_is_answered_on_every_route(here: Stage, france: System, foreign: dict[str, str]) -> None:
    """So that the test above does not pass by asking wrongly."""
    for address in addresses(here, "GET"):
        path = address(foreign)
        assert france.get(path).status_code == (409 if "/draft/" in path else 200), path


def test_lists_hold_nothing_of_what_is_not_readable(here: Stage, foreign: dict[str, str]) -> None:
    stranger = here.sign_in(join(here.hub, "IT-LAB", kinds=["PARTNER"]))
    for path, name in (
        ("cases", "cases"),
        ("clocks?holder=all", "clocks"),
        ("follow-ups?holder=all", "clocks"),
        ("changes", "changes"),
        ("attachments", "attachments"),
        ("calendar-links", "links"),
    ):
        assert stranger.get(f"/api/v1/{path}").json[name] == [], path


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/cases/AIB-2026-0%00",
        "/api/v1/notices/%00/x",
        "/api/v1/notices/FR-CNIL/%00",
        "/api/v1/attachments/%00",
        "/api/v1/attachments/../../etc/passwd",
        "/calendar/%00.ics",
    ],
)
def test_names_that_no_database_takes_are_not_found(here: Stage, france: System, path: str) -> None:
    assert france.get(path).status_code == 404
