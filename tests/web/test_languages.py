"""Which language a page is in, and how days, instants and numbers are written for its reader."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from board_hub.domain.period_steps import Step, StepCode
from board_hub.services.unit_of_work import Hub
from board_hub.web import languages
from board_hub.web.clock_steps import explained
from board_hub.web.languages import (
    LANGUAGES,
    format_clock_time,
    format_day,
    format_instant,
    format_number,
    holiday_in_language,
)
from board_hub.wsgi import create_app
from tests.support.hub import join_four, sqlite_settings
from tests.support.officials import HANDLER_DE, add_official, form_token, sign_in

NOON = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)


@pytest.fixture
def app(sqlite_hub: Hub, tmp_path: Path) -> Flask:
    join_four(sqlite_hub)
    return create_app(sqlite_settings(tmp_path), sqlite_hub)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def english(app: Flask) -> Iterator[None]:
    with app.test_request_context("/"):
        yield


def lang_of(html: str) -> str:
    return html.split('<html lang="', 1)[1].split('"', 1)[0]


def test_the_24_official_languages_are_there() -> None:
    assert sorted(LANGUAGES) == (
        "bg cs da de el en es et fi fr ga hr hu it lt lv mt nl pl pt ro sk sl sv".split()  # noqa: SIM905
    )


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_renders_a_page_with_its_days_and_numbers(client: FlaskClient, code: str) -> None:
    page = client.get("/login", headers={"Accept-Language": code})
    assert page.status_code == 200
    assert lang_of(page.text) == code
    with client.application.test_request_context(headers={"Accept-Language": code}):
        assert "2026" in format_day(date(2026, 11, 22))
        assert "12:00 CET" in format_instant(NOON)
        assert format_number(1234567) == "1\u202f234\u202f567"


@pytest.mark.parametrize(("accepted", "given"), [
    ("fr-BE,fr;q=0.9,en;q=0.5", "fr"),
    ("zh,ja", "en"),
    ("de-AT", "de"),
    ("", "en"),
    ("zh, pt-BR;q=0.7, en;q=0.2", "pt"),
])  # fmt: skip
def test_a_visitor_gets_what_the_browser_prefers(client: FlaskClient, accepted: str, given: str) -> None:
    assert lang_of(client.get("/login", headers={"Accept-Language": accepted}).text) == given


def test_a_visitors_choice_is_kept_and_leads_back_to_the_page(client: FlaskClient) -> None:
    answer = client.get("/language?lang=el", headers={"Referer": "http://localhost/login?x=1"})
    assert (answer.status_code, answer.location) == (303, "/login?x=1")
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert lang_of(client.get("/login", headers={"Accept-Language": "fr"}).text) == "el"


@pytest.mark.parametrize("referer", ["https://evil.example/x", "http://localhost//evil.example", "", "javascript:x"])
def test_the_choice_never_leads_to_another_site(client: FlaskClient, referer: str) -> None:
    assert client.get("/language?lang=fr", headers={"Referer": referer}).location == "/"


@pytest.mark.parametrize("lang", ["", "xx", "en'", "../fr"])
def test_a_language_that_is_none_is_refused(client: FlaskClient, lang: str) -> None:
    assert client.get("/language", query_string={"lang": lang}).status_code == 400


def test_an_officials_choice_stays_with_the_official(app: Flask, sqlite_hub: Hub) -> None:
    person = add_official(sqlite_hub, HANDLER_DE)
    client = sign_in(app, person)
    token = form_token(client)
    assert client.post("/language", data={"lang": "de", "csrf_token": token}).status_code == 303
    elsewhere = sign_in(app, person)
    elsewhere.set_cookie("lang", "fr")
    assert lang_of(elsewhere.get("/").text) == "de"


def test_an_officials_choice_needs_the_forms_token(app: Flask, sqlite_hub: Hub) -> None:
    client = sign_in(app, add_official(sqlite_hub, HANDLER_DE))
    assert client.post("/language", data={"lang": "de"}).status_code == 400
    assert lang_of(client.get("/").text) == "en"


def test_times_are_those_of_the_officials_zone(app: Flask, sqlite_hub: Hub) -> None:
    client = sign_in(app, add_official(sqlite_hub, HANDLER_DE, time_zone="Europe/Helsinki"))
    with client:
        client.get("/")
        assert format_instant(NOON) == "Sun 22 Nov 2026, 13:00 EET"


def test_an_instant_has_weekday_date_time_and_zone(english: None) -> None:
    assert format_instant(NOON, seconds=True) == "Sun 22 Nov 2026, 12:00:00 CET"


def test_an_instant_falls_on_the_day_of_its_reader(english: None) -> None:
    late = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    assert format_day(late) == "Fri 1 Jan 2027"
    assert format_day(late, "Europe/Lisbon") == "Thu 31 Dec 2026"
    assert format_clock_time(late, "Atlantic/Azores") == "22:30 -01"


def test_a_calendar_day_is_the_same_everywhere(english: None) -> None:
    assert format_day(date(2027, 1, 1), "Atlantic/Azores") == "Fri 1 Jan 2027"


@pytest.mark.parametrize(("value", "decimals", "written"), [
    (1204, None, "1\u202f204"),
    (0.5, None, "0.5"),
    (0.5, 2, "0.50"),
    (12345.678, 1, "12\u202f345.7"),
    (-3, 0, "-3"),
])  # fmt: skip
def test_numbers_are_grouped_by_a_narrow_space(english: None, value: float, decimals: int, written: str) -> None:
    assert format_number(value, decimals) == written


def test_outside_a_request_everything_is_english() -> None:
    assert languages.language() == "en"
    assert languages.zone_name() == "Europe/Brussels"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Good Friday", "Karfreitag"),
        ("Holy Saturday; Labour Day (observed)", "Karsamstag; Tag der Arbeit (Ersatztag)"),
        ("Day off (in place of 2026-08-08)", "Freier Tag (im Tausch gegen den 2026-08-08)"),
        ("Founder's day of the authority", "Founder's day of the authority"),
    ],
)
def test_a_holiday_has_its_name_in_the_reader_s_language(app: Flask, name: str, written: str) -> None:
    with app.test_request_context("/", headers={"Accept-Language": "de"}):
        assert holiday_in_language(name) == written
        step = Step(StepCode.ROLLED, {"on": "2026-04-03", "to": "2026-04-07", "holiday": name})
        event = Step(StepCode.FIXED, {"on": "2026-04-03"})
        assert f"({written})" in explained([event.as_dict(), step.as_dict()], "")
