"""Batch writes of which one bad item spoils nothing (facts/hubspot.md, ten facts, 9).

Every input carries a trace id of its own: HubSpot then answers 207 and writes the good
ones. Where it refuses the whole batch all the same, nothing was written, and the batch is
halved until the bad item stands alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.hubspot.answers import (
    context_of,
    item_verdict,
    names_property,
    value_is_taken,
    words,
)
from connectors.hubspot.client import HubSpotClient
from syncd.ports.verdicts import InDoubt, Locked, Refused, TryLater, Verdict

BATCH = 100  # inputs per call (facts/hubspot.md 2.1)
OWNER = "hubspot_owner_id"
# Refusals of a whole batch that are certain to have written nothing.
_ALL_OR_NOTHING = frozenset({400, 409, 413})

Properties = Mapping[str, Any]
Identify = Callable[[Properties], str]


@dataclass(frozen=True, slots=True)
class Written:
    """One item was written; `record` as HubSpot shows it."""

    record: Mapping[str, Any]
    note: str = ""

    @property
    def id(self) -> str:
        return str(self.record.get("id", ""))


@dataclass(frozen=True, slots=True)
class Failed:
    """One item was not written, or (`InDoubt`) may not have been; `error` as HubSpot worded it."""

    verdict: Verdict
    error: Mapping[str, Any]


Result = Written | Failed


@dataclass(frozen=True, slots=True)
class Recipe:
    """How records of one kind are created.

    `identify` names a record by properties that differ within the batch, for answers that
    come back without trace ids; "" where it cannot. `spare` properties are left out when
    HubSpot refuses them (an owner who left, a property that became read-only).
    """

    kind: str
    identify: Identify
    spare: frozenset[str] = frozenset({OWNER})


def create(
    client: HubSpotClient, recipe: Recipe, inputs: Sequence[Mapping[str, Any]]
) -> list[Result]:
    """Create records; the note of one says what was left out to make it fit."""
    path = client.path("objects", recipe.kind, "batch", "create")
    results = _write(client, path, inputs, recipe.identify)
    bent = {
        place: names
        for place, (one, result) in enumerate(zip(inputs, results, strict=True))
        if (names := _refused_spare(one, result, recipe.spare))
    }
    if bent:
        # Nothing was written of what was refused, so sending it again cannot double it.
        again = [_without(inputs[place], names) for place, names in bent.items()]
        second = _write(client, path, again, recipe.identify, raises=False)
        for place, result in zip(bent, second, strict=True):
            first = results[place]
            assert isinstance(first, Failed)
            if isinstance(result, Written):
                left_out = f"left out {', '.join(bent[place])}: {words(first.error)}"
                results[place] = Written(result.record, left_out)
            else:
                results[place] = result
    return results


def update(client: HubSpotClient, kind: str, inputs: Sequence[Mapping[str, Any]]) -> list[Result]:
    """Change records by id; ids differ within the batch."""
    path = client.path("objects", kind, "batch", "update")
    # The ids were read with the same paths just before: a 404 is about an id, too.
    return _write(client, path, inputs, lambda _properties: "", splits=_ALL_OR_NOTHING | {404})


def archive(client: HubSpotClient, kind: str, ids: Sequence[str]) -> Verdict | None:
    """Delete records by id: all of them (None), or what stands in the way of all.

    Answered with 204 and no body; ids that are gone are no error (facts/hubspot.md 2.2).
    """
    path = client.path("objects", kind, "batch", "archive")
    inputs = [{"id": one} for one in dict.fromkeys(ids)]
    try:
        client.call("POST", path, {"inputs": inputs}, writes=True)
    except Verdict as verdict:
        return verdict
    return None


def _write(
    client: HubSpotClient,
    path: str,
    inputs: Sequence[Mapping[str, Any]],
    identify: Identify,
    *,
    splits: frozenset[int] = _ALL_OR_NOTHING,
    raises: bool = True,
) -> list[Result]:
    """One result per input, in order. Raises `TryLater` and `Locked` that hold for all."""
    traced = [
        {**one, "objectWriteTraceId": f"{one['objectWriteTraceId']}.{place}"}
        for place, one in enumerate(inputs)
    ]
    results = _halving(client, path, traced, identify, splits) if traced else []
    first = results[0] if results else None
    if raises and isinstance(first, Failed) and isinstance(first.verdict, TryLater | Locked):
        same = all(isinstance(one, Failed) and one.verdict is first.verdict for one in results)
        if same:
            raise first.verdict
    return results


def _halving(
    client: HubSpotClient,
    path: str,
    inputs: Sequence[Mapping[str, Any]],
    identify: Identify,
    splits: frozenset[int],
) -> list[Result]:
    try:
        reply = client.send("POST", path, {"inputs": list(inputs)}, writes=True)
    except Verdict as verdict:
        return [Failed(verdict, {})] * len(inputs)
    if reply.good:
        return _matched(inputs, reply.data, identify)
    if reply.status in splits and len(inputs) > 1:
        middle = len(inputs) // 2
        return [
            result
            for half in (inputs[:middle], inputs[middle:])
            for result in _halving(client, path, half, identify, splits)
        ]
    return [Failed(client.verdict(reply, writes=True), reply.data)] * len(inputs)


def _matched(
    inputs: Sequence[Mapping[str, Any]], data: Mapping[str, Any], identify: Identify
) -> list[Result]:
    """Tie what came back to what was sent. What cannot be tied is in doubt, never guessed."""
    places = _Places(inputs, identify)
    results: dict[int, Result] = {}
    loose_records, loose_errors = [], []
    for record in data.get("results") or ():
        place = places.of_record(record)
        if place is None or place in results:
            loose_records.append(record)
        else:
            results[place] = Written(record)
    for error in data.get("errors") or ():
        found = [place for place in places.of_error(error) if place not in results]
        results |= {place: Failed(item_verdict(error), error) for place in found}
        if not found:
            loose_errors.append(error)
    left = [place for place in range(len(inputs)) if place not in results]
    if left and not loose_records and len(loose_errors) == len(left):
        # All that is left failed; only which words belong to which is open.
        for place, error in zip(left, loose_errors, strict=True):
            results[place] = Failed(item_verdict(error), error)
    elif len(left) == 1 and len(loose_records) == 1 and not loose_errors:
        results[left[0]] = Written(loose_records[0])
    silent = Failed(InDoubt("HubSpot: the answer does not say what became of this item"), {})
    return [results.get(place, silent) for place in range(len(inputs))]


class _Places:
    """Where in the batch a record or an error belongs."""

    def __init__(self, inputs: Sequence[Mapping[str, Any]], identify: Identify) -> None:
        self._identify = identify
        self._traces = {one["objectWriteTraceId"]: place for place, one in enumerate(inputs)}
        self._ids = {str(one["id"]): place for place, one in enumerate(inputs) if "id" in one}
        named = [identify(one["properties"]) for one in inputs]
        self._names = {
            name: place for place, name in enumerate(named) if name and named.count(name) == 1
        }

    def of_record(self, record: Mapping[str, Any]) -> int | None:
        trace = record.get("objectWriteTraceId")
        if trace in self._traces:
            return self._traces[trace]
        place = self._ids.get(str(record.get("id")))
        if place is None:
            place = self._names.get(self._identify(record.get("properties") or {}))
        return place

    def of_error(self, error: Mapping[str, Any]) -> list[int]:
        traces = context_of(error, "objectWriteTraceId")
        found = [self._traces[trace] for trace in traces if trace in self._traces]
        ids = context_of(error, "ids")
        return found or [self._ids[one] for one in ids if one in self._ids]


def _refused_spare(one: Mapping[str, Any], result: Result, spare: frozenset[str]) -> list[str]:
    """The spare properties a refusal is about. A taken unique value is no such refusal."""
    if not isinstance(result, Failed) or not isinstance(result.verdict, Refused):
        return []
    return [
        name
        for name in sorted(spare & set(one["properties"]))
        if names_property(result.error, name) and not value_is_taken(result.error, name)
    ]


def _without(one: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    properties = {name: value for name, value in one["properties"].items() if name not in names}
    return {**one, "properties": properties}
