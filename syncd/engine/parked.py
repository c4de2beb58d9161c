"""What a person decides about an effect that a service refused, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from syncd.core.actions import AddContact, LogEmail, Provide
from syncd.store import letters, parked, people
from syncd.store.database import Tx

RETRIED = "tried again at a person's word"
DROPPED = "dropped by a person"
# Text that people wrote, or that we wrote to them: how long it is says enough.
_TEXTS = frozenset({"body", "comment", "text", "html"})
_LONGEST = 200


class CannotDrop(Exception):
    """Dropping it would leave syncd waiting for ever. The message says what to do instead."""


def show(tx: Tx, number: int) -> dict[str, Any] | None:
    """A parked effect with its payload, texts left out; None where there is none."""
    found = parked.find(tx, number)
    return None if found is None else {**found, "body": _redacted(found["body"])}


def retry(tx: Tx, number: int) -> bool:
    """Have it sent again with the next turn. False: it is not parked any more."""
    found = parked.find(tx, number)
    if found is None:
        return False
    match found["kind"]:
        case LogEmail.kind:
            letters.explain(tx, found["body"]["message"], "")
        case AddContact.kind:
            people.creating(tx, [found["body"]["address"]])
    return parked.retry(tx, number, RETRIED)


def drop(tx: Tx, number: int, now: datetime) -> bool:
    """Give it up. False: it is not parked any more. Raises `CannotDrop`.

    A message that is not logged for this counts as skipped, and says why.
    """
    found = parked.find(tx, number)
    if found is None:
        return False
    if found["kind"] == Provide.kind:
        raise CannotDrop(
            f"everything else waits for this: {found['summary']}; make it in the service or "
            "mend what it refuses, then retry it"
        )
    words = f"{DROPPED}: {found['note']}"
    if found["kind"] == LogEmail.kind:
        letters.hide(tx, found["body"]["message"], DROPPED)
    return parked.drop(tx, number, words, now)


def _redacted(value: Any, name: str = "") -> Any:
    if isinstance(value, Mapping):
        return {str(key): _redacted(one, str(key)) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(one, name) for one in value]
    if isinstance(value, str) and name in _TEXTS:
        return f"({len(value)} characters)"
    if isinstance(value, str) and len(value) > _LONGEST:
        return value[:_LONGEST] + "…"
    return value
