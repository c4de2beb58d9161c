"""What people changed on contacts of ours: asked of search, read by id (facts/hubspot.md 2.3).

Search finds and never tells: its index is late, so that what it shows of a record may be
older than what it found it by. The records are read anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from connectors._kit.reading import Turning, header_date
from connectors.hubspot import mapping
from connectors.hubspot.answers import Reply
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.contacts import Contacts
from connectors.hubspot.handles import Handles, property_handle
from syncd.ports.crm import ContactChanges, Field
from syncd.ports.verdicts import CursorLost, TryLater

# "A few moments" by the documentation, several minutes by reports of users: what was
# written just before a poll may be findable only this long after (facts/hubspot.md 2.3).
OVERLAP_SECONDS = 600.0
_PAGE = 200


class Watch:
    """Polls for changes. `contacts` reads what was found."""

    def __init__(self, client: HubSpotClient, contacts: Contacts) -> None:
        self._client = client
        self._contacts = contacts

    def changes(self, cursor: str | None, now: datetime, handles: Handles) -> ContactChanges:
        if cursor is None:
            return ContactChanges((), _cursor(now))
        since = mapping.moment(cursor)
        if since is None:
            raise CursorLost(f"HubSpot: {cursor!r} is not a cursor of ours")
        # A filter on a property that does not stand would be refused.
        names = self._client.settings.properties
        # Nothing follows from who introduced them, and five groups are all that HubSpot takes.
        watched = [field for field in Field if field is not Field.INTRODUCED_BY]
        own = [mapping.property_name(names, field) for field in watched]
        own.append(names.favours)
        standing = [name for name in own if property_handle(name) in handles.values]
        found: dict[str, None] = {}
        seen_until = now
        for reply in self._pages(standing, since) if standing else ():
            found |= dict.fromkeys(str(one["id"]) for one in reply.data["results"])
            # By HubSpot's clock where it is behind ours: what ours calls the past may
            # still be changing there.
            seen_until = min(seen_until, header_date(reply.headers.get("date")) or now)
        contacts = {one.id: one for one in self._contacts.get(list(found)).values()}
        return ContactChanges(tuple(contacts.values()), _cursor(seen_until))

    def _pages(self, names: list[str], since: datetime) -> Iterator[Reply]:
        """Pages by id, each a query of its own.

        Paging one query ends at 10,000 rows, and a contact changed meanwhile would move
        others across a page's edge; neither can happen to "the next ids after this one".
        """
        path = self._client.path("objects", "contacts", "search")
        last, turning = "0", Turning("HubSpot: a search")
        while True:
            both = [
                {"propertyName": "lastmodifieddate", "operator": "GTE", "value": _millis(since)},
                {"propertyName": "hs_object_id", "operator": "GT", "value": last},
            ]
            # One group for each property: groups are joined by "or", filters by "and".
            groups = [
                {"filters": [{"propertyName": name, "operator": "HAS_PROPERTY"}, *both]}
                for name in names
            ]
            body = {
                "filterGroups": groups,
                "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
                "properties": ["hs_object_id"],
                "limit": _PAGE,
            }
            reply = self._client.call("POST", path, body, writes=False)
            results = reply.data.get("results")
            if not isinstance(results, list):
                raise TryLater("HubSpot: half an answer to a search")
            yield reply
            if not (reply.data.get("paging") or {}).get("next"):
                return
            last = turning.to(max(int(one["id"]) for one in results))


def _cursor(seen_until: datetime) -> str:
    return mapping.timestamp(seen_until - timedelta(seconds=OVERLAP_SECONDS))


def _millis(at: datetime) -> str:
    return str(int(at.timestamp() * 1000))
