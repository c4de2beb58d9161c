"""`syncd import crawl`: an export of Screaming Frog, from a file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from syncd.cli.crawls import refuse, tell_taken
from syncd.cli.output import DEFAULT_CONFIG, ConfigOption, ExitCode, JsonOption


def register(group: typer.Typer) -> None:
    group.command("crawl")(crawl)


def crawl(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="CSV, xlsx; as gz or zip too.", exists=True, dir_okay=False
        ),
    ],
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    site: Annotated[
        str,
        typer.Option(
            "--site", help="Whose crawl it is; found from the pages in it where left out."
        ),
    ] = "",
    sheet: Annotated[
        str, typer.Option("--sheet", help="Which sheet of a workbook, or file of a zip.")
    ] = "",
    complete: Annotated[
        bool, typer.Option("--complete", help="Exactly 500 URLs are all the site has.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Also where a newer crawl of the site is known.")
    ] = False,
    as_json: JsonOption = False,
) -> int:
    """Take in a crawl exported from Screaming Frog: best Bulk Export > Links > External Links.

    It takes the place of what is known of that site. A file that is cut off, empty or of
    another kind changes nothing, and says what to do.
    """
    from syncd.app import Wish, crawling
    from syncd.cli.opening import settings_of
    from syncd.engine.crawls import FROG, site_named, take_file
    from syncd.ports.verdicts import Refused
    from syncd.runtime.logs import configure

    configure(quiet=True)
    settings = settings_of(config)
    with crawling(settings, Wish("import")) as (around, sources), file.open("rb") as stream:
        try:
            taken = take_file(
                around,
                sources[FROG],
                stream,
                file.name,
                datetime.fromtimestamp(file.stat().st_mtime, UTC),
                site=site_named(site) if site else "",
                part=sheet,
                complete=complete,
                replace=replace,
            )
        except Refused as why:
            return refuse(str(why), as_json=as_json)
    tell_taken(taken, as_json=as_json)
    return ExitCode.OK if taken.kept else ExitCode.FAILED
