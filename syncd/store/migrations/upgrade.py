"""Bringing a state to the newest schema. Alembic is imported here only: it takes 0.3 s."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine


def upgrade(engine: Engine, version: str | None) -> None:
    """Run the missing migrations in one transaction: all of them hold, or none."""
    from syncd.store.database import HEAD, UnusableState

    if version is not None and version > HEAD:
        raise UnusableState(
            f"the state was written by a newer syncd (schema {version}, this one knows {HEAD}); "
            "run that version, or restore the state of this one"
        )
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
