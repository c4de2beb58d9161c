"""The way in: what starts quickly, and how commands end."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import typer

from syncd import __version__
from syncd.cli import main as entry
from syncd.cli.main import main
from syncd.ports.secrets import MissingSecret
from syncd.ports.verdicts import Changed, CursorLost, InDoubt, Locked, Refused, TryLater
from syncd.settings.problems import InvalidSettings, Problem

PROBLEM = Problem("syncd.yaml", 3, 5, "log.since", "is missing; add it")


@pytest.fixture
def failing(monkeypatch, syncd):
    """A command that ends as it is told."""

    def run(error: BaseException, *args: str):
        def fail(*, as_json: bool = typer.Option(False, "--json")) -> None:  # noqa: FBT003
            del as_json
            raise error

        real = entry.make_app

        def with_it():
            app = real()
            app.command("fail")(fail)
            return app

        with monkeypatch.context() as patch:
            patch.setattr(entry, "make_app", with_it)
            return syncd("fail", *args)

    return run


def test_the_version_is_told_without_importing_anything_slow():
    program = (
        "import sys; from syncd.cli.main import main; code = main(['--version']); "
        "print(code, sorted({'typer', 'rich', 'pydantic', 'requests'} & sys.modules.keys()))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert ended.stdout.splitlines() == [f"syncd {__version__}", "0 []"]


def test_the_version_is_told_beside_other_options_too(syncd):
    ended = syncd("--version", "validate")
    assert (ended.code, ended.out) == (0, f"syncd {__version__}\n")


def test_help_needs_no_sdk_and_no_settings():
    program = (
        "import sys; from syncd.cli.main import main; main(['--help']); "
        "print(sorted({'pydantic', 'requests', 'ruamel.yaml', 'sqlalchemy', 'hubspot'} "
        "& sys.modules.keys()))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert ended.stdout.splitlines()[-1] == "[]"


def test_help_lists_the_commands_and_the_exit_codes(syncd):
    ended = syncd("--help")
    assert ended.code == 0
    for word in ("init", "validate", "schema", "--version", "2 changes pending"):
        assert word in ended.out


@pytest.mark.parametrize("args", [["bogus"], ["validate", "--bogus"], ["validate", "extra"], []])
def test_wrong_usage_is_told_and_never_looks_like_pending_changes(syncd, args):
    ended = syncd(*args)
    assert ended.code == 1
    assert "Usage: syncd" in ended.err + ended.out


def test_wrong_usage_is_told_to_programs_as_json(syncd):
    ended = syncd("validate", "--json", "--bogus")
    assert ended.code == 1
    assert json.loads(ended.out) == {
        "ok": False,
        "error": "wrong usage",
        "message": "No such option: --bogus",
        "remedy": "see --help",
    }


def test_invalid_settings_are_listed_on_standard_error(failing):
    ended = failing(InvalidSettings([PROBLEM]))
    assert (ended.code, ended.out) == (78, "")
    assert ended.err == "syncd.yaml:3:5: log.since: is missing; add it\n"


def test_invalid_settings_are_told_to_programs_as_records(failing):
    ended = failing(InvalidSettings([PROBLEM]), "--json")
    assert ended.code == 78
    assert json.loads(ended.out) == {
        "ok": False,
        "error": "invalid settings",
        "problems": [
            {
                "file": "syncd.yaml",
                "line": 3,
                "column": 5,
                "path": "log.since",
                "message": "is missing; add it",
            }
        ],
    }


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (MissingSecret("X is not set; export it"), 78, "missing secret: X is not set; export it"),
        (Locked("hubspot 401", remedy="rotate it"), 1, "not accepted: hubspot 401; rotate it"),
        (Locked("hubspot 401"), 1, "hubspot 401; check the connector's secret and its scopes"),
        (TryLater("quota", after=7.2), 1, "cannot serve us now: quota; try again in 7 seconds"),
        (TryLater("quota"), 1, "cannot serve us now: quota; try again later"),
        (Refused("no such list"), 1, "refuses this: no such list; correct what it names"),
        (InDoubt("hubspot: no answer"), 1, "came: hubspot: no answer; run `syncd once`: it looks"),
        (Changed("moved"), 1, "meanwhile: moved; run the command again"),
        (CursorLost("gone"), 1, "forgot where we were: gone; run `syncd once`"),
        (FileNotFoundError(2, "No such file", "a.csv"), 1, "failed: a.csv: No such file"),
        (typer.Abort(), 130, "Stopped."),
    ],
    ids=lambda it: type(it).__name__ if isinstance(it, Exception) else None,
)
def test_every_failure_is_one_line_with_its_remedy(failing, error, code, line):
    ended = failing(error)
    assert ended.code == code
    assert line in ended.err
    assert ended.err.count("\n") == 1
    if not isinstance(error, typer.Abort):
        told = json.loads(failing(error, "--json").out)
        assert (told["ok"], told["message"] in line) == (False, True)


def test_a_bug_shows_its_kind_and_neither_its_words_nor_a_traceback(failing):
    ended = failing(RuntimeError("it broke\nbody of a private message"))
    assert ended.code == 1
    assert ended.err == (
        "syncd: unexpected error: RuntimeError; this is a bug in syncd; SYNCD_DEBUG=1 shows where\n"
    )


def test_a_traceback_can_be_asked_for(failing, monkeypatch):
    monkeypatch.setenv("SYNCD_DEBUG", "1")
    with pytest.raises(RuntimeError, match="it broke"):
        failing(RuntimeError("it broke"))


def test_an_interrupted_command_ends_as_shells_expect(failing):
    assert failing(KeyboardInterrupt()).code == 130


def test_an_interrupt_before_the_command_began_ends_the_same(monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(entry, "make_app", interrupted)
    assert main(["validate"]) == 130


def test_a_command_decides_its_exit_code(failing):
    assert failing(typer.Exit(2)).code == 2
