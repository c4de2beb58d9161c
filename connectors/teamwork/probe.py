"""Would this work? A few reads, with the remedy where it would not."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from connectors.teamwork.client import V3, TeamworkClient
from connectors.teamwork.settings import TeamworkSettings
from syncd.ports.manifest import Finding, Toolbox
from syncd.ports.secrets import MissingSecret
from syncd.ports.verdicts import Locked, Verdict

_LOOPBACK = ("localhost", "127.", "::1")


def probe(settings: TeamworkSettings, tools: Toolbox) -> list[Finding]:
    """Three reads at most: who we are, whether tasks can be seen, whether fields can be had."""
    try:
        client = TeamworkClient(settings, tools)
    except MissingSecret as missing:
        return [Finding("teamwork api_key", ok=False, detail=str(missing), remedy=str(missing))]
    findings = [*_in_the_clear(settings.url), _look("teamwork sign-in", lambda: _who(client))]
    if findings[-1].ok:
        findings.append(_look("teamwork tasks", lambda: _tasks(client)))
        findings.append(_look("teamwork custom fields", lambda: _fields(client)))
    return findings


def _look(check: str, read: Callable[[], str]) -> Finding:
    try:
        return Finding(check, ok=True, detail=read())
    except Locked as verdict:
        return Finding(check, ok=False, detail=str(verdict), remedy=verdict.remedy)
    except Verdict as verdict:
        remedy = "check the network and url, then try again"
        return Finding(check, ok=False, detail=str(verdict), remedy=remedy)


def _in_the_clear(url: str) -> list[Finding]:
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.hostname or "").startswith(_LOOPBACK):
        return []
    detail = f"the API key travels to {parts.hostname} unencrypted"
    return [Finding("teamwork url", ok=False, detail=detail, remedy="write https:// in url")]


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
