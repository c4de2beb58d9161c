"""What only contacts can do: be merged and be forgotten (facts/hubspot.md 2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.hubspot.simulator_kinds import Kind
from connectors.hubspot.simulator_state import Portal, Record
from connectors.hubspot.simulator_wire import Problem, missing
from connectors.hubspot.simulator_writes import find_by, find_live

MOST_IDENTITIES = 250


def merge(portal: Portal, kind: Kind, given: Mapping[str, Any]) -> Record:
    """Make one contact of two. The survivor has a new id; both old ones lead to it."""
    main = find_live(portal, kind, str(given.get("primaryObjectId", "")))
    other = find_live(portal, kind, str(given.get("objectIdToMerge", "")))
    if main is None or other is None:
        raise missing()
    if main.id == other.id:
        raise Problem(400, "Cannot merge a contact with itself")
    addresses = list(dict.fromkeys(portal.addresses(main) + portal.addresses(other)))
    if len(addresses) > MOST_IDENTITIES:
        raise Problem(414, f"Cannot have more than {MOST_IDENTITIES} identities on a profile")
    merged = [row.properties.get("hs_merged_object_ids", "") for row in (main, other)]
    values = {
        **other.properties,
        **main.properties,
        "email": addresses[0] if addresses else "",
        "hs_additional_emails": ";".join(addresses[1:]),
        "hs_merged_object_ids": ";".join(
            part for text in (*merged, main.id, other.id) for part in text.split(";") if part
        ),
    }
    links = (main, other)
    # The survivor must exist before the links move, and the addresses must be free before it does.
    kept = {row.id: portal.links.take(kind.name, row.id) for row in links}
    for row in links:
        portal.remove(kind, row, permanent=True, event="")
    survivor = portal.insert(kind, values, source=main.properties["hs_object_source"])
    for row in links:
        portal.aliases[row.id] = survivor.id
        portal.links.give(survivor.id, kept[row.id])
    portal.tell(
        kind,
        "merge",
        survivor,
        {},
        primaryObjectId=int(main.id),
        mergedObjectIds=[int(other.id)],
        newObjectId=int(survivor.id),
        numberOfPropertiesMoved=0,
    )
    return survivor


def gdpr_delete(portal: Portal, kind: Kind, given: Mapping[str, Any]) -> None:
    """Forget a person for good; the address can never be added again."""
    key = str(given.get("objectId", ""))
    id_property = given.get("idProperty")
    row = find_by(portal, kind, str(id_property), key) if id_property else None
    row = row or find_live(portal, kind, key)
    if id_property == "email":
        portal.blocked.add(key.lower())
    if row is not None:
        portal.blocked.update(portal.addresses(row))
        portal.remove(kind, row, permanent=True, event="privacyDeletion")
