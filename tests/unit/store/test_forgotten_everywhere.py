"""Whatever table and column a person stands in, forgetting takes them out of it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import JSON, Text, cast, insert, select

from syncd.store import persons, tombstones, traces
from syncd.store.database import Store
from syncd.store.personal import TABLES, textual
from syncd.store.schema import metadata
from tests.unit.store.rows import EARLY, _empty

ADDRESS, NAME, CALLED = "quokka@alpine.example", "Quokka Z\u00f6rblax", "Quollix"
OTHER = "bob@other.example"
CONTACT = "4711"
CANARIES = (ADDRESS, "quokka", "z\u00f6rblax", "z\\u00f6rblax", "quollix", "quokka%40")
SAYS = f"of {NAME} <{ADDRESS}>, called {CALLED}: https://x.example/?by=quokka%40alpine.example"
# Their mail with us alone, theirs beside Bob's, and Bob's to both of us.
ALONE, THEIRS, BOBS = 1, 2, 3
PARTS = ((ALONE, ADDRESS), (THEIRS, ADDRESS), (BOBS, ADDRESS), (BOBS, OTHER))


def value(column: Any, rows: Any, number: int) -> Any:
    """What stands in a column, by what syncd/store/personal.py says of it."""
    if column.name in rows.address:
        return ADDRESS
    if column.name in rows.contact:
        return CONTACT
    if column.name in rows.names:
        return NAME
    assert column.name in {*rows.texts, *rows.nothing}, f"{column} is judged nowhere"
    said = f"{SAYS} {number}" if column.name in rows.texts else f"nothing {number}"
    if isinstance(column.type, JSON):
        if column.name in rows.nothing:
            return {said: said}
        return {"to": [[ADDRESS, NAME]], said: [said, {"deep": said}], "number": 7}
    return said


def plant(tx: Any) -> set[str]:
    """A person in every column that could hold one. Returns the columns, by "table.column"."""
    planted: set[str] = set()
    for table in metadata.sorted_tables:
        rows = TABLES[table.name]
        for number, who in PARTS if table.name == "participants" else ((0, ""),):
            row = _empty(table) | {
                column.name: value(column, rows, number) for column in textual(table)
            }
            if table.name == "participants":
                row |= {
                    "message_id": number,
                    "address": who,
                    "name": NAME if who == ADDRESS else "",
                }
            if table.name == "tombstones":
                continue
            for more in special(table.name):
                tx.execute(insert(table).values(row | more))
        held = (*rows.address, *rows.contact, *rows.names, *rows.texts)
        planted |= {f"{table.name}.{name}" for name in held}
    return planted


def special(table: str) -> list[dict[str, Any]]:
    """What rows must have to be about each other."""
    if table == "messages":
        names = {ALONE: 1, THEIRS: 2, BOBS: 2}
        return [
            {
                "id": one,
                "key": f"mid:{one}.{ADDRESS}" if one == THEIRS else f"mid:{one}/{ADDRESS}",
                "message_id": f"{one}/{ADDRESS}",
                "conversation_id": conversation,
                "sender": OTHER if one == BOBS else ADDRESS,
                "sender_name": "" if one == BOBS else NAME,
            }
            for one, conversation in names.items()
        ]
    if table == "conversations":
        return [{"id": 1}, {"id": 2}]
    if table == "bodies":
        return [{"message_id": one} for one in (ALONE, THEIRS, BOBS)]
    if table == "copies":
        return [{"id": one, "message_id": one, "remote_id": str(one)} for one in (1, 2, 3)]
    if table == "contacts":
        return [
            {"name": CALLED},
            {"address": "next.to.them@other.example", "crm_id": "9", "name": ""},
        ]
    if table == "introductions":
        # They were asked; and they were whom somebody else introduced.
        return [{}, {"introducer": OTHER, "introduced": ADDRESS, "mark": "m2", "domain": "d"}]
    return [{}]


def everything(store: Store) -> str:
    """What the database holds, as it would be dumped."""
    with store.beside() as tx:
        return "\n".join(
            f"{table.name}.{column.name}: {text}"
            for table in metadata.sorted_tables
            for column in table.columns
            for text in tx.execute(select(cast(column, Text))).scalars()
        ).lower()


def raw(store: Store) -> str:
    """What is on the disk, freed pages and all."""
    where: Any = store.where
    if not hasattr(where, "parent"):
        return ""
    files = where.parent.glob(f"{where.name}*")
    return b"".join(one.read_bytes() for one in files).decode("utf-8", "replace").lower()


def test_a_person_planted_in_every_column_is_in_none_of_them_afterwards(both: Store):
    with both.begin() as tx:
        planted = plant(tx)
    with both.begin() as tx:
        found = {one for one in traces.traces(tx, [ADDRESS])}
        # Columns with an address are all found; ids and names stand beside one.
        beside = {
            f"{name}.{column}"
            for name, rows in TABLES.items()
            for column in (*rows.contact, *rows.names)
        }
        assert found == planted - beside
        tombstones.put_up(tx, [ADDRESS], EARLY)
        person = persons.held(tx, [ADDRESS])
        assert NAME in person.names
        persons.take_out(tx, person, EARLY)
    both.scrub()
    left = everything(both)
    for canary in CANARIES:
        assert canary not in left, [line for line in left.splitlines() if canary in line][:5]
        assert canary not in raw(both)
    with both.begin() as tx:
        assert len(tx.execute(select(metadata.tables["tombstones"])).all()) == 1
        assert not traces.traces(tx, [ADDRESS])


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
def test_a_column_nobody_has_judged_is_told_of(table: Any):
    rows = TABLES[table.name]
    for column in textual(table):
        value(column, rows, 0)
