"""What came of a simulation, told to ops: by week, by campaign, on a day, and what was proved."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syncd.cli.output import complain, print_table, say

if TYPE_CHECKING:
    from syncd.sandbox.people.scenario import Scenario
    from syncd.sandbox.people.stage import Seen
    from syncd.sandbox.simulation import Simulation, Week
    from syncd.sandbox.simulation_ledger import Counted

_BROKEN_SHOWN = 30
_COLUMNS = (
    "week of", "logged", "tagged", "opened", "closed by syncd", "closed by people",
    "written to", "answered",
)  # fmt: skip
_LEGEND = """\
logged: emails put into HubSpot. tagged: contacts changed there. opened, closed: tasks in Teamwork.
written to: people for the first time; answered: those of them who answered, whenever they did."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for."""

    scenario: Scenario
    days: int
    seed: int
    config: Path | None
    show_day: date | None


@dataclass(frozen=True, slots=True)
class Report:
    """`played`: the scenario with the campaigns it was played with.

    `unplayed`: what of ops' file nobody here could act out. `unforeseen`: keys of theirs that
    keep tasks from being foreseen. `approved`: what the guard held back, by kind and reason.
    """

    wanted: Wanted
    played: Scenario
    ran: Simulation
    counted: Counted
    broken: list[str]
    unplayed: list[str]
    unforeseen: list[str]
    approved: Mapping[tuple[str, str], int]


def tell(report: Report) -> None:
    ran, wanted = report.ran, report.wanted
    last = wanted.scenario.starts + timedelta(days=wanted.days - 1)
    say(f"{wanted.scenario.title}: {wanted.scenario.starts} to {last}, seed {wanted.seed}")
    for words in report.unplayed:
        say(f"Note: {words}")
    print_table(_COLUMNS, [*map(_row, ran.weeks), _row(_total(ran.weeks), "all")])
    say(_LEGEND)
    _tell_campaigns(report)
    _tell_people(ran)
    _tell_messages(report.counted)
    _tell_guard(report.approved)
    _tell_faults(ran)
    if wanted.show_day is not None:
        _tell_board(ran.shown, wanted.show_day)
    else:
        say(f"\nThe task board of any evening: --show-day {last}")
    _tell_promises(report)


def _tell_campaigns(report: Report) -> None:
    say("\nReply rate")
    for name, (written, answered) in _rates(report).items():
        say(f"  {name}: {answered} of {written} people answered ({_share(answered, written)})")


def _tell_people(ran: Simulation) -> None:
    deeds = sorted(ran.stage.journal.deeds().items())
    words = ", ".join(f"{what} {number}" for what, number in deeds)
    say("\n" + textwrap.fill(f"What people did: {words}.", width=100))


def _tell_messages(counted: Counted) -> None:
    say(f"\nMessages: {counted.messages} = {counted.logged} logged + "
        f"{sum(counted.skipped.values())} skipped")  # fmt: skip
    for reason, number in sorted(counted.skipped.items()):
        say(f"  {number:>6}  skipped: {reason}")


def _tell_guard(approved: Mapping[tuple[str, str], int]) -> None:
    if not approved:
        return
    kinds = Counter[str]()
    for (kind, _), number in approved.items():
        kinds[kind] += number
    words = ", ".join(f"{number} x {kind.replace('_', ' ')}" for kind, number in kinds.items())
    example = next(iter(approved))[1]
    say(f"\nThe guard held back {words}; approved at once, as ops would with `syncd approve`.")
    say(f"  For example because it {example}.")


def _tell_faults(ran: Simulation) -> None:
    struck = ran.troubles.struck
    if not struck:
        return
    say("\nWhat went wrong in the services:")
    for what, number in sorted(struck.items()):
        say(f"  {number:>6}  {what}")
    say(f"Evenings on which that kept syncd from coming to rest: {ran.unrest}")


def _tell_board(tasks: list[Seen], day: date) -> None:
    still = [task for task in tasks if not task.done]
    say(f"\nTeamwork on the evening of {day}: {len(still)} open tasks")
    rows = [
        (task.place, task.due or "", ", ".join(task.assignees) or "nobody", task.title)
        for task in sorted(still, key=lambda it: (it.place, str(it.due), it.title))
    ]
    if rows:
        print_table(("list", "due", "who", "task"), rows)


def _tell_promises(report: Report) -> None:
    if not report.broken:
        looks = report.ran.oracle.looks
        tasks = f"tasks right on {looks} evenings, campaigns at the end"
        if report.unforeseen:
            keys = ", ".join(report.unforeseen)
            tasks = f"tasks and campaigns not proved, which {keys} would have to be known for"
        say("\nPromises: kept. Every message once in HubSpot or skipped with a reason, "
            f"people's edits intact, lost links told, plans in place, {tasks}.")  # fmt: skip
        return
    complain(f"Promises: {len(report.broken)} times broken")
    for words in report.broken[:_BROKEN_SHOWN]:
        complain(f"  {words}")
    if len(report.broken) > _BROKEN_SHOWN:
        complain(f"  and {len(report.broken) - _BROKEN_SHOWN} more: --json tells them all")


def _row(week: Week, name: str = "") -> tuple[object, ...]:
    return (
        name or week.begins,
        week.done["log_email"],
        week.done["change_contact"],
        week.done["open_task"],
        week.done["close_task"],
        week.closed_by_people,
        week.pitched,
        f"{week.answered} ({_share(week.answered, week.pitched)})",
    )


def _total(weeks: list[Week]) -> Week:
    from syncd.sandbox.simulation import Week

    whole = Week(weeks[0].begins)
    for week in weeks:
        whole.done.update(week.done)
        whole.closed_by_people += week.closed_by_people
        whole.pitched += week.pitched
        whole.answered += week.answered
    return whole


def _rates(report: Report) -> dict[str, tuple[int, int]]:
    """People written to and those who answered, by campaign."""
    talks = report.ran.stage.journal.talks
    rates = {}
    for campaign in report.played.campaigns:
        mine = [t for t in talks.values() if t.campaign == campaign.id and not t.begun_by_them]
        answered = [t for t in mine if t.answered or f"{t.key}/anew" in talks]
        rates[campaign.name] = (len(mine), len(answered))
    return rates


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "-"


def as_json_values(report: Report) -> dict[str, Any]:
    names = ("begins", "logged", "tagged", "opened", "closed_by_us", "closed_by_people", "pitched")
    weeks = [
        {**dict(zip(names, _row(week), strict=False)), "answered": week.answered}
        for week in report.ran.weeks
    ]
    campaigns = [
        {"name": name, "pitched": written, "answered": answered}
        for name, (written, answered) in _rates(report).items()
    ]
    held = [
        {"kind": kind, "reason": reason, "number": number}
        for (kind, reason), number in report.approved.items()
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
        "campaigns": campaigns,
        "people": dict(report.ran.stage.journal.deeds()),
        "messages": report.counted,
        "held": held,
        "faults": dict(report.ran.troubles.struck),
        "restless_evenings": report.ran.unrest,
        "turns": report.ran.turns,
        "board": shown,
        "broken": report.broken,
        "notes": report.unplayed,
        "unforeseen": report.unforeseen,
    }
