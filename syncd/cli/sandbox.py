"""`syncd sandbox`: the three services on this machine."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from syncd.cli.output import ExitCode, JsonOption, complain, print_json, say

if TYPE_CHECKING:
    from syncd.sandbox.config_out import ConfigOut
    from syncd.sandbox.example import Example
    from syncd.sandbox.fault_plan import FaultPlan
    from syncd.sandbox.seed import Seeded
    from syncd.sandbox.server import Sandbox


# When the example's crawls were made.
_CRAWLED = "-8 15:00"


def register(app: typer.Typer) -> None:
    app.command()(sandbox)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for. `me` and `shift_to` go with `mail`; `me` with `empty` as well."""

    port: int
    mail: Path | None
    me: tuple[str, ...]
    shift_to: datetime | None
    config_out: Path | None
    addresses_out: Path | None
    faults: Path | None
    empty: bool


def sandbox(
    *,
    port: Annotated[
        int,
        typer.Option(
            help="The control port; Gmail, HubSpot and Teamwork take the next three. "
            "0 takes any free ones.",
            min=0,
            max=65532,
        ),
    ] = 4400,
    mail: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Seed from an mbox (Google Takeout's too), a Maildir or a folder of .eml "
            "files, instead of the example mailbox.",
        ),
    ] = None,
    me: Annotated[
        list[str] | None,
        typer.Option(metavar="ADDRESS", help="Whose mail it is; may be given several times."),
    ] = None,
    shift_to: Annotated[
        str | None,
        typer.Option(
            metavar="DATE|now",
            help="Move the newest message to this moment, and all others with it.",
        ),
    ] = None,
    config_out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write a settings file that points here, with its secrets beside."
        ),
    ] = None,
    addresses_out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the addresses as JSON once they answer."),
    ] = None,
    faults: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="What is to go wrong, as YAML or JSON: the body of POST /api/faults.",
        ),
    ] = None,
    empty: Annotated[
        bool, typer.Option("--empty", help="No mail; with --me, empty mailboxes.")
    ] = False,
    as_json: JsonOption = False,
) -> int:
    """Serve Gmail, HubSpot and Teamwork on this machine, until Ctrl-C."""
    from syncd.runtime.logs import configure
    from syncd.sandbox.faults import BadRule
    from syncd.sandbox.mailbox_files import NotMail
    from syncd.sandbox.server import PortTaken

    configure()
    try:
        wanted = Wanted(
            port,
            mail,
            tuple(me or ()),
            moment(shift_to) if shift_to else None,
            config_out,
            addresses_out,
            faults,
            empty,
        )
        _check(wanted)
        _serve(wanted, as_json=as_json)
    except (BadRule, NotMail, PortTaken, _WrongUse) as error:
        if as_json:
            print_json({"ok": False, "error": "cannot start", "message": str(error)})
        else:
            complain(f"syncd sandbox: {error}")
        return ExitCode.FAILED
    return ExitCode.OK


def example() -> Example:
    """The shipped example mailbox."""
    from syncd.sandbox.example import Example
    from syncd.settings.shipped import shipped
    from syncd.settings.source import load_yaml

    files = sorted(shipped("sandbox/example").iterdir(), key=lambda file: file.name)
    return Example([load_yaml(file) for file in files if file.name.endswith(".yaml")])


def seed_shipped(box: Sandbox) -> tuple[Seeded, ConfigOut]:
    """Fill a sandbox that does not serve yet with the example mailbox."""
    from syncd.sandbox.example import seed_example
    from syncd.sandbox.example_world import Introducers, put_pages

    shipped = example()
    now = box.clock.now()
    seeded = seed_example(box.simulators, shipped, now)
    put_pages(box.simulators["webcheck"], shipped)
    box.introducers = Introducers(shipped)
    return seeded, settings_of_example(shipped, seeded, now)


def settings_of_example(shipped: Example, seeded: Seeded, now: datetime) -> ConfigOut:
    """What its settings say, with the files it keeps beside them, as they are on that day."""
    from syncd.sandbox.config_out import example_config
    from syncd.sandbox.example_files import example_files
    from syncd.settings.shipped import shipped as folder

    files = example_files(folder("sandbox/example/files"), now.date())
    return example_config(shipped, seeded, files, shipped.at(_CRAWLED, now))


def seed_own(
    box: Sandbox, mail: Path, me: tuple[str, ...], shift_to: datetime | None
) -> tuple[Seeded, ConfigOut]:
    """Fill a sandbox that does not serve yet with somebody's own mail, showing progress.

    Raises `NotMail`.
    """
    from syncd.cli.opening import progress
    from syncd.engine.context import Progress
    from syncd.sandbox.config_out import personal_config
    from syncd.sandbox.seed import seed_files

    with progress() as show:
        seeded = seed_files(
            box.simulators,
            mail,
            me,
            box.clock,
            shift_to=shift_to,
            progress=lambda done, total: show(Progress("seeding", done, total)),
        )
    return seeded, personal_config(seeded)


class _WrongUse(Exception):
    """Options that do not go together, or make no sense."""


def _check(wanted: Wanted) -> None:
    if wanted.mail is not None and wanted.empty:
        raise _WrongUse("--mail and --empty exclude each other")
    if wanted.mail is not None and not wanted.me:
        raise _WrongUse("whose mail is it? add --me ADDRESS")
    if wanted.mail is None and wanted.shift_to is not None:
        raise _WrongUse("--shift-to goes with --mail; the example is always of these weeks")
    if wanted.me and wanted.mail is None and not wanted.empty:
        raise _WrongUse("--me goes with --mail FILE or --empty")
    if wanted.empty and wanted.config_out is not None and not wanted.me:
        raise _WrongUse("a settings file needs a mailbox: add --me ADDRESS")


def _fault_plan(file: Path, box: Sandbox) -> FaultPlan:
    """Raises `BadRule`."""
    from syncd.sandbox.fault_plan import FaultPlan
    from syncd.sandbox.faults import BadRule
    from syncd.settings.problems import InvalidSettings
    from syncd.settings.source import load_yaml

    try:
        return FaultPlan.read(load_yaml(file), box.simulators)
    except BadRule as bad:
        raise BadRule(f"{file}: {bad}") from bad
    except InvalidSettings as invalid:
        raise BadRule(str(invalid)) from invalid


def moment(words: str) -> datetime:
    """What --shift-to names: now, a day (its beginning), or a time; UTC where no zone is said."""
    if words.strip().lower() == "now":
        return datetime.now(UTC)
    try:
        at = datetime.fromisoformat(words.strip())
    except ValueError:
        fits = "2026-11-20, 2026-11-20T10:00 or now"
        raise _WrongUse(f"--shift-to {words}: not a date; write e.g. {fits}") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _serve(wanted: Wanted, *, as_json: bool) -> None:
    from syncd.sandbox.clock import SandboxClock
    from syncd.sandbox.config_out import write_config
    from syncd.sandbox.server import Sandbox
    from syncd.wiring import simulators

    if wanted.addresses_out is not None:
        wanted.addresses_out.unlink(missing_ok=True)  # whoever waits must not read the last one
    clock = SandboxClock()
    box = Sandbox(simulators(clock), clock, port=wanted.port)
    plan = _fault_plan(wanted.faults, box) if wanted.faults is not None else None
    box.bind()
    try:
        seeded, config = _seeded(box, wanted)
        if plan is not None:
            plan.apply(box.faults, box.simulators)
        out = wanted.config_out
        written = write_config(out, box.addresses, config) if out is not None else []
        box.start()
        if wanted.addresses_out is not None:
            _write_whole(wanted.addresses_out, {**box.addresses, "pid": os.getpid()})
        if as_json:
            counts = {"messages": seeded.messages, "copies": dict(seeded.copies)}
            told = {"ok": True, "addresses": box.addresses, "seeded": counts, "written": written}
            print_json(told, indent=None)
        else:
            say(_words(box, seeded, written))
        # Whoever started this process through a pipe waits for these lines.
        sys.stdout.flush()
        box.wait()
    finally:
        box.stop()


def _seeded(box: Sandbox, wanted: Wanted) -> tuple[Seeded, ConfigOut]:
    from syncd.sandbox.config_out import personal_config
    from syncd.sandbox.seed import add_mailboxes

    if wanted.empty:
        seeded = add_mailboxes(box.simulators, wanted.me)
        return seeded, personal_config(seeded)
    if wanted.mail is not None:
        return seed_own(box, wanted.mail, wanted.me, wanted.shift_to)
    return seed_shipped(box)


def _write_whole(path: Path, value: dict[str, Any]) -> None:
    """All of it or nothing: somebody is waiting for the file to be there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_text(json.dumps(value) + "\n", encoding="utf-8")
    part.replace(path)


def _words(box: Sandbox, seeded: Seeded, written: list[Path]) -> str:
    addresses = box.addresses
    lines = [f"Sandbox at {addresses['control']} - open it in a browser. Ctrl-C ends it.", ""]
    lines += [f"  {name:<9} {address}" for name, address in addresses.items() if name != "control"]
    lines.append("")
    if seeded.copies:
        boxes = ", ".join(f"{address} {count:,}" for address, count in seeded.copies.items())
        lines.append(f"Seeded {seeded.messages:,} messages: {boxes}.")
    elif seeded.names:
        lines.append(f"Empty mailboxes: {', '.join(seeded.names)}.")
    else:
        lines.append("Seeded nothing.")
    if seeded.oldest is not None and seeded.newest is not None:
        lines.append(
            f"They are from {seeded.oldest:%d %b %Y} to {seeded.newest:%d %b %Y %H:%M} UTC."
        )
    if seeded.undated:
        lines.append(f"{seeded.undated:,} without a readable Date took the time beside them.")
    if seeded.unaddressed:
        lines.append(f"{seeded.unaddressed:,} named none of the mailboxes and went to the first.")
    if seeded.oversized:
        lines.append(f"{seeded.oversized:,} larger than Gmail takes were left out.")
    if written:
        lines += ["", f"Wrote {written[0]}, with its secrets beside. Try: "]
        lines.append(f"  syncd setup --config {written[0]} && syncd once --config {written[0]}")
    else:
        lines += ["", "Point clients there: HubSpot token pat-sandbox, Teamwork key twp_sandbox,"]
        lines.append("Gmail as a service account (--config-out FILE makes one, with settings).")
    return "\n".join(lines)
