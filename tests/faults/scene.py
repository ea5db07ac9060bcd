"""The scene of a fault test: the hub as processes, a sender, three recipients, and what is done to them."""

import os
import random
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from board_hub.domain.deliveries import Transport
from board_hub.law.examples import example_notice
from messaging.node import PrivateNode
from tests.faults.ledger import Ledger, Verdict, await_until
from tests.faults.programs import Recipient, Sender
from tests.support.exchange import Exchange, exchange_on
from tests.support.hub import FR, KINDS, catalogue_of, sqlite_settings
from tests.support.postgres import PrivatePostgres

NOTICES = 500
FEWER = 200
"""Where the length of the fault counts, not that of the traffic."""
SMALL_BATCHES = {"BOARD_HUB_INTAKE_BATCH": "25", "BOARD_HUB_RELAY_BATCH": "100"}
"""So that these notices are many transactions, and a kill meets the middle of one."""
LONG = (3600,)
"""What is lost must not be sent again before it is counted."""
REPOSITORY = Path(__file__).parents[2]


@dataclass
class Scene:
    """What a test sees of it. story: what was done to it and when, for the failure message."""

    exchange: Exchange
    sender: Sender
    recipients: list[Recipient]
    postgres: PrivatePostgres | None
    seed: int
    random: random.Random
    story: list[str] = field(default_factory=list)
    begun: float = field(default_factory=time.monotonic)

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.exchange, self.sender, self.recipients)

    @property
    def seen(self) -> int:
        """Notices that the first recipient's program has seen."""
        return len(self.recipients[0].seen)

    @property
    def alive(self) -> bool:
        """Whether all processes of the hub run."""
        return all(process.poll() is None for process in self.exchange.processes.values())

    def start(self) -> None:
        """Let the participants' programs run."""
        for program in (*self.recipients, self.sender):
            program.start()

    def await_seen(self, count: int) -> None:
        """Wait for the traffic to come so far."""
        assert await_until(lambda: self.seen >= count or not self.alive, 180), f"{self.seen} seen, not {count}; {self}"
        assert self.alive, f"a process of the hub has ended; {self}"

    def strike(self, victim: str, times: int) -> None:
        """kill -9 the victim at random moments amid the traffic, and start it at once, as a supervisor does."""
        part = (self.sender.count - 100) // times
        for number in range(times):
            self.await_seen(number * part + self.random.randrange(10, part))
            pause(self.random.uniform(0, 0.05))
            self.note(f"kill {victim}")
            assert self.seen < self.sender.count, f"too late: {self}"
            self._kill_and_start(victim)
            self.note(f"{victim} is back")

    def _kill_and_start(self, victim: str) -> None:
        if victim == "broker":
            self._stall_broker()  # so that it dies with much in the air, taken by its sockets, not yet confirmed
            self.exchange.node.kill()
            self.exchange.node.start()
        elif victim == "postgres":
            assert self.postgres is not None
            self.postgres.kill()
            self.postgres.start()
        else:
            self.exchange.kill(victim)
            self.exchange.start(victim)

    def _stall_broker(self) -> None:
        broker = self.exchange.node.pid
        assert broker is not None
        os.kill(broker, signal.SIGSTOP)
        pause(0.3)

    def judge(self, seconds: float = 60) -> Verdict:
        verdict = self.ledger.judge(seconds)
        self.note(str(verdict))
        return verdict

    def check(self) -> None:
        """Nothing lost, nothing doubled, nothing strange; then, with all resends done, nothing missing at all."""
        assert self.judge().clean, self
        self.ledger.heal()
        self.note(f"healed, {self.sender.resent} unanswered")
        self.end_programs()
        self.ledger.check_complete()
        self.note("complete")

    def end_programs(self) -> None:
        for program in (*self.recipients, self.sender):
            program.end()

    def note(self, what: str) -> None:
        at = time.monotonic() - self.begun
        self.story.append(f"{at:.2f} s {what} (sent {len(self.sender.sent)}, seen {self.seen})")

    def __str__(self) -> str:
        return f"seed {self.seed}: " + "; ".join(self.story)


@contextmanager
def open_scene(
    node: PrivateNode, folder: Path, *, seed: int, notices: int, postgres: PrivatePostgres | None = None
) -> Iterator[Scene]:
    """A scene on SQLite, or on PostgreSQL where a server is given; nothing runs yet but the broker (and the server)."""
    folder.mkdir()
    settings = sqlite_settings(folder, resend_seconds=LONG)
    if postgres is not None:
        settings = replace(settings, database_url=postgres.create_database(folder.name))
    with exchange_on(node, settings, folder) as exchange:
        exchange.extra_environment |= (
            SMALL_BATCHES | _keep_compiled(folder.parents[1]) | {"PYTHONPATH": str(REPOSITORY)}
        )
        exchange.add(KINDS, Transport.AMQP)
        content = example_notice(catalogue_of(exchange.hub), "art79-5")
        sender = Sender(exchange, FR, content, notices, seed)
        recipients = [Recipient(exchange, code) for code in KINDS if code != FR]
        scene = Scene(exchange, sender, recipients, postgres, seed, random.Random(seed))
        try:
            yield scene
        finally:
            _tidy(scene)


def _keep_compiled(folder: Path) -> dict[str, str]:
    """A process that is started again is then as quick as an installed one, whatever the tests' environment says."""
    return {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(folder / "compiled")}


def _tidy(scene: Scene) -> None:
    """However the test ended: no thread of it goes on, and broker and server run for the next one."""
    for program in (*scene.recipients, scene.sender):
        program.stopping.set()
    if not scene.exchange.node.is_running:
        scene.exchange.node.start()
    if scene.postgres is not None and not scene.postgres.is_running:
        scene.postgres.start()


def planted(bug: str, name: str) -> list[str]:
    """The command line of a process of the hub with a bug in it."""
    return [sys.executable, "-m", "tests.faults.planted", bug, name]


def pause(seconds: float) -> None:
    """Let time pass, where its length is the fault."""
    threading.Event().wait(seconds)
