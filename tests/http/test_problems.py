"""Every error is a problem, whatever went wrong, and none says what is inside."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from flask import abort, redirect
from werkzeug.wrappers import Response

from board_hub.domain.errors import Conflict, Flaw, Forbidden, HubError, Invalid, NotFound, Unavailable
from board_hub.http.problems import _KINDS
from board_hub.law import wording
from tests.api.calls import Stage

SECRET = "postgresql://hub:secret@db"


@pytest.fixture
def failing(here: Stage) -> Stage:
    """With routes that fail in each way."""

    def fail(error: Exception) -> Response:
        raise error

    errors: dict[str, Exception] = {
        "not-found": NotFound("There is no such thing."),
        "forbidden": Forbidden("Not you."),
        "invalid": Invalid([Flaw("field.missing", "/a", "Give a."), Flaw("field.unknown", "/b", "Remove b.")]),
        "conflict": Conflict("Not now."),
        "unavailable": Unavailable("The database is away."),
        "fault": RuntimeError(SECRET),
    }
    for name, error in errors.items():
        here.app.add_url_rule(f"/api/{name}", name, lambda error=error: fail(error))
    here.app.add_url_rule("/api/teapot", "teapot", lambda: abort(418))
    here.app.add_url_rule("/api/moved", "moved", lambda: redirect("/health/live"))
    return here


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/not-found", 404),
        ("/api/forbidden", 403),
        ("/api/invalid", 422),
        ("/api/conflict", 409),
        ("/api/unavailable", 503),
        ("/api/fault", 500),
        ("/api/teapot", 418),
        ("/api/no/such/route", 404),
    ],
)
def test_an_error_is_a_problem(failing: Stage, path: str, status: int) -> None:
    answer = failing.client().get(path)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert answer.json["status"] == status
    assert answer.json["instance"] == path
    assert answer.json["title"]
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]


def test_each_of_the_five_errors_has_its_problem() -> None:
    assert set(_KINDS) == set(HubError.__subclasses__())


def test_flaws_are_listed_with_code_path_and_message(failing: Stage) -> None:
    answer = failing.client().get("/api/invalid")
    assert answer.json["errors"] == [
        {"code": "field.missing", "path": "/a", "message": "Give a."},
        {"code": "field.unknown", "path": "/b", "message": "Remove b."},
    ]


@pytest.fixture
def speaking_french(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two refusals in French."""
    catalog = Catalog(locale="fr")
    catalog.add("Give a.", "Indiquez a.")
    catalog.add("There is no such thing.", "Cela n’existe pas.")
    folder = tmp_path / "fr" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "law.mo").open("wb") as file:
        write_mo(file, catalog)
    monkeypatch.setattr(wording, "FOLDER", tmp_path)
    wording.forget()
    yield
    wording.forget()


@pytest.mark.parametrize(("accepted", "language", "detail"), [
    (None, "en", "Give a. Remove b."),
    ("el, fr-BE;q=0.8, en;q=0.5", "fr", "Indiquez a. Remove b."),
    ("en, fr", "en", "Give a. Remove b."),
    ("../fr, *", "en", "Give a. Remove b."),
])  # fmt: skip
def test_words_are_in_the_language_that_a_system_asks_for_and_codes_stay(
    failing: Stage, speaking_french: None, accepted: str | None, language: str, detail: str
) -> None:
    headers = {"Accept-Language": accepted} if accepted else {}
    answer = failing.client().get("/api/invalid", headers=headers)
    assert answer.headers["Content-Language"] == language
    assert answer.json["detail"] == detail
    assert [error["code"] for error in answer.json["errors"]] == ["field.missing", "field.unknown"]


def test_a_fault_of_the_hubs_own_shows_nothing_of_its_inside(failing: Stage) -> None:
    answer = failing.client().get("/api/fault")
    assert "secret" not in answer.text
    assert "RuntimeError" not in answer.text


def test_a_method_that_is_not_allowed_names_those_that_are(here: Stage) -> None:
    answer = here.client().delete("/oauth2/token")
    assert (answer.status_code, answer.content_type) == (405, "application/problem+json")
    assert set(answer.headers["Allow"].split(", ")) == {"OPTIONS", "POST"}


def test_an_absent_database_says_when_to_come_again(failing: Stage) -> None:
    assert int(failing.client().get("/api/unavailable").headers["Retry-After"]) > 0


def test_a_redirect_stays_a_redirect(failing: Stage) -> None:
    answer = failing.client().get("/api/moved")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/health/live")


def test_a_body_that_is_too_long_has_the_code_of_the_exchange(here: Stage) -> None:
    answer = here.client().post("/oauth2/token", data=b"x" * 100_000, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 413
    assert [error["code"] for error in answer.json["errors"]] == ["body.too_large"]
