"""Looking for words through the whole state, and taking them out of it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Column, Connection, Table, Text, cast, func, or_, select, update

from syncd.core.identity import names_address, spellings, times_named
from syncd.store.personal import tables, textual
from syncd.store.schema import metadata


def traces(tx: Connection, addresses: Iterable[str]) -> dict[str, int]:
    """How many rows still name one of `addresses`, by "table.column", of every table there is."""
    wanted = list(addresses)
    found: Counter[str] = Counter()
    for table in metadata.sorted_tables:
        for column in textual(table):
            texts = tx.execute(select(column).where(holds(column, wanted))).scalars()
            number = sum(any(names_address(_text(one), who) for who in wanted) for one in texts)
            if number:
                found[f"{table.name}.{column.name}"] = number
    return dict(found)


def in_files(state: Path, addresses: Iterable[str]) -> dict[str, int]:
    """How often an address stands anywhere in the files of a state, freed pages and all."""
    found: Counter[str] = Counter()
    for path in (state, state.with_name(f"{state.name}-wal")):
        if not path.exists():
            continue
        # One letter a byte: what is no text of ours cannot be an address either.
        raw = path.read_bytes().decode("latin-1")
        for address in addresses:
            if number := times_named(raw, address):
                found[path.name] += number
    return dict(found)


def clear(
    tx: Connection,
    wanted: Iterable[str],
    change: Callable[[str], str],
    addresses: frozenset[str],
    beside: Callable[[str], str],
) -> int:
    """Let `change` have every text that holds one of `wanted`, and `beside` every text of a row
    that names one of `addresses`. Returns how many rows changed.

    Name columns are emptied beside one of `addresses`; in lists of people, who is one of them
    is left out.
    """
    words = list(wanted)
    changed = 0
    for table, rows in tables():
        columns = [table.c[name] for name in rows.texts]
        for name, address in rows.names.items():
            values = {name: ""}
            tx.execute(update(table).where(table.c[address].in_(addresses)).values(**values))
        if not columns:
            continue
        query = select(table).where(or_(*(holds(column, words) for column in columns)))
        for row in tx.execute(query).mappings().all():
            texts = {column.name: row[column.name] for column in columns}
            said = [_text(one) for one in texts.values()]
            near = any(names_address(one, who) for one in said for who in addresses)
            values = {
                name: after
                for name, was in texts.items()
                if (after := _changed(was, beside if near else change, addresses)) != was
            }
            if values:
                changed += 1
                tx.execute(update(table).where(*_this(table, row)).values(**values))
    return changed


def _this(table: Table, row: Mapping[Any, Any]) -> Iterator[Any]:
    return (column == row[column.name] for column in table.primary_key.columns)


def holds(column: Column[Any], words: Iterable[str]) -> Any:
    """The condition that one of `words` stands in a column, in whatever case."""
    text = func.lower(cast(column, Text))
    forms = {form for word in words for form in _forms(word, column)}
    return or_(*(text.contains(form, autoescape=True) for form in sorted(forms)))


def _forms(word: str, column: Column[Any]) -> set[str]:
    """A word as the database holds it: JSON has letters beyond ASCII in an escape."""
    several = {one.lower() for one in spellings(word)}
    if isinstance(column.type, JSON):
        several |= {json.dumps(one)[1:-1] for one in several}
    return several


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _changed(value: Any, change: Callable[[str], str], addresses: frozenset[str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {change(str(key)): _changed(one, change, addresses) for key, one in value.items()}
    if isinstance(value, list):
        return [_changed(one, change, addresses) for one in value if not _is_party(one, addresses)]
    return value


def _is_party(value: Any, addresses: frozenset[str]) -> bool:
    """Whether it is a person as lists of them hold one: [address, name]."""
    return isinstance(value, list) and len(value) == 2 and value[0] in addresses


def phrase(words: str) -> re.Pattern[str]:
    """Words as they stand in a text, in whatever case, however they are spaced."""
    parts = map(re.escape, words.split())
    spaced = r"\s+".join(parts)
    return re.compile(rf"(?<!\w){spaced}(?!\w)", re.IGNORECASE)
