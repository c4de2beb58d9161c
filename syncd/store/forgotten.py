"""The gate in front of the state: nothing of people who are to be forgotten comes in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from sqlalchemy import Connection

from syncd.core.facts import Party, Task
from syncd.core.identity import without_address
from syncd.core.mail.reading import Reading
from syncd.core.promises.log import FORGOTTEN
from syncd.store import copies, tombstones

if TYPE_CHECKING:
    from syncd.store.intake import Arrival

_IN_PATHS = re.compile(r"[/=&?#]")
# Anything in a text that could be an address. Bounded, so that no text makes it slow.
_LIKE_ONE = re.compile(r"[^\s<>()\[\]\",;:|]{1,64}@[\w.-]{1,253}")


def let_in(tx: Connection, arrivals: Sequence[Arrival]) -> list[Arrival]:
    """The arrivals without those people: what they wrote, and what was between them and us
    alone, is not kept at all; of the rest they are taken out.
    """
    named = {arrival.copy: _named(arrival.reading) for arrival in arrivals}
    everybody = tombstones.among(tx, {one for some in named.values() for one in some})
    if not everybody:
        return list(arrivals)
    kept: list[Arrival] = []
    out: list[tuple[int, str, Any]] = []
    for arrival in arrivals:
        theirs = named[arrival.copy] & everybody
        reading = without(arrival.reading, theirs) if theirs else arrival.reading
        if reading is None:
            out.append((arrival.copy, FORGOTTEN, arrival.received_at))
        else:
            kept.append(replace(arrival, reading=reading))
    copies.never(tx, out)
    return kept


def cleared(tx: Connection, *texts: str) -> tuple[str, ...]:
    """Texts with the addresses of such people taken out."""
    theirs = tombstones.among(tx, {one for text in texts for one in _addresses_in(text)})
    return tuple(without_address(text, theirs) for text in texts)


def cleared_values(tx: Connection, values: Mapping[str, str]) -> dict[str, str]:
    """The same of what is kept by name."""
    return dict(zip(values, cleared(tx, *values.values()), strict=True))


def cleared_tasks(tx: Connection, tasks: Iterable[Task]) -> tuple[Task, ...]:
    """Tasks as the board shows them, whatever people write there of somebody."""

    def clear(task: Task) -> Task:
        if "@" not in f"{task.title}{task.text}":
            return task
        title, text = cleared(tx, task.title, task.text)
        return replace(task, title=title, text=text)

    return tuple(map(clear, tasks))


def without(reading: Reading, theirs: Iterable[str]) -> Reading | None:
    """What a message says without these people; None where nothing of it is left to keep."""
    gone = frozenset(theirs)
    outside = tuple(pair for pair in reading.outside if pair[1].address not in gone)
    if (reading.sender and reading.sender.address in gone) or (reading.outside and not outside):
        return None

    def others(parties: tuple[Party, ...]) -> tuple[Party, ...]:
        return tuple(party for party in parties if party.address not in gone)

    def clear(text: str) -> str:
        return without_address(text, gone)

    return replace(
        reading,
        outside=outside,
        to=others(reading.to),
        cc=others(reading.cc),
        bcc=others(reading.bcc),
        subject=clear(reading.subject),
        text=clear(reading.text),
        html=clear(reading.html),
        details=_each_text(dict(reading.details), clear),
        subject_keys=tuple(
            key for key in reading.subject_keys if not any(key.endswith(f":{one}") for one in gone)
        ),
        failed=tuple(one for one in reading.failed if one not in gone),
    )


def _named(reading: Reading) -> frozenset[str]:
    """Every address that a reading holds, wherever it stands."""
    parties = [*reading.to, *reading.cc, *reading.bcc, *(party for _, party in reading.outside)]
    known = {party.address for party in parties}
    if reading.sender is not None:
        known.add(reading.sender.address)
    texts = [reading.subject, reading.text, reading.html, *_texts(dict(reading.details))]
    return frozenset(known.union(reading.failed, *map(_addresses_in, texts)))


def _addresses_in(text: str) -> set[str]:
    if "%40" in text:
        text = f"{text} {unquote(text)}"
    if "@" not in text:
        return set()
    found = {one.lower().rstrip(".") for one in _LIKE_ONE.findall(text)}
    # As part of a web address, what stands before it is none of it.
    found |= {_IN_PATHS.split(one)[-1] for one in found}
    return found | {one.strip("'") for one in found}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(key)
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    """The same JSON value with every text in it changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {change(str(key)): _each_text(item, change) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_each_text(item, change) for item in value]
    return value
