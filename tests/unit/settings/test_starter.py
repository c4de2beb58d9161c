"""The file `syncd init` writes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from syncd.settings.answers import AnswersSection
from syncd.settings.follow_up import BacklogSection, FollowUpSection, StopSection
from syncd.settings.loading import read
from syncd.settings.schema import schema
from syncd.settings.sections import (
    CampaignSection,
    CapSection,
    GuardSection,
    LogSection,
    ModesSection,
    RunSection,
    TeamSection,
)
from syncd.settings.serving import AlarmsSection, WebSection
from syncd.settings.source import parse
from syncd.settings.starter import starter
from syncd.settings.task import TaskSection
from tests.support.clock import START
from tests.unit.settings.installed import INSTALLED
from tests.unit.settings.json_schema import Judge
from tests.unit.settings.sample import FILE

CONFIG = Path(__file__).parents[3] / "config"
COMMENTED = re.compile(r"^( *)# ((?: *)(?:- \{)?\w+:.*)$", re.MULTILINE)


def uncommented() -> str:
    """With every setting that is one `#` away, except those that need a file."""
    text = COMMENTED.sub(
        lambda found: found.group(0) if "list:" in found.group(2) else "".join(found.groups()),
        starter().split("team:", 1)[1],
    )
    return "team:" + text.replace("  #   - {mailbox", "      - {mailbox")


def test_the_starter_validates():
    settings = read(starter(), FILE, INSTALLED, {})
    assert settings.rules(START).campaigns
    assert [it.kind for it in settings.connectors.values()] == ["gmail", "hubspot", "teamwork"]  # type: ignore[attr-defined]


def test_the_starter_validates_with_everything_in_it_switched_on():
    settings = read(uncommented(), FILE, INSTALLED, {})
    assert settings.follow_up is not None
    assert not settings.follow_up.enabled
    assert settings.campaigns[0].match.all
    assert settings.team.days_off


def test_an_editor_finds_nothing_wrong_with_the_starter():
    for text in (starter(), uncommented()):
        data = json.loads(json.dumps(parse(text, "").data, default=str))
        assert Judge(schema(INSTALLED)).complaints(data) == []


def test_its_first_line_leads_editors_to_the_schema():
    assert starter().startswith("# yaml-language-server: $schema=schema.json\n")
    assert starter("x.json").startswith("# yaml-language-server: $schema=x.json\n")


@pytest.mark.parametrize(
    "section",
    [
        TeamSection,
        AnswersSection,
        BacklogSection,
        StopSection,
        TaskSection,
        LogSection,
        FollowUpSection,
        CampaignSection,
        RunSection,
        GuardSection,
        ModesSection,
        WebSection,
        AlarmsSection,
        CapSection,
    ],
)
def test_every_setting_is_shown(section):
    missing = [name for name in section.model_fields if f"{name}:" not in starter()]
    assert missing == []


def test_what_it_calls_the_values_used_anyway_are_the_defaults():
    said = read(uncommented(), FILE, INSTALLED, {})
    unsaid = read(starter(), FILE, INSTALLED, {})
    for section in ("run", "guard", "modes", "store", "web", "alarms"):
        assert getattr(said, section) == getattr(unsaid, section)
    assert said.rules(START).answers == unsaid.rules(START).answers


def test_the_shipped_example_is_current():
    example = (CONFIG / "example.yaml").read_text(encoding="utf-8")
    assert example == starter(), "run: make generate"
