"""During an upgrade two versions of syncd work on one state: the schema only gains."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Date,
    Float,
    MetaData,
    Numeric,
    String,
    Table,
    insert,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.sql.sqltypes import Integer

from syncd.store import homes, notes
from syncd.store.database import HEAD, OLDEST, Store, UnusableState
from syncd.store.migrations.upgrade import scripts, upgrade
from syncd.store.schema import metadata
from tests.support.postgres import postgres
from tests.unit.engine.office import ADA, Office

REVISIONS = [one.revision for one in reversed(list(scripts().walk_revisions()))]
STEPS = list(pairwise(REVISIONS))


def engine_of(kind: str, tmp_path: Path) -> tuple[Any, Any]:
    at = postgres().fresh() if kind == "server" else tmp_path / "state.db"
    home = homes.home(at)
    engine = home.engine()
    home.make(engine)
    return engine, home


def row(table: Table) -> dict[str, Any]:
    """One row, as a syncd that knew the table as it was would write it."""
    return {
        column.name: value(column)
        for column in table.columns
        if not (column.primary_key and isinstance(column.type, Integer))
    }


def value(column: Column[Any]) -> Any:
    match column.type:
        case Boolean():
            return False
        case Integer() | Float() | Numeric():
            return 1
        case Date():
            return datetime(2026, 11, 23, tzinfo=UTC).date()
        case String():
            return "x"
        case _:
            return {}


@pytest.mark.parametrize("kind", ["file", "server"])
@pytest.mark.parametrize(("old", "new"), STEPS)
def test_what_the_version_before_says_to_the_database_still_holds(
    old: str, new: str, kind: str, tmp_path: Path
):
    """Every table of before: written, read and changed in the words of before."""
    engine, home = engine_of(kind, tmp_path)
    upgrade(engine, home, to=old)
    before = MetaData()
    with engine.connect() as connection:
        before.reflect(connection)
    upgrade(engine, home, to=new)
    with engine.begin() as connection:
        for table in before.sorted_tables:
            if table.name == "alembic_version":
                continue
            fill(connection, table)
    engine.dispose()


def fill(connection: Connection, table: Table) -> None:
    given = row(table)
    for key in table.foreign_keys:
        # Whatever was written last there.
        other = key.column
        given[key.parent.name] = connection.execute(select(other).limit(1)).scalar_one()
    connection.execute(insert(table), given)
    assert connection.execute(select(table)).first() is not None
    connection.execute(update(table).values({name: given[name] for name in list(given)[-1:]}))


@pytest.mark.parametrize(("old", "new"), STEPS)
def test_nothing_is_taken_away_and_what_is_new_needs_no_word_from_the_version_before(
    old: str, new: str, tmp_path: Path
):
    engine, home = engine_of("file", tmp_path)
    seen = []
    for revision in (old, new):
        upgrade(engine, home, to=revision)
        look = inspect(engine)
        seen.append({name: columns(look, name) for name in look.get_table_names()})
    was, now = seen
    for table, there in was.items():
        assert there.keys() <= now[table].keys(), table
        for name in now[table].keys() - there.keys():
            column = now[table][name]
            assert column["nullable"] or column["default"] is not None, (table, name)
    engine.dispose()


def columns(look: Any, table: str) -> dict[str, Any]:
    return {one["name"]: one for one in look.get_columns(table)}


def newer(connection: Connection, oldest: str) -> None:
    """What a version that does not exist yet does to the schema: it adds, everywhere."""
    operations = Operations(MigrationContext.configure(connection))
    for table in metadata.tables:
        operations.add_column(table, Column("since_then", String, server_default="new"))
    operations.create_table("of_tomorrow", Column("name", String, primary_key=True))
    connection.execute(text("UPDATE alembic_version SET version_num = '9000'"))
    notes.write(connection, OLDEST, oldest, datetime(2026, 11, 23, tzinfo=UTC))


@pytest.mark.parametrize("where", ["file", "server"])
def test_this_version_works_on_beside_a_newer_one_that_has_migrated_the_state(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SYNCD_TEST_STORE", where)
    office = Office(tmp_path)
    office.wrote(f"Ada <{ADA}>", 6, "p1@brightlink.example")
    office.turn()
    store = Store(office.settings.store)
    with store.begin() as tx:
        newer(tx, oldest=HEAD)
    store.close()
    # Not through the pool of states: it would be handed out again with columns it lacks.
    office.got(f"Ada <{ADA}>", 0, "r1@site.example", answers="p1@brightlink.example")
    office.turn()
    assert len(office.emails()) == 2
    if isinstance(office.where, Path):
        return
    with postgres().admin.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {office.where.schema} CASCADE"))
    Store(office.where).close()


def test_a_schema_that_took_something_away_is_refused(tmp_path: Path):
    Store(tmp_path / "state.db").close()
    store = Store(tmp_path / "state.db")
    with store.begin() as tx:
        newer(tx, oldest="9000")
    store.close()
    for opening in (Store, Store.reading):
        with pytest.raises(UnusableState, match="9000"):
            opening(tmp_path / "state.db")


def test_of_two_that_start_at_once_one_makes_the_state(tmp_path: Path):
    server = postgres().fresh()
    failed: list[BaseException] = []

    def start() -> None:
        try:
            Store(server).close()
        except BaseException as error:  # noqa: BLE001 - whatever it is, it must not be
            failed.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert not failed
    store = Store.reading(server)
    assert store.version() == HEAD
    store.close()
