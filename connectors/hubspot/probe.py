"""Would this account work? One question a line, each with its remedy."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.settings import HubSpotSettings
from syncd.ports.manifest import Finding, Toolbox
from syncd.ports.verdicts import Locked, Verdict

_ONE = (("limit", "1"),)


def probe(settings: HubSpotSettings, tools: Toolbox) -> list[Finding]:
    """Reads only. A key that is not accepted at all ends the questions."""
    client = HubSpotClient(settings, tools)
    check = "HubSpot answers and accepts the key"
    try:
        details = client.call("GET", client.path("account-info", "details"), writes=False).data
    except Verdict as verdict:
        return [_failed(check, verdict, "check api_url and the network")]
    account = f"account {details.get('portalId')}, time zone {details.get('timeZone')}"
    return [
        Finding(check, ok=True, detail=account),
        _asked(client, "contacts can be read", ("objects", "contacts"), _ONE),
        _asked(client, "logged emails can be read", ("objects", "emails"), _ONE),
        _asked(client, "owners can be read", ("owners",), _ONE),
        _asked(client, "contact properties can be read", ("properties", "contacts")),
        _marks(client),
    ]


def _asked(
    client: HubSpotClient, check: str, path: Sequence[str], query: Sequence[tuple[str, str]] = ()
) -> Finding:
    try:
        client.call("GET", client.path(*path), query=query, writes=False)
    except Verdict as verdict:
        return _failed(check, verdict, "try again later")
    return Finding(check, ok=True, detail="yes")


def _marks(client: HubSpotClient) -> Finding:
    """Not being allowed to mark emails costs certainty, not the connection."""
    check = "logged emails can be marked"
    path = client.path("properties", "emails")
    try:
        client.call("GET", path, writes=False)
    except Locked as verdict:
        return Finding(check, ok=True, detail=f"no ({verdict}); told by time and subject instead")
    except Verdict as verdict:
        return _failed(check, verdict, "try again later")
    return Finding(check, ok=True, detail="yes, where HubSpot allows it")


def _failed(check: str, verdict: Verdict, otherwise: str) -> Finding:
    remedy = verdict.remedy if isinstance(verdict, Locked) and verdict.remedy else otherwise
    return Finding(check, ok=False, detail=str(verdict), remedy=remedy)
