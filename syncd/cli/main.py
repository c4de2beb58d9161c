"""`syncd`: the command line's way in."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from syncd import __version__
from syncd.runtime.memory import loading

if TYPE_CHECKING:
    import typer

# Commands that work until they are asked to end, so that ending is success.
_UNTIL_ASKED = frozenset({"run", "worker"})
READ_ONLY, READ_ONLY_VARIABLE = "--read-only", "SYNCD_READ_ONLY"

# Each has register(app), which adds its commands, in the order --help lists them.
FAMILIES = (
    "syncd.cli.config",
    "syncd.cli.daemon",
    "syncd.cli.worker",
    "syncd.cli.doctor",
    "syncd.cli.auth",
    "syncd.cli.inspect",
    "syncd.cli.campaigns",
    "syncd.cli.imports",
    "syncd.cli.crawls",
    "syncd.cli.contacts",
    "syncd.cli.favours",
    "syncd.cli.links",
    "syncd.cli.report",
    "syncd.cli.introductions",
    "syncd.cli.parked",
    "syncd.cli.runs",
    "syncd.cli.forget",
    "syncd.cli.hide",
    "syncd.cli.rebuild",
    "syncd.cli.store",
    "syncd.cli.sandbox",
    "syncd.cli.demo",
    "syncd.cli.mail",
    "syncd.cli.simulate",
)


def main(args: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code (`syncd.cli.output.ExitCode`)."""
    given = sys.argv[1:] if args is None else list(args)
    # Asked for by every script and health check: answered before anything is imported.
    if given == ["--version"]:
        sys.stdout.write(f"syncd {__version__}\n")
        return 0
    loading()
    if next((one for one in given if not one.startswith("-")), "") in _UNTIL_ASKED:
        # Until they listen themselves, which takes a second of loading and opening. Nothing is
        # under way yet that a kill would not leave as well; and a process that is a container's
        # first one would not even hear a signal that it has no handler for.
        signal.signal(signal.SIGTERM, lambda _number, _frame: os._exit(0))
    try:
        return _run(_read_only(given))
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if os.environ.get("SYNCD_DEBUG", "") not in {"", "0"}:
            raise
        # Late: it knows every kind of error, and with them half of syncd.
        from syncd.cli.failures import report

        return report(error, as_json="--json" in given)


def _read_only(args: Sequence[str]) -> list[str]:
    """`--read-only` goes before a command or after it: it is a setting, for this process."""
    end = args.index("--") if "--" in args else len(args)
    if READ_ONLY in args[:end]:
        os.environ[READ_ONLY_VARIABLE] = "true"
    return [one for one in args[:end] if one != READ_ONLY] + list(args[end:])


def _run(args: Sequence[str]) -> int:
    from typer.main import get_command

    # Not standalone: errors come here instead of being printed and ended with codes of
    # typer's own. A command's return value, if any, is the exit code.
    return int(get_command(make_app())(list(args), prog_name="syncd", standalone_mode=False) or 0)


def make_app() -> typer.Typer:
    """The application with every family's commands."""
    from importlib import import_module

    import typer

    app = typer.Typer(
        name="syncd",
        help="Keeps Gmail, HubSpot and Teamwork telling the same story.",
        epilog="Exit codes: 0 ok, 1 failed, 2 changes pending, 78 bad settings or secrets.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
    )

    @app.callback()
    def options(
        *,
        # As a default, not Annotated: annotations are looked up among the module's names, and
        # typer must not be one of them.
        version: bool = typer.Option(False, "--version", help="Print the version."),  # noqa: FBT003 - typer's own form
        read_only: bool = typer.Option(  # noqa: ARG001 - taken out of the arguments above
            False,  # noqa: FBT003 - typer's own form
            READ_ONLY,
            help="Write nothing to any service: what could is not there. With any command.",
        ),
    ) -> None:
        """`--version` is answered above; it stands here for --help, and beside other options.

        So does `--read-only`.
        """
        if version:
            sys.stdout.write(f"syncd {__version__}\n")
            raise typer.Exit

    for family in FAMILIES:
        import_module(family).register(app)
    return app
