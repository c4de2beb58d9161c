"""`syncd rebuild`: a lost or damaged state made anew from the mail and the services."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from syncd.cli.opening import progress, settings_of
from syncd.cli.output import (
    DEFAULT_CONFIG,
    ConfigOption,
    ExitCode,
    JsonOption,
    complain,
    print_json,
    say,
)


def register(app: typer.Typer) -> None:
    app.command()(rebuild)


def rebuild(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Also where the state is sound: it is put aside.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    as_json: JsonOption = False,
) -> int:
    """Make a lost state anew: all mail is read again, and what we did is found by our marks.

    Writes nothing to any service. What is left of the old state is put beside the new one. A
    backup is better. Lost are the journal, and with it what could be undone; on a server who
    is to be forgotten; prospects and favours from files; and what a person had us take back. Asks
    for introductions are found by their drafts, tasks and mail.
    """
    from syncd.app import Wish, rebuilding
    from syncd.engine.rebuild import CannotRebuild
    from syncd.engine.rebuild import rebuild as carry_out
    from syncd.runtime.logs import configure

    configure(quiet=True)
    settings = settings_of(config)
    if not yes:
        say("A backup that is restored keeps more than a state made anew: see --help.")
        if as_json or not sys.stdin.isatty():
            say("`syncd rebuild --yes` does it.")
            return ExitCode.CHANGES
        if not typer.confirm("Make the state anew?"):
            return ExitCode.CHANGES
    try:
        with (
            progress() as show,
            rebuilding(settings, Wish("rebuild", progress=show), anyway=anyway) as (works, aside),
        ):
            found = carry_out(works)
    except CannotRebuild as error:
        if as_json:
            print_json({"ok": False, "error": str(error), "remedy": "run it again"})
        else:
            complain(f"{error}; run `syncd rebuild` again, it goes on")
        return ExitCode.FAILED
    if as_json:
        print_json({"ok": True, "found": found, "put_aside": aside})
        return ExitCode.OK
    if aside:
        say(f"The old state is {aside}.")
    say(
        f"Read {found.messages} messages; found {found.engagements} logged in the CRM and "
        f"{found.tasks} tasks on the board."
    )
    if found.unlogged:
        say(f"{found.unlogged} are not in the CRM; the next run logs them.")
    if found.unknown:
        say(f"{found.unknown} tasks of ours belong to no follow-up that is known; they are left.")
    say("`syncd plan` shows what the next run would do.")
    return ExitCode.OK
