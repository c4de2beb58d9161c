"""Campaigns in files of their own, and the plans in them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from syncd.core.campaign_plan import Deadline, Each, Month, TopicKind
from syncd.core.rules import Campaign
from syncd.settings.campaign_starter import campaign_starter
from syncd.settings.loading import load
from syncd.settings.problems import InvalidSettings
from syncd.settings.schema import campaign_schema, campaign_schema_text, schema
from syncd.settings.settings import Settings
from syncd.settings.shown import understood
from syncd.settings.source import parse
from tests.support.clock import START
from tests.unit.settings.installed import INSTALLED
from tests.unit.settings.json_schema import Judge

CONFIG = Path(__file__).parents[3] / "config"
SETTINGS = """
team: {domains: [brightlink.example], timezone: Europe/London}
connectors:
  mail: {kind: gmail, service_account: {file: key.json}, mailboxes: [maya@brightlink.example]}
  crm: {kind: hubspot, token: {env: HUBSPOT_TOKEN}}
  board: {kind: teamwork, url: "https://x.teamwork.com", api_key: {env: TEAMWORK_API_KEY}}
log: {since: 2026-09-01}
follow_up: {steps: [3 business days], board: {project: P, task_list: L}}
campaigns:
  - file: campaigns/acme.yaml
  - {id: other, client: other.example, match: {any: [{label: Other}]}}
"""
FILE = """\
id: acme
client: acme.example
niche: home builders
goal: Ten links
match: {any: [{list: prospects.csv}]}
follow_up: {steps: [1 week]}
targets: [https://www.one.example/page, {site: two.example, topic: The guide}]
plan:
  starts: 2026-12
  months: 6
  people: {lead: maya@brightlink.example}
  steps:
    - {name: Write, takes: 1 week, owner: lead}
    - {name: Pitch, each: target, takes: 2 business days, owner: tom@brightlink.example}
  topics:
    - {id: guide, name: The guide, kind: core page, due: 2026-12-15}
    - {name: What it costs, due: 2027-01}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "campaigns").mkdir()
    (tmp_path / "campaigns/acme.yaml").write_text(FILE)
    (tmp_path / "campaigns/prospects.csv").write_text("ann@site.example\n")
    (tmp_path / "syncd.yaml").write_text(SETTINGS)
    return tmp_path


def read(folder: Path, env: dict[str, str] | None = None) -> Settings:
    return load(folder / "syncd.yaml", INSTALLED, env or {})


def acme(folder: Path) -> Campaign:
    return read(folder).rules(START).campaigns[0]


def problems(folder: Path, **how: Any) -> list[str]:
    with pytest.raises(InvalidSettings) as caught:
        read(folder, **how)
    return [str(one).replace(str(folder) + "/", "") for one in caught.value.problems]


def write(folder: Path, old: str, new: str) -> None:
    assert old in FILE
    (folder / "campaigns/acme.yaml").write_text(FILE.replace(old, new))


def test_a_campaign_in_its_own_file_is_a_campaign_like_any_other(folder: Path):
    one = acme(folder)
    assert (one.id, one.client, one.niche, one.goal) == (
        "acme",
        "acme.example",
        "home builders",
        "Ten links",
    )
    assert one.targets == ("one.example", "two.example")
    assert one.cadence is not None
    assert [str(step) for step in one.cadence.steps] == ["1 week"]
    assert one.cadence.place.project == "P"
    assert [it.id for it in read(folder).campaigns] == ["acme", "other"]


def test_its_paths_start_at_the_file_they_stand_in(folder: Path):
    [condition] = acme(folder).any_of
    assert condition.members == {"ann@site.example"}


def test_the_plan_is_read_with_its_people_months_and_working_days(folder: Path):
    plan = acme(folder).plan
    assert plan is not None
    assert (plan.project, str(plan.starts), plan.months) == ("acme", "2026-12", 6)
    assert [(one.id, one.each, one.takes, one.owner) for one in plan.steps] == [
        ("write", Each.TOPIC, 5, "maya@brightlink.example"),
        ("pitch", Each.TARGET, 2, "tom@brightlink.example"),
    ]
    assert [(one.id, one.kind, one.due) for one in plan.topics] == [
        ("guide", TopicKind.CORE_PAGE, Deadline(Month(2026, 12), date(2026, 12, 15))),
        ("what-it-costs", TopicKind.POST, Deadline(Month(2027, 1))),
    ]
    assert [one.topic for one in plan.targets] == ["", "guide"]


def test_everything_wrong_in_every_file_is_told_at_once_with_its_place(folder: Path):
    write(folder, "client: acme.example\nniche: home builders", "clint: acme.example\nniche: 5")
    text = (folder / "campaigns/acme.yaml").read_text()
    text = text.replace("owner: lead}", "owner: laed}").replace("due: 2027-01}", "due: 2028-01}")
    (folder / "campaigns/acme.yaml").write_text(text)
    (folder / "syncd.yaml").write_text(
        SETTINGS.replace("timezone: Europe/London", "timezone: Mars")
    )
    found = problems(folder)
    places = [" ".join(one.split()[:2]) for one in found]
    assert places == [
        "campaigns/acme.yaml:1:1: client:",
        "campaigns/acme.yaml:2:1: clint:",
        "campaigns/acme.yaml:3:8: niche:",
        "campaigns/acme.yaml:13:43: plan.steps[0].owner:",
        "campaigns/acme.yaml:17:34: plan.topics[1].due:",
        "syncd.yaml:2:49: team.timezone:",
    ]
    assert 'did you mean "client"?' in found[1]
    assert 'did you mean "lead"?' in found[3]
    assert "runs from 2026-12 to 2027-05" in found[4]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("starts: 2026-12\n", "starts: December\n", "9:11: plan.starts: should be a month"),
        ("months: 6", "months: 60", "10:11: plan.months: should be at most 24"),
        ("takes: 1 week", "takes: 5 days", 'should be working days or weeks, e.g. "3 business'),
        ("each: target", "each: site", "should be topic, target, month or campaign"),
        ("due: 2027-01}", "due: soon}", "should be a month or a day, e.g. 2026-12 or 2026-12-15"),
        ("kind: core page", "kind: page", "should be core page or post"),
        ("topic: The guide", "topic: The gide", '"The gide"; did you mean "The guide"?'),
        ("site: two.example", "site: two", '"two" is not a site; write its domain'),
        ("site: two.example", "site: gmail.com", "gmail.com is a mail service, not a site"),
        ("site: two.example", "site: one.example", '[1] is "one.example" again, as [0] is'),
        ("name: What it costs", "name: Guide", '[1] is "guide" again, as [0] is; give one an id'),
        ("lead: maya@brightlink.example", "lead: maya", '"maya" is not an address'),
        (", each: target", "", "no step is done for each target; add one, each: target"),
        ("plan:\n  starts", "file: x.yaml\nplan:\n  starts", "file: is not known here"),
    ],
)  # fmt: skip
def test_a_slip_in_a_plan_is_told_with_its_place_and_remedy(
    folder: Path, old: str, new: str, complaint: str
):
    write(folder, old, new)
    found = problems(folder)
    assert any(complaint in one for one in found), found
    assert all(one.startswith("campaigns/acme.yaml:") for one in found)


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ("file: campaigns/none.yaml", "campaigns/none.yaml is not there; check the name"),
        ("file: campaigns", "is a folder"),
        ("file: 5", "should be the path of a campaign file, e.g. campaigns/acme.yaml"),
        ("{file: campaigns/acme.yaml, name: X}", "has name beside it; a campaign stands here or"),
    ],
)
def test_an_entry_that_leads_nowhere_is_told_where_it_stands(
    folder: Path, entry: str, complaint: str
):
    (folder / "syncd.yaml").write_text(SETTINGS.replace("file: campaigns/acme.yaml", entry))
    [found] = problems(folder)
    assert found.startswith("syncd.yaml:10:")
    assert "campaigns[0].file" in found
    assert complaint in found


def test_one_file_named_twice_is_told(folder: Path):
    twice = "- file: campaigns/acme.yaml\n  - file: ./campaigns/acme.yaml"
    (folder / "syncd.yaml").write_text(SETTINGS.replace("- file: campaigns/acme.yaml", twice))
    assert "is also the" in problems(folder)[0]


def test_a_file_that_is_no_yaml_is_told_at_its_line_and_the_rest_is_judged(folder: Path):
    (folder / "campaigns/acme.yaml").write_text("id: acme\n  client: x\n")
    (folder / "syncd.yaml").write_text(SETTINGS.replace("since: 2026-09-01", "since: never"))
    found = problems(folder)
    assert found[0].startswith("campaigns/acme.yaml:2:")
    assert "log.since" in found[1]
    (folder / "campaigns/acme.yaml").write_text("- acme\n")
    assert problems(folder)[0].startswith("campaigns/acme.yaml:1:1: should be a campaign's keys")


def test_an_id_that_another_campaign_has_is_told_in_the_file(folder: Path):
    write(folder, "id: acme", "id: other")
    [found] = problems(folder)
    assert found.startswith("syncd.yaml:11:")
    assert "is also the id of campaigns[0]" in found


def test_a_plan_demands_a_board(folder: Path):
    text = SETTINGS.replace(SETTINGS.splitlines()[5] + "\n", "")
    text = text.replace(
        "follow_up: {steps: [3 business days], board: {project: P, task_list: L}}\n", ""
    )
    (folder / "syncd.yaml").write_text(text)
    write(folder, "follow_up: {steps: [1 week]}\n", "")
    assert "no connector is a board" in problems(folder)[0]


def test_the_environment_may_name_a_file_too(folder: Path):
    found = read(folder, {"SYNCD_CAMPAIGNS": "[{file: campaigns/acme.yaml}]"})
    assert [one.id for one in found.campaigns] == ["acme"]


def test_the_settings_as_understood_show_the_campaign_and_its_plan(folder: Path):
    shown = dict(understood(read(folder)))
    assert ("plan.starts", "2026-12") in shown["campaign: acme"]
    assert ("niche", "home builders") in shown["campaign: acme"]


def test_the_example_is_a_whole_campaign_and_an_editor_finds_nothing_wrong(folder: Path):
    (folder / "campaigns/acme.yaml").write_text(campaign_starter("acme"))
    plan = acme(folder).plan
    assert plan is not None
    assert (len(plan.steps), len(plan.topics), len(plan.targets)) == (7, 6, 4)
    data = json.loads(json.dumps(parse(campaign_starter(), "").data, default=str))
    assert Judge(campaign_schema()).complaints(data) == []


def test_the_schemas_know_a_campaign_and_a_file_of_one():
    told = json.loads(json.dumps(parse(FILE, "").data, default=str))
    assert Judge(campaign_schema()).complaints(told) == []
    assert Judge(campaign_schema()).complaints({**told, "gaol": "x"}) != []
    settings = json.loads(json.dumps(parse(SETTINGS, "").data, default=str))
    assert Judge(schema(INSTALLED)).complaints(settings) == []


def test_the_shipped_campaign_schema_and_example_are_current():
    shipped = (CONFIG / "campaign.schema.json").read_text(encoding="utf-8")
    assert shipped == campaign_schema_text(), "run: make generate"
    example = (CONFIG / "campaigns/example.yaml").read_text(encoding="utf-8")
    assert example == campaign_starter("example", "../campaign.schema.json"), "run: make generate"
