"""Would this work? A few reads, with the remedy where it would not."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from connectors.teamwork.client import V3, TeamworkClient
from connectors.teamwork.settings import TeamworkSettings
from syncd.ports.manifest import Finding, State, Toolbox, Wants
from syncd.ports.secrets import MissingSecret
from syncd.ports.verdicts import Locked, Verdict

_LOOPBACK = ("localhost", "127.", "::1")
_SCARCE = 0.1  # of a minute's calls
_ACCESS = "teamwork.access"


def probe(settings: TeamworkSettings, tools: Toolbox, _wants: Wants) -> list[Finding]:
    """Three reads at most: who we are, whether tasks can be seen, whether fields can be had."""
    try:
        client = TeamworkClient(settings, tools)
    except MissingSecret as missing:
        return [Finding(_ACCESS, State.FAIL, str(missing), "", str(missing))]
    findings = [*_in_the_clear(settings.url), _look(_ACCESS, lambda: _who(client))]
    if findings[-1].state is State.OK:
        findings.append(_look("teamwork.tasks", lambda: _tasks(client)))
        findings.append(_look("teamwork.custom_fields", lambda: _fields(client)))
        findings.append(_plan(client))
    return findings


def _look(name: str, read: Callable[[], str]) -> Finding:
    try:
        return Finding(name, State.OK, read())
    except Verdict as verdict:
        remedy = "check the network and url, then try again"
        if isinstance(verdict, Locked) and verdict.remedy:
            remedy = verdict.remedy
        return Finding(name, State.FAIL, str(verdict), "", remedy)


def _in_the_clear(url: str) -> list[Finding]:
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.hostname or "").startswith(_LOOPBACK):
        return []
    words = f"the API key travels to {parts.hostname} unencrypted"
    return [Finding("teamwork.url", State.FAIL, words, "", "write https:// in url")]


def _plan(client: TeamworkClient) -> Finding:
    """The plan's limit, shared by everything that works with the site (facts/teamwork.md 6)."""
    name, most, left = "teamwork.limits", client.limit, client.remaining
    if not most or left is None:
        return Finding(name, State.SKIPPED, "the site states no limit")
    words = f"{most:,} calls a minute for the whole site, {left:,} left in this one"
    if left < _SCARCE * most:
        remedy = "find out what else works with the site, or lower calls_per_minute"
        return Finding(name, State.WARN, words, "", remedy)
    return Finding(name, State.OK, words)


def _who(client: TeamworkClient) -> str:
    person = client.get(f"{V3}/me").body.get("person") or {}
    rights = "site administrator" if person.get("isAdmin") else "not an administrator"
    name = f"{person.get('firstName', '')} {person.get('lastName', '')}".strip()
    return f"works as {name} <{person.get('email', '')}>, {rights}"


def _tasks(client: TeamworkClient) -> str:
    client.get(f"{V3}/tasks", [("pageSize", "1")])
    return "tasks can be listed"


def _fields(client: TeamworkClient) -> str:
    params = [("entities", "task"), ("pageSize", "1")]
    if client.get(f"{V3}/customfields", params, accept={400, 402, 403}).status == 200:
        return "custom fields can be read; marks go into one"
    return "no custom fields on this plan or for this user; marks go into descriptions"
