"""What every command shares: its two options, its exit codes, tables and JSON."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Any

import typer

ConfigOption = Annotated[
    Path,
    typer.Option(
        "--config", envvar="SYNCD_CONFIG", metavar="FILE", help="The settings file.", dir_okay=False
    ),
]
DEFAULT_CONFIG = Path("syncd.yaml")

TableArgument = Annotated[
    Path,
    typer.Argument(
        metavar="FILE", help="CSV, TSV, XLSX, ODS; packed too.", exists=True, dir_okay=False
    ),
]

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]

_UNASKED = "Nothing was done yet: --yes does it."
# Control characters would let a mail's subject rewrite the terminal it is shown on.
_CONTROLS = {code: "\ufffd" for code in (*range(32), *range(127, 160)) if code not in {9, 10}}


class ExitCode(IntEnum):
    """What `syncd` ends with; part of its interface.

    A wrong option or command counts as FAILED: CHANGES must mean nothing else.
    """

    OK = 0
    FAILED = 1
    CHANGES = 2  # `plan`: there is something to do
    INVALID_SETTINGS = 78  # EX_CONFIG; a missing secret counts
    INTERRUPTED = 130  # Ctrl-C


def say(words: str) -> None:
    """One line, or several, on standard output."""
    sys.stdout.write(words.translate(_CONTROLS) + "\n")


def complain(words: str) -> None:
    """As `say`, on standard error."""
    sys.stderr.write(words.translate(_CONTROLS) + "\n")


def failed(words: str, *, as_json: bool, what: str = "") -> ExitCode:
    """Say that nothing came of it, and how the command ends. `what` names it for programs."""
    if as_json:
        named = {"error": what, "message": words} if what else {"error": words}
        print_json({"ok": False, **named})
    else:
        complain(words)
    return ExitCode.FAILED


def confirmed(question: str, *, as_json: bool, unasked: str = _UNASKED) -> bool:
    """Ask a person. Where there is none to be asked the answer is no, and `unasked` is said."""
    if as_json or not sys.stdin.isatty():
        if unasked:
            complain(unasked)
        return False
    return typer.confirm(question)


def print_json(value: Any, *, indent: int | None = 2) -> None:
    """`value` as JSON with sorted keys, in ASCII so that no terminal can refuse it.

    Dataclasses become objects, times ISO 8601, sets sorted lists. `indent` None: one line.
    """
    words = json.dumps(value, indent=indent, sort_keys=True, default=_plain)
    sys.stdout.write(words + "\n")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Aligned columns; cells are shown as they are, never as markup."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(str(cell).translate(_CONTROLS)) for cell in row))
    # Into a file or a pipe nothing is folded to a width nobody has.
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 400, highlight=False)
    console.print(table)


def _plain(value: object) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    return str(value)
