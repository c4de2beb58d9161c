"""Commands that work: setup, plan, once, run, approve."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from syncd.cli.opening import (
    AddressesOption,
    QuietOption,
    VerboseOption,
    progress,
    settings_of,
)
from syncd.cli.output import (
    DEFAULT_CONFIG,
    ConfigOption,
    ExitCode,
    JsonOption,
    complain,
    print_json,
    say,
)

if TYPE_CHECKING:
    from syncd.engine.turn import Rest
    from syncd.store.effect import Effect


def register(app: typer.Typer) -> None:
    for command in (setup, plan, once, run, approve):
        app.command()(command)


def setup(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    yes: Annotated[bool, typer.Option("--yes", help="Make it without asking.")] = False,
    as_json: JsonOption = False,
) -> int:
    """Show, then make, what HubSpot and Teamwork still lack: properties, fields, lists."""
    from syncd.app import Wish, engine
    from syncd.engine.prepare import missing
    from syncd.runtime.logs import configure

    configure(quiet=True)
    settings = settings_of(config)
    with engine(settings, Wish("setup")) as works:
        lacking = missing(works.ctx)
        if as_json and not yes:
            print_json({"ok": True, "missing": [one.summary for _, one in lacking]})
            return ExitCode.CHANGES if lacking else ExitCode.OK
        if not lacking:
            _tell(as_json, {"ok": True, "made": []}, "Everything stands already.")
            return ExitCode.OK
        if not yes:
            for role, one in lacking:
                say(f"{role}: {one.summary}")
            if not sys.stdin.isatty():
                say("`syncd setup --yes` makes them.")
                return ExitCode.CHANGES
            if not typer.confirm("Make these?"):
                return ExitCode.CHANGES
        rest = works.set_up()
        works.finish()
        made = works.ctx.done["provide"]
        words = f"Made {made} of {len(lacking)}."
        _tell(as_json, {"ok": rest, "made": [one.summary for _, one in lacking]}, words)
        return ExitCode.OK if rest else ExitCode.FAILED


def plan(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> int:
    """Show what `once` would do. Writes nothing anywhere, not even in the state."""
    from syncd.app import Wish, dry_engine
    from syncd.cli.plan_lines import lines
    from syncd.runtime.logs import configure

    configure(verbose=verbose, quiet=not verbose)
    settings = settings_of(config)
    with progress() as show, dry_engine(settings, Wish("plan", progress=show)) as works:
        left = works.waiting()
        works.turn()
        # What an earlier run has left undone is done by the next one, too.
        found = [*works.done_of(left), *works.planned()]
        planned = list({one.action.key: one for one in found}.values())
        failing = dict(works.ctx.failing)
        backlog = works.backlog()
    wanted = [one for one in planned if one.state != "observed"]
    observed = [one for one in planned if one.state == "observed"]
    if as_json:
        print_json(
            {
                "ok": not failing,
                "changes": len(wanted),
                "actions": [_row(one) for one in wanted],
                "observed": [_row(one) for one in observed],
                "backlog": [{"person": person, "due": due} for person, due in backlog],
                "failing": failing,
            }
        )
    else:
        for line in lines([*wanted, *observed], every=verbose):
            say(line)
        for person, due in backlog:
            say(f"later, in daily portions: follow up with {person}, due since {due:%Y-%m-%d}")
        say(_counted(Counter(one.action.kind for one in wanted), "Would do", whole=not failing))
        _tell_failing(failing)
    if failing:
        return ExitCode.FAILED
    return ExitCode.CHANGES if wanted else ExitCode.OK


def once(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
    quiet: QuietOption = False,
    addresses: AddressesOption = False,
) -> int:
    """One turn: read what is new, decide, deliver."""
    from syncd.app import Wish, engine
    from syncd.runtime.logs import configure
    from syncd.runtime.memory import loaded

    configure(verbose=verbose, quiet=quiet or as_json, addresses=addresses)
    settings = settings_of(config)
    with progress() as show, engine(settings, Wish("once", progress=show, parallel=True)) as works:
        loaded()
        rest = works.turn()
        works.finish()
        done, failing = Counter(works.ctx.done), dict(works.ctx.failing)
        # After a first reading of a hundred thousand messages they are a gigabyte.
        did = works.planned() if as_json else []
    if as_json:
        print_json(
            {
                "ok": not failing,
                "done": done,
                "actions": [_row(one) for one in did],
                "waiting": rest.waiting,
                "in_doubt": rest.in_doubt,
                "failing": failing,
            }
        )
    else:
        if settings.read_only:
            say("Read-only: nothing was written. `syncd plan` shows what would be.")
        else:
            say(_counted(done, "Did", whole=rest.quiet and not failing))
            _tell_rest(rest)
        _tell_failing(failing)
    return ExitCode.FAILED if failing else ExitCode.OK


def run(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    verbose: VerboseOption = False,
    quiet: QuietOption = False,
    addresses: AddressesOption = False,
    as_json: JsonOption = False,
) -> int:
    """The daemon: works until SIGTERM or Ctrl-C. With --json it logs JSON on a terminal too."""
    from syncd.cli.running import run_daemon
    from syncd.runtime.logs import configure

    configure(verbose=verbose, quiet=quiet, addresses=addresses, as_json=as_json)
    settings = settings_of(config)
    with progress() as show:
        run_daemon(config, settings, show)
    return ExitCode.OK


def approve(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    kind: Annotated[
        list[str] | None, typer.Option("--kind", help="Only actions of this kind.")
    ] = None,
    as_json: JsonOption = False,
) -> int:
    """Let held plans go; the daemon, or `once`, then carries them out."""
    from syncd.app import state
    from syncd.store import ledger, tally

    with state(settings_of(config)) as store, store.begin() as tx:
        reasons = tally.release_reasons(tx)
        released = ledger.release(tx, kind or ())
    told = [{"kind": k, "reason": reason, "number": number} for k, reason, number in reasons]
    _tell(as_json, {"ok": True, "released": released, "held": told}, f"Released {released}.")
    return ExitCode.OK


def _tell(as_json: bool, value: dict[str, Any], words: str) -> None:  # noqa: FBT001
    if as_json:
        print_json(value)
    else:
        say(words)


def _tell_failing(failing: dict[str, str]) -> None:
    for role, words in sorted(failing.items()):
        complain(f"not done: {role}: {words}")
    if failing:
        complain("What depends on these was left for the next run; the rest went on.")


def _tell_rest(rest: Rest) -> None:
    if rest.waiting:
        when = f", the first at {rest.again_at:%Y-%m-%d %H:%M:%S} UTC" if rest.again_at else ""
        say(f"{rest.waiting} waiting to be sent{when}.")
    if rest.in_doubt:
        say(f"{rest.in_doubt} in doubt: no answer came; the next run looks them up.")


def _row(effect: Effect) -> dict[str, Any]:
    return {
        "kind": effect.action.kind,
        "promise": effect.promise,
        "summary": effect.summary,
        "state": effect.state,
    }


def _counted(done: Counter[str], verb: str, *, whole: bool) -> str:
    if not done:
        return f"{verb} nothing" + (": everything is as it should be." if whole else ".")
    return f"{verb}: " + ", ".join(f"{number} {kind}" for kind, number in sorted(done.items()))
