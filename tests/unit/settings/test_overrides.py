"""`SYNCD_…` variables stand for settings by their path."""

from __future__ import annotations

from datetime import time
from pathlib import Path

from syncd.core.calendar import Hours, Span, Unit
from syncd.core.rules import Bodies, Consequence, Does
from tests.support.clock import START
from tests.unit.settings.sample import GOOD, complaints, good, spoilt


def test_a_variable_wins_over_the_file():
    settings = good(env={"SYNCD_LOG__BODIES": "none", "SYNCD_STORE": "other.db"})
    assert (settings.log.bodies, settings.store) == (Bodies.NONE, Path("other.db"))


def test_a_variable_gives_what_the_file_leaves_out():
    text = spoilt("  since: 2026-09-01\n", "").replace(", mailboxes: [maya@brightlink.example]", "")
    settings = good(
        text,
        {
            "SYNCD_LOG__SINCE": "2026-10-01",
            "SYNCD_CONNECTORS__MAIL__MAILBOXES": "[a@b.example, c@d.example]",
            "SYNCD_RUN__WORKERS": "9",
        },
    )
    assert settings.log.since.isoformat() == "2026-10-01"
    assert settings.connectors["mail"].model_dump()["mailboxes"] == ("a@b.example", "c@d.example")
    assert settings.run.workers == 9


def test_the_whole_file_can_come_from_the_environment():
    env = {
        "SYNCD_TEAM__DOMAINS": '["brightlink.example"]',
        "SYNCD_TEAM__TIMEZONE": "Europe/London",
        "SYNCD_CONNECTORS__MAIL__KIND": "gmail",
        "SYNCD_CONNECTORS__MAIL__SERVICE_ACCOUNT__FILE": "google.json",
        "SYNCD_CONNECTORS__MAIL__MAILBOXES": "[maya@brightlink.example]",
        "SYNCD_CONNECTORS__CRM": "{kind: hubspot, token: {env: HUBSPOT_TOKEN}}",
        "SYNCD_LOG": "{since: 2026-09-01}",
    }
    settings = good("", env)
    assert settings.connectors["crm"].model_dump()["token"]["env"] == "HUBSPOT_TOKEN"
    assert settings.follow_up is None


def test_lists_and_mappings_are_written_as_in_the_file():
    settings = good(
        env={
            "SYNCD_FOLLOW_UP__STEPS": "[1 day, 1 week]",
            "SYNCD_CAMPAIGNS": "[{id: x, client: y, match: {any: [{label: z}]}}]",
        }
    )
    assert settings.follow_up is not None
    assert [step.after for step in settings.follow_up.steps] == [
        Span(1, Unit.DAY),
        Span(1, Unit.WEEK),
    ]
    assert [campaign.id for campaign in settings.campaigns] == ["x"]


def test_a_variable_reaches_into_the_sections_of_a_follow_up():
    env = {
        "SYNCD_FOLLOW_UP__TASK__PRIORITY": "high",
        "SYNCD_FOLLOW_UP__STOP__LABEL": "none",
        "SYNCD_FOLLOW_UP__BACKLOG": "none",
        "SYNCD_ANSWERS__PRICE": "nothing",
        "SYNCD_TEAM__OFFICE_HOURS": "9:00-17:00",
    }
    rules = good(env=env).rules(START)
    assert rules.cadence is not None
    assert rules.cadence.task.priority == "high"
    assert (rules.cadence.stop.label, rules.cadence.backlog) == (None, None)
    assert rules.answers["price"] == Consequence(Does.NOTHING)
    assert rules.team.calendar.hours == Hours(time(9), time(17))


def test_only_the_named_part_of_a_section_changes():
    settings = good(env={"SYNCD_CONNECTORS__CRM__TOKEN__ENV": "OTHER"})
    assert settings.connectors["crm"].model_dump()["token"] == {
        "env": "OTHER",
        "file": None,
        "credential": None,
    }
    assert settings.log.never


def test_a_mistake_in_a_variable_names_the_variable():
    told = complaints(GOOD, {"SYNCD_LOG__BODIES": "ful", "SYNCD_TEAM__HOLIDAYS": "[ZZ]"})
    assert told[0].startswith("SYNCD_LOG__BODIES: log.bodies: should be full, snippet or none")
    assert told[1].startswith("SYNCD_TEAM__HOLIDAYS: team.holidays[0]: no holidays are known")


def test_what_is_missing_inside_a_section_made_of_variables_names_one_of_them():
    told = complaints(GOOD, {"SYNCD_CONNECTORS__OTHER__KIND": "gmail"})
    assert {line.split(": ")[0] for line in told} == {"SYNCD_CONNECTORS__OTHER__KIND"}


def test_a_mistyped_key_in_a_variable_gets_a_suggestion():
    [told] = complaints(GOOD, {"SYNCD_LOG__BODYS": "full"})
    assert told == 'SYNCD_LOG__BODYS: log.bodys: is not known here; did you mean "bodies"?'


def test_a_mistyped_section_in_a_variable_gets_a_suggestion():
    [told] = complaints(GOOD, {"SYNCD_LGO__BODIES": "full"})
    assert told == 'SYNCD_LGO__BODIES: no setting has this name; did you mean "log"?'


def test_variables_for_other_purposes_and_empty_ones_are_left_alone():
    env = {
        "SYNCD_CONFIG": "/etc/syncd.yaml",
        "SYNCD_DEBUG": "1",
        "SYNCD_PORT_4400_TCP": "tcp://10.0.0.1:4400",
        "SYNCD_LOG__BODIES": "",
        "HUBSPOT_TOKEN": "x",
    }
    assert good(env=env) == good()


def test_a_broken_list_in_a_variable_is_told_like_any_other_mistake():
    [told] = complaints(GOOD, {"SYNCD_TEAM__DOMAINS": "[a.example"})
    assert told.startswith("SYNCD_TEAM__DOMAINS: team.domains: should be a list")
