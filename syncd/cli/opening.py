"""What commands that work with the state have in common: settings, logs, progress."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from syncd.engine.context import Progress
    from syncd.settings.settings import Settings

VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Log every step.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Log warnings and errors only.")]
AddressesOption = Annotated[
    bool, typer.Option("--show-addresses", help="Do not shorten addresses in the log.")
]


def settings_of(config: Path, *, secrets: bool = True) -> Settings:
    """The settings in `config`. `secrets`: demand that every one they refer to is there."""
    from syncd.settings.loading import load
    from syncd.wiring import kinds

    return load(config, kinds(), secrets=secrets)


@contextmanager
def progress() -> Iterator[Callable[[Progress], None]]:
    """Somewhere to report progress to: bars on a terminal, a log line each tenth otherwise."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    with Bars(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bars:
        tasks: dict[str, object] = {}

        def show(now: Progress) -> None:
            if now.what not in tasks:
                tasks[now.what] = bars.add_task(now.what, total=now.total)
            bars.update(tasks[now.what], completed=now.done, total=now.total)  # type: ignore[arg-type]

        yield show


class _Lines:
    def __init__(self) -> None:
        self._told: dict[str, int] = {}

    def __call__(self, now: Progress) -> None:
        from syncd.engine.context import log

        tenth = 10 * now.done // max(1, now.total)
        if self._told.get(now.what) != tenth:
            self._told[now.what] = tenth
            log.info("progress", what=now.what, done=now.done, total=now.total)
