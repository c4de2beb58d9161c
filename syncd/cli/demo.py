"""`syncd demo`: the sandbox, a mailbox and the daemon, and what came of it."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from syncd.cli.output import ExitCode, JsonOption, complain, print_json, say

if TYPE_CHECKING:
    from syncd.sandbox.config_out import ConfigOut
    from syncd.sandbox.server import Sandbox
    from syncd.settings.settings import Settings
    from syncd.store.database import Tx

# The example is played in two acts, so that tasks opened in the first close in the second.
INTERMISSION = timedelta(hours=26)
EXAMPLES = 3


def register(app: typer.Typer) -> None:
    app.command()(demo)


@dataclass(slots=True)
class Sums:
    """What a daemon did, counted in its own state. `counts` per outcome and reason."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    totals: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)

    @property
    def seen(self) -> int:
        return sum(self.counts.values())

    def outcomes(self) -> Counter[str]:
        summed: Counter[str] = Counter()
        for (outcome, _), number in self.counts.items():
            summed[outcome] += number
        return summed


def demo(
    *,
    mail: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Your own mail: an mbox, e.g. from Google Takeout."),
    ] = None,
    me: Annotated[
        list[str] | None, typer.Option(metavar="ADDRESS", help="Whose mail it is.")
    ] = None,
    port: Annotated[int, typer.Option(help="The sandbox's control port.")] = 4400,
    as_json: JsonOption = False,
) -> int:
    """Show syncd at work: three services on this machine, a mailbox, and what it does."""
    from syncd.runtime.logs import configure
    from syncd.sandbox.mailbox_files import NotMail
    from syncd.sandbox.server import PortTaken

    configure(quiet=True)
    if (mail is None) != (not me):
        complain("syncd demo: --mail FILE and --me ADDRESS go together")
        return ExitCode.FAILED
    try:
        with TemporaryDirectory(prefix="syncd-demo-") as folder, _sandbox(port) as box:
            if not as_json:
                whose = mail or "the mailboxes of a small link-building team, written for this"
                say(f"Gmail, HubSpot and Teamwork stand-ins on this machine, with {whose}.")
            config = Path(folder) / "syncd.yaml"
            sums = _play(box, config, mail, tuple(me or ()))
            _tell(sums, box, as_json=as_json)
            if sys.stdout.isatty() and not as_json:
                _invite(box, config)
                box.wait()
    except (NotMail, PortTaken) as error:
        complain(f"syncd demo: {error}")
        return ExitCode.FAILED
    return ExitCode.OK


@contextmanager
def _sandbox(port: int) -> Iterator[Sandbox]:
    """A sandbox that serves on `port`, or, where that is taken, on any free ones."""
    from syncd.sandbox.clock import SandboxClock
    from syncd.sandbox.server import PortTaken, Sandbox
    from syncd.wiring import simulators

    clock = SandboxClock()
    box = Sandbox(simulators(clock), clock, port=port)
    try:
        box.bind()
    except PortTaken:
        box = Sandbox(simulators(clock), clock, port=0)
        box.bind()
    try:
        yield box
    finally:
        box.stop()


def _play(box: Sandbox, config: Path, mail: Path | None, me: tuple[str, ...]) -> Sums:
    from syncd.cli.sandbox import seed_own

    if mail is not None:
        _, out = seed_own(box, mail, me, None)
        settings = _started(box, config, out)
        return _work(box, settings)
    return _two_acts(box, config)


def _two_acts(box: Sandbox, config: Path) -> Sums:
    """The mail but for the newest; then the newest, which answers some of it."""
    from syncd.cli.sandbox import example
    from syncd.sandbox.config_out import example_config
    from syncd.sandbox.example import seed_example

    shipped, now = example(), datetime.now(UTC)
    pause = max(each.at for each in shipped.deliveries(now)) - INTERMISSION
    seeded = seed_example(box.simulators, shipped, now, until=pause)
    box.clock.set(pause)
    settings = _started(box, config, example_config(shipped, seeded))
    first = _work(box, settings)
    box.clock.set(datetime.now(UTC))
    box.call(lambda: seed_example(box.simulators, shipped, now, since=pause))
    second = _work(box, settings)
    second.done += first.done
    return second


def _started(box: Sandbox, config: Path, out: ConfigOut) -> Settings:
    from syncd.cli.opening import settings_of
    from syncd.sandbox.config_out import write_config

    write_config(config, box.addresses, out)
    box.start()
    return settings_of(config)


def _work(box: Sandbox, settings: Settings) -> Sums:
    """Run the daemon's engine until it is quiet, and count what its state says."""
    from syncd.app import Wish, engine
    from syncd.cli.opening import progress

    with progress() as show, engine(settings, Wish("demo", box.clock, progress=show)) as works:
        works.until_quiet()
        works.finish()
        with works.ctx.store.begin() as tx:
            sums = _counted(tx)
        sums.done = Counter(works.ctx.done)
    return sums


def _counted(tx: Tx) -> Sums:
    from syncd.store import overview

    sums = Sums(totals=overview.totals(tx))
    for row in overview.message_outcomes(tx):
        sums.counts[row.outcome, row.reason] += row.number
    for kind in ("log_email", "change_contact", "open_task", "close_task"):
        sums.examples[kind] = overview.examples(tx, kind, EXAMPLES)
    return sums


def _tell(sums: Sums, box: Sandbox, *, as_json: bool) -> None:
    if as_json:
        print_json(_as_json(sums, box))
        return
    outcomes = sums.outcomes()
    parts = [f"{outcomes[name]} {name}" for name in ("logged", "skipped") if outcomes[name]]
    parts += [f"{n} {name}" for name, n in outcomes.items() if name not in {"logged", "skipped"}]
    say(f"Messages: {sums.seen} seen = {' + '.join(parts)}")
    for (outcome, reason), number in sorted(sums.counts.items()):
        if reason:
            say(f"  {number:>6}  {outcome}: {reason.removeprefix('never log: ')}")
    made, changed = sums.done["add_contact"], sums.done["change_contact"]
    say(f"Contacts: {made} created; tags and stages written {changed} times")
    opened, closed = sums.done["open_task"], sums.done["close_task"]
    say(f"Follow-up tasks: {opened} opened, {closed} closed; {sums.totals['tasks.open']} open now")
    for name, lines in sums.examples.items():
        if lines:
            say(f"For example ({name.replace('_', ' ')}):")
            for line in lines:
                say(f"  {line}")


def _invite(box: Sandbox, config: Path) -> None:
    """What there is to see while it stays."""
    say(f"\nLook at what came of it: {box.url('control')}")
    for name, address in box.addresses.items():
        if name != "control":
            say(f"  {name:<9} {address}")
    say("Ask why, in another terminal, with any address or Message-ID:")
    say(f"  {sys.argv[0]} explain ADDRESS --config {config}")
    say("Ctrl-C ends it.")


def _as_json(sums: Sums, box: Sandbox) -> dict[str, Any]:
    return {
        "ok": True,
        "seen": sums.seen,
        "outcomes": sums.outcomes(),
        "reasons": [
            {"outcome": outcome, "reason": reason, "number": number}
            for (outcome, reason), number in sorted(sums.counts.items())
        ],
        "done": sums.done,
        "totals": sums.totals,
        "examples": sums.examples,
        "addresses": box.addresses,
    }
