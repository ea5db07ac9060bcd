"""`board-hub web`: serves the hub over HTTP with gunicorn; TLS ends at the proxy before it."""

import logging
from typing import Any

import click
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.glogging import Logger  # type: ignore[import-untyped]
from gunicorn.util import import_app  # type: ignore[import-untyped]

from board_hub.cli.opening import read_settings, spare_the_collector
from board_hub.http.server import APPLICATION, gunicorn_options
from board_hub.settings import Settings


@click.command()
def command() -> None:
    """Serve the HTTPS mailbox, the documents and the pages until SIGTERM, which lets open requests end."""
    Gunicorn(read_settings()).run()


class SharedLogger(Logger):  # type: ignore[misc]
    """Gunicorn's lines in the hub's own form, through the root logger."""

    def setup(self, cfg: Any) -> None:
        for logger in (self.error_log, self.access_log):
            logger.handlers, logger.propagate = [], True
        self.error_log.setLevel(logging.NOTSET)  # the root logger's level holds


class Gunicorn(BaseApplication):  # type: ignore[misc]
    """Gunicorn without its own command line and configuration files: the hub's settings are the only ones."""

    def __init__(self, settings: Settings) -> None:
        self._options = gunicorn_options(settings)
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)
        self.cfg.set("logger_class", SharedLogger)

    def load(self) -> Any:
        app = import_app(APPLICATION)
        spare_the_collector()  # before the fork, so that the workers share what nobody looks through
        return app
