"""A participant's files at the hub over HTTPS: uploaded once, named by notices through their digest."""

from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import requests

from board_hub.domain.errors import Flaw, Invalid, NotFound
from board_hub.services.exchange.signing import SigningKey
from messaging.hub_session import HubSession

PATH = "/api/v1/attachments"
TIMEOUT = 300
_REFUSED = (400, 409, 411, 413, 415, 422)


class Files:
    """Upload and download. All methods raise Unavailable when the hub cannot be reached."""

    def __init__(self, url: str, code: str, key: SigningKey) -> None:
        self._hub = HubSession(url, code, key)

    def upload(self, name: str, content: bytes, media_type: str) -> dict[str, Any]:
        """Store a file; returns its entry for a notice's `attachments`. Raises Invalid with what the hub said."""
        response = self._hub.call(
            "POST",
            f"{PATH}?{urlencode({'name': name})}",
            data=content,
            headers={"Content-Type": media_type},
            expected=_REFUSED,
            timeout=TIMEOUT,
        )
        if not response.ok:
            raise Invalid(_flaws(response))
        return {"name": name, "sha256": sha256(content).hexdigest(), "size": len(content), "media_type": media_type}

    def download(self, digest: str) -> bytes:
        """The file with this SHA-256. Raises NotFound, and Invalid `attachment.changed` if it is another one."""
        response = self._hub.call("GET", f"{PATH}/{digest}", expected=(404,), timeout=TIMEOUT)
        if response.status_code == 404:
            raise NotFound("There is no such attachment that you may read.")
        if sha256(response.content).hexdigest() != digest:
            raise Invalid.one("attachment.changed", "/sha256", "What came is not the file that the notice names.")
        return response.content

    def close(self) -> None:
        self._hub.close()


def _flaws(response: requests.Response) -> list[Flaw]:
    """What the problem details name, or else the whole answer as one flaw."""
    try:
        problem = response.json()
        errors = [Flaw(one["code"], one["path"], one["message"]) for one in problem.get("errors", ())]
        return errors or [Flaw("attachment.refused", "", str(problem.get("detail") or problem.get("title")))]
    except (ValueError, KeyError, TypeError, AttributeError):
        return [Flaw("attachment.refused", "", f"The hub answered {response.status_code}.")]
