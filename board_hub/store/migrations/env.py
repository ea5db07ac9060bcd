"""Alembic's entry: runs the migrations on the engine it is given."""

from alembic import context
from sqlmodel import SQLModel

from board_hub.store import case_tables, tables, work_tables  # registers the tables with the metadata
from board_hub.store.migrate import is_declared_for

assert all(module.SQLModel is SQLModel for module in (case_tables, tables, work_tables))
engine = context.config.attributes["engine"]

with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        include_object=is_declared_for(engine),
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
