"""Owners, account details, and which scopes a call needs (facts/hubspot.md 2.8, 2.11)."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from zoneinfo import ZoneInfo

from connectors.hubspot.simulator_kinds import kind_of
from connectors.hubspot.simulator_properties import scopes_missing
from connectors.hubspot.simulator_state import Portal
from connectors.hubspot.simulator_wire import Call, Problem, answer, missing
from syncd.ports.simulator import Answer

_READS = {"read", "search"}
_SCOPED = {"companies": "companies", "deals": "deals"}


def serve_owners(portal: Portal, call: Call) -> Answer:
    if call.method != "GET":
        raise missing()
    archived = call.flag("archived")
    if call.rest:
        by_user = call.request.param("idProperty") == "userId"
        for one in portal.owners.values():
            key = one["userId"] if by_user else one["id"]
            if str(key) == call.rest[0] and one["archived"] == archived:
                return answer(200, one)
        raise missing()
    limit = call.count("limit", 100, 500)
    email, after = call.request.param("email").lower(), call.request.param("after") or "0"
    if not after.isdigit():
        raise Problem(400, f"Invalid after: {after}")
    found = [
        one
        for one in sorted(portal.owners.values(), key=lambda one: int(one["id"]))
        if one["archived"] == archived
        and int(one["id"]) > int(after)
        and (not email or one["email"] == email)
    ]
    body: dict[str, object] = {"results": found[:limit]}
    if len(found) > limit:
        last = found[limit - 1]["id"]
        body["paging"] = {"next": {"after": last, "link": f"?after={last}"}}
    return answer(200, body)


def serve_account(portal: Portal, call: Call) -> Answer:
    if call.method != "GET" or call.rest != ("details",):
        raise missing()
    zone = str(portal.switches["time_zone"])
    offset = portal.clock.now().astimezone(ZoneInfo(zone)).utcoffset()
    minutes = int(offset.total_seconds() // 60) if offset else 0
    sign = "-" if minutes < 0 else "+"
    return answer(
        200,
        {
            "portalId": int(portal.switches["id"]),
            "accountType": "STANDARD",
            "timeZone": zone,
            "companyCurrency": "GBP",
            "additionalCurrencies": [],
            "utcOffset": f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}",
            "utcOffsetMilliseconds": minutes * 60_000,
            "uiDomain": "app.hubspot.com",
            "dataHostingLocation": "na1",
        },
    )


def check_scopes(portal: Portal, family: str, call: Call, granted: AbstractSet[str] | None) -> None:
    """Raises the 403 of facts 2.11 when the token lacks a scope. `granted` None: it has all."""
    kind = kind_of(call.rest[0]) if call.rest else None
    name = kind.name if kind else ""
    if (
        family == "properties"
        and name == "emails"
        and portal.switches["email_properties"] == "hidden"
    ):
        raise scopes_missing("connected-email-data-access")
    if granted is None:
        return
    lacking = [one for one in _needed(family, name, call) if one not in granted]
    if lacking:
        raise scopes_missing(*lacking)


def _needed(family: str, name: str, call: Call) -> list[str]:
    reads = call.method == "GET" or not _READS.isdisjoint(call.rest[-1:])
    right = "read" if reads else "write"
    if family == "owners":
        return ["crm.objects.owners.read"]
    if family == "lists":
        return [f"crm.lists.{right}"]
    if family == "properties":
        if name == "emails":
            return ["connected-email-data-access"]
        return [f"crm.schemas.{_SCOPED.get(name, 'contacts')}.{right}"]
    if family == "objects":
        needed = [f"crm.objects.{_SCOPED.get(name, 'contacts')}.{right}"]
        return [*needed, "sales-email-read"] if name == "emails" else needed
    return []
