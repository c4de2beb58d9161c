"""`syncd doctor`: would it work? Every check, each with its remedy."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from syncd.cli.output import (
    DEFAULT_CONFIG,
    ConfigOption,
    ExitCode,
    JsonOption,
    print_json,
    say,
)

if TYPE_CHECKING:
    from syncd.ports.manifest import Finding


def register(app: typer.Typer) -> None:
    app.command()(doctor)


def doctor(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask no service: only what is on this machine.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="A warning counts as failed.")] = False,
    as_json: JsonOption = False,
) -> int:
    """Ask the services, the state and the clock whether all this would work. Changes nothing."""
    from syncd.app import Wish, patient
    from syncd.engine.doctor import examine
    from syncd.ports.manifest import State
    from syncd.runtime.logs import configure
    from syncd.settings.loading import load
    from syncd.wiring import kinds

    configure(quiet=True)
    # A secret that is not there is a finding of its connector, and hides no other.
    settings = load(config, kinds())
    found: list[Finding] = []
    for one in examine(patient(settings, Wish("doctor")), online=not offline):
        found.append(one)
        if not as_json:
            _tell(one)
    counted = Counter(one.state for one in found)
    bad = counted[State.FAIL] + (counted[State.WARN] if strict else 0)
    worst = next(
        (state for state in (State.FAIL, State.WARN) if counted[state]),
        State.OK,
    )
    if as_json:
        print_json({"ok": not bad, "worst": worst, "checks": found})
    else:
        parts = [f"{counted[state]} {state}" for state in State if counted[state]]
        say(", ".join(parts) + ".")
    return ExitCode.FAILED if bad else ExitCode.OK


def _tell(one: Finding) -> None:
    subject = f" {one.subject}" if one.subject else ""
    say(f"{one.state:<8} {one.name}{subject}: {one.words}")
    if one.remedy:
        say(f"{'':<8} -> {one.remedy}")
