"""`syncd parked`: what a service refused, and what becomes of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from syncd.cli.output import (
    DEFAULT_CONFIG,
    ConfigOption,
    ExitCode,
    JsonOption,
    complain,
    failed,
    print_json,
    print_table,
    say,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from syncd.store.database import Tx

Number = Annotated[int, typer.Argument(help="The number `syncd parked list` shows.")]
Numbers = Annotated[list[int], typer.Argument(help="The numbers `syncd parked list` shows.")]
LIMIT = typer.Option("--limit", min=1, max=1000, help="At most so many, the latest first.")


def register(app: typer.Typer) -> None:
    family = typer.Typer(no_args_is_help=True, help="What a service refused: list, retry, drop.")
    family.command("list")(list_parked)
    family.command("show")(show)
    family.command("retry")(retry)
    family.command("drop")(drop)
    app.add_typer(family, name="parked")


def list_parked(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    limit: Annotated[int, LIMIT] = 50,
    as_json: JsonOption = False,
) -> int:
    """What is parked, the latest first, with the service's words."""
    from syncd.store import browse

    with _state(config) as store, store.begin() as tx:
        page = browse.effects_page(tx, 0, limit, state="parked")
    rows = [
        {
            "number": row["seq"],
            "kind": row["kind"],
            "summary": row["summary"],
            "why": row["note"],
            "since": row["settled_at"],
        }
        for row in page.rows
    ]
    if as_json:
        print_json({"ok": True, "parked": rows, "more": page.more})
        return ExitCode.OK
    if not rows:
        say("Nothing is parked.")
        return ExitCode.OK
    print_table(
        ["number", "since (UTC)", "what", "the service's words"],
        [
            (row["number"], f"{row['since']:%Y-%m-%d %H:%M}", row["summary"], row["why"])
            for row in rows
        ],
    )
    if page.more:
        say(f"The latest {limit} are shown; --limit shows more.")
    return ExitCode.OK


def show(
    number: Number, *, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False
) -> int:
    """One of them with everything that would be sent, but for texts."""
    from syncd.engine import parked

    with _state(config) as store, store.begin() as tx:
        found = parked.show(tx, number)
    if found is None:
        return _absent([number], as_json=as_json)
    if as_json:
        print_json({"ok": True, "parked": found})
        return ExitCode.OK
    say(f"{number}: {found['summary']}")
    say(f"  refused {found['settled_at']:%Y-%m-%d %H:%M} UTC: {found['note']}")
    say(f"  {found['kind']} for {found['object']} ({found['promise']}), run {found['run_id']}")
    say(f"  sent {found['attempts']} times; key {found['key']}")
    for name, value in sorted(found["body"].items()):
        say(f"  {name}: {value}")
    return ExitCode.OK


def retry(
    numbers: Numbers, *, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False
) -> int:
    """Have them sent again: by the daemon with its next turn, or by `syncd once`."""
    from syncd.engine import parked

    return _each(config, numbers, parked.retry, "will be sent again", as_json=as_json)


def drop(
    numbers: Numbers, *, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False
) -> int:
    """Give them up for good; the ledger keeps them, and what they were for says so."""
    from syncd.engine import parked

    def one(tx: Tx, number: int) -> bool:
        return parked.drop(tx, number, datetime.now(UTC))

    return _each(config, numbers, one, "dropped", as_json=as_json)


def _each(
    config: Any,
    numbers: list[int],
    does: Callable[[Tx, int], bool],
    words: str,
    *,
    as_json: bool,
) -> int:
    from syncd.engine.parked import CannotDrop

    refused: dict[int, str] = {}
    with _state(config) as store, store.begin() as tx:
        done: list[int] = []
        absent: list[int] = []
        for number in numbers:
            try:
                (done if does(tx, number) else absent).append(number)
            except CannotDrop as error:
                refused[number] = str(error)
    well = not (absent or refused)
    if as_json:
        print_json({"ok": well, "done": done, "absent": absent, "refused": refused})
        return ExitCode.OK if well else ExitCode.FAILED
    for number in done:
        say(f"{number}: {words}")
    for number, why in refused.items():
        complain(f"{number}: {why}")
    if absent:
        _absent(absent, as_json=False)
    return ExitCode.OK if well else ExitCode.FAILED


def _absent(numbers: list[int], *, as_json: bool) -> int:
    named = ", ".join(map(str, numbers))
    words = f"nothing is parked under {named}; `syncd parked list` shows what is"
    return failed(words, as_json=as_json, what="not parked")


def _state(config: Any) -> Any:
    from syncd.app import state
    from syncd.settings.loading import load
    from syncd.wiring import kinds

    return state(load(config, kinds()))
