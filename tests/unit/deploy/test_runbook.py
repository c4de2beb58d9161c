"""Each alarm has its heading in the runbook, and under it a command that resolves it."""

from __future__ import annotations

import re

import pytest

from tests.unit.deploy.files import read

ALARMS = (
    "mailbox-quiet",
    "token-dead",
    "backlog-growing",
    "effects-parked",
    "plans-held",
    "clock-skew",
    "disk",
    "reload-failed",
)


def sections() -> dict[str, str]:
    parts = re.split(r"^## (.+)$", read("RUNBOOK.md"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("alarm", ALARMS)
def test_every_alarm_has_a_heading_and_a_command(alarm: str):
    section = sections()[alarm]
    for word in ("**Means**", "**Shows**", "**Do**"):
        assert word in section
    does = section.partition("**Do**")[2]
    assert re.search(r"`(syncd|systemctl|timedatectl|df|kill)\b", does), does


def test_every_section_it_points_to_is_there():
    whole = read("RUNBOOK.md")
    for name in re.findall(r"\*([A-Z][a-z]+(?: [a-z]+){0,3})\*(?!\*)", whole):
        if name in whole.replace(f"*{name}*", ""):
            assert name in sections(), name
