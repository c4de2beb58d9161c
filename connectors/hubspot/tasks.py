"""Tasks on contacts: made, completed, found again by their mark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.hubspot import mapping
from connectors.hubspot.answers import context_of, holder_of_value, value_is_taken
from connectors.hubspot.batches import Recipe, Result, Written, create, update
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.handles import MARK, Handles
from connectors.hubspot.reads import read_associated, read_batch
from syncd.ports.crm import CrmTask, CrmTaskChange
from syncd.ports.verdicts import Changed, Done, InDoubt, Outcome, Refused

_MOVABLE = ("hs_timestamp", "hs_task_status")
_RECIPE = Recipe("tasks", lambda values: str(values.get(MARK) or ""))


class Tasks:
    def __init__(self, client: HubSpotClient) -> None:
        self._client = client

    def create(self, batch: Sequence[CrmTask], handles: Handles) -> list[Outcome]:
        inputs = [mapping.task(one, handles) for one in batch]
        return [_made(result) for result in create(self._client, _RECIPE, inputs)]

    def change(self, batch: Sequence[CrmTaskChange]) -> list[Outcome]:
        """Read the present due times, then write what is to move: two calls."""
        rows = {
            str(record["id"]): record.get("properties") or {}
            for record in read_batch(
                self._client, "tasks", [one.task_id for one in batch], _MOVABLE
            )
        }
        refusals = [_moved_by_hand(one, rows.get(one.task_id)) for one in batch]
        # Of several moves of one task the last one counts: HubSpot refuses a batch that
        # names a record twice.
        moves = {
            one.task_id: one
            for one, refusal in zip(batch, refusals, strict=True)
            if refusal is None
            if mapping.moment(rows[one.task_id].get("hs_timestamp")) != one.due
        }
        inputs = [mapping.moved_task(one) for one in moves.values()]
        results = dict(zip(moves, update(self._client, "tasks", inputs), strict=True))
        return [
            refusal or _settled(one.task_id, results.get(one.task_id))
            for one, refusal in zip(batch, refusals, strict=True)
        ]

    def complete(self, ids: Sequence[str]) -> list[Outcome]:
        return self._turn(ids, "COMPLETED")

    def reopen(self, ids: Sequence[str]) -> list[Outcome]:
        return self._turn(ids, "NOT_STARTED")

    def _turn(self, ids: Sequence[str], status: str) -> list[Outcome]:
        wanted = list(dict.fromkeys(ids))
        inputs = [
            {"id": one, "properties": {"hs_task_status": status}, "objectWriteTraceId": one}
            for one in wanted
        ]
        results = dict(zip(wanted, update(self._client, "tasks", inputs), strict=True))
        return [_turned(results[one]) for one in ids]

    def find(
        self, marks: Sequence[str], contact_ids: Sequence[str], handles: Handles
    ) -> dict[str, str]:
        """By the unique property; without it, among the tasks of these contacts."""
        if handles.tasks_have_property:
            records = read_batch(self._client, "tasks", marks, [MARK], id_property=MARK)
        else:
            linked = read_associated(self._client, "contacts", "tasks", contact_ids)
            ids = list(dict.fromkeys(one for several in linked.values() for one in several))
            records = read_batch(self._client, "tasks", ids, ["hs_task_body"])
        found = {mapping.task_mark(one.get("properties") or {}): str(one["id"]) for one in records}
        return {mark: found[mark] for mark in marks if mark in found}


def _made(result: Result) -> Outcome:
    if isinstance(result, Written):
        return Done(result.id, note=result.note)
    if value_is_taken(result.error, MARK):
        holder = holder_of_value(result.error)
        if holder is None:
            return InDoubt("HubSpot: a task with this mark is there already")
        return Done(holder, found=True)
    if isinstance(result.verdict, Refused) and context_of(result.error, "INVALID_OBJECT_IDS"):
        return Changed(str(result.verdict))
    return result.verdict


def _turned(result: Result) -> Outcome:
    return Done(result.id) if isinstance(result, Written) else result.verdict


def _settled(task_id: str, result: Result | None) -> Outcome:
    return Done(task_id) if result is None else _turned(result)


def _moved_by_hand(one: CrmTaskChange, row: Mapping[str, Any] | None) -> Changed | None:
    """What a person did that our move must not undo."""
    if row is None:
        return Changed(f"HubSpot: the task {one.task_id} was deleted")
    if row.get("hs_task_status") == "COMPLETED":
        return Changed(f"HubSpot: the task {one.task_id} was completed by hand")
    due = mapping.moment(row.get("hs_timestamp"))
    if due not in {one.due, one.expect_due}:
        to = f"to {mapping.timestamp(due)}" if due is not None else "away from any time"
        return Changed(f"HubSpot: the task {one.task_id} was moved by hand {to}")
    return None
