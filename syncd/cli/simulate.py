"""`syncd simulate`: a quarter in a minute, with scripted people, and what came of it."""

from __future__ import annotations

import gc
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from syncd.cli.output import ExitCode, JsonOption, complain, print_json, print_table, say

if TYPE_CHECKING:
    from syncd.engine.turn import Engine
    from syncd.sandbox.apart import Apart
    from syncd.sandbox.people.scenario import Scenario
    from syncd.sandbox.people.stage import Seen
    from syncd.sandbox.simulation import Simulation, Week
    from syncd.sandbox.simulation_ledger import Counted
    from syncd.sandbox.simulation_oracle import Rulebook
    from syncd.settings.settings import Settings

# Rounds a turn may take to come to rest; and how much longer it may wait for it.
_ROUNDS = 20
_PATIENCE = timedelta(minutes=2)
_BROKEN_SHOWN = 30


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
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    chosen = scenario_of(scenario)
    shown = _day(show_day, chosen, days)
    if shown is None and show_day is not None:
        last = chosen.starts + timedelta(days=days - 1)
        complain(f"syncd simulate: --show-day {show_day}: a day of {chosen.starts} to {last}")
        return ExitCode.FAILED
    number = chosen.seed if seed is None else seed
    # Three services' records stay in memory to the end: looking for garbage among them every
    # few hundred objects takes a seventh of the time.
    gc.set_threshold(100_000, 50, 50)
    with TemporaryDirectory(prefix="syncd-simulate-", dir=_memory()) as folder:
        report = _run(_Wanted(chosen, days, number, config, shown), Path(folder))
    if as_json:
        print_json(_as_json(report))
    else:
        _tell(report)
    return ExitCode.FAILED if report.broken else ExitCode.OK


def _memory() -> Path | None:
    """Where files cost no disk: this state is thrown away, so nothing need outlive a power cut."""
    memory = Path("/dev/shm")  # noqa: S108 - only the parent of a private folder
    return memory if memory.is_dir() and os.access(memory, os.W_OK) else None


@dataclass(frozen=True, slots=True)
class _Wanted:
    scenario: Scenario
    days: int
    seed: int
    config: Path | None
    show_day: date | None


@dataclass(frozen=True, slots=True)
class _Report:
    wanted: _Wanted
    ran: Simulation
    counted: Counted
    broken: list[str]
    unplayed: list[str]
    strict: bool
    approved: int


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


def _run(wanted: _Wanted, folder: Path) -> _Report:
    from syncd.app import Wish, engine, simulators
    from syncd.cli.opening import progress
    from syncd.cli.simulate_settings import Played, played
    from syncd.engine.context import Progress
    from syncd.sandbox.apart import Apart

    scenario = wanted.scenario
    start = datetime.combine(scenario.starts, time(0, 1), tzinfo=UTC)
    with Apart(simulators, start) as box, progress() as show:
        play: Played = played(scenario, box.addresses, folder, wanted.config)
        ran = _people(play.scenario, box, play.settings, wanted)
        with engine(play.settings, Wish("simulate", box.clock)) as works:
            daemon = _Daemon(works)
            ran.run(daemon, lambda done, total: show(Progress("simulating days", done, total)))
            works.finish()
            strict = _strict(play.settings)
            counted, broken = _proof(ran, box, works, play.settings, strict=strict)
    return _Report(wanted, ran, counted, broken, play.unplayed, strict, daemon.approved)


class _Daemon:
    """The engine as the simulation wants it. Satisfies `syncd.sandbox.simulation.Daemon`."""

    def __init__(self, works: Engine) -> None:
        self._works = works
        self._started = False
        self.approved = 0

    @property
    def done(self) -> Mapping[str, int]:
        return self._works.ctx.done

    def turn(self) -> None:
        works, clock = self._works, self._works.ctx.ports.clock
        until = clock.now() + _PATIENCE
        if not self._started:
            works.start()
            self._started = True
        for _ in range(_ROUNDS):
            for address in works.ctx.ports.mail:
                works.look(address)
            works.watch()
            rest = works.settle()
            if self._approve():
                continue
            if rest.quiet or rest.again_at is None or rest.again_at > until:
                return
            clock.sleep(max(1.0, (rest.again_at - clock.now()).total_seconds()))

    def nightly(self) -> None:
        self._works.reconcile()

    def _approve(self) -> bool:
        """Whether the guard held something back: ops look at it and let it go."""
        from syncd.store import ledger

        with self._works.ctx.store.begin() as tx:
            released = ledger.release(tx)
        self.approved += released
        return released > 0


def _people(scenario: Scenario, box: Apart, settings: Settings, wanted: _Wanted) -> Simulation:
    from syncd.sandbox.people.agenda import Agenda
    from syncd.sandbox.people.stage import Stage
    from syncd.sandbox.simulation import Simulation, prepared
    from syncd.sandbox.simulation_oracle import Oracle

    names = {mate.address: mate.name for mate in scenario.teammates}
    stage = Stage(box.control, box.clock, names)
    rules = settings.rules(box.clock.now())
    agenda = Agenda(rules.team.calendar)
    teammates = prepared(scenario, box.control, stage, agenda, wanted.seed)
    oracle = Oracle(stage.journal, _rulebook(settings, box.clock.now()))
    return Simulation(scenario, stage, agenda, teammates, oracle, wanted.days, wanted.show_day)


def _rulebook(settings: Settings, now: datetime) -> Rulebook:
    from syncd.sandbox.simulation_oracle import Rulebook

    rules = settings.rules(now)
    cadences = {campaign.id: campaign.cadence for campaign in rules.campaigns}
    calendar = rules.team.calendar
    return Rulebook(calendar.zone, calendar.holidays, {**cadences, "": rules.cadence})


def _strict(settings: Settings) -> bool:
    """Whether all that people write must be logged, so that every task can be foreseen."""
    from syncd.core.rules import Unknown

    return settings.log.unknown_contacts is Unknown.CREATE and not settings.log.never


def _proof(
    ran: Simulation, box: Apart, works: Engine, settings: Settings, *, strict: bool
) -> tuple[Counted, list[str]]:
    from syncd.sandbox.config_out import HUBSPOT_TOKEN
    from syncd.sandbox.simulation_ledger import HubSpot, check_campaigns, check_edits, check_log
    from syncd.store import overview

    hubspot = HubSpot(box.url("hubspot"), HUBSPOT_TOKEN)
    emails = hubspot.every("emails", "hs_email_message_id", "hs_email_direction", "hs_timestamp")
    with works.ctx.store.begin() as tx:
        reasons = overview.reasons(tx)
    journal = ran.stage.journal
    counted, broken = check_log(journal.said, emails, reasons, strict=strict)
    broken += check_edits(journal, ran.stage.board())
    if strict:
        people = hubspot.every("contacts", "email", "syncd_campaigns", "syncd_stage")
        ids = {campaign.id for campaign in settings.campaigns}
        broken += check_campaigns(journal, people, ids)
        broken = ran.oracle.broken + broken
    return counted, broken


# telling


def _tell(report: _Report) -> None:
    ran, wanted = report.ran, report.wanted
    last = wanted.scenario.starts + timedelta(days=wanted.days - 1)
    say(f"{wanted.scenario.title}: {wanted.scenario.starts} to {last}, seed {wanted.seed}")
    for words in report.unplayed:
        say(f"Note: {words}")
    columns = ("week of", "logged", "tagged", "opened", "closed by us", "by people", "pitched",
               "answered")  # fmt: skip
    print_table(columns, [_row(week) for week in [*ran.weeks]])
    rates = [(week.pitched, week.answered) for week in ran.weeks]
    pitched, answered = (sum(each) for each in zip(*rates, strict=True))
    say(f"Reply rate: {answered} of {pitched} people written to ({_share(answered, pitched)})")
    counted = report.counted
    say(f"Messages: {counted.messages} = {counted.logged} logged + "
        f"{sum(counted.skipped.values())} skipped")  # fmt: skip
    for reason, number in sorted(counted.skipped.items()):
        say(f"  {number:>6}  skipped: {reason}")
    if report.approved:
        say(f"Held back by the guard and approved: {report.approved}")
    if wanted.show_day is not None:
        _tell_board(ran.shown, wanted.show_day)
    _tell_promises(report)


def _tell_board(tasks: list[Seen], day: date) -> None:
    still = [task for task in tasks if not task.done]
    say(f"\nTeamwork on the evening of {day}: {len(still)} open tasks")
    rows = [
        (task.place, task.due or "", ", ".join(task.assignees) or "nobody", task.title)
        for task in sorted(still, key=lambda it: (it.place, str(it.due), it.title))
    ]
    if rows:
        print_table(("list", "due", "who", "task"), rows)


def _tell_promises(report: _Report) -> None:
    if not report.broken:
        looks = report.ran.oracle.looks
        tasks = (
            f"tasks right on {looks} evenings, campaigns at the end"
            if report.strict
            else ("tasks and campaigns not looked at, because your log rules leave mail out")
        )
        say("Promises: kept. Every message once in HubSpot or skipped with a reason, "
            f"people's edits intact, {tasks}.")  # fmt: skip
        return
    complain(f"Promises: {len(report.broken)} times broken")
    for words in report.broken[:_BROKEN_SHOWN]:
        complain(f"  {words}")


def _row(week: Week) -> tuple[object, ...]:
    done = week.done
    return (
        week.begins,
        done["log_email"],
        done["change_contact"],
        done["open_task"],
        done["close_task"],
        week.closed_by_people,
        week.pitched,
        f"{week.answered} ({_share(week.answered, week.pitched)})",
    )


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "-"


def _as_json(report: _Report) -> dict[str, Any]:
    names = ("begins", "logged", "tagged", "opened", "closed_by_us", "closed_by_people", "pitched")
    weeks = [
        {**dict(zip(names, _row(week), strict=False)), "answered": week.answered}
        for week in report.ran.weeks
    ]
    shown = [{"title": t.title, "due": t.due, "assignees": t.assignees, "list": t.place,
              "done": t.done} for t in report.ran.shown]  # fmt: skip
    return {
        "ok": not report.broken,
        "scenario": report.wanted.scenario.title,
        "starts": report.wanted.scenario.starts,
        "days": report.wanted.days,
        "seed": report.wanted.seed,
        "weeks": weeks,
        "messages": report.counted,
        "approved": report.approved,
        "turns": report.ran.turns,
        "board": shown,
        "broken": report.broken,
        "notes": report.unplayed,
    }
