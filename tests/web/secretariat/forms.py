"""Filling in a step's form as a person does: open the page, take its token, send it."""

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.officials import form_token


def take(client: FlaskClient, path: str, status: int = 303, **fields: object) -> TestResponse:
    """The answer to the form at this address; AssertionError unless it is of this status."""
    sent = {"csrf_token": form_token(client, path), **fields}
    answer = client.post(path, data=sent, content_type="multipart/form-data")
    assert answer.status_code == status, (path, answer.status_code, answer.text[-2000:])
    return answer


def follow(client: FlaskClient, answer: TestResponse) -> str:
    """The page that an answer leads to."""
    shown = client.get(answer.location)
    assert shown.status_code == 200, (answer.location, shown.status_code)
    return shown.text
