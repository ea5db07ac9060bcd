"""Health: whether this process lives, and whether it can serve. Asked often, so it answers fast whatever is wrong."""

import threading
from collections.abc import Callable

from flask import Flask, Response, current_app, jsonify

from board_hub.domain.errors import Flaw
from board_hub.http.current import serving_of
from board_hub.http.openapi import HubBlueprint
from board_hub.http.problems import RETRY_AFTER, problem, summary
from board_hub.services.operation.readiness import list_missing

PATIENCE = 1.5
"""Seconds that the check may take before the answer is that the hub is not ready."""
_KEY = "board_hub_readiness"
_STATUS = {"type": "object", "required": ["status"], "properties": {"status": {"type": "string"}}}

blueprint = HubBlueprint("health", __name__, url_prefix="/health", description="For load balancers and supervisors.")


class Readiness:
    """Runs one check at a time on a thread of its own: a database that hangs must not hang the answers too."""

    def __init__(self, check: Callable[[], list[Flaw]], patience: float = PATIENCE) -> None:
        self._check = check
        self._patience = patience
        self._lock = threading.Lock()
        self._latest: _Check | None = None

    def list_missing(self) -> list[Flaw]:
        """What is missing; a check that still runs is waited for, not started again."""
        with self._lock:
            if self._latest is None or self._latest.done.is_set():
                self._latest = _Check(self._check)
                self._latest.start()
            latest = self._latest
        if not latest.done.wait(self._patience):
            return [Flaw("database.away", "/database", f"The check has not ended within {self._patience} seconds.")]
        return latest.missing


class _Check(threading.Thread):
    def __init__(self, check: Callable[[], list[Flaw]]) -> None:
        super().__init__(name="readiness", daemon=True)
        self._check = check
        self.done = threading.Event()
        self.missing = [Flaw("hub.fault", "", "The check itself failed; see the log.")]

    def run(self) -> None:
        try:
            self.missing = self._check()
        finally:
            self.done.set()


def register(app: Flask) -> None:
    """Give the application its readiness check."""
    hub = serving_of(app).hub
    app.extensions[_KEY] = Readiness(lambda: list_missing(hub))


@blueprint.route("/live", methods=["GET"])
@blueprint.response(200, schema=_STATUS, description="The process answers.")
@blueprint.doc(security=[])
def get_live() -> Response:
    """Whether the process answers; touches nothing."""
    return jsonify(status="live")


@blueprint.route("/ready", methods=["GET"])
@blueprint.response(200, schema=_STATUS, description="The hub can serve.")
@blueprint.doc(security=[])
def get_ready() -> Response:
    """Whether the hub can serve: database, tables, key. A 503 says what is missing."""
    readiness: Readiness = current_app.extensions[_KEY]
    missing = readiness.list_missing()
    if not missing:
        return jsonify(status="ready")
    headers = {"Retry-After": RETRY_AFTER}
    title = "The hub is not ready"
    return problem(503, kind="not-ready", title=title, detail=summary(missing), flaws=missing, headers=headers)
