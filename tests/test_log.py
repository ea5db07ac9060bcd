"""Log lines carry what happened and to which ids, in one form, and never what a message holds."""

import json
import logging
from collections.abc import Callable, Iterator

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from board_hub import log
from board_hub.settings import Settings
from board_hub.store.engine import open_engine

SECRET = "the applicant's name"


@pytest.fixture(autouse=True)
def _put_back() -> Iterator[None]:
    """Logging belongs to the whole process: leave it as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


@pytest.fixture(params=["json", "console"])
def written(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """What was logged since the last call, in each form."""
    log.configure(Settings(log_format=request.param))
    return lambda: capsys.readouterr().err


def test_a_line_has_event_ids_level_and_time(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure(Settings())
    structlog.contextvars.bind_contextvars(request_id="r-1")
    structlog.get_logger("board_hub.test").info("accepted", message_id="m-1")
    structlog.contextvars.clear_contextvars()
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["message_id"], line["request_id"]) == ("accepted", "m-1", "r-1")
    assert line["level"] == "info"
    assert line["timestamp"].endswith("Z")


def test_the_standard_librarys_loggers_write_the_same_form(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure(Settings())
    logging.getLogger("gunicorn.error").warning("worker %s is late", 7)
    assert json.loads(capsys.readouterr().err)["event"] == "worker 7 is late"


def test_lines_below_the_level_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure(Settings(log_level="warning"))
    structlog.get_logger("board_hub.test").info("quiet")
    assert capsys.readouterr().err == ""


def test_a_traceback_shows_no_variables(written: Callable[[], str]) -> None:
    def fail(body: str) -> None:
        raise ValueError("broken")

    try:
        fail("".join([SECRET]))
    except ValueError:
        structlog.get_logger("board_hub.test").exception("message failed")
    said = written()
    assert "ValueError" in said
    assert "broken" in said
    assert SECRET not in said


def test_a_database_error_shows_no_values(written: Callable[[], str]) -> None:
    engine = open_engine("sqlite://")
    try:
        with engine.connect() as connection:
            connection.execute(text("INSERT INTO nowhere VALUES (:body)"), {"body": SECRET})
    except DBAPIError:
        structlog.get_logger("board_hub.test").exception("message failed")
    said = written()
    assert "nowhere" in said
    assert SECRET not in said
