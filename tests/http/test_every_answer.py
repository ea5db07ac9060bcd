"""What every answer carries, and what every line of the log says and does not say."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from structlog.testing import LogCapture

from board_hub.http.security import HEADERS
from tests.api.calls import Stage, stage
from tests.support.hub import join_four, notice


@pytest.fixture
def log() -> Iterator[LogCapture]:
    """The lines of the log with all that is bound to them."""
    captured = LogCapture()
    before = structlog.get_config()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, captured])
    yield captured
    structlog.configure(**before)


@pytest.mark.parametrize("path", ["/health/live", "/openapi.json", "/api/no/such/route", "/api/v1/mailbox"])
def test_security_headers_are_on_every_answer(here: Stage, path: str) -> None:
    headers = here.client().get(path).headers
    assert {name: headers[name] for name in HEADERS} == HEADERS
    assert headers["Strict-Transport-Security"].startswith("max-age=")


def test_transport_security_is_demanded_only_where_there_is_tls(here: Stage, tmp_path: Path) -> None:
    plain = stage(here.hub, tmp_path, public_url="http://127.0.0.1:8080")
    assert "Strict-Transport-Security" not in plain.client().get("/health/live").headers


def test_a_page_keeps_its_own_content_policy(here: Stage) -> None:
    own = {"Content-Security-Policy": "default-src 'self'"}
    here.app.add_url_rule("/page", "page", lambda: ("page", 200, own))
    assert here.client().get("/page").headers.getlist("Content-Security-Policy") == ["default-src 'self'"]


@pytest.mark.parametrize("given", ["abcdefgh", "0123-4567_89.AB"])
def test_a_sane_request_id_is_taken_over(here: Stage, given: str) -> None:
    assert here.client().get("/health/live", headers={"X-Request-Id": given}).headers["X-Request-Id"] == given


@pytest.mark.parametrize("given", ["", "short", "a" * 65, "a b c d e f", "forged\tline", "é" * 10])
def test_another_request_id_is_replaced(here: Stage, given: str) -> None:
    made = here.client().get("/health/live", headers={"X-Request-Id": given}).headers["X-Request-Id"]
    assert re.fullmatch("[0-9a-f]{32}", made)


def test_the_log_names_request_participant_and_message_and_never_content(here: Stage, log: LogCapture) -> None:
    parties = join_four(here.hub)
    france = here.sign_in(parties["FR-CNIL"])
    body = notice(here.hub, id_="my-own-id")
    answer = france.send(body)
    france.get("/api/v1/messages/my-own-id")
    france.get("/api/v1/messages/what-a-sender-writes")
    line = next(line for line in log.entries if line.get("route") == "/api/v1/messages")
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert line["participant"] == "FR-CNIL"
    assert line["receipt_id"] == json.loads(answer.data)["id"]
    assert len(line["message_id"]) == 36
    everything = repr(log.entries)
    for content in ("what-a-sender-writes", france.token, json.loads(body)["data"]["law_version"]):
        assert content not in everything


def test_what_is_bound_to_one_request_does_not_reach_the_next(here: Stage, log: LogCapture) -> None:
    here.sign_in(join_four(here.hub)["FR-CNIL"]).get("/api/v1/mailbox")
    here.client().get("/openapi.json")
    assert "participant" not in log.entries[-1]
