"""What the reading routes have in common: a look at one moment as the caller, and the pages of a list."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import request

from board_hub.domain.envelope import participant_urn
from board_hub.http.current import current, current_hub
from board_hub.http.sign_in import caller
from board_hub.services.access import Reader, reader_of
from board_hub.services.cases.timeline_reads import NoticeKey
from board_hub.services.operation.snapshot import look
from board_hub.services.paging import Page
from board_hub.services.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Looking:
    """The caller's look at the hub: nothing is written, nobody is held up."""

    uow: UnitOfWork
    reader: Reader


@contextmanager
def looking() -> Iterator[Looking]:
    who = caller()
    with look(current_hub(), who.actor) as uow:
        yield Looking(uow, reader_of([who.participant]))


def linked(page: Page[Any], content: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """An answer with `content` and the page's cursor, in the body and as a link (RFC 8288)."""
    return next_link(content | {"cursor": page.following}, "cursor", page.following)


def next_link(content: dict[str, Any], name: str, following: str | None) -> tuple[dict[str, Any], int, dict[str, str]]:
    """An answer with a link to the next page, which is asked for with the query parameter `name`."""
    if following is None:
        return content, 200, {}
    query = urlencode({**request.args.to_dict(), name: following})
    return content, 200, {"Link": f'<{current().public_url}{request.path}?{query}>; rel="next"'}


def shown_key(key: NoticeKey | None) -> dict[str, str] | None:
    """A notice's key as messages write it."""
    return {"source": participant_urn(key.source), "id": key.id} if key else None
