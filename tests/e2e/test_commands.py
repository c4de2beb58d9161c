"""What the commands say and end with, on real services; in this process, which is quicker."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.conftest import Course
from tests.e2e.processes import MAYA, Home, Services


def test_setup_shows_then_makes_then_finds_everything(services: Services, home: Home):
    shown = home.here("setup")
    assert shown.code == 2
    assert "board: task list 'Follow-ups' in project 'Outreach'" in shown.out
    assert shown.out.endswith("`syncd setup --yes` makes them.\n")
    told = home.here("setup", "--json")
    assert (told.code, len(told.json["missing"])) == (2, shown.out.count("\n") - 1)
    made = home.here("setup", "--yes")
    number = len(told.json["missing"])
    assert (made.code, made.out) == (0, f"Made {number} of {number}.\n")
    again = home.here("setup")
    assert (again.code, again.out) == (0, "Everything stands already.\n")
    assert services.logged() == []


def test_what_the_guard_holds_waits_for_approval_kind_by_kind(
    course: Course,
    services: Services,
    home: Home,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("SYNCD_GUARD__MAX_ACTIONS", "12")
    planned = home.here("plan")
    assert planned.code == 2
    assert "; the limit is 12)" in planned.out
    approved = []
    for _ in range(10):
        assert home.here("once", "--quiet").code == 0
        held = home.here("status", "--json").json["held"]
        if not held:
            break
        [first, *_] = held
        said = f"held: {first['number']} {first['kind']}: {first['reason']}; `syncd approve`"
        assert said in home.here("status").out
        number = sum(one["number"] for one in held if one["kind"] == first["kind"])
        released = home.here("approve", "--kind", first["kind"], "--json").json
        assert released["released"] == number > 12
        approved.append(first["kind"])
    assert approved[0] == "add_contact", "nobody is logged before they are there"
    assert {"log_email", "open_task"} <= set(approved)
    assert services.logged() == course.logged
    assert services.end() == course.end


def test_coverage_adds_up_by_mailbox_and_by_day(settled: Home):
    told = settled.here("coverage", "--json").json
    counted = told["mailboxes"][MAYA]
    parts = " + ".join(f"{n} {name}" for name, n in sorted(counted.items()) if name != "seen")
    words = settled.here("coverage").out
    assert f"{MAYA}: {counted['seen']} seen = {parts}" in words
    assert "never log: label Private" in words
    days = settled.here("coverage", "--by-day", "--json").json
    assert days["mailboxes"] == told["mailboxes"]
    assert len({row["day"] for row in days["rows"]}) > 10


def test_explain_tells_of_a_bounce_which_address_to_replace_and_why(settled: Home):
    words = settled.here("explain", "editor@oldhouseclub.example").out
    assert "  stage: bounced, set by syncd\n" in words
    assert " could not be delivered, says mid:" in words
    assert " for finding another address: open\n" in words
    [bounce] = [line.rpartition("mid:")[2] for line in words.splitlines() if "says mid:" in line]
    message = settled.here("explain", bounce).out
    assert "  read as bounce_hard" in message
    assert "  skip: bounce\n" in message


def test_explain_knows_nothing_of_what_it_never_saw(settled: Home):
    ended = settled.here("explain", "nobody@nowhere.example")
    assert (ended.code, ended.out) == (1, "")
    assert "nothing is known of nobody@nowhere.example" in ended.err


def test_a_settings_file_elsewhere_is_named_by_config_or_by_the_environment(
    settled: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    away = Home(tmp_path / "away", settled.config)
    away.config.unlink()
    assert away.here("status").code == 78
    assert away.here("status", "--config", str(settled.config)).code == 0
    monkeypatch.setenv("SYNCD_CONFIG", str(settled.config))
    assert away.here("status").code == 0
