"""Bringing a database to the newest form of its tables (Alembic), and comparing it with them."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine

from board_hub.store import case_tables, desk_tables, people_tables, reading_tables, tables, work_tables
from board_hub.store.engine import is_postgres

LOCATION = Path(__file__).parent / "migrations"
_MODULES = (tables, case_tables, work_tables, people_tables, desk_tables, reading_tables)
"""Importing them registers their tables with the metadata."""


def configuration(engine: Engine) -> Config:
    """Alembic's configuration for this engine; no ini file."""
    config = Config()
    config.set_main_option("script_location", str(LOCATION))
    config.attributes["engine"] = engine
    return config


def upgrade(engine: Engine) -> None:
    """Run what is missing; safe to run again, and safe beside running processes of the same version."""
    command.upgrade(configuration(engine), "head")


def find_differences(engine: Engine) -> list[str]:
    """What the database has that the code's tables have not, or lacks, in Alembic's words; empty if equal."""
    with engine.connect() as connection:
        options = {"compare_type": True, "include_object": _is_declared_for(engine)}
        context = MigrationContext.configure(connection, opts=options)
        return [str(difference) for difference in compare_metadata(context, _MODULES[0].Message.metadata)]


def _is_declared_for(engine: Engine) -> Callable[..., bool]:
    """Whether something is the tables' own: SQLite's full-text index is not declared, PostgreSQL's is not SQLite's."""
    others = frozenset() if is_postgres(engine) else frozenset({reading_tables.LEXEMES_INDEX})

    def _is_declared(_: object, name: str | None, *_rest: object) -> bool:
        return name is None or not (name in others or name.startswith(reading_tables.WORDS_INDEX))

    return _is_declared
