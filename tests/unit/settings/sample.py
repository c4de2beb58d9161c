"""A settings file with nothing wrong in it, and ways to spoil it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from syncd.settings.loading import read
from syncd.settings.problems import InvalidSettings, Problem
from syncd.settings.settings import Settings
from tests.unit.settings.kinds import KINDS

FILE = Path("syncd.yaml")

GOOD = """\
team:
  domains: [brightlink.example]
  timezone: Europe/London
  holidays: [GB]
connectors:
  mail: {kind: gmail, service_account: {file: google.json}, mailboxes: [maya@brightlink.example]}
  crm: {kind: hubspot, token: {env: HUBSPOT_TOKEN}}
  board: {kind: teamwork, url: https://brightlink.teamwork.com, api_key: {env: TEAMWORK_KEY}}
log:
  since: 2026-09-01
  bodies: full
  never: [{domain: lawyer.example}, {label: Private}, {subject: "salary*"}]
follow_up: &usual
  steps: [3 business days, 5 business days]
  then: nurture after 90 days
  board: {project: Outreach, task_list: Follow-ups}
campaigns:
  - id: acme
    client: acme.example
    tags: [home-builders]
    match: {any: [{label: Campaigns/ACME}, {subject: "*builder guide*"}]}
    follow_up: {<<: *usual, steps: [2 business days]}
"""


def spoilt(old: str, new: str) -> str:
    assert GOOD.count(old) == 1, "name one place"
    return GOOD.replace(old, new)


def good(text: str = GOOD, env: Mapping[str, str] | None = None, file: Path = FILE) -> Settings:
    return read(text, file, KINDS, env or {})


def problems(
    text: str | bytes, env: Mapping[str, str] | None = None, file: Path = FILE
) -> tuple[Problem, ...]:
    with pytest.raises(InvalidSettings) as caught:
        read(text, file, KINDS, env or {})
    return caught.value.problems


def complaints(text: str | bytes, env: Mapping[str, str] | None = None) -> list[str]:
    return [str(problem) for problem in problems(text, env)]
