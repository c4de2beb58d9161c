"""`syncd hide`: what a rule of log.never, written later, would have kept out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

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
    say,
)

if TYPE_CHECKING:
    from syncd.engine.hide import Hidden


def register(app: typer.Typer) -> None:
    app.command()(hide)


def hide(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    crm: Annotated[
        bool, typer.Option("--crm", help="Also our messages and tasks in the CRM.")
    ] = False,
    board: Annotated[bool, typer.Option("--board", help="Also our tasks on the board.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    as_json: JsonOption = False,
) -> int:
    """Remove stored messages that the rules of log.never, as they are now, would have kept out.

    Shows first what would go. What the CRM's own logger has logged is not ours and stays.
    """
    from syncd.app import Wish, dry_engine, engine
    from syncd.engine import hide as hiding
    from syncd.runtime.logs import configure

    configure(quiet=True)
    settings = settings_of(config)
    with dry_engine(settings, Wish("hide")) as works, works.ctx.store.begin() as tx:
        found = hiding.look(tx, works.ctx.rules.log)
    if not found.reasons or not yes:
        _tell(found, as_json=as_json)
        if not found.reasons:
            return ExitCode.OK
        if not confirmed("Remove them? It cannot be taken back", as_json=as_json, unasked=""):
            return ExitCode.CHANGES
    if settings.read_only and (crm or board):
        return failed("read-only: nothing can be removed from a service", as_json=as_json)
    with engine(settings, Wish("hide")) as works:
        left = hiding.hide(works, crm=crm, board=board)
    if left:
        again = "nothing is removed here before; run the same command again"
        words = f"{left} records could not be removed from the services yet: {again}"
        return failed(words, as_json=as_json)
    if as_json:
        print_json({"ok": True, "done": True, "messages": len(found.reasons)})
    else:
        say(f"Removed {len(found.reasons)} messages.")
    return ExitCode.OK


def _tell(found: Hidden, *, as_json: bool) -> None:
    tasks = len(found.board_tasks) + len(found.crm_tasks)
    if as_json:
        told = {"messages": found.by_rule, "logged": len(found.logged), "tasks": tasks}
        print_json({"ok": True, "done": False, **told})
        return
    if not found.reasons:
        say("Nothing is stored that the rules of log.never would keep out.")
    for reason, number in sorted(found.by_rule.items()):
        say(f"{number} stored by now: {reason}")
    if found.logged:
        say(f"{len(found.logged)} of them are logged in the CRM (--crm removes them there).")
    if tasks:
        say(f"{tasks} of our tasks are about them (--board, --crm).")
