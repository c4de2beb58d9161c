"""Records of ours removed because a person is to be forgotten."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from connectors.hubspot import mapping
from connectors.hubspot.batches import Written, archive, update
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.reads import read_batch
from syncd.core.identity import without_address
from syncd.ports.crm import Erased, Erasure
from syncd.ports.verdicts import Changed, Done, Outcome, Verdict

_KINDS = {Erased.CONTACT: "contacts", Erased.EMAIL: "emails", Erased.TASK: "tasks"}
_TEXTS = ("hs_email_subject", "hs_email_text", "hs_email_html")
_HEADERS = "hs_email_headers"


class Erasing:
    def __init__(self, client: HubSpotClient) -> None:
        self._client = client

    def erase(self, batch: Sequence[Erasure]) -> list[Outcome]:
        outcomes: dict[str, Outcome] = {}
        for what, kind in _KINDS.items():
            outcomes |= self._archived(kind, [one for one in batch if one.what is what])
        outcomes |= self._mentions([one for one in batch if one.what is Erased.MENTION])
        for one in batch:
            if one.what is Erased.FOR_GOOD:
                outcomes[one.key] = self._for_good(one)
        return [outcomes[one.key] for one in batch]

    def _archived(self, kind: str, some: Sequence[Erasure]) -> dict[str, Outcome]:
        """In one call; ids that are gone are no error (facts/hubspot.md 2.2)."""
        if not some:
            return {}
        verdict = archive(self._client, kind, [one.id for one in some])
        return {one.key: verdict or Done(one.id) for one in some}

    def _for_good(self, one: Erasure) -> Outcome:
        """One call a person (facts/hubspot.md 2.2). By id: by address it would also forbid
        anybody to add the address again, which is not ours to decide.
        """
        path = self._client.path("objects", "contacts", "gdpr-delete")
        try:
            self._client.call("POST", path, {"objectId": one.id}, writes=True)
        except Changed:
            return Done(one.id, found=True)
        except Verdict as verdict:
            return verdict
        return Done(one.id)

    def _mentions(self, some: Sequence[Erasure]) -> dict[str, Outcome]:
        if not some:
            return {}
        records = read_batch(self._client, "emails", [one.id for one in some], (*_TEXTS, _HEADERS))
        rows = {str(record["id"]): record.get("properties") or {} for record in records}
        outcomes: dict[str, Outcome] = {}
        changes: dict[str, dict[str, Any]] = {}
        for one in some:
            row = rows.get(one.id)
            values = {} if row is None else _without(one.address, row)
            if not values:
                outcomes[one.key] = Done(one.id, found=True)
            else:
                trace = {"id": one.id, "objectWriteTraceId": one.key}
                changes[one.key] = {**trace, "properties": values}
        results = update(self._client, "emails", list(changes.values())) if changes else []
        for key, result in zip(changes, results, strict=True):
            outcomes[key] = Done(result.id) if isinstance(result, Written) else result.verdict
        return outcomes


def _without(address: str, row: Mapping[str, Any]) -> dict[str, str]:
    """The properties of an email that hold an address, with it taken out."""
    values = {name: str(row.get(name) or "") for name in _TEXTS}
    cleared = {name: without_address(text, [address]) for name, text in values.items()}
    values[_HEADERS] = str(row.get(_HEADERS) or "")
    cleared[_HEADERS] = _headers_without(address, values[_HEADERS])
    return {name: mapping.fit(text) for name, text in cleared.items() if text != values[name]}


def _headers_without(address: str, headers: str) -> str:
    """The people of an email as `connectors.hubspot.mapping` writes them, but for one."""
    try:
        people = json.loads(headers)
    except ValueError:
        return without_address(headers, [address])
    if not isinstance(people, dict):
        return without_address(headers, [address])
    left = {
        role: [one for one in named if not _is(one, address)] if isinstance(named, list) else named
        for role, named in people.items()
        if not _is(named, address)
    }
    return headers if left == people else json.dumps(left, ensure_ascii=False)


def _is(party: object, address: str) -> bool:
    return isinstance(party, dict) and str(party.get("email", "")).lower() == address.lower()
