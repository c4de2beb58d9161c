"""Each text column of the state says what of people it may hold."""

from __future__ import annotations

import pytest
from sqlalchemy import Table

from syncd.store.personal import TABLES, textual
from syncd.store.schema import metadata


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
def test_every_text_column_says_what_of_people_it_holds(table: Table):
    assert table.name in TABLES, f"say in syncd/store/personal.py what {table.name} holds"
    rows = TABLES[table.name]
    assert rows.all == {column.name for column in textual(table)}
    several = [*rows.address, *rows.contact, *rows.names, *rows.texts, *rows.nothing]
    assert len(several) == len(rows.all)
    assert set(rows.names.values()) <= rows.all


def test_nothing_is_said_of_tables_that_are_not_there():
    assert TABLES.keys() == metadata.tables.keys()
