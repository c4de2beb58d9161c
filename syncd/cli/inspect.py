"""Commands that only look: status, coverage, explain."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from syncd.cli.opening import settings_of
from syncd.cli.output import (
    DEFAULT_CONFIG,
    ConfigOption,
    ExitCode,
    JsonOption,
    complain,
    print_json,
    print_table,
    say,
)

if TYPE_CHECKING:
    from syncd.store.crawls import CrawlFile
    from syncd.store.overview import Coverage

PER_DAY = typer.Option("--by-day", help="A line for each day (UTC), not only the sums.")


def register(app: typer.Typer) -> None:
    for command in (status, coverage, explain):
        app.command()(command)


def status(*, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> int:
    """How the promises, the mailboxes and the queue stand."""
    from syncd.app import state
    from syncd.store import alarms, crawls, exchanges, ledger, overview, tally

    settings = settings_of(config, secrets=False)
    with state(settings) as store, store.begin() as tx:
        boxes = overview.standing(tx)
        totals = overview.totals(tx)
        effects = tally.states(tx)
        held = tally.release_reasons(tx)
        parked = ledger.in_state(tx, "parked", 20)
        due = exchanges.next_due(tx)
        backlog = exchanges.in_backlog(tx)
        ringing = alarms.ringing(tx)
        refused = crawls.refused_files(tx)
    modes = {name: str(getattr(settings.modes, name)) for name in type(settings.modes).model_fields}
    if as_json:
        print_json(
            {
                "ok": True,
                "mailboxes": boxes,
                "totals": totals,
                "effects": {f"{kind}.{name}": n for (kind, name), n in effects.items()},
                "held": [{"kind": k, "reason": why, "number": n} for k, why, n in held],
                "parked": [{"key": e.key, "summary": e.summary, "why": e.note} for e in parked],
                "alarms": [
                    {"name": one.name, "since": one.since, "words": one.words} for one in ringing
                ],
                "exports": [{"name": one.name, "why": one.words} for one in refused],
                "modes": modes,
                "next_due": due,
                "backlog": len(backlog),
            }
        )
        return ExitCode.OK
    _print_boxes(boxes)
    for one in ringing:
        say(f"alarm: {one.name} since {one.since:%Y-%m-%d %H:%M} UTC: {one.words}")
    _say_refused(refused)
    for name, number in sorted(totals.items()):
        say(f"{number:>8}  {name}")
    waiting: Counter[str] = Counter()
    for (_, name), number in effects.items():
        waiting[name] += number
    say("effects: " + (", ".join(f"{n} {name}" for name, n in sorted(waiting.items())) or "none"))
    for name in sorted(modes.keys() - {name for name, mode in modes.items() if mode == "full"}):
        say(f"mode: {name} is {modes[name]}; `syncd plan` shows what is only observed")
    for kind, reason, number in held:
        say(f"held: {number} {kind}: {reason}; `syncd approve` lets them go")
    for effect in parked:
        say(f"parked: {effect.summary}: {effect.note}")
    if backlog:
        say(f"{len(backlog)} old conversations wait for their daily portion; `plan` lists them")
    if due is not None:
        say(f"next follow-up falls due {due:%Y-%m-%d %H:%M} UTC")
    return ExitCode.OK


def _say_refused(files: list[CrawlFile]) -> None:
    for file in files:
        say(f"export not taken in: {file.name}: {file.words}")


def _print_boxes(boxes: list[dict[str, Any]]) -> None:
    print_table(
        ["mailbox", "last look (UTC)", "reading", "trouble"],
        [
            (
                box["address"],
                f"{box['seen_at']:%Y-%m-%d %H:%M:%S}" if box["seen_at"] else "never",
                "first reading" if box["backfill"] == "listing" else "changes",
                box["locked"] or "",
            )
            for box in boxes
        ],
    )


def coverage(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    by_day: Annotated[bool, PER_DAY] = False,
    as_json: JsonOption = False,
) -> int:
    """Per mailbox: messages seen = logged + skipped, with a reason for each skip."""
    from syncd.app import state
    from syncd.store import overview

    with state(settings_of(config, secrets=False)) as store, store.begin() as tx:
        rows = overview.coverage(tx, by_day=by_day)
        doubles = overview.doubles(tx)
    sums = _sums(rows)
    if as_json:
        print_json({"ok": True, "mailboxes": sums, "rows": rows, "doubles": doubles})
        return ExitCode.OK
    for mailbox, counted in sums.items():
        rest = {name: n for name, n in counted.items() if name != "seen"}
        parts = " + ".join(f"{n} {name}" for name, n in sorted(rest.items()))
        say(f"{mailbox}: {counted['seen']} seen = {parts}")
    print_table(
        ["mailbox", "day", "outcome", "reason", "messages"],
        [(r.mailbox, r.day or "", r.outcome, r.reason, r.number) for r in rows],
    )
    for subject, ours, theirs in doubles:
        say(f"double in the CRM: {ours} (ours) and {theirs}: {subject}")
    return ExitCode.OK


def explain(
    what: Annotated[
        str, typer.Argument(help="A Message-ID, Gmail id, address, task id or conversation number.")
    ],
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> int:
    """Why a message, contact or task is as it is: rules, facts, times and what was done."""
    from syncd.app import state
    from syncd.engine import work_story
    from syncd.engine.story import find, in_words
    from syncd.store import work_stories

    settings = settings_of(config, secrets=False)
    with state(settings) as store, store.begin() as tx:
        work = work_stories.find(tx, what)
        story = find(tx, what) if work is None else work
    if story is None:
        complain(f"nothing is known of {what}; see `syncd coverage` for what was hidden or skipped")
        return ExitCode.FAILED
    if as_json:
        print_json({"ok": True, **story})
    else:
        told = in_words(story, settings.waits_of) if work is None else work_story.in_words(work)
        for line in told:
            say(line)
    return ExitCode.OK


def _sums(rows: list[Coverage]) -> dict[str, dict[str, int]]:
    sums: dict[str, Counter[str]] = {}
    for row in rows:
        counted = sums.setdefault(row.mailbox, Counter())
        counted["seen"] += row.number
        counted[row.outcome] += row.number
    return {mailbox: dict(counted) for mailbox, counted in sums.items()}
