"""Would this account work? One question a line, each with its remedy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from connectors.hubspot.answers import Reply
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.settings import HubSpotSettings
from syncd.ports.manifest import Finding, State, Toolbox, Wants
from syncd.ports.verdicts import Locked, TryLater, Verdict

_LATER = "try again later"
# How far back mail of HubSpot's own logger tells of how it is set today, and how much is read.
_RECENT, _ENOUGH = timedelta(days=14), 100
_SCARCE = 0.1  # of the day's calls


@dataclass(frozen=True, slots=True)
class _Feature:
    """What a scope is for, and the call that HubSpot refuses without it.

    A write is tried with a batch of nothing: scopes are looked at before the body, and
    whatever becomes of the body, there was nothing in it (NOTES.md, Probe).
    """

    subject: str
    path: tuple[str, ...]
    writes: bool = False
    needed: bool = True
    otherwise: str = ""


_FEATURES = (
    _Feature("find contacts", ("objects", "contacts")),
    _Feature("add and tag contacts", ("objects", "contacts", "batch", "create"), writes=True),
    _Feature("see logged mail", ("objects", "emails")),
    _Feature("log mail", ("objects", "emails", "batch", "create"), writes=True),
    _Feature("find owners", ("owners",)),
    _Feature("see contact properties", ("properties", "contacts")),
    _Feature(
        "make contact properties",
        ("properties", "contacts", "batch", "create"),
        writes=True,
        needed=False,
        otherwise="`syncd setup` and new campaigns cannot add properties and options",
    ),
    _Feature(
        "mark logged mail",
        ("properties", "emails"),
        needed=False,
        otherwise="logged mail is told by time and subject instead",
    ),
)
_TASKS = _Feature("follow-up tasks", ("objects", "tasks", "batch", "create"), writes=True)

_SEGMENTS = _Feature(
    "keep segments", ("lists",), needed=False, otherwise="the segments of the settings are not kept"
)


def probe(settings: HubSpotSettings, tools: Toolbox, wants: Wants) -> list[Finding]:
    """Changes nothing. A key that is not accepted at all ends the questions."""
    client = HubSpotClient(settings, tools)
    try:
        reply = client.call("GET", client.path("account-info", "details"), writes=False)
    except Verdict as verdict:
        return [_failed("hubspot.access", "", verdict, "check api_url and the network")]
    details = reply.data
    account = f"account {details.get('portalId')}, time zone {details.get('timeZone')}"
    features = (
        *_FEATURES,
        *([_TASKS] if wants.crm_tasks else []),
        *([_SEGMENTS] if wants.segments else []),
    )
    replies: list[Reply] = []
    return [
        Finding("hubspot.access", State.OK, account),
        *(_scope(client, one, replies) for one in features),
        _daily(replies),
        _own_logger(client, tools, wants),
    ]


def _scope(client: HubSpotClient, one: _Feature, replies: list[Reply]) -> Finding:
    name, path = "hubspot.scopes", client.path(*one.path)
    try:
        if one.writes:
            # Not a write to the verdicts: nothing can be in doubt about nothing.
            replies.append(client.call("POST", path, {"inputs": []}, writes=False))
        else:
            query = () if "properties" in one.path else (("limit", "1"),)
            replies.append(client.call("GET", path, query=query, writes=False))
    except (Locked, TryLater) as verdict:
        if isinstance(verdict, Locked) and not one.needed:
            words = f"{verdict}; {one.otherwise}"
            return Finding(name, State.WARN, words, one.subject, verdict.remedy)
        return _failed(name, one.subject, verdict, _LATER)
    except Verdict as verdict:
        if not one.writes:
            return _failed(name, one.subject, verdict, _LATER)
    return Finding(name, State.OK, "allowed", one.subject)


def _daily(replies: list[Reply]) -> Finding:
    name = "hubspot.daily_calls"
    for reply in reversed(replies):
        most = _number(reply.headers, "x-hubspot-ratelimit-daily")
        left = _number(reply.headers, "x-hubspot-ratelimit-daily-remaining")
        if most and left is not None:
            words = f"{left:,} of the account's {most:,} calls a day are left"
            if left < _SCARCE * most:
                remedy = "see in HubSpot's usage page what uses them, or lower calls_per_10_seconds"
                return Finding(name, State.WARN, words, "", remedy)
            return Finding(name, State.OK, words)
    words = "HubSpot names no daily limit here; to OAuth apps it never does"
    return Finding(name, State.SKIPPED, words)


def _own_logger(client: HubSpotClient, tools: Toolbox, wants: Wants) -> Finding:
    """Whether HubSpot logs mail by itself, told by who made the latest engagements [5]."""
    name = "hubspot.own_logger"
    since = tools.clock.now() - _RECENT
    body = {
        "filterGroups": [
            {
                "filters": [
                    {
                        "propertyName": "hs_timestamp",
                        "operator": "GTE",
                        "value": str(int(since.timestamp() * 1000)),
                    }
                ]
            }
        ],
        "sorts": [{"propertyName": "hs_timestamp", "direction": "DESCENDING"}],
        "properties": ["hs_object_source"],
        "limit": _ENOUGH,
    }
    try:
        path = client.path("objects", "emails", "search")
        rows = client.call("POST", path, body, writes=False).data.get("results") or ()
    except Verdict as verdict:
        return _failed(name, "", verdict, _LATER)
    sources = Counter(str((row.get("properties") or {}).get("hs_object_source")) for row in rows)
    own, every = sources["EMAIL"], sources.total()
    waits = wants.crm_logger_seconds
    if not every:
        return Finding(name, State.OK, f"no mail was logged in the last {_RECENT.days} days")
    seen = f"HubSpot logged {own} of the last {every} messages by itself"
    if own and waits is None:
        words = f"{seen}, and log.crm_logger is off: these are logged twice"
        remedy = "write `log.crm_logger: wait 10 minutes`, or switch HubSpot's logging off"
        return Finding(name, State.WARN, words, "", remedy)
    if own:
        words = f"{seen}; syncd waits {_minutes(waits)} for it and adopts what it logged"
        return Finding(name, State.OK, words)
    if waits is None:
        return Finding(name, State.OK, f"{seen}, and log.crm_logger is off: as it should be")
    words = f"{seen}; mail waits {_minutes(waits)} for it, log.crm_logger: off would spare that"
    return Finding(name, State.OK, words)


def _minutes(seconds: float | None) -> str:
    return f"{(seconds or 0) / 60:g} minutes"


def _number(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "")
    return int(text) if text.isdigit() else None


def _failed(name: str, subject: str, verdict: Verdict, otherwise: str) -> Finding:
    remedy = verdict.remedy if isinstance(verdict, Locked) and verdict.remedy else otherwise
    return Finding(name, State.FAIL, str(verdict), subject, remedy)
