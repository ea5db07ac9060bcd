"""The OpenAPI document: valid, equal to the one in deploy/reference, and true (schemathesis calls all of it)."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis.errors import Unsatisfiable
from openapi_spec_validator import validate
from schemathesis.specs.openapi.checks import positive_data_acceptance

from board_hub.http.current import serving_of
from board_hub.services.operation.bootstrap import prepare
from board_hub.web.pages import is_page
from board_hub.wsgi import openapi_document
from tests.api.calls import Stage, System, stage
from tests.support.hub import FR, join_four, notice, sqlite_settings

REFERENCE = Path(__file__).parents[2] / "deploy" / "reference" / "openapi.json"
EXAMPLES = 25

BOUNDED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
MODES = tuple(schemathesis.GenerationMode)
OPERATIONS = [
    (path, method.upper())
    for path, operations in json.loads(REFERENCE.read_text())["paths"].items()
    for method in operations
    if method in ("get", "post", "delete")
]
MEANT_TO_BE_REFUSED = [positive_data_acceptance]
"""A message that fits the document is still refused if its signature is made up, and so is an assertion."""


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """France with a message in the mailbox and one sent."""
    folder = tmp_path_factory.mktemp("document")
    here = stage(prepare(sqlite_settings(folder)), folder)
    serving_of(here.app).stopping.set()  # so that no call waits for messages
    system = here.sign_in(join_four(here.hub)[FR])
    assert system.send(notice(here.hub)).status_code == 202
    yield system
    here.hub.engine.dispose()


@pytest.fixture
def document(caller: System) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_wsgi("/openapi.json", caller.stage.app)


def published(here: Stage) -> dict[str, Any]:
    document: dict[str, Any] = here.client().get("/openapi.json").json
    return document


def test_the_document_is_valid_openapi_3_1(caller: System) -> None:
    document = caller.stage.client().get("/openapi.json").json
    assert document["openapi"] == "3.1.0"
    validate(document)


def test_the_reference_is_what_the_hub_publishes(caller: System) -> None:
    """Written anew by: python -m board_hub.wsgi deploy/reference/openapi.json"""
    assert REFERENCE.read_text(encoding="utf-8") == openapi_document()
    assert json.loads(REFERENCE.read_text(encoding="utf-8")) == published(caller.stage)


def test_a_second_application_publishes_the_same_document(caller: System, tmp_path: Path) -> None:
    assert published(stage(caller.stage.hub, tmp_path)) == published(caller.stage)


def test_every_error_is_documented_as_problem_json(caller: System) -> None:
    """Watches a private hook of flask-smorest that HubApi overrides."""
    responses = caller.stage.client().get("/openapi.json").json["components"]["responses"]
    assert set(responses) == {"DEFAULT_ERROR", "UNPROCESSABLE_ENTITY"}
    assert all(list(response["content"]) == ["application/problem+json"] for response in responses.values())


def test_every_route_is_documented(caller: System) -> None:
    documented = caller.stage.client().get("/openapi.json").json["paths"]
    app = caller.stage.app
    systems = [rule for rule in app.url_map.iter_rules() if not is_page(app, rule.endpoint)]
    rules = {rule.rule.replace("<", "{").replace(">", "}") for rule in systems}
    for_others = {"/assets/{path:name}", "/login/{code}/backchannel-logout"}  # browsers, and identity providers
    assert rules - set(documented) == {"/openapi.json"} | for_others


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_the_hub_answers_as_documented_and_never_fails(
    document: schemathesis.BaseSchema, caller: System, path: str, method: str, mode: schemathesis.GenerationMode
) -> None:
    operation = document[path][method]

    @given(case=operation.as_strategy(generation_mode=mode))
    @BOUNDED
    def check(case: schemathesis.Case) -> None:
        assume(all(value not in ([], {}, None) for value in dict(case.query or {}).values()))  # never sent
        headers = {"Authorization": f"Bearer {caller.token}"}
        case.call_and_validate(headers=headers, excluded_checks=MEANT_TO_BE_REFUSED)

    with contextlib.suppress(Unsatisfiable):  # a route without parameters cannot be called wrongly
        check()
