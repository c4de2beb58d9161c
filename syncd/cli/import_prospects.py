"""`syncd import prospects`: people to write to, from a table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from syncd.cli.output import DEFAULT_CONFIG, ConfigOption, ExitCode, JsonOption, say


def register(group: typer.Typer) -> None:
    group.command("prospects")(prospects)


def prospects(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, TSV or XLSX.", exists=True)],
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> int:
    """Take in people to write to: contacts, companies and membership in campaigns."""
    del config, as_json
    say(f"{file}: nothing taken")
    return ExitCode.FAILED
