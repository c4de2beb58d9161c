"""`syncd import prospects`: people to write to, from a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from syncd.cli.opening import settings_of
from syncd.cli.output import (
    DEFAULT_CONFIG,
    ConfigOption,
    ExitCode,
    JsonOption,
    TableArgument,
    confirmed,
    failed,
    print_json,
    print_table,
    say,
)

if TYPE_CHECKING:
    from syncd.core.prospects import Intake, Wish
    from syncd.core.prospects_file import Broken, Prospect
    from syncd.core.tabular import Header
    from syncd.engine.prospects import Planned
    from syncd.settings.settings import Settings

MapOption = Annotated[
    list[str],
    typer.Option(
        "--map", metavar='"THEIRS=COLUMN"', help='What a header means: "Their header=address".'
    ),
]
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class _Read:
    """A file as read: its rows, and what its header said."""

    rows: list[Prospect | Broken]
    header: Header

    def remarks(self) -> list[str]:
        from syncd.core.prospects_file import COLUMNS

        said = []
        if self.header.unknown:
            names = ", ".join(f'"{one}"' for one in self.header.unknown)
            said.append(f"not read, as their headers mean nothing to syncd: {names}")
            said += [
                f'"{theirs}" may be {ours}: --map "{theirs}={ours}"'
                for ours, theirs in self.header.suggestions.items()
            ]
            said.append(f"columns that can be mapped: {', '.join(COLUMNS)}")
        if self.header.doubled:
            names = ", ".join(f'"{one}"' for one in self.header.doubled)
            said.append(f"not read, as a column before them says the same: {names}")
        return said


_wrong = partial(failed, what="cannot import")


def register(group: typer.Typer) -> None:
    group.command("prospects")(prospects)


def prospects(
    file: TableArgument,
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    campaign: Annotated[
        list[str],
        typer.Option("--campaign", help="For lines that name no campaign; may be repeated."),
    ] = [],  # noqa: B006 - typer's way of "none"; it is never changed
    mapping: MapOption = [],  # noqa: B006 - likewise
    owner: Annotated[
        str, typer.Option("--owner", metavar="ADDRESS", help="Who of us new contacts belong to.")
    ] = "",
    sheet: Annotated[
        str, typer.Option("--sheet", help="Which sheet of a workbook, or file of a zip.")
    ] = "",
    skip_roles: Annotated[
        bool, typer.Option("--skip-roles", help="Leave out info@, editor@ and the like.")
    ] = False,
    skip_known_sites: Annotated[
        bool,
        typer.Option("--skip-known-sites", help="Leave out new people where we know somebody."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would become of it; write nothing.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do it without asking, however much it is.")
    ] = False,
    as_json: JsonOption = False,
) -> int:
    """Take in people to write to: contacts, companies and membership in campaigns.

    Each line is shown with what becomes of it. The same file twice adds nothing.
    """
    from syncd.core.prospects import Wish
    from syncd.core.prospects_file import WrongMapping
    from syncd.core.tabular import Unreadable
    from syncd.engine.prospects import NotAllowed
    from syncd.runtime.logs import configure

    configure(quiet=True)
    settings = settings_of(config)
    try:
        _known_campaigns(settings, campaign)
        read = read_prospects(file, mapping, sheet, campaign)
        wish = Wish(file.name, owner.strip().lower(), skip_roles, skip_known_sites)
        intake: Intake | None = None
        if dry_run or not yes:
            intake = _foresee(settings, read.rows, wish)
            _tell(intake, read.remarks(), None, as_json=as_json and (dry_run or not yes))
            if dry_run or not intake.plan or not confirmed("Take these in?", as_json=as_json):
                return ExitCode.CHANGES if intake.plan else ExitCode.OK
        done, standing = _do(settings, read.rows, wish)
    except (Unreadable, WrongMapping, NotAllowed) as error:
        return _wrong(str(error), as_json=as_json)
    _tell(done, read.remarks(), standing, as_json=as_json, lines=intake is None)
    if standing is not None and standing.parked:
        return ExitCode.FAILED
    return ExitCode.CHANGES if standing is not None and standing.waiting else ExitCode.OK


def read_prospects(
    file: Path,
    mapping: Sequence[str] = (),
    sheet: str = "",
    campaigns: Sequence[str] = (),
) -> _Read:
    """The whole file: it may be wrong at its end. Raises `Unreadable`, `WrongMapping`."""
    from syncd.core import prospects_file, tabular

    columns = prospects_file.mapped(prospects_file.COLUMNS, mapping)
    with file.open("rb") as stream:
        rows = tabular.read(stream, file.name, sheet)
        header, first, rest = tabular.table(rows, columns, prospects_file.REQUIRED, name=file.name)
        prospects_file.check_mapped(mapping, first.cells)
        return _Read(list(prospects_file.prospects(header, rest, campaigns=campaigns)), header)


def _known_campaigns(settings: Settings, wanted: Sequence[str]) -> None:
    from syncd.core.prospects_file import WrongMapping
    from syncd.settings.fields import did_you_mean

    names = settings.campaign_names()
    known = [*names, *names.values()]
    for one in wanted:
        if one.casefold() not in {each.casefold() for each in known}:
            raise WrongMapping(f'there is no campaign "{one}"{did_you_mean(one, known)}')


def _foresee(settings: Settings, rows: Sequence[Prospect | Broken], wish: Wish) -> Intake:
    from syncd.app import Wish as Engine
    from syncd.app import dry_engine
    from syncd.engine.prospects import judge

    with dry_engine(settings, Engine("import")) as works:
        return judge(works.ctx, rows, wish)


def _do(
    settings: Settings, rows: Sequence[Prospect | Broken], wish: Wish
) -> tuple[Intake, Planned | None]:
    """Here and now; beside a daemon only planned, because one process alone may write."""
    from syncd.app import Wish as Engine
    from syncd.app import beside, engine
    from syncd.cli.opening import progress
    from syncd.engine.prospects import carry_out, plan, standing
    from syncd.runtime.hold import HeldElsewhere

    with progress() as show:
        try:
            with engine(settings, Engine("import", progress=show)) as works:
                intake, run = plan(works.ctx, rows, wish, approved=True)
                return intake, None if run is None else carry_out(works, run)
        except HeldElsewhere:
            with beside(settings, Engine("import", progress=show)) as works:
                intake, run = plan(works.ctx, rows, wish, approved=True)
                return intake, None if run is None else standing(works.ctx, run)


def _tell(
    intake: Intake,
    remarks: Sequence[str],
    standing: Planned | None,
    *,
    as_json: bool,
    lines: bool = True,
) -> None:
    if as_json:
        print_json(
            {
                "ok": True,
                "done": standing is not None,
                "run": standing.run if standing is not None else None,
                "waiting": standing.waiting if standing is not None else 0,
                "counts": intake.counts,
                "planned": [one.summary for one in intake.plan],
                "remarks": list(remarks),
                "lines": list(intake.findings),
            }
        )
        return
    if lines:
        _print_lines(intake, remarks)
    told = ", ".join(f"{number} {name}" for name, number in sorted(intake.counts.items()))
    say(f"{len(intake.findings)} lines: {told or 'nothing in them'}.")
    if standing is not None:
        say(f"Run {standing.run}; `syncd runs show {standing.run}` lists what it did.")
        if standing.held:
            say(f"{standing.held} are held; `syncd approve` lets them go.")
        if standing.waiting - standing.held:
            say("What is not done yet is done by the daemon, or by `syncd once`.")
        if standing.parked:
            say(f"{standing.parked} were refused; `syncd parked list` shows why.")


def _print_lines(intake: Intake, remarks: Sequence[str]) -> None:
    for one in remarks:
        say(one)
    # Taken as a matter of course: what a person must look at comes first where there is much.
    rows = sorted(intake.findings, key=lambda one: (one.taken and not one.notes, one.line))
    print_table(
        ["line", "address", "becomes", "why"],
        [
            (
                one.line,
                one.address,
                one.becomes.value,
                "; ".join(filter(None, (one.why, *one.notes))),
            )
            for one in rows[:_SHOWN]
        ],
    )
    if len(rows) > _SHOWN:
        say(f"… and {len(rows) - _SHOWN} more lines; --json lists all.")
