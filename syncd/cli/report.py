"""`syncd report`: what the campaigns brought, for people, spreadsheets and programs."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from syncd.cli.output import (
    DEFAULT_CONFIG,
    ConfigOption,
    ExitCode,
    JsonOption,
    failed,
    print_json,
    print_table,
    say,
)

if TYPE_CHECKING:
    from syncd.reports.document import Report, Row

FORMATS = ("html", "csv", "json", "pdf")
_SPANS = '"2026-09-01", "2026-09", "2026-Q3", "2026" or "90 days"'

_wrong = partial(failed, what="wrong question")


def register(app: typer.Typer) -> None:
    app.command()(report)


def report(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    campaign: Annotated[
        str, typer.Option("--campaign", help="Only of this campaign, by id or name.")
    ] = "",
    since: Annotated[
        str, typer.Option("--since", metavar="WHEN", help=f"From then on: {_SPANS}.")
    ] = "",
    until: Annotated[
        str, typer.Option("--until", metavar="WHEN", help="Up to and with that day or span.")
    ] = "",
    as_html: Annotated[
        bool, typer.Option("--html", help="One file with charts, for browsers and printing.")
    ] = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="One long table, for spreadsheets.")
    ] = False,
    as_json: JsonOption = False,
    as_pdf: Annotated[bool, typer.Option("--pdf", help="The same as a PDF.")] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", dir_okay=False, help="Write it to this file."),
    ] = None,
) -> int:
    """What the pitches brought: funnel, response and placement by campaign, person, step,
    template and source, links per 100 messages warm against cold, follow-ups on time, links won
    and lost by month.

    It reads the state alone and asks no service. Without a format it prints tables.
    """
    chosen = dict(zip(FORMATS, (as_html, as_csv, as_json, as_pdf), strict=True))
    formats = [name for name, wanted in chosen.items() if wanted]
    if len(formats) > 1:
        return _wrong(f"give one of --{', --'.join(FORMATS)}", as_json=as_json)
    form = formats[0] if formats else _ending(out)
    if out is not None and not form:
        words = (
            f"what {out} is to be cannot be told from its name; end it in .{', .'.join(FORMATS)}"
        )
        return _wrong(words, as_json=as_json)
    if form == "pdf" and out is None and sys.stdout.isatty():
        return _wrong("a PDF is no text for a terminal; give --out FILE", as_json=as_json)
    try:
        found = _report(config, campaign, since, until)
        made = _made(found, form)
    except _Slip as slip:
        return _wrong(str(slip), as_json=as_json)
    if out is not None:
        out.write_bytes(made)
        if as_json:
            print_json({"ok": True, "file": str(out)})
        else:
            say(f"wrote {out}: {found.title}, {found.period}")
    elif form == "json":
        from syncd.reports.tables import as_json as told

        print_json({"ok": True, **told(found)})
    elif form:
        sys.stdout.flush()
        sys.stdout.buffer.write(made)
        sys.stdout.buffer.flush()
    else:
        _print(found)
    return ExitCode.OK


class _Slip(Exception):
    """Something that was asked for is not to be had. The message says why."""


def _ending(out: Path | None) -> str:
    if out is None:
        return ""
    ending = out.suffix.lower().removeprefix(".")
    return {"htm": "html"}.get(ending, ending) if ending in {*FORMATS, "htm"} else ""


def _report(config: Path, campaign: str, since: str, until: str) -> Report:
    from syncd.app import state
    from syncd.core.periods import NoPeriod
    from syncd.reports.compose import compose
    from syncd.reports.gather import Ask, Asked, NoCampaign, gather
    from syncd.runtime.clock import SystemClock
    from syncd.settings.fields import did_you_mean
    from syncd.settings.loading import load
    from syncd.store.view import View
    from syncd.wiring import kinds

    settings = load(config, kinds())
    now = SystemClock().now()
    try:
        asked = Asked.of(settings.rules(now), Ask(campaign, since, until), now)
    except NoPeriod as error:
        raise _Slip(str(error)) from error
    except NoCampaign as error:
        near = did_you_mean(campaign, settings.campaign_names())
        raise _Slip(f'there is no campaign "{campaign}"{near}') from error
    with state(settings):
        # It is there and of our schema. What takes seconds is read beside the daemon.
        view = View(settings.store)
        try:
            with view.look() as tx:
                return compose(gather(tx, asked), asked)
        finally:
            view.close()


def _made(found: Report, form: str) -> bytes:
    """The file of a format; nothing where it is printed piece by piece."""
    from syncd.cli.reporting import made
    from syncd.reports.pdf import NoPdf

    try:
        return made(found, form) if form else b""
    except NoPdf as error:
        raise _Slip(str(error)) from error


def _print(found: Report) -> None:
    say(f"{found.title}, {found.period} (days of {found.zone})")
    if found.is_empty:
        say(
            "There is nothing to report yet: nobody outside was written to, no follow-up was due "
            "and no link won or lost in this time. `syncd status` tells what has been read."
        )
        return
    for words in found.summary:
        say(words)
    for section in found.sections:
        say(f"\n{section.title}")
        if not section.rows:
            say(f"  {section.empty}")
            continue
        print_table(
            [section.head, *(column.label for column in section.columns)],
            [_cells(row) for row in section.rows],
        )
        for note in section.notes:
            say(note)
    if any(value.is_small for one in found.sections for row in one.rows for value in row.values):
        say("\n* rests on fewer than ten: too little to go by")
    say("How each number is counted stands in the report as a page (--html).")


def _cells(row: Row) -> list[str]:
    cells = [row.label]
    for value in row.values:
        words = str(value)
        if value.value is not None and value.range:
            words += f" ({value.range}){'*' if value.is_small else ''}"
        cells.append(words)
    return cells
