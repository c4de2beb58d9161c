"""The command of a cluster: one of any number of processes that share the work."""

from __future__ import annotations

import typer

from syncd.cli.opening import (
    AddressesOption,
    QuietOption,
    VerboseOption,
    progress,
    settings_of,
)
from syncd.cli.output import DEFAULT_CONFIG, ConfigOption, ExitCode, JsonOption


def register(app: typer.Typer) -> None:
    app.command()(worker)


def worker(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    verbose: VerboseOption = False,
    quiet: QuietOption = False,
    addresses: AddressesOption = False,
    as_json: JsonOption = False,
) -> int:
    """With `runtime: cluster`: share the work with other workers until SIGTERM or Ctrl-C."""
    from syncd.cli.running import run_worker
    from syncd.runtime.logs import configure

    configure(verbose=verbose, quiet=quiet, addresses=addresses, as_json=as_json)
    settings = settings_of(config)
    with progress() as show:
        run_worker(config, settings, show)
    return ExitCode.OK
