"""`syncd runs` and `syncd undo`: what each run wrote to the outside, and taking it back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from syncd.cli.opening import settings_of
from syncd.cli.output import (
    DEFAULT_CONFIG,
    ConfigOption,
    ExitCode,
    JsonOption,
    confirmed,
    failed,
    print_json,
    print_table,
    say,
)

if TYPE_CHECKING:
    from syncd.engine.undo import Report
    from syncd.settings.settings import Settings
    from syncd.store.journal import RunLine

LIMIT = typer.Option("--limit", min=1, max=1000, help="At most so many, the latest first.")
SINCE = typer.Option(
    "--since",
    formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"],
    help="Those that began then or later, in UTC.",
)
Number = Annotated[int, typer.Argument(metavar="RUN", help="The number `syncd runs` shows.")]
Numbers = Annotated[
    list[str],
    typer.Argument(metavar="RUN…", help="Numbers `syncd runs` shows, or a range of them: 14-18."),
]
_RANGE = re.compile(r"(\d+)(?:-(\d+))?")
_MOST = 1000

_unknown = partial(failed, what="cannot undo")


def register(app: typer.Typer) -> None:
    family = typer.Typer(
        invoke_without_command=True, help="What each run wrote, the latest first; show one."
    )
    family.callback()(runs)
    family.command("show")(show)
    app.add_typer(family, name="runs")
    app.command()(undo)


def runs(
    context: typer.Context,
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    limit: Annotated[int, LIMIT] = 20,
    since: Annotated[datetime | None, SINCE] = None,
    as_json: JsonOption = False,
) -> int:
    """What each run wrote, the latest first. A daemon's turn that plans something is a run."""
    from syncd.store import journal

    if context.invoked_subcommand is not None:
        return ExitCode.OK
    from_then = None if since is None else since.replace(tzinfo=UTC)
    with _state(config) as store, store.begin() as tx:
        found = journal.lines(tx, limit, since=from_then)
    if as_json:
        print_json({"ok": True, "runs": found})
    elif not found:
        say("No run has written anything yet.")
    else:
        print_table(
            ["run", "command", "began (UTC)", "ended", "did", "besides", "undone by"],
            [_row(one) for one in found],
        )
    return ExitCode.OK


def show(
    number: Number, *, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False
) -> int:
    """One run: each effect with what stood there before and after, its rule and its cause."""
    from syncd.store import journal, ledger

    with _state(config) as store, store.begin() as tx:
        run = journal.line(tx, number)
        effects = [] if run is None else ledger.of_run(tx, number)
    if run is None:
        return _unknown(f"there is no run {number}; `syncd runs` lists them", as_json=as_json)
    if as_json:
        print_json({"ok": True, "run": run, "effects": [_effect(one) for one in effects]})
        return ExitCode.OK
    say(f"Run {number} ({run.command}), began {_time(run.began_at)}")
    if run.undoes is not None:
        say(f"  undoes run {run.undoes}")
    for by in run.undone_by:
        say(f"  undone by run {by}")
    for one in effects:
        note = f" ({one.note})" if one.note else ""
        say(f"{one.seq}: {one.state}: {one.summary}{note}")
        for name, value in (("before", one.before), ("after", one.after)):
            if value:
                say(f"    {name}: {_pairs(value)}")
        if one.rule or one.cause:
            cause = f", because of {one.cause}" if one.cause else ""
            say(f"    by the rule {one.rule}{cause}")
    return ExitCode.OK


def undo(
    wanted: Numbers,
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would become of it; write nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    as_json: JsonOption = False,
) -> int:
    """Take back what runs wrote, as far as nobody has changed it since.

    Our engagements are deleted for good, our tasks completed, the tasks we closed opened
    again, values and labels put back. Contacts and comments stay. It is a run of its own.
    """
    from syncd.engine.undo import CannotUndo
    from syncd.runtime.logs import configure

    configure(quiet=True)
    settings = settings_of(config)
    try:
        numbers = _meant(settings, wanted)
        if dry_run or not yes:
            foreseen = _foresee(settings, numbers)
            _tell(foreseen, as_json=as_json, done=False)
            pending = any(report.unsettled for report in foreseen)
            if dry_run or not pending or not confirmed("Take these back?", as_json=as_json):
                return ExitCode.CHANGES if pending else ExitCode.OK
        reports = _undo(settings, numbers)
    except CannotUndo as error:
        return _unknown(str(error), as_json=as_json)
    _tell(reports, as_json=as_json, done=True)
    if any(report.counts["refused"] for report in reports):
        return ExitCode.FAILED
    return ExitCode.CHANGES if any(report.unsettled for report in reports) else ExitCode.OK


def _foresee(settings: Settings, numbers: Sequence[int]) -> list[Report]:
    from syncd.app import Wish, dry_engine
    from syncd.engine.undo import foresee

    with dry_engine(settings, Wish("undo")) as works:
        return [foresee(works.ctx, number) for number in numbers]


def _undo(settings: Settings, numbers: Sequence[int]) -> list[Report]:
    """Here and now; beside a daemon only planned, because one process alone may write."""
    from syncd.app import Wish, beside, engine
    from syncd.engine import undo
    from syncd.runtime.hold import HeldElsewhere

    try:
        with engine(settings, Wish("undo")) as works:
            return [undo.undo(works, number) for number in numbers]
    except HeldElsewhere:
        with beside(settings, Wish("undo")) as works:
            return [undo.plan(works.ctx, number) for number in numbers]


def _meant(settings: Settings, wanted: Sequence[str]) -> list[int]:
    """The runs that are meant, the latest first: what was written last is taken back first.

    Of a range, those that can be undone. Raises `CannotUndo`.
    """
    from syncd.app import state
    from syncd.engine.undo import CannotUndo
    from syncd.store import journal

    numbers: set[int] = set()
    with state(settings) as store, store.begin() as tx:
        for word in wanted:
            found = _RANGE.fullmatch(word)
            first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
            if found is None or not first <= last < min(first + _MOST, 2**53):
                raise CannotUndo(f"{word} is no number of a run, nor a range such as 14-18")
            if found[2] is None:
                numbers.add(first)
                continue
            lines = (journal.line(tx, number) for number in range(first, last + 1))
            numbers |= {line.number for line in lines if line is not None and line.undoes is None}
    return sorted(numbers, reverse=True)


def _tell(reports: Sequence[Report], *, as_json: bool, done: bool) -> None:
    if as_json:
        rows = [
            {
                "run": report.run,
                "undone_by": report.by,
                "counts": report.counts,
                "effects": report.lines,
            }
            for report in reports
        ]
        print_json({"ok": True, "done": done, "runs": rows})
        return
    for report in reports:
        say(f"Run {report.run}: {report.in_words()}.")
        for line in report.lines:
            words = f" ({line.words})" if line.words else ""
            say(f"  {line.number}: {line.becomes}: {line.summary}{words}")
        if done and report.counts["held"]:
            say("  `syncd approve` lets go what is held.")
        if done and report.unsettled:
            say("  What is not settled is gone on with by the daemon, or by `syncd once`.")


def _row(run: RunLine) -> tuple[object, ...]:
    rest = {name: number for name, number in run.states.items() if name != "done"}
    command = run.command if run.undoes is None else f"{run.command} of {run.undoes}"
    return (
        run.number,
        command,
        _time(run.began_at),
        f"{run.ended_at:%H:%M:%S}" if run.ended_at else "",
        _counted(run.counts),
        _counted(rest),
        ", ".join(map(str, run.undone_by)),
    )


def _effect(effect: Any) -> dict[str, Any]:
    return {
        "number": effect.seq,
        "kind": effect.action.kind,
        "promise": effect.promise,
        "object": effect.object,
        "summary": effect.summary,
        "state": effect.state,
        "note": effect.note,
        "before": effect.before,
        "after": effect.after,
        "rule": effect.rule,
        "cause": effect.cause,
        "remote_id": effect.remote_id,
        "planned_at": effect.planned_at,
        "settled_at": effect.settled_at,
    }


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {kind}" for kind, number in sorted(counts.items()))


def _pairs(values: Mapping[str, Any]) -> str:
    shown = {name: "; ".join(v) if isinstance(v, list) else v for name, v in values.items()}
    return ", ".join(f"{name} {value if value != '' else 'empty'}" for name, value in shown.items())


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def _state(config: Any) -> Any:
    from syncd.app import state
    from syncd.settings.loading import load
    from syncd.wiring import kinds

    return state(load(config, kinds()))
