"""`syncd demo`: the sandbox, a mailbox and the daemon, and what came of it."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from syncd.cli.output import ExitCode, JsonOption, complain, print_json, say

if TYPE_CHECKING:
    from syncd.cli.demo_links import Building
    from syncd.engine.turn import Engine
    from syncd.sandbox.config_out import ConfigOut
    from syncd.sandbox.server import Sandbox
    from syncd.settings.settings import Settings
    from syncd.store.database import Tx

# The newest mail comes in an act of its own, so that it closes tasks opened before.
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
            sums, building = _play(box, config, mail, tuple(me or ()))
            _tell(sums, building, box, as_json=as_json)
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


def _play(
    box: Sandbox, config: Path, mail: Path | None, me: tuple[str, ...]
) -> tuple[Sums, Building | None]:
    from syncd.cli.sandbox import seed_own

    if mail is None:
        return _acts(box, config)
    _, out = seed_own(box, mail, me, None)
    settings = _started(box, config, out)
    with _engine(box, settings) as works:
        works.until_quiet()
        works.finish()
        return _sums(works), None


def _acts(box: Sandbox, config: Path) -> tuple[Sums, Building]:
    """The mail in parts, the newest last: it answers some of what was asked before.

    Between them pages are looked at again, and one of them has lost its link.
    """
    from syncd.cli import demo_links
    from syncd.cli.sandbox import example, settings_of_example
    from syncd.sandbox.example import seed_example
    from syncd.sandbox.example_world import change_pages, put_pages

    shipped, now = example(), datetime.now(UTC)
    newest = max(each.at for each in shipped.deliveries(now))
    ends = [*(shipped.at(words, now) for words in shipped.acts), newest - INTERMISSION]
    put_pages(box.simulators["webcheck"], shipped)
    seeded = seed_example(box.simulators, shipped, now, until=ends[0])
    box.clock.set(ends[0])
    settings = _started(box, config, settings_of_example(shipped, seeded, now))
    with _engine(box, settings) as works:
        works.until_quiet()
        demo_links.enter_favours(works, shipped, now)
        # In the night after the first part, long before the next one ends.
        change = partial(change_pages, box.simulators["webcheck"], shipped, now, ends[0])
        box.call(partial(change, newest))
        for since, until in zip(ends, [*ends[1:], None], strict=True):
            demo_links.look_at_pages(works, box.clock, until or datetime.now(UTC))
            box.call(partial(seed_example, box.simulators, shipped, now, since=since, until=until))
            works.until_quiet()
        sums = _sums(works)
        building = demo_links.build(works, shipped, config.parent)
        works.finish()
        return sums, building


@contextmanager
def _engine(box: Sandbox, settings: Settings) -> Iterator[Engine]:
    from syncd.app import Wish, engine
    from syncd.cli.opening import progress

    with progress() as show, engine(settings, Wish("demo", box.clock, progress=show)) as works:
        yield works


def _started(box: Sandbox, config: Path, out: ConfigOut) -> Settings:
    from syncd.cli.opening import settings_of
    from syncd.sandbox.config_out import write_config

    write_config(config, box.addresses, out)
    box.start()
    return settings_of(config)


def _sums(works: Engine) -> Sums:
    """What its state says was done so far."""
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


def _tell(sums: Sums, building: Building | None, box: Sandbox, *, as_json: bool) -> None:
    from syncd.cli import demo_links

    if as_json:
        more = {} if building is None else {"link_building": demo_links.as_json(building)}
        print_json({**_as_json(sums, box), **more})
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
    say(f"Tasks: {opened} opened, {closed} closed; {sums.totals['tasks.open']} open now")
    for name, lines in sums.examples.items():
        if lines:
            say(f"For example ({name.replace('_', ' ')}):")
            for line in lines:
                say(f"  {line}")
    if building is not None:
        demo_links.tell(building)


def _invite(box: Sandbox, config: Path) -> None:
    """What there is to see while it stays."""
    say(f"\nLook at what came of it: {box.url('control')}")
    for name, address in box.addresses.items():
        if name != "control":
            say(f"  {name:<9} {address}")
    say("Ask why, in another terminal, with any address or Message-ID:")
    say(f"  {sys.argv[0]} explain ADDRESS --config {config}")
    say("and further, with the same --config: campaigns, contacts --linked, introductions --all,")
    say("  links, crawls, favours list, report --html --out report.html")
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
