"""Copying a state to another database: all of it, or nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from syncd.store import chores, notes, tally
from syncd.store.database import Store, UnusableState, Where
from syncd.store.moving import copy_rows
from syncd.store.schema import metadata, runs, tasks
from tests.support.postgres import postgres
from tests.unit.engine.office import ADA, Office

NOW = datetime(2026, 11, 23, 9, 0, 0, 250_000, tzinfo=UTC)


def everything(store: Store) -> dict[str, list[str]]:
    with store.beside() as tx:
        return {
            table.name: sorted(
                repr(sorted(row.items())) for row in tx.execute(select(table)).mappings()
            )
            for table in metadata.sorted_tables
        }


@pytest.fixture
def lived_in(tmp_path: Path) -> Store:
    """A state in which something of most kinds has happened."""
    (tmp_path / "office").mkdir()
    office = Office(tmp_path / "office")
    office.where = tmp_path / "office" / "syncd.db"
    office.wrote(
        f"Ada <{ADA}>", 6, "p1@brightlink.example", subject="An \u00fcber\U0001f600subject"
    )
    office.turn()
    return Store(office.where)


def test_there_and_back_again_nothing_differs(lived_in: Store, where: Where, tmp_path: Path):
    there, back = Store(where), Store(tmp_path / "back.db")
    counted = copy_rows(lived_in, there)
    assert counted["messages"] == 1
    assert sum(counted.values()) == sum(map(len, everything(lived_in).values()))
    copy_rows(there, back)
    assert everything(back) == everything(lived_in)
    for one in (lived_in, there, back):
        one.close()


def test_what_is_numbered_goes_on_behind_what_was_copied(lived_in: Store, where: Where):
    target = Store(where)
    copy_rows(lived_in, target)
    with target.begin() as tx:
        known = set(tx.execute(select(runs.c.id)).scalars())
        assert known
        assert notes.begin_run(tx, "once", NOW) == max(known) + 1
    lived_in.close()
    target.close()


def test_nothing_is_copied_over_a_state_that_is_in_use(lived_in: Store, where: Where):
    target = Store(where)
    with target.begin() as tx:
        notes.begin_run(tx, "once", NOW)
    before = everything(target)
    with pytest.raises(UnusableState, match="something in the state"):
        copy_rows(lived_in, target)
    assert everything(target) == before
    lived_in.close()
    target.close()


def test_a_copy_that_fails_half_way_leaves_nothing(lived_in: Store, where: Where):
    target = Store(where)
    before = everything(target)

    def breaks(table: str, _rows: int) -> None:
        if table == "messages":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy_rows(lived_in, target, breaks)
    assert everything(target) == before
    lived_in.close()
    target.close()


def test_more_rows_than_fit_into_memory_at_once_come_in_portions(
    tmp_path: Path, where: Where, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("syncd.store.moving.ROWS", 7)
    source, target = Store(tmp_path / "source.db"), Store(where)
    with source.begin() as tx:
        for number in range(30):
            mark = f"m{number}"
            chore = chores.Chore(mark, "board", 1, "mid:1", 0, str(number), mark, date(2026, 1, 1))
            chores.made(tx, chore, NOW)
    heard: list[int] = []
    copy_rows(source, target, lambda table, rows: heard.append(rows) if table == "tasks" else None)
    assert heard == [7, 14, 21, 28, 30]
    with target.beside() as tx:
        assert len(tx.execute(select(tasks)).all()) == 30
    source.close()
    target.close()


def test_a_text_with_a_nul_in_it_is_kept_without(tmp_path: Path):
    """SQLite takes it, PostgreSQL does not, and mail may hold one."""
    source, target = Store(tmp_path / "source.db"), Store(postgres().fresh())
    row = {"command": "on\x00ce", "began_at": NOW, "counts": {"a\x00b": 1}}
    with source.begin() as tx:
        tx.execute(insert(runs), row)
    copy_rows(source, target)
    with target.beside() as tx:
        assert tx.execute(select(runs.c.command)).scalar_one() == "once"
        assert tally.states(tx) == {}
    source.close()
    target.close()
