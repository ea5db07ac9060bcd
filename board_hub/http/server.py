"""How gunicorn runs the hub: few processes with threads, nothing trusted from outside, an orderly end."""

import signal
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

from flask import Flask

from board_hub.http.current import serving_of
from board_hub.services.exchange.mailbox import LONGEST_WAIT
from board_hub.settings import Settings

APPLICATION = "board_hub.wsgi:create_app()"
_MEMORY = Path("/dev/shm")  # noqa: S108 (gunicorn's heartbeat file, made by mkstemp)


def gunicorn_options(settings: Settings) -> dict[str, Any]:
    """Gunicorn's settings by name, for `gunicorn.app.base.BaseApplication.cfg.set`."""
    return {
        "bind": [settings.web_bind],
        "proc_name": "board-hub web",
        "worker_class": "gthread",
        "workers": settings.web_workers,
        "threads": settings.web_threads,
        "preload_app": True,  # imports once; nothing is connected before the fork
        "timeout": int(LONGEST_WAIT) + 30,
        "graceful_timeout": 15,
        "keepalive": 75,  # longer than a proxy's, so that the proxy is the one to close
        "control_socket_disable": True,
        "forwarded_allow_ips": "",
        "forwarder_headers": "",
        "limit_request_line": 4096,
        "limit_request_fields": 60,
        "limit_request_field_size": 16_384,  # a token and a signature of 8 kB at most
        "worker_tmp_dir": str(_MEMORY) if _MEMORY.is_dir() else None,
        "accesslog": None,  # the hub logs its requests itself, without addresses' content
        "loglevel": settings.log_level,
        "post_worker_init": wake_on_stop,
    }


class Worker(Protocol):
    """What is used of gunicorn's worker, which has no types."""

    wsgi: object


def wake_on_stop(worker: Worker) -> None:
    """On SIGTERM let waiting mailboxes answer at once, so that the process can end in time."""
    app = worker.wsgi
    if not isinstance(app, Flask):
        return
    stopping = serving_of(app).stopping
    before = signal.getsignal(signal.SIGTERM)

    def _stop(number: int, frame: FrameType | None) -> None:
        stopping.set()
        if callable(before):
            before(number, frame)

    signal.signal(signal.SIGTERM, _stop)
