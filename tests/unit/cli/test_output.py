"""What commands print."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from syncd.cli.output import complain, print_json, print_table, say


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True)
class Row:
    b: object
    a: object


def test_json_is_stable_and_takes_what_commands_have(capsys):
    print_json(
        {
            "row": Row({"z", "y"}, Colour.RED),
            "at": datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
            "day": date(2026, 11, 23),
            "path": Path("a/b"),
            "map": MappingProxyType({"k": "v"}),
        },
        indent=None,
    )
    assert capsys.readouterr().out == (
        '{"at": "2026-11-23T09:00:00+00:00", "day": "2026-11-23", "map": {"k": "v"}, '
        '"path": "a/b", "row": {"a": "red", "b": ["y", "z"]}}\n'
    )


def test_json_survives_any_text_on_any_terminal(capsys):
    print_json({"subject": "é \ud800 \x1b[31m"})
    out = capsys.readouterr().out
    assert out.isascii()
    assert "\x1b" not in out
    assert json.loads(out)["subject"] == "é \ud800 \x1b[31m"


def test_a_table_shows_cells_as_they_are(capsys):
    print_table(["subject", "n"], [["[bold]50% off[/bold]", 3], ["x" * 150, None]])
    out = capsys.readouterr().out
    assert "[bold]50% off[/bold]" in out
    assert "x" * 150 in out, "not folded in a pipe"


def test_mail_cannot_rewrite_the_terminal(capsys):
    say("subject \x1b[2J\x07\x9b gone\tand\nnext")
    complain("\x1b[31m")
    print_table(["subject"], [["\x1b[2J wiped"]])
    ended = capsys.readouterr()
    assert ended.out.startswith("subject \ufffd[2J\ufffd\ufffd gone\tand\nnext\n")
    assert "\x1b" not in ended.out + ended.err
