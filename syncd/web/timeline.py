"""One conversation in the order of time: who wrote, what we made of it, what followed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from syncd.engine.story import message_in_words

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """`kind`: sent | received | machine | ours | theirs. `words` explain it, line by line."""

    at: datetime
    kind: str
    title: str
    words: tuple[str, ...] = ()
    state: str = ""


def timeline(
    messages: Sequence[Row], effects: Sequence[Row], tasks: Sequence[Row], events: Sequence[Row]
) -> list[Entry]:
    """Rows as `syncd.store.browse` and `syncd.store.overview` give them; oldest first."""
    found = [_message(row) for row in messages]
    found += [_effect(row) for row in effects]
    found += [_event(row) for row in events]
    told = {row["mark"] for row in events}
    found += [
        entry for row in tasks if row["mark"] not in told and (entry := _closing(row)) is not None
    ]
    return sorted(found, key=lambda one: one.at)


def _message(row: Row) -> Entry:
    who = row["sender_name"] or row["sender"] or "nobody named"
    if row["direction"] == "sent":
        kind = "sent"
        title = f"{who} wrote to {', '.join(row['outside']) or 'colleagues'}"
    elif row["mail_class"] == "human":
        kind, title = "received", f"{who} wrote"
    else:
        kind, title = "machine", f"From {who}, written by a machine"
    # The first line is the direction and time, which the entry shows anyway.
    return Entry(row["at"], kind, title, (row["subject"] or "(no subject)", *_rest(row)))


def _rest(row: Row) -> list[str]:
    return message_in_words(row)[1:]


def _effect(row: Row) -> Entry:
    words = [f"run {row['run_id']}"]
    if row["note"]:
        words.insert(0, row["note"])
    at = row["settled_at"] or row["planned_at"]
    return Entry(at, "ours", row["summary"], tuple(words), row["state"])


def _event(row: Row) -> Entry:
    kind = "ours" if row["by"] == "us" else "theirs"
    by = {"us": "syncd", "": "a person"}.get(row["by"], row["by"])
    return Entry(row["at"], kind, f"Task {row['what']} by {by}", (row["words"],))


def _closing(row: Row) -> Entry | None:
    if row["closed_at"] is None or row["closed_by"] != "person":
        return None
    how = "deleted" if row["deleted"] else "completed"
    return Entry(row["closed_at"], "theirs", f"A person {how} the task", (row["title"],))
