"""`syncd sandbox` where it ends before it serves."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from syncd.cli.main import main
from syncd.cli.sandbox import moment

ME = "me@my.example"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--mail", "gone.mbox", "--me", ME], "cannot read gone.mbox: No such file"),
        (["--mail", "x.mbox"], "add --me ADDRESS"),
        (["--shift-to", "now"], "--shift-to goes with --mail"),
        (["--me", ME], "--me goes with --mail FILE or --empty"),
        (["--mail", "x.mbox", "--me", ME, "--shift-to", "soon"], "not a date; write e.g."),
        (["--empty", "--config-out", "x.yaml"], "a settings file needs a mailbox"),
        (["--empty", "--mail", "x.mbox"], "exclude each other"),
    ],
)
def test_options_that_make_no_sense_are_explained(tmp_path, monkeypatch, capsys, options, said):
    monkeypatch.chdir(tmp_path)
    assert main(["sandbox", "--port", "0", *options]) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert said in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rules: [{kind: explode}]", "rules[0]: kind should be one of"),
        ("rules: [", "is not YAML"),
        ("commands: [{service: hubspot, command: explode}]", "no command 'explode'; known:"),
        (None, "cannot be read"),
    ],
)
def test_a_fault_file_that_makes_no_sense_is_named(tmp_path, monkeypatch, capsys, text, said):
    monkeypatch.chdir(tmp_path)
    if text is not None:
        (tmp_path / "faults.yaml").write_text(text)
    assert main(["sandbox", "--port", "0", "--faults", "faults.yaml"]) == 1
    err = capsys.readouterr().err
    assert "faults.yaml" in err
    assert said in err


def test_for_programs_the_explanation_is_json(capsys):
    assert main(["sandbox", "--port", "0", "--me", ME, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["error"]) == (False, "cannot start")


def test_a_day_to_shift_to_is_its_beginning_in_utc():
    assert moment("2026-11-20") == datetime(2026, 11, 20, tzinfo=UTC)
    assert moment("2026-11-20T10:00+01:00") == datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert abs((moment(" NOW ") - datetime.now(UTC)).total_seconds()) < 5
