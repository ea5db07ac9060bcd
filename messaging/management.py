"""A thin client of RabbitMQ's management API: what provisioning needs of it, with bounded waits and clear errors."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from board_hub.domain.errors import Unavailable
from messaging.topology import Definitions

CONNECT_TIMEOUT = 5.0
# A quorum queue that cannot answer its own deletion holds the broker for 5 s; a large import takes a few.
READ_TIMEOUT = 30.0


class ProvisionError(Unavailable):
    """The broker cannot be made what it must be; the message says what is wrong and how to mend it."""


class Management:
    """The management API at `url`, e.g. `http://administrator:secret@127.0.0.1:15672`.

    Every method raises Unavailable when the broker does not answer and ProvisionError when it refuses.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if not parts.hostname or parts.username is None or parts.password is None:
            raise ProvisionError("the management address needs a user and a password: http://USER:PASSWORD@HOST:PORT")
        self.user = unquote(parts.username)
        self._address = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path.rstrip("/"), "", ""))
        self._session = requests.Session()
        self._session.trust_env = False  # neither a proxy nor a .netrc has a say between the hub and its broker
        # A restarted broker leaves dead connections in the pool, and one that still deletes a queue answers a new
        # declaration with 500 for a moment; all that is called here may be called twice.
        patient = Retry(total=3, connect=0, read=1, status_forcelist=(500, 503), allowed_methods=None)
        again = HTTPAdapter(max_retries=patient.new(backoff_factor=0.2, raise_on_status=False))
        self._session.mount(self._address, again)
        self._session.auth = (self.user, unquote(parts.password))

    def definitions(self) -> Definitions:
        """All that is declared on the broker, in one call: virtual hosts, users, permissions, queues and the rest."""
        found: Definitions = self._call("GET", "definitions").json()
        return found

    def import_definitions(self, wanted: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        """Make whatever of `wanted` is missing; users, permissions, parameters and policies are overwritten."""
        self._call("POST", "definitions", json=wanted)

    def queues(self, vhost: str) -> list[dict[str, Any]]:
        """The queues of a virtual host with state, leader and members; none where there is no such virtual host."""
        path = _path("queues", vhost) + "?disable_stats=true&enable_queue_totals=true"
        response = self._call("GET", path, missing_is_fine=True)
        found: list[dict[str, Any]] = response.json() if response.ok else []
        return found

    def queue_statistics(self, vhost: str) -> list[dict[str, Any]]:
        """The queues of a virtual host with message and consumer counts, as old as the broker's statistics interval."""
        response = self._call("GET", _path("queues", vhost), missing_is_fine=True)
        found: list[dict[str, Any]] = response.json() if response.ok else []
        return found

    def delete(self, *path: str) -> None:
        """Delete what is at the path, e.g. `delete("vhosts", "p.FR-CNIL")`; fine when it is not there."""
        self._call("DELETE", _path(*path), missing_is_fine=True)

    def delete_binding(self, binding: Mapping[str, Any]) -> None:
        """Delete one binding, given as in definitions; the broker names it by a key it made from its arguments."""
        kind = binding["destination_type"][0]
        path = ("bindings", binding["vhost"], "e", binding["source"], kind, binding["destination"])
        response = self._call("GET", _path(*path), missing_is_fine=True)
        for found in response.json() if response.ok else []:
            if all(found[part] == binding[part] for part in ("routing_key", "arguments")):
                self.delete(*path, found["properties_key"])

    def _call(self, method: str, path: str, *, json: Any = None, missing_is_fine: bool = False) -> requests.Response:
        timeouts = (CONNECT_TIMEOUT, READ_TIMEOUT)
        try:
            response = self._session.request(method, f"{self._address}/api/{path}", json=json, timeout=timeouts)
        except requests.RequestException as error:
            raise Unavailable(
                f"RabbitMQ's management API at {self._address} does not answer ({type(error).__name__}): "
                "is the node running, its management plugin enabled, the address right?"
            ) from error
        if response.ok or (missing_is_fine and response.status_code == requests.codes.not_found):
            return response
        raise self._refusal(method, path, response)

    def _refusal(self, method: str, path: str, response: requests.Response) -> ProvisionError:
        if response.status_code in (requests.codes.unauthorized, requests.codes.forbidden):
            mend = f"user {self.user!r} needs the tag `administrator` and the right password"
        else:
            mend = "see the broker's log"
        return ProvisionError(f"RabbitMQ refused {method} {path}: {response.status_code} {response.text[:300]}; {mend}")


def _path(*parts: str) -> str:
    return "/".join(quote(part, safe="") for part in parts)
