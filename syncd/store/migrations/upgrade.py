"""Bringing a state to the newest schema. Alembic is imported here only: it takes 0.3 s."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from syncd.store.homes import Home, UnusableState


def scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def upgrade(engine: Engine, home: Home, to: str = "head") -> None:
    """Run the missing migrations in one transaction: all of them hold, or none.

    Of two that start at once the second waits, and finds nothing to do. Whoever already
    works on the state goes on, between two of its transactions: migrations only add.
    """
    from syncd.store import notes
    from syncd.store.database import HEAD, OLDEST

    config = _config()
    with engine.begin() as connection:
        home.alone(connection)
        version = home.version(connection)
        if version is not None and version > HEAD:
            raise UnusableState(
                f"the state was written by a newer syncd (schema {version}, this one knows "
                f"{HEAD}); run that version, or restore the state of this one"
            )
        config.attributes["connection"] = connection
        command.upgrade(config, to)
        newest = ScriptDirectory.from_config(config).get_revision(to)
        assert newest is not None
        oldest = getattr(newest.module, "oldest", newest.revision)
        # The present, as of the machine: nothing is decided by it.
        notes.write(connection, OLDEST, oldest, datetime.now(UTC))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config
