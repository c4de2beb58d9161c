"""The state: durable, private, one writer, and clear words when it cannot be used."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from syncd.store import notes, standing
from syncd.store.database import Store, UnusableState
from syncd.store.schema import mailboxes

NOW = datetime(2026, 11, 23, 9, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@pytest.fixture
def store(path: Path) -> Any:
    store = Store(path)
    yield store
    store.close()


def asked(store: Store, pragma: str) -> Any:
    with store.begin() as tx:
        return tx.execute(text(f"PRAGMA {pragma}")).scalar_one()


def test_a_commit_survives_a_power_cut(store: Store):
    assert asked(store, "synchronous") == 2  # FULL
    assert asked(store, "journal_mode") == "wal"


def test_references_are_checked(store: Store):
    assert asked(store, "foreign_keys") == 1
    with pytest.raises(IntegrityError), store.begin() as tx:
        tx.execute(text("INSERT INTO bodies (message_id, text, html) VALUES (1, '', '')"))


def test_nobody_else_may_read_it(store: Store, path: Path):
    with store.begin() as tx:
        notes.write(tx, "a", 1, NOW)
    files = [path, *path.parent.glob("state.db-*")]
    assert len(files) == 3  # with its log and shared memory
    assert {stat.S_IMODE(one.stat().st_mode) for one in files} == {0o600}


def test_a_block_that_fails_leaves_nothing(store: Store):
    def fails() -> None:
        with store.begin() as tx:
            notes.write(tx, "a", 1, NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    with store.begin() as tx:
        assert notes.read(tx, "a") is None


def test_threads_take_turns(store: Store):
    def add_one() -> None:
        for _ in range(20):
            with store.begin() as tx:
                notes.write(tx, "count", (notes.read(tx, "count") or 0) + 1, NOW)

    threads = [threading.Thread(target=add_one) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    with store.begin() as tx:
        assert notes.read(tx, "count") == 80


def test_an_instant_comes_back_as_it_was(store: Store):
    with store.begin() as tx:
        tx.execute(mailboxes.insert().values(address="a", backfill="done", aliases=[], seen_at=NOW))
        assert tx.execute(mailboxes.select()).mappings().one()["seen_at"] == NOW


def test_a_second_start_finds_what_the_first_wrote(path: Path):
    first = Store(path)
    with first.begin() as tx:
        notes.write(tx, "a", [1, "two"], NOW)
    first.close()
    second = Store(path)
    with second.begin() as tx:
        assert notes.read(tx, "a") == [1, "two"]
        assert notes.written_at(tx, "a") == NOW
    second.close()


def test_a_copy_holds_what_was_committed_and_nothing_else(store: Store, path: Path):
    with store.begin() as tx:
        notes.write(tx, "a", "committed", NOW)
    beside = Store.reading(path)
    with store.begin() as tx:
        notes.write(tx, "a", "not yet", NOW)
        beside.copy_to(path.with_name("copy.db"))
    beside.close()
    copy = Store.reading(path.with_name("copy.db"))
    with copy.begin() as tx:
        assert notes.read(tx, "a") == "committed"
        assert tx.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
    copy.close()


def test_something_else_than_a_state_is_refused_with_a_remedy(path: Path):
    path.write_text("These are the minutes of the meeting. " * 50)
    with pytest.raises(UnusableState, match=r"not a database.*restore"):
        Store(path)


def test_a_state_cut_short_is_refused_with_a_remedy(path: Path):
    full = Store(path)
    with full.begin() as tx:
        for number in range(2000):
            notes.write(tx, f"name {number}", "x" * 200, NOW)
    full.close()
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    def everything() -> None:
        store = Store(path)
        try:
            with store.begin() as tx:
                tx.execute(text("SELECT count(value) FROM notebook")).all()
        finally:
            store.close()

    with pytest.raises(UnusableState, match=r"malformed.*backup"):
        everything()


def test_a_full_disk_is_told_as_such(store: Store):
    with store.begin() as tx:
        pages = tx.execute(text("PRAGMA page_count")).scalar_one()
        tx.execute(text(f"PRAGMA max_page_count={pages}"))
    with pytest.raises(UnusableState, match=r"full.*space"), store.begin() as tx:
        notes.write(tx, "a", "x" * 1_000_000, NOW)


def test_a_mistake_of_ours_is_not_blamed_on_the_file(store: Store):
    with pytest.raises(OperationalError), store.begin() as tx:
        tx.execute(text("SELECT nothing FROM nowhere"))


def test_a_folder_in_its_place_is_refused_with_a_remedy(path: Path):
    path.mkdir()
    with pytest.raises(UnusableState, match=r"unable to open.*check the path"):
        Store(path)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UnusableState, match="cannot make the state"):
        Store(tmp_path / "file" / "state.db")


def test_the_state_of_a_newer_syncd_is_refused_and_left_alone(path: Path):
    Store(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.execute("UPDATE notebook SET value = '\"9999\"' WHERE name = 'schema:oldest'")
    connection.close()
    for opening in (Store, Store.reading):
        with pytest.raises(UnusableState, match="9999"):
            opening(path)


def test_a_state_without_a_schema_is_not_looked_at(path: Path):
    path.touch()
    with pytest.raises(UnusableState, match="brings an older one up to date"):
        Store.reading(path)


def test_looking_at_a_state_that_is_not_there_does_not_make_one(path: Path):
    with pytest.raises(UnusableState, match="no state"):
        Store.reading(path)
    assert not path.exists()


def test_nobody_else_reads_what_belongs_to_a_state(tmp_path: Path):
    """Not the state, not its log, not a copy of it; and one that came with other rights is shut."""
    folder = tmp_path / "kept"
    before = os.umask(0o022)
    try:
        store = Store(folder / "syncd.db")
        with store.begin() as tx:
            notes.write(tx, "x", "y", datetime.now(UTC))
            modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
        store.copy_to(folder / "copy.db")
        store.close()
        standing.note(folder / "syncd.db")
    finally:
        os.umask(before)
    modes |= {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert {"syncd.db", "syncd.db-wal", "copy.db", "syncd.db.stands"} <= modes.keys()
    assert set(modes.values()) == {0o600}
    (folder / "syncd.db").chmod(0o644)
    standing.check(folder / "syncd.db")
    assert (folder / "syncd.db").stat().st_mode & 0o777 == 0o600
