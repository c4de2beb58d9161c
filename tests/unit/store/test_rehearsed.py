"""A rehearsal on a server works on temporary tables, and cannot touch the real ones."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from syncd.store import notes
from syncd.store.database import Server, Store, UnusableState
from syncd.store.schema import metadata, notebook, participants, runs
from tests.support.postgres import postgres
from tests.unit.engine.office import ADA, Office
from tests.unit.store.test_moving import NOW, everything


@pytest.fixture
def office(tmp_path: Path, monkeypatch: Any) -> Office:
    monkeypatch.setenv("SYNCD_TEST_STORE", "server")
    office = Office(tmp_path / "office")
    office.wrote(f"Ada <{ADA}>", 6, "p1@brightlink.example")
    office.turn()
    return office


def rehearsing(office: Office) -> Any:
    return closing(Store.rehearsing(office.where, office.folder / "copy.db"))


def test_it_holds_what_the_state_holds_and_changes_nothing_there(office: Office):
    with closing(Store(office.where)) as real, rehearsing(office) as copy:
        before = everything(real)
        assert everything(copy) == before
        with copy.begin() as tx:
            notes.write(tx, "only here", "x", NOW)
            tx.execute(participants.delete())
            made = notes.begin_run(tx, "plan", NOW)
            last = max(row for row in tx.execute(select(runs.c.id)).scalars())
            assert made == last
        assert everything(real) == before
        with copy.begin() as tx:
            assert tx.execute(select(func.count()).select_from(participants)).scalar_one() == 0
            assert notes.read(tx, "only here") == "x"
    assert not (office.folder / "copy.db").exists()
    with closing(Store(office.where)) as real, real.begin() as tx:
        # Numbers of the state are not used up either.
        assert notes.begin_run(tx, "once", NOW) == made


def test_nothing_could_be_written_to_the_state_even_by_its_own_name(office: Office):
    assert isinstance(office.where, Server)
    schema = office.where.schema
    with (
        rehearsing(office) as copy,
        pytest.raises(DBAPIError, match="read-only"),
        copy.begin() as tx,
    ):
        tx.execute(text(f"DELETE FROM {schema}.notebook"))  # noqa: S608 - our own name


def test_were_its_connection_lost_the_real_tables_would_take_nothing(office: Office):
    with rehearsing(office) as copy:
        copy._engine.dispose()
        with pytest.raises(DBAPIError, match="read-only"), copy.begin() as tx:
            tx.execute(update(notebook).values(value="gone"))


def test_it_holds_up_nobody_and_nobody_holds_it_up(office: Office):
    with closing(Store(office.where)) as real, rehearsing(office) as copy, real.begin() as tx:
        tx.execute(insert(notebook).values(name="busy", value=1, written_at=NOW))
        with copy.begin() as other:
            other.execute(insert(notebook).values(name="busy", value=2, written_at=NOW))


def test_every_index_is_there_under_its_name(office: Office):
    with rehearsing(office) as copy, copy.beside() as tx:
        there = set(
            tx.execute(
                text("SELECT indexname FROM pg_indexes WHERE schemaname LIKE 'pg_temp%'")
            ).scalars()
        )
    wanted = {index.name for table in metadata.sorted_tables for index in table.indexes}
    assert wanted <= there


def test_where_the_server_lets_us_have_no_temporary_tables_it_is_a_file(office: Office):
    assert isinstance(office.where, Server)
    schema = office.where.schema
    with postgres().admin.begin() as admin:
        database = admin.execute(text("SELECT current_database()")).scalar_one()
        admin.execute(text("DROP ROLE IF EXISTS plain"))
        admin.execute(text("CREATE ROLE plain LOGIN"))
        admin.execute(text(f"REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC"))
        admin.execute(text(f"GRANT USAGE ON SCHEMA {schema} TO plain"))
        admin.execute(text(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO plain"))
    try:
        theirs = Server(office.where.url.replace("//postgres@", "//plain@"), schema)
        with closing(Store.rehearsing(theirs, office.folder / "copy.db")) as copy:
            assert copy.where == office.folder / "copy.db"
            with closing(Store(office.where)) as real:
                assert everything(copy).keys() == everything(real).keys()
    finally:
        with postgres().admin.begin() as admin:
            admin.execute(text(f"GRANT TEMPORARY ON DATABASE {database} TO PUBLIC"))
            admin.execute(text("DROP OWNED BY plain"))
            admin.execute(text("DROP ROLE plain"))


def test_what_a_plan_on_a_server_shows_is_what_is_done_then(office: Office):
    office.got(f"Ada <{ADA}>", 0, "r1@site.example", answers="p1@brightlink.example")
    with closing(Store(office.where)) as real:
        before = everything(real)
    shown = office.plan()
    with closing(Store(office.where)) as real:
        assert everything(real) == before
    assert shown
    assert office.did() == shown


def test_an_older_schema_is_refused_as_ever(office: Office):
    with closing(Store(office.where)) as real, real.begin() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    try:
        with pytest.raises(UnusableState, match="schema 0001"):
            Store.rehearsing(office.where, office.folder / "copy.db")
    finally:
        with closing(Store(office.where, migrate=False)) as real, real.begin() as tx:
            from syncd.store.database import HEAD

            tx.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": HEAD})
