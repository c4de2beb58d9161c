"""`syncd import links`: links to clients, as Ahrefs, Semrush, Moz and the like list them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from syncd.cli.output import (
    DEFAULT_CONFIG,
    ConfigOption,
    ExitCode,
    JsonOption,
    TableArgument,
    complain,
    print_json,
    say,
)

if TYPE_CHECKING:
    from syncd.core.links_file import Table
    from syncd.engine.link_imports import Intake
    from syncd.settings.settings import Settings

_SHOWN = 20


def register(group: typer.Typer) -> None:
    group.command("links")(links)


def links(
    file: TableArgument,
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    client: Annotated[
        str,
        typer.Option("--client", metavar="DOMAIN", help="Whose the links are that do not say it."),
    ] = "",
    campaign: Annotated[
        str, typer.Option("--campaign", metavar="ID", help="For lines that name no campaign.")
    ] = "",
    sheet: Annotated[
        str, typer.Option("--sheet", help="Which sheet of a workbook, or file of a zip.")
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would become of it; write nothing.")
    ] = False,
    as_json: JsonOption = False,
) -> int:
    """Take in links to your clients. Each is a claim until its page has been looked at.

    Reads the exports of Ahrefs, Semrush, Moz, Majestic and Google Search Console (latest
    links, sample links), and tables of your own. The same file twice adds nothing.
    """
    from syncd.core.tabular import Unreadable
    from syncd.settings.loading import load
    from syncd.wiring import kinds

    settings = load(config, kinds())
    try:
        intake, table = _take(settings, file, sheet, (client, campaign), dry_run=dry_run)
    except Unreadable as error:
        if as_json:
            print_json({"ok": False, "error": "cannot read", "message": str(error)})
        else:
            complain(str(error))
        return ExitCode.FAILED
    if as_json:
        _print(intake, table, done=not dry_run)
    else:
        _tell(intake, table, file.name, done=not dry_run)
        if not _looks(settings):
            say("Nothing looks at these pages: add connectors.web: {kind: webcheck}.")
    return ExitCode.CHANGES if dry_run and intake.new else ExitCode.OK


def _take(
    settings: Settings, file: Path, sheet: str, given: tuple[str, str], *, dry_run: bool
) -> tuple[Intake, Table]:
    from syncd.app import state
    from syncd.core import tabular
    from syncd.core.links_file import links_of
    from syncd.engine.link_imports import take_all

    now = datetime.now(UTC)
    rules = settings.rules(now)
    clients = sorted({one.client for one in rules.campaigns})
    client, campaign = _meant(clients, given[0]), given[1]
    if campaign and campaign not in {one.id for one in rules.campaigns}:
        known = ", ".join(one.id for one in rules.campaigns) or "none"
        raise tabular.Unreadable(f"there is no campaign {campaign}; there are {known}")
    with file.open("rb") as stream:
        table = links_of(tabular.read(stream, file.name, sheet), file.name, clients, client)
        # Read whole before anything is written: it may be wrong at its end.
        listed = list(table.listed)
    with state(settings) as store:
        intake = take_all(store, rules, listed, now, campaign=campaign, dry_run=dry_run)
    return intake, table


def _meant(clients: list[str], given: str) -> str:
    from syncd.core.links_address import host_of
    from syncd.core.tabular import Unreadable

    found = [one for one in clients if given and host_of(one) == host_of(given)]
    if given and not found:
        raise Unreadable(
            f"{given} is no client of any campaign; there are {', '.join(clients) or 'none'}"
        )
    return found[0] if found else ""


def _looks(settings: Settings) -> bool:
    from syncd.ports.manifest import Role
    from syncd.wiring import kinds

    known = kinds()
    return any(
        Role.WEB in known[section.kind].roles  # type: ignore[attr-defined]
        for section in settings.connectors.values()
    )


def _print(intake: Intake, table: Table, *, done: bool) -> None:
    print_json(
        {
            "ok": True,
            "done": done,
            "tool": table.tool,
            "new": intake.new,
            "known": intake.known,
            "left": intake.left,
            "without_person": intake.alone,
            "unknown_columns": table.header.unknown,
        }
    )


def _tell(intake: Intake, table: Table, name: str, *, done: bool) -> None:
    made = "taken in" if done else "would be taken in"
    say(f"{name}: {f'an export of {table.tool}' if table.tool else 'a table of your own'}")
    say(f"{len(intake.new):>8}  {made}")
    say(f"{len(intake.known):>8}  known already")
    for why, number in Counter(one.why for one in intake.left).most_common():
        lines = [str(one.line) for one in intake.left if one.why == why][:_SHOWN]
        more = ", ..." if number > len(lines) else ""
        say(f"{number:>8}  left out: {why} (line {', '.join(lines)}{more})")
    if intake.alone:
        say(
            f"{intake.alone} of the new ones are of sites where we know nobody; "
            "`syncd links add URL --person ADDRESS` says who it is."
        )
    if intake.new and done:
        say("Each page is looked at before its link counts; `syncd links` shows them.")
