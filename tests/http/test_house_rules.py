"""House rules of the HTTP edge, over all its routes."""

from flask import Flask
from werkzeug.routing import Rule

from board_hub.http.oauth import KEYS_PATH, TOKEN_PATH
from board_hub.web.pages import is_page
from tests.api.calls import Stage

PUBLIC = {
    "/login/<code>/backchannel-logout",
    "/openapi.json",
    "/health/live",
    "/health/ready",
    TOKEN_PATH,
    KEYS_PATH,
    "/.well-known/oauth-authorization-server",
    "/calendar/<secret>.ics",
    "/assets/<path:name>",
}
"""The calendar's address is itself the secret: calendar programs cannot sign in."""


def list_calls(app: Flask) -> list[tuple[Rule, str, str]]:
    """Every rule of the interface for systems, with each of its methods and an address that matches it.

    Pages have rules of their own: `tests/web/test_pages.py`.
    """
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule not in PUBLIC and not is_page(app, rule.endpoint)]
    return [
        (rule, method, rule.rule.replace("<", "").replace(">", ""))
        for rule in rules
        for method in sorted((rule.methods or set()) - {"OPTIONS"})
    ]


def test_every_route_but_the_public_ones_needs_a_token(here: Stage) -> None:
    calls = list_calls(here.app)
    assert len(calls) >= 6
    answers = {(path, method): here.client().open(path, method=method).status_code for _, method, path in calls}
    assert set(answers.values()) == {401}, answers


def test_the_public_routes_exist(here: Stage) -> None:
    assert {rule.rule for rule in here.app.url_map.iter_rules()} >= PUBLIC
