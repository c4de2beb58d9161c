"""Segments (HubSpot's lists) that syncd fills beside people (facts/hubspot.md 2.9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors._kit.reading import Turning
from connectors.hubspot.client import HubSpotClient
from syncd.ports.crm import MemberChange, segment_handle
from syncd.ports.needs import Requirement
from syncd.ports.verdicts import Changed, Done, InDoubt, Outcome, Refused, Verdict

CONTACTS = "0-1"
BY_HAND = "MANUAL"
# A list whose conditions HubSpot evaluates takes nobody by hand.
_BY_ITSELF = "DYNAMIC"
_PAGE = 250
_UNCHANGED = ("member",)


class Segments:
    def __init__(self, client: HubSpotClient) -> None:
        self._client = client

    def compare(
        self, names: Sequence[str], handles: dict[str, str], missing: list[Requirement]
    ) -> list[str]:
        """Which of the lists stand, one read each. Returns notes on what stands in the way."""
        notes: list[str] = []
        for name in names:
            reply = self._client.send("GET", self._named(name), writes=False)
            if reply.status == 403:
                # The scope is asked for by segments alone: everything else goes on.
                verdict = self._client.verdict(reply, writes=False)
                return [*notes, f"Segments are not kept: {verdict}. {_remedy(verdict)}"]
            if reply.status == 404:
                missing.append(
                    Requirement(segment_handle(name), f"Segment {name}", {"segment": name})
                )
                continue
            if not reply.good:
                raise self._client.verdict(reply, writes=False)
            one = reply.data.get("list") or {}
            if one.get("processingType") == _BY_ITSELF:
                notes.append(
                    f"Segment {name} is an active one, which HubSpot fills by itself: give it"
                    " another name there, or here"
                )
                continue
            handles[segment_handle(name)] = str(one.get("listId", ""))
        return notes

    def make(self, name: str) -> Outcome:
        """Names are unique in an account: one that stands is taken for ours."""
        found = self._client.send("GET", self._named(name), writes=False)
        if found.good:
            return Done(str((found.data.get("list") or {}).get("listId", "")), found=True)
        body = {"name": name, "objectTypeId": CONTACTS, "processingType": BY_HAND}
        data = self._client.call("POST", self._client.path("lists"), body, writes=True).data
        made = str((data.get("list") or {}).get("listId") or "")
        return Done(made) if made else InDoubt("HubSpot: the answer does not name the segment")

    def members(self, segment: str) -> frozenset[str]:
        path = self._client.path("lists", segment, "memberships")
        found: set[str] = set()
        after, turning = "", Turning("HubSpot: the members of a segment")
        while True:
            query = [("limit", str(_PAGE)), *([("after", after)] if after else [])]
            data = self._client.call("GET", path, query=query, writes=False).data
            found |= {str(one.get("recordId")) for one in data.get("results") or ()}
            after = turning.to(((data.get("paging") or {}).get("next") or {}).get("after"))
            if not after:
                return frozenset(found)

    def change(self, batch: Sequence[MemberChange]) -> list[Outcome]:
        """One call a segment."""
        outcomes: dict[int, Outcome] = {}
        by_segment: dict[str, list[int]] = {}
        for place, one in enumerate(batch):
            by_segment.setdefault(one.segment, []).append(place)
        for segment, places in by_segment.items():
            # Of several changes of one member the last one counts.
            last = {batch[place].contact_id: batch[place] for place in places}
            try:
                data = self._write(segment, list(last.values()))
            except Verdict as verdict:
                outcomes |= dict.fromkeys(places, _moved(verdict))
                continue
            for place in places:
                outcomes[place] = _outcome(last[batch[place].contact_id], data)
        return [outcomes[place] for place in range(len(batch))]

    def _write(self, segment: str, changes: Sequence[MemberChange]) -> Mapping[str, Any]:
        path = self._client.path("lists", segment, "memberships", "add-and-remove")
        body = {
            "recordIdsToAdd": [one.contact_id for one in changes if one.joins],
            "recordIdsToRemove": [one.contact_id for one in changes if not one.joins],
        }
        return self._client.call("PUT", path, body, writes=True).data

    def _named(self, name: str) -> str:
        return self._client.path("lists", "object-type-id", CONTACTS, "name", name)


def _remedy(verdict: Verdict) -> str:
    return str(getattr(verdict, "remedy", ""))


def _moved(verdict: Verdict) -> Verdict:
    """A list that is of another kind now takes nobody, and is no segment of ours any more."""
    return Changed(str(verdict)) if isinstance(verdict, Refused) else verdict


def _outcome(one: MemberChange, data: Mapping[str, Any]) -> Outcome:
    # The names are spelt as HubSpot spells them (facts/hubspot.md 2.9), and as it may one day.
    def told(*names: str) -> set[str]:
        return {str(each) for name in names for each in data.get(name) or ()}

    if one.contact_id in told("recordIdsMissing", "recordsIdsMissing"):
        return Changed("HubSpot: the contact is not there any more")
    if one.joins:
        changed = told("recordsIdsAdded", "recordIdsAdded")
    else:
        changed = told("recordIdsRemoved", "recordsIdsRemoved")
    left = () if one.contact_id in changed else _UNCHANGED
    return Done(one.contact_id, left=left)
