"""Tasks on contacts: made, completed, found again by their mark."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.hubspot import mapping
from connectors.hubspot.answers import context_of, holder_of_value, value_is_taken
from connectors.hubspot.batches import Recipe, Result, Written, create, update
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.handles import MARK, Handles
from connectors.hubspot.reads import read_associated, read_batch
from syncd.ports.crm import CrmTask
from syncd.ports.verdicts import Changed, Done, InDoubt, Outcome, Refused

_RECIPE = Recipe("tasks", lambda values: str(values.get(MARK) or ""))


class Tasks:
    def __init__(self, client: HubSpotClient) -> None:
        self._client = client

    def create(self, batch: Sequence[CrmTask], handles: Handles) -> list[Outcome]:
        inputs = [mapping.task(one, handles) for one in batch]
        return [_made(result) for result in create(self._client, _RECIPE, inputs)]

    def complete(self, ids: Sequence[str]) -> list[Outcome]:
        wanted = list(dict.fromkeys(ids))
        inputs = [
            {"id": one, "properties": {"hs_task_status": "COMPLETED"}, "objectWriteTraceId": one}
            for one in wanted
        ]
        results = dict(zip(wanted, update(self._client, "tasks", inputs), strict=True))
        return [_completed(results[one]) for one in ids]

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


def _completed(result: Result) -> Outcome:
    return Done(result.id) if isinstance(result, Written) else result.verdict
