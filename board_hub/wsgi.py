"""The web application, as a table of contents: what each request passes, which blueprints there are.

`python -m board_hub.wsgi deploy/reference/openapi.json` brings the kept OpenAPI document up to date.
"""

import json
import sys
from pathlib import Path

from flask import Flask

import api
from board_hub import web
from board_hub.http import compression, correlation, current, health, oauth, openapi, problems, security
from board_hub.http.openid import clients
from board_hub.jobs.schedule import jobs_of
from board_hub.services.operation.opening import open_hub
from board_hub.services.unit_of_work import Hub
from board_hub.settings import Settings
from board_hub.web.secretariat import jobs as jobs_pages


def create_app(settings: Settings | None = None, hub: Hub | None = None) -> Flask:
    """The application for these settings (the environment's, if none are given). It connects to nothing yet.

    hub: one that is open already; otherwise it is opened. Unavailable if the hub has no key.
    """
    settings = settings or Settings.from_environment()
    app = Flask("board_hub", static_folder=None)
    current.attach(app, settings, hub or open_hub(settings))
    correlation.register(app)
    security.register(app)
    compression.register(app)
    health.register(app)
    oauth.register(app)
    clients.register(app)
    web.register(app)
    register_blueprints(app)
    jobs_pages.attach(app, jobs_of(settings))
    problems.register(app)
    return app


def register_blueprints(app: Flask) -> openapi.HubApi:
    """The documented interface for systems, and the pages for people."""
    app.config.from_mapping(openapi.CONFIGURATION)
    documented = openapi.HubApi(app, spec_kwargs=openapi.specification())
    for blueprint in (health.blueprint, oauth.blueprint, *api.blueprints()):
        documented.register_blueprint(blueprint)
    for page in web.blueprints():
        app.register_blueprint(page)
    return documented


def openapi_document() -> str:
    """The OpenAPI document as it is kept in deploy/reference; needs no database."""
    documented = register_blueprints(Flask("board_hub", static_folder=None))
    return json.dumps(documented.spec.to_dict(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(openapi_document(), encoding="utf-8")
