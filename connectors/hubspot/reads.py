"""Batch reads. They are not index-backed: what was written is seen (facts/hubspot.md 2.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from connectors._kit.reading import Turning
from connectors.hubspot.batches import BATCH
from connectors.hubspot.client import HubSpotClient

MOST_ASSOCIATED = 1000  # inputs of one association read (facts/hubspot.md 2.5)

Record = Mapping[str, Any]
_T = TypeVar("_T")


def chunks(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def read_batch(
    client: HubSpotClient,
    kind: str,
    ids: Sequence[str],
    properties: Sequence[str],
    *,
    id_property: str = "",
) -> list[Record]:
    """Records by id or unique property, a hundred a call. Absent ones are simply not there."""
    asked = list(dict.fromkeys(ids))
    body: dict[str, Any] = {"properties": list(properties), "propertiesWithHistory": []}
    if id_property:
        body["idProperty"] = id_property
    path = client.path("objects", kind, "batch", "read")
    return [record for chunk in chunks(asked, BATCH) for record in _read(client, path, body, chunk)]


def _read(
    client: HubSpotClient, path: str, body: Mapping[str, Any], ids: Sequence[str]
) -> list[Record]:
    inputs = [{"id": one} for one in ids]
    reply = client.send("POST", path, {**body, "inputs": inputs}, writes=False)
    if reply.good:
        # 207 with OBJECT_NOT_FOUND is how absence is told (facts/hubspot.md 2.2).
        return list(reply.data.get("results") or ())
    if reply.status != 400:
        raise client.verdict(reply, writes=False)
    if len(ids) == 1:
        # An id that HubSpot will not even look up is one it does not have.
        return []
    middle = len(ids) // 2
    return [*_read(client, path, body, ids[:middle]), *_read(client, path, body, ids[middle:])]


def read_associated(
    client: HubSpotClient, kind: str, other: str, ids: Sequence[str]
) -> dict[str, list[str]]:
    """Ids of associated records by the id asked for, all pages."""
    path = client.path("associations", kind, other, "batch", "read")
    found: dict[str, list[str]] = {}
    turning = Turning(f"HubSpot: the {other} of its {kind}")
    waiting: list[dict[str, str]] = [{"id": one} for one in dict.fromkeys(ids)]
    while waiting:
        chunk, waiting = waiting[:MOST_ASSOCIATED], waiting[MOST_ASSOCIATED:]
        data = client.call("POST", path, {"inputs": chunk}, writes=False).data
        for result in data.get("results") or ():
            here = str((result.get("from") or {}).get("id", ""))
            found.setdefault(here, []).extend(
                str(end["toObjectId"]) for end in result.get("to") or ()
            )
            after = ((result.get("paging") or {}).get("next") or {}).get("after")
            if after:
                turning.to(f"{here} {after}")
                waiting.append({"id": here, "after": str(after)})
    return found
