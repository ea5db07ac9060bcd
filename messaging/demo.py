"""Simulated national systems: each a process that knows the SDK, its own key and its own inbox, and nothing else.

`python -m messaging.demo FILE`, where FILE (JSON, mode 0600) says who it is and where the hub is.
"""

import itertools
import json
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from board_hub.domain.envelope import MessageType
from board_hub.domain.errors import Unavailable
from board_hub.services.exchange.signing import SigningKey
from messaging import demo_notices
from messaging.client import Client, Receipt, Received
from messaging.demo_stories import STORIES, Story

BRISK_TURNS, BRISK, CALM = 8, 6.0, 45.0
"""So many turns at the beginning follow each other quickly (seconds); later ones calmly: it may run for days."""
FIRST = {"FR-CNIL": 1.0, "EE-TTJA": 4.0}
"""Seconds before an authority's first notice of its own."""
RECEIPT_WAIT = 20.0


@dataclass(frozen=True)
class System:
    """One authority's own settings. transport: `amqp` or `https`; hub_keys: the hub's JWKS."""

    code: str
    transport: str
    url: str
    key: str
    kid: str
    inbox: str
    hub_keys: dict[str, Any]

    def client(self) -> Client:
        key = SigningKey.load(Path(self.key), self.kid)
        make = Client.amqp if self.transport == "amqp" else Client.https
        return make(self.url, self.code, key=key, inbox=self.inbox, hub_keys=self.hub_keys)


def run(system: System) -> None:
    """Send and answer until SIGTERM."""
    next_turn, turn = time.monotonic() + FIRST.get(system.code, 0), 0
    with system.client() as client:
        client.resend()
        while True:
            for message in client.receive(1.0):
                _take(client, message)
            if time.monotonic() >= next_turn and system.code in OWN_STORIES:
                OWN_STORIES[system.code](client, STORIES[turn % len(STORIES)])
                turn += 1
                next_turn = time.monotonic() + (BRISK if turn < BRISK_TURNS else CALM)


# --- who does what ---------------------------------------------------------------------------------------------------

OwnStory = Callable[[Client, Story], None]
Reaction = Callable[[Received], Sequence[dict[str, Any]]]


def _measure(client: Client, story: Story) -> None:
    """A provisional measure: every other Member State and the Commission get a window for objections."""
    _issue(client, demo_notices.measure(story))


def _incident(client: Client, story: Story) -> None:
    """A serious incident, and what was found out into the same case."""
    receipt = _issue(client, demo_notices.incident(story))
    if receipt is not None and receipt.case is not None:
        _issue(client, demo_notices.complete_incident(story), subject=receipt.case)


OWN_STORIES: dict[str, OwnStory] = {"FR-CNIL": _measure, "EE-TTJA": _incident}
_german_answers: Iterator[Reaction] = itertools.cycle(
    (
        lambda notice: [demo_notices.own_measures(notice)],
        lambda notice: [demo_notices.question(notice)],
        lambda notice: [demo_notices.objection(notice)],
    )
)
PARTS: dict[str, dict[str, Reaction]] = {
    "FR-CNIL": {"msr22-request": lambda request: [demo_notices.acceptance(request), demo_notices.answer(request)]},
    "DE-BNETZA": {"art79-5": lambda notice: next(_german_answers)(notice)},
}
"""How each authority answers a notice, by the notice's type; what is not here it only marks as handled."""


def _take(client: Client, message: Received) -> None:
    for item in message.items:
        _say(_told(message.type, item))
    if message.type == MessageType.NOTICE_ISSUED:
        notice_type = str(message.data["notice_type"])
        _say(f"receives {notice_type} from {message.sender}")
        react = PARTS.get(client.code, {}).get(notice_type)
        for data in react(message) if react else ():
            _issue(client, data)
        message.handled()


def _told(type_: MessageType, item: Mapping[str, Any]) -> str:
    """News in a line: what it is, in which case, until when."""
    words = type_.value.removeprefix("eu.aiboard.").removesuffix(".v1").replace(".", " ")
    case = f" {item['case']}" if item.get("case") else ""
    end = f": {item['article']} until {item['end']}" if item.get("end") else ""
    return f"is told: {words}{case}{end}"


def _issue(client: Client, data: dict[str, Any], subject: str | None = None) -> Receipt | None:
    notice_type = data["notice_type"]
    _say(f"sends {notice_type}")
    receipt = client.receipt(client.send_notice(data, subject=subject), RECEIPT_WAIT)
    if receipt is None:
        _say(f"has no receipt for its {notice_type} yet; it sends it again at its next start")
    elif receipt.accepted:
        owed = receipt.content["recipients"]
        whom = ", ".join(owed) if len(owed) <= 4 else f"{len(owed)} recipients"
        _say(f"has the hub's receipt: {notice_type} accepted in case {receipt.case}, owed to {whom}")
    else:
        _say(f"has the hub's receipt: {notice_type} REJECTED: {receipt.errors}")
    return receipt


def _say(words: str) -> None:
    print(words, flush=True)  # noqa: T201 (what this program is for)


def main(path: Path) -> int:
    def _end(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    system = System(**json.loads(path.read_text()))
    while True:
        try:
            run(system)
        except Unavailable as error:
            _say(f"the hub is away: {error}")
            time.sleep(2)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
