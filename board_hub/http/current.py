"""What a request finds on the application: the hub, its settings, and whether the process is stopping."""

import threading
from dataclasses import dataclass, field
from typing import cast

from flask import Flask, current_app

from board_hub.services.unit_of_work import Hub
from board_hub.settings import Settings

_KEY = "board_hub"


class Places:
    """How many calls may wait for messages at once: the other threads are there for everybody else."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self.taken = 0

    def take(self) -> bool:
        """Take a place if there is one; whoever got it must `leave` it."""
        with self._lock:
            free = self.taken < self._most
            self.taken += free
        return free

    def leave(self) -> None:
        with self._lock:
            self.taken -= 1


@dataclass(frozen=True)
class Serving:
    """One application's surroundings."""

    hub: Hub
    settings: Settings
    waiting: Places
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def public_url(self) -> str:
        return self.settings.public_url.rstrip("/")


def attach(app: Flask, settings: Settings, hub: Hub) -> Serving:
    """Give the application its hub."""
    serving = Serving(hub, settings, Places(max(1, settings.web_threads - 2)))
    app.extensions[_KEY] = serving
    app.extensions["hub"] = hub  # what pages look for
    return serving


def serving_of(app: Flask) -> Serving:
    return cast(Serving, app.extensions[_KEY])


def current() -> Serving:
    """The surroundings of the present request."""
    return serving_of(current_app)


def current_hub() -> Hub:
    return current().hub
