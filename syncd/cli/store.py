"""Commands about the state itself: copying it to another database, forgetting what is over."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from syncd.cli.opening import settings_of
from syncd.cli.output import DEFAULT_CONFIG, ConfigOption, ExitCode, JsonOption, print_json, say

if TYPE_CHECKING:
    from syncd.store.database import Where

FromArgument = Annotated[
    str, typer.Argument(metavar="FROM", help="A file, postgresql://user@host/name, or - (below).")
]
ToArgument = Annotated[
    str, typer.Argument(metavar="TO", help="Likewise; there must be nothing in it yet.")
]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="The state: copy it to another database.", no_args_is_help=True)
    group.command()(copy)
    app.add_typer(group, name="store")
    app.command()(prune)


def copy(
    source: FromArgument,
    target: ToArgument,
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> int:
    """Copy the whole state, e.g. from SQLite to PostgreSQL, and count that all of it came.

    A dash stands for the `store` of the settings, with its schema and password; another
    server's password is looked for by libpq: PGPASSWORD, ~/.pgpass. Nobody may be working on
    either: this holds both meanwhile.
    """
    from syncd.runtime.hold import hold
    from syncd.store.database import Store
    from syncd.store.moving import copy_rows

    there, here = (_where(one, config) for one in (source, target))
    with hold(there, "store copy"), hold(here, "store copy"):
        # Read as it is, never migrated: whoever wrote it may still need it.
        old = Store.reading(there)
        try:
            new = Store(here)
            try:
                counted = copy_rows(old, new)
            finally:
                new.close()
        finally:
            old.close()
    if as_json:
        print_json({"ok": True, "rows": dict(counted)})
    else:
        for table, rows in counted.items():
            if rows:
                say(f"{rows:>12,} {table}")
        say(f"Copied {sum(counted.values()):,} rows, counted on both sides.")
        say(f"Now write it into the settings: store: {here}")
    return ExitCode.OK


def prune(*, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> int:
    """Forget what is older than `keep` in the settings says, as the daemon does every night."""
    from datetime import UTC, datetime

    from syncd.app import state
    from syncd.store import retention

    settings, now = settings_of(config), datetime.now(UTC)
    spans = settings.keep.spans()
    with state(settings) as store:
        found = retention.prune(store, spans, now, settings.rules(now).targets())
    if as_json:
        print_json({"ok": True, "kept_for_ever": not spans, **found})
    elif not spans:
        say("Everything is kept for ever; write e.g. keep: {facts: 400 days} to change that.")
    else:
        say(
            f"Put away {found['conversations']:,} conversations, cut short {found['effects']:,} "
            f"entries of the journal, forgot {found['runs']:,} runs, removed or cut short "
            f"{found['links']:,} entries of crawls, links, introductions and plans."
        )
    return ExitCode.OK


def _where(given: str, config: Path) -> Where:
    from syncd.settings.state import where_of

    return settings_of(config).store if given == "-" else where_of(given)
