"""Logging: a line per event on standard error, for machines or for people. Ids only, never content (Art 78)."""

import logging
import sys

import structlog
from structlog.typing import Processor

from board_hub.settings import Settings

_QUIET = {"pika": logging.CRITICAL, "alembic": logging.WARNING, "urllib3": logging.ERROR}
"""pika tells every lost connection several times over; our own processes say it once, with the participant."""


def configure(settings: Settings) -> None:
    """Send structlog and the standard library's loggers through the same renderer; call once per process."""
    level = logging.getLevelNamesMapping().get(settings.log_level.upper(), logging.INFO)
    common: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *common,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=common, processors=_renderers(settings.log_format))
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name, quiet in _QUIET.items():
        logging.getLogger(name).setLevel(max(quiet, level))


def _renderers(log_format: str) -> list[Processor]:
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if log_format == "console":
        # Plain tracebacks: the ones with local variables would print messages' bodies.
        plain = structlog.dev.plain_traceback
        return [remove, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
    return [remove, structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
