"""From an error to an exit code and a message with a remedy."""

from __future__ import annotations

from typing import Any

import typer

from syncd.cli.output import ExitCode, complain, print_json
from syncd.ports.secrets import MissingSecret
from syncd.ports.verdicts import Changed, CursorLost, InDoubt, Locked, Refused, TryLater, Verdict
from syncd.runtime.hold import HeldElsewhere
from syncd.runtime.logs import said
from syncd.settings.problems import InvalidSettings
from syncd.settings.state import WrongRuntime
from syncd.store.database import UnusableState

# What to do where the verdict itself does not say.
_REMEDIES: dict[type[Verdict], tuple[str, str]] = {
    TryLater: ("the service cannot serve us now", "try again later"),
    InDoubt: ("no answer came", "run `syncd once`: it looks up what happened and goes on"),
    Changed: ("the record changed meanwhile", "run the command again"),
    Refused: ("the service refuses this", "correct what it names and run the command again"),
    Locked: ("the credentials are not accepted", "check the connector's secret and its scopes"),
    CursorLost: ("the service forgot where we were", "run `syncd once`: it catches up by itself"),
}


def report(error: Exception, *, as_json: bool) -> ExitCode:
    """Tell a person, or a program, what went wrong."""
    if isinstance(error, typer.Abort):
        complain("Stopped.")
        return ExitCode.INTERRUPTED
    if isinstance(error, InvalidSettings):
        if as_json:
            _as_json("invalid settings", problems=list(error.problems))
        else:
            complain(str(error))
        return ExitCode.INVALID_SETTINGS
    if isinstance(error, typer.TyperException) and not as_json:
        _usage(error)
        return ExitCode.FAILED
    code, kind, words, remedy = _described(error)
    if as_json:
        _as_json(kind, message=words, remedy=remedy)
    else:
        complain(f"syncd: {kind}: {words}" + (f"; {remedy}" if remedy else ""))
    return code


def _described(error: Exception) -> tuple[ExitCode, str, str, str]:
    """Exit code, kind of error, what happened, remedy."""
    if isinstance(error, MissingSecret):
        return ExitCode.INVALID_SETTINGS, "missing secret", str(error), ""
    if isinstance(error, HeldElsewhere):
        return ExitCode.FAILED, "in use", str(error), ""
    if isinstance(error, WrongRuntime):
        return ExitCode.FAILED, "not in this runtime", str(error), ""
    if isinstance(error, UnusableState):
        return ExitCode.FAILED, "unusable state", str(error), ""
    if isinstance(error, Verdict):
        kind, remedy = _REMEDIES[type(error)]
        if isinstance(error, TryLater) and error.after is not None:
            remedy = f"try again in {error.after:.0f} seconds"
        if isinstance(error, Locked) and error.remedy:
            remedy = error.remedy
        return ExitCode.FAILED, kind, str(error), remedy
    if isinstance(error, typer.TyperException):
        return ExitCode.FAILED, "wrong usage", error.format_message(), "see --help"
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return ExitCode.FAILED, "failed", f"{where}{error.strerror}", ""
    # Not its words, where they are not ours: they may quote a message's text or a secret.
    words = f"{type(error).__name__}: {said(error)}".removesuffix(": ")
    remedy = "this is a bug in syncd; SYNCD_DEBUG=1 shows where"
    return ExitCode.FAILED, "unexpected error", words[:300], remedy


def _usage(error: typer.TyperException) -> None:
    from typer import rich_utils

    # Its parameter is annotated with the vendored base class of every such error.
    rich_utils.rich_format_error(error)  # type: ignore[arg-type]


def _as_json(error: str, **more: Any) -> None:
    print_json({"ok": False, "error": error, **more})
