"""init, validate and schema."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from syncd.settings.campaign_starter import campaign_starter
from syncd.settings.schema import campaign_schema_text, schema_text
from syncd.settings.starter import starter
from tests.unit.settings.kinds import KINDS


def test_a_newcomer_gets_a_file_that_validates(syncd, tmp_path):
    ended = syncd("init")
    assert ended.code == 0
    assert ended.out.startswith("Wrote syncd.yaml, and syncd.schema.json for editors.")
    text = (tmp_path / "syncd.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=syncd.schema.json\n")
    assert (tmp_path / "syncd.schema.json").read_text() == schema_text(KINDS)
    assert syncd("validate").code == 0


def test_a_file_that_is_there_is_not_written_over_unasked(syncd, tmp_path):
    (tmp_path / "syncd.yaml").write_text("mine\n")
    ended = syncd("init")
    assert ended.code == 1
    assert ended.err == (
        "syncd.yaml is there already; --force writes over it, --config names another\n"
    )
    assert json.loads(syncd("init", "--json").out)["error"] == "file exists"
    assert (tmp_path / "syncd.yaml").read_text() == "mine\n"
    assert syncd("init", "--force").code == 0
    assert (tmp_path / "syncd.yaml").read_text() == starter("syncd.schema.json")


def test_the_file_can_be_printed_and_nothing_written(syncd, tmp_path):
    ended = syncd("init", "--print")
    assert (ended.code, ended.out) == (0, starter())
    assert list(tmp_path.iterdir()) == []


def test_the_file_goes_where_config_says_folders_included(syncd, tmp_path):
    ended = syncd("init", "--config", "etc/team.yaml", "--json")
    assert json.loads(ended.out) == {
        "ok": True,
        "written": ["etc/team.yaml", "etc/syncd.schema.json"],
    }
    assert (tmp_path / "etc" / "team.yaml").exists()


def test_a_valid_file_is_told_as_understood_in_one_line(syncd):
    syncd("init")
    ended = syncd("validate")
    assert ended.out == (
        "syncd.yaml: valid. Connectors: mail (gmail), crm (hubspot), board (teamwork). "
        "Campaigns: acme-home-builders after 2 business days, 5 business days. "
        "Follow-up outside campaigns after 3 business days, 5 business days, 10 business days.\n"
    )


def test_a_valid_file_is_told_to_programs_as_understood(syncd):
    syncd("init")
    ended = syncd("validate", "--json")
    told = json.loads(ended.out)
    assert ended.code == 0
    assert (told["ok"], told["file"]) == (True, "syncd.yaml")
    assert told["connectors"] == {"mail": "gmail", "crm": "hubspot", "board": "teamwork"}
    assert told["campaigns"] == {"acme-home-builders": ["2 business days", "5 business days"]}
    assert told["follow_up"][0] == "3 business days"
    assert set(told["missing_secrets"]) == {
        "connectors.mail.service_account",
        "connectors.crm.token",
        "connectors.board.api_key",
    }


def line_of(file: Path, words: str) -> int:
    lines = file.read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if words in line)


def test_missing_secrets_are_a_note_unless_asked_for(syncd, tmp_path, monkeypatch):
    syncd("init")
    ended = syncd("validate")
    assert ended.code == 0
    assert "note: connectors.crm.token: environment variable HUBSPOT_TOKEN is not set" in ended.err
    strict = syncd("validate", "--secrets")
    assert strict.code == 78
    line = line_of(tmp_path / "syncd.yaml", "token: {env: HUBSPOT_TOKEN}")
    assert f"syncd.yaml:{line}:5: connectors.crm.token: environment variable" in strict.err
    monkeypatch.setenv("HUBSPOT_TOKEN", "present")
    assert "HUBSPOT_TOKEN" not in syncd("validate").err


def test_every_mistake_is_told_at_once(syncd, tmp_path):
    syncd("init")
    file = tmp_path / "syncd.yaml"
    file.write_text(
        file.read_text().replace("bodies: full", "bodies: ful").replace("/London", "/Londn")
    )
    ended = syncd("validate")
    assert (ended.code, ended.out) == (78, "")
    assert [line.split(": ")[1] for line in ended.err.splitlines()] == [
        "team.timezone",
        "log.bodies",
    ]
    told = json.loads(syncd("validate", "--json").out)
    wrong = [line_of(file, "/Londn"), line_of(file, "bodies: ful ")]
    assert [problem["line"] for problem in told["problems"]] == wrong


def test_follow_up_that_is_off_is_told(syncd, tmp_path):
    syncd("init")
    file = tmp_path / "syncd.yaml"
    text = file.read_text()
    file.write_text(text.split("follow_up:")[0])
    assert "Campaigns: none. Follow-up outside campaigns off." in syncd("validate").out


def test_the_settings_file_is_named_by_option_then_environment_then_habit(
    syncd, tmp_path, monkeypatch
):
    (tmp_path / "one.yaml").write_text(starter())
    (tmp_path / "two.yaml").write_text(starter())
    assert "syncd.yaml: there is no such file" in syncd("validate").err
    monkeypatch.setenv("SYNCD_CONFIG", "one.yaml")
    assert syncd("validate").out.startswith("one.yaml: valid")
    assert syncd("validate", "--config", "two.yaml").out.startswith("two.yaml: valid")


@pytest.mark.parametrize("args", [[], ["--json"], ["--config", "none.yaml"]])
def test_the_schema_is_printed_whatever_the_settings(syncd, args):
    ended = syncd("schema", *args)
    assert (ended.code, ended.out) == (0, schema_text(KINDS))


def test_a_campaigns_file_is_begun_with_its_schema_beside_the_settings(syncd, tmp_path):
    ended = syncd("init", "--campaign", "acme")
    assert ended.code == 0
    assert ended.out.endswith("under campaigns: - file: campaigns/acme.yaml\n")
    text = (tmp_path / "campaigns" / "acme.yaml").read_text()
    assert text == campaign_starter("acme", "../campaign.schema.json")
    assert (tmp_path / "campaign.schema.json").read_text() == campaign_schema_text()
    again = syncd("init", "--campaign", "acme")
    assert (again.code, "--force writes over it" in again.err) == (1, True)
    assert syncd("init", "--campaign", "Acme Ltd").err == (
        "an id is lower-case letters, digits, '-' and '_', e.g. acme-ltd\n"
    )


def test_a_campaigns_file_and_schema_can_be_printed(syncd, tmp_path):
    printed = syncd("init", "--campaign", "acme", "--print")
    assert printed.out == campaign_starter("acme", "../campaign.schema.json")
    assert syncd("schema", "--campaign").out == campaign_schema_text()
    assert list(tmp_path.iterdir()) == []
