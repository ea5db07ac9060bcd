"""Requests that may be repeated: with an `Idempotency-Key` a call has its effect once, however often it is made."""

import re
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from flask import Response, request

from board_hub.domain.errors import Conflict, Invalid
from board_hub.http.current import current_hub
from board_hub.http.parameters import documented_header
from board_hub.http.sign_in import caller
from board_hub.services.exchange.idempotency import Answer, find_answer, keep_answer
from board_hub.services.unit_of_work import UnitOfWork

HEADER = "Idempotency-Key"
_PARAMETER: dict[str, Any] = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "Your own name for this call. Repeated with the same key within 7 days it has no further effect and "
    "gets the same answer; another call with that key is refused (409).",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"},
}
_KEY = re.compile(r"[A-Za-z0-9._:-]{1,64}")
repeatable = documented_header(_PARAMETER)
"""Documents the header on a route that answers by `answer_once`."""


def answer_once(act: Callable[[UnitOfWork], Answer], *, content: bytes | None = None) -> Response:
    """Run `act` in one unit of work and commit, or repeat the answer kept for the request's key.

    content: what makes the request this one, where that is not its body (an upload's digest).
    """
    key = request.headers.get(HEADER)
    if key is not None and not _KEY.fullmatch(key):
        raise Invalid.one("field.invalid", f"/{HEADER}", "The key must have 1 to 64 characters of A-Z a-z 0-9 . _ : -")
    digest = _digest(request.get_data() if content is None else content)
    try:
        answer = _once(key, digest, act)
    except Conflict:
        if key is None:
            raise
        answer = _once(key, digest, act)  # the same call came twice at the same moment: its answer is on record now
    return Response(answer.body, answer.status, dict(answer.headers), mimetype="application/json")


def _once(key: str | None, digest: str, act: Callable[[UnitOfWork], Answer]) -> Answer:
    who = caller()
    with current_hub().work(who.actor) as uow:
        earlier = find_answer(uow, who.code, key, digest) if key else None
        if earlier is not None:
            return earlier
        answer = act(uow)
        if key:
            keep_answer(uow, who.code, key, request_sha256=digest, answer=answer)
        uow.commit()
    return answer


def _digest(content: bytes) -> str:
    return sha256(f"{request.method} {request.full_path}\n".encode() + content).hexdigest()
