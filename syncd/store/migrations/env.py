"""Alembic's entry: runs the migrations on the connection it is handed."""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlalchemy import Column, event

from syncd.store.schema import metadata, widen


def _attached(column: Column[Any], _table: object) -> None:
    widen(column)


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
# Whatever a migration calls an integer is as wide as the schema says.
event.listen(Column, "after_parent_attach", _attached)
try:
    context.run_migrations()
finally:
    event.remove(Column, "after_parent_attach", _attached)
