"""The migrations add up to exactly the tables that the queries are written against."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect

import syncd.store.migrations
from syncd.store.database import HEAD, Store
from syncd.store.schema import metadata


def scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(Path(syncd.store.migrations.__file__).parent))
    return ScriptDirectory.from_config(config)


def test_they_add_up_to_the_schema(tmp_path: Path):
    Store(tmp_path / "state.db").close()
    engine = create_engine(f"sqlite:///{tmp_path / 'state.db'}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_they_make_the_very_columns_and_indices(tmp_path: Path):
    """What `compare_metadata` does not look at: nullability, keys and uniqueness."""
    Store(tmp_path / "state.db").close()
    migrated = create_engine(f"sqlite:///{tmp_path / 'state.db'}")
    direct = create_engine("sqlite://")
    metadata.create_all(direct)
    for table in metadata.tables:
        for ask in (
            "get_columns",
            "get_pk_constraint",
            "get_foreign_keys",
            "get_indexes",
            "get_unique_constraints",
        ):
            found = [
                # Sorted, because a column that came later stands last.
                sorted(map(_shown, getattr(inspect(engine), ask)(table)))
                if ask != "get_pk_constraint"
                else getattr(inspect(engine), ask)(table)
                for engine in (migrated, direct)
            ]
            assert repr(found[0]) == repr(found[1]), (table, ask)
    migrated.dispose()
    direct.dispose()


def _shown(found: Any) -> str:
    options = {name: str(value) for name, value in found.get("dialect_options", {}).items()}
    return repr({**found, "dialect_options": options})


def test_the_newest_is_the_one_the_store_expects():
    assert scripts().get_current_head() == HEAD


def test_they_form_one_line():
    assert len(scripts().get_heads()) == 1
