"""`syncd simulate`: a quarter in a minute, with scripted people, and what came of it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from syncd.cli.output import ExitCode, JsonOption, complain, print_json
from syncd.cli.simulate_report import Report, Wanted, as_json_values, tell

if TYPE_CHECKING:
    from syncd.engine.turn import Engine, Rest
    from syncd.sandbox.apart import Apart
    from syncd.sandbox.people.scenario import Scenario
    from syncd.sandbox.simulation import Simulation
    from syncd.settings.settings import Settings

# Rounds a turn may take to come to rest; and how much longer it may wait for it.
_ROUNDS = 20
_PATIENCE = timedelta(minutes=2)
# When something is tried again that names no time, as the daemon's next look would.
_PAUSE = timedelta(seconds=30)


def register(app: typer.Typer) -> None:
    app.command()(simulate)


def simulate(
    scenario: Annotated[
        str,
        typer.Argument(metavar="[SCENARIO]", help="A scenario file, or the name of a shipped one."),
    ] = "quarter",
    *,
    days: Annotated[int, typer.Option(help="How long it lasts.", min=1, max=730)] = 90,
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            dir_okay=False,
            help="Your settings file: its campaigns, follow_up and log, on the sandbox's services.",
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Another run of the same scenario.")] = None,
    show_day: Annotated[
        str | None, typer.Option(metavar="DATE", help="Show the task board of this day's evening.")
    ] = None,
    as_json: JsonOption = False,
) -> int:
    """Let scripted people work for some weeks, in seconds, and check what syncd promises."""
    import logging

    import structlog

    from syncd.runtime.logs import configure

    configure(quiet=True)
    # A teammate's leaving, or what the guard held, is part of the play: the report tells it.
    chosen = scenario_of(scenario)
    # And so is a service that refuses us, where a scenario says so.
    level = logging.CRITICAL if chosen.faults else logging.ERROR
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(level))
    shown = _day(show_day, chosen, days)
    if shown is None and show_day is not None:
        last = chosen.starts + timedelta(days=days - 1)
        complain(f"syncd simulate: --show-day {show_day}: a day of {chosen.starts} to {last}")
        return ExitCode.FAILED
    number = chosen.seed if seed is None else seed
    with TemporaryDirectory(prefix="syncd-simulate-", dir=_memory()) as folder:
        report = _run(Wanted(chosen, days, number, config, shown), Path(folder))
    if as_json:
        print_json(as_json_values(report))
    else:
        tell(report)
    return ExitCode.FAILED if report.broken else ExitCode.OK


def _memory() -> Path | None:
    """Where files cost no disk: this state is thrown away, so nothing need outlive a power cut."""
    memory = Path("/dev/shm")  # noqa: S108 - only the parent of a private folder
    return memory if memory.is_dir() and os.access(memory, os.W_OK) else None


def scenario_of(name: str) -> Scenario:
    """The scenario of that file or name. Raises `InvalidSettings` with all that is wrong."""
    from pydantic import ValidationError

    from syncd.sandbox.people.scenario import Scenario, crosscheck
    from syncd.settings.problems import InvalidSettings, Problem, dotted
    from syncd.settings.shipped import shipped
    from syncd.settings.source import parse
    from syncd.settings.words import plainly

    path = Path(name)
    if not path.exists() and path.name == name:
        names = sorted(each.name for each in shipped("scenarios").iterdir())
        if f"{name}.yaml" not in names:
            known = ", ".join(each.removesuffix(".yaml") for each in names)
            words = f"no such file, and no shipped scenario; there are {known}"
            raise InvalidSettings([Problem(name, None, None, "", words)])
        content = shipped(f"scenarios/{name}.yaml").read_bytes()
    else:
        try:
            content = path.read_bytes()
        except OSError as error:
            words = f"cannot be read: {error.strerror}"
            raise InvalidSettings([Problem(name, None, None, "", words)]) from None
    document = parse(content, name)
    problems = [
        Problem(name, *document.place(loc), dotted(loc), words)
        for loc, words in crosscheck(document.data)
    ]
    try:
        found = Scenario.model_validate(document.data)
    except ValidationError as error:
        for one in error.errors(include_url=False):
            loc, given = one["loc"], one["input"]
            if one["type"] == "too_short" and given:
                continue  # its items are wrong, which is told, not missing
            key = one["type"] == "extra_forbidden"
            place = document.key_place(loc) if key else document.place(loc)
            words = plainly(one, loc, Scenario)
            if one["type"].startswith("date_"):
                words = "should be a date, e.g. 2026-03-02"
            problems.append(Problem(name, *place, dotted(loc), words))
        raise InvalidSettings(problems) from None
    if problems:
        raise InvalidSettings(problems)
    return found


def _day(words: str | None, scenario: Scenario, days: int) -> date | None:
    try:
        day = date.fromisoformat(words or "")
    except ValueError:
        return None
    inside = scenario.starts <= day < scenario.starts + timedelta(days=days)
    return day if inside else None


def _run(wanted: Wanted, folder: Path) -> Report:
    from syncd.app import Wish, engine
    from syncd.cli.opening import progress
    from syncd.cli.simulate_proof import proof, unforeseen
    from syncd.cli.simulate_settings import Played, played
    from syncd.engine.context import Progress
    from syncd.sandbox.apart import Apart
    from syncd.wiring import simulators

    scenario = wanted.scenario
    start = datetime.combine(scenario.starts, time(0, 1), tzinfo=UTC)
    with Apart(simulators, start) as box, progress() as show:
        _foresee(scenario, box)
        play: Played = played(scenario, box.addresses, folder, wanted.config)
        ran = _people(play.scenario, box, play.settings, wanted)
        with engine(play.settings, Wish("simulate", box.clock)) as works:
            daemon = _Daemon(works)
            ran.run(daemon, lambda done, total: show(Progress("simulating days", done, total)))
            works.finish()
            doubts = unforeseen(play.settings)
            counted, broken = proof(ran, box.url("hubspot"), works, play.settings)
    return Report(
        wanted, play.scenario, ran, counted, broken, play.unplayed, doubts, daemon.approved
    )


def _foresee(scenario: Scenario, box: Apart) -> None:
    """Raises `InvalidSettings` where the services here know no such trouble."""
    from syncd.sandbox.faults import BadRule
    from syncd.sandbox.trouble import plans
    from syncd.settings.problems import InvalidSettings, Problem

    for place, plan in plans(scenario.faults):
        try:
            box.check(plan)
        except BadRule as bad:
            raise InvalidSettings([Problem(scenario.title, None, None, place, str(bad))]) from None


class _Daemon:
    """The engine as the simulation wants it. Satisfies `syncd.sandbox.simulation.Daemon`."""

    def __init__(self, works: Engine) -> None:
        self._works = works
        self._started = False
        self.approved: Counter[tuple[str, str]] = Counter()

    @property
    def done(self) -> Mapping[str, int]:
        return self._works.ctx.done

    def turn(self) -> str:
        works, clock = self._works, self._works.ctx.ports.clock
        until = clock.now() + _PATIENCE
        if not self._started:
            works.start()
            self._started = True
        restless = ""
        for _ in range(_ROUNDS):
            for address in works.ctx.ports.mail:
                works.look(address)
            works.watch()
            rest = works.settle()
            if works.look_at_links():
                rest = works.settle()
            restless = self._restless(rest)
            if self._approve():
                continue
            again = rest.again_at or clock.now() + _PAUSE
            if not restless or again > until:
                break
            clock.sleep(max(1.0, (again - clock.now()).total_seconds()))
        return restless

    def _restless(self, rest: Rest) -> str:
        """What is left to do, or could not be done, in words."""
        failing = [f"{role}: {why}" for role, why in self._works.ctx.failing.items()]
        if not rest.quiet:
            failing.append(f"{rest.waiting} effects wait, {rest.in_doubt} are in doubt")
        return "; ".join(failing)

    def nightly(self) -> None:
        self._works.reconcile()

    def _approve(self) -> bool:
        """Whether the guard held something back: ops look at it and let it go."""
        from syncd.store import ledger, tally

        with self._works.ctx.store.begin() as tx:
            held = tally.release_reasons(tx)
            ledger.release(tx)
        self.approved.update({(kind, reason): number for kind, reason, number in held})
        return bool(held)


def _people(scenario: Scenario, box: Apart, settings: Settings, wanted: Wanted) -> Simulation:
    from syncd.cli.simulate_proof import rulebook
    from syncd.sandbox.people.agenda import Agenda
    from syncd.sandbox.people.stage import Stage
    from syncd.sandbox.simulation import Simulation, prepared
    from syncd.sandbox.simulation_oracle import Oracle
    from syncd.sandbox.trouble import Troubles

    names = {mate.address: mate.name for mate in scenario.teammates}
    stage = Stage(box.control, box.clock, names)
    rules = settings.rules(box.clock.now())
    agenda = Agenda(rules.team.calendar)
    teammates = prepared(scenario, box.control, stage, agenda, wanted.seed)
    oracle = Oracle(stage.journal, rulebook(rules))
    troubles = Troubles(scenario.faults, box, wanted.seed)
    return Simulation(
        scenario, stage, agenda, teammates, oracle, wanted.days, troubles, wanted.show_day
    )
