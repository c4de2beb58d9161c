"""What ops should hear of without asking: seen every minute, told once, and once when over."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from syncd.core.actions import ClearAlarm, Planned, RaiseAlarm
from syncd.core.calendar import Calendar
from syncd.core.facts import Place
from syncd.core.identity import effect_key
from syncd.engine.context import Context, log
from syncd.engine.crawls import FOLDER
from syncd.engine.decide import record
from syncd.engine.soundness import DISK_WARN
from syncd.store import alarms, crawls, fitness, gauges, links, mailboxes, tally
from syncd.store.alarms import Alarm
from syncd.store.database import Tx

PROMISE = "alarm"
# So many past weeks are looked at; the emptiest of them may have been a holiday.
WEEKS = 4
# A mailbox that brings less than this on an ordinary day proves nothing by silence.
ORDINARY = 5
# So many files that could not be read are told of one by one.
REFUSED_SHOWN = 5
# Less than this part of what is ordinary is next to nothing.
NEXT_TO_NOTHING = 0.1


@dataclass(frozen=True, slots=True)
class Sense:
    """What counts as trouble. `quiet_after` None: silence never does."""

    quiet_after: timedelta | None
    backlog_after: timedelta
    clock_skew: timedelta
    assignee: str = ""  # whose tasks for ops are, by address


@dataclass(frozen=True, slots=True)
class Notice:
    """What is told: that a trouble began, or (`over`) that it is over."""

    name: str
    words: str
    since: datetime
    over: bool


class NotTold(Exception):
    """A notice did not get through; it is told again later. The message says why."""


def watch(
    ctx: Context,
    sense: Sense,
    skew: float | None,
    tell: Callable[[Notice], None],
    also: Mapping[str, str] | None = None,
) -> list[Alarm]:
    """Look at everything once; `tell` what began or ended. Returns what is wrong now.

    `also`: what is wrong beyond what can be seen from here, in words by name. The state
    remembers what was told, so that a restart repeats nothing. A notice that `tell` could
    not deliver (`NotTold`) is tried again at the next look.
    """
    now = ctx.now()
    with ctx.store.begin() as tx:
        before = {one.name: one for one in alarms.ringing(tx)}
        alarms.compare(tx, {**dict(troubles(ctx, tx, sense, skew)), **(also or {})}, now)
        ringing = alarms.ringing(tx)
        waiting = alarms.untold(tx)
        place = ctx.rules.alarm_place
        if place is not None and ctx.ports.board is not None:
            still = {one.name for one in ringing}
            over = [one for name, one in before.items() if name not in still]
            due = ctx.rules.team.calendar.local_date(now)
            begun = [one for one in ringing if one.name not in before]
            plan = [_raised(one, place, due, sense.assignee) for one in begun]
            plan += [_cleared(one) for one in over]
            # A task that was not made yet when its trouble ended is withdrawn.
            record(ctx, tx, plan, objects=[(PROMISE, f"alarm:{one.name}") for one in over])
    for one in ringing:
        if one.name not in before:
            log.warning("alarm", name=one.name, words=one.words)
    for name in sorted(before.keys() - {one.name for one in ringing}):
        log.info("all_clear", name=name)
    for one in waiting:
        _tell(ctx, one, tell)
    return ringing


def troubles(ctx: Context, tx: Tx, sense: Sense, skew: float | None) -> Iterator[tuple[str, str]]:
    """What is wrong now: (name, words). A name is kind/subject and stays while it lasts."""
    for role in list(ctx.paused):
        words = ctx.failing.get(role, "access is refused")
        yield f"locked/{role.removeprefix('mailbox:')}", words
    yield from _mailboxes(ctx, tx, sense)
    yield from _queue(ctx, tx, sense)
    states = tally.states(tx)
    parked = sum(n for (_, state), n in states.items() if state == "parked")
    if parked:
        words = f"{parked} refused by a service; `syncd parked list` shows them"
        yield "parked/effects", words
    for kind, reason, number in tally.release_reasons(tx):
        words = f"{number} held: {reason}; `syncd plan` shows them, `syncd approve` lets them go"
        yield f"held/{kind}", words
    if number := links.unverifiable(tx):
        words = (
            f"{number} pages with links could not be seen for long, and may have lost them; "
            "`syncd links --state unverifiable` lists them"
        )
        yield "links/unverifiable", words
    if skew is not None and abs(skew) > sense.clock_skew.total_seconds():
        direction = "ahead of" if skew > 0 else "behind"
        words = f"this machine's clock is {abs(skew):.0f} s {direction} the services'; mend it"
        yield "clock/skew", words
    yield from _exports(ctx, tx)
    if not isinstance(ctx.store.where, Path):
        return
    room = fitness.room(ctx.store.where)
    if room.free is not None and room.free < max(DISK_WARN, 2 * room.used):
        yield "disk/state", f"{room.free >> 20:,} MB are left on the disk of {ctx.store.where}"


def _exports(ctx: Context, tx: Tx) -> Iterator[tuple[str, str]]:
    """The watched folder, and each file in it that could not be taken in."""
    if words := ctx.failing.get(FOLDER):
        yield "crawls/folder", words
    refused = crawls.refused_files(tx)
    for file in refused[:REFUSED_SHOWN]:
        yield f"crawls/{file.name}", f"{file.words}. Correct it or take it out of the folder"
    if len(refused) > REFUSED_SHOWN:
        more = len(refused) - REFUSED_SHOWN
        yield "crawls/others", f"{more} more files were not taken in; `syncd crawls` lists them"


def _mailboxes(ctx: Context, tx: Tx, sense: Sense) -> Iterator[tuple[str, str]]:
    now = ctx.now()
    boxes = [one for one in mailboxes.every(tx) if one.address in ctx.ports.mail]
    followed = {
        one.address: one.seen_at
        for one in boxes
        if not one.listing and one.locked is None and one.seen_at is not None
    }
    for address, seen_at in followed.items():
        if now - seen_at > sense.backlog_after:
            words = f"not read since {seen_at:%Y-%m-%d %H:%M} UTC"
            if why := ctx.failing.get(f"mailbox:{address}"):
                words += f": {why}"
            yield f"unread/{address}", words
    if sense.quiet_after is None or not _ordinary(ctx.rules.team.calendar, now, sense.quiet_after):
        return
    fresh = [one for one, seen_at in followed.items() if now - seen_at <= sense.backlog_after]
    present = gauges.arrived(tx, now - sense.quiet_after, now)
    past = [
        gauges.arrived(tx, now - week - sense.quiet_after, now - week)
        for week in (timedelta(weeks=number) for number in range(1, WEEKS + 1))
    ]
    for address in fresh:
        counts = sorted(counted[address] for counted in past)
        usual = counts[1]
        if usual >= ORDINARY and present[address] <= usual * NEXT_TO_NOTHING:
            span = _span(sense.quiet_after)
            words = (
                f"{present[address]} messages in the last {span}; at this time of past weeks "
                f"{usual} to {counts[-1]}"
            )
            yield f"quiet/{address}", words


def _ordinary(calendar: Calendar, now: datetime, span: timedelta) -> bool:
    """Whether no holiday touches the time looked at. Weekends compare with weekends."""
    day, last = calendar.local_date(now - span), calendar.local_date(now)
    while day <= last:
        if day in calendar.holidays:
            return False
        day += timedelta(days=1)
    return True


def _queue(ctx: Context, tx: Tx, sense: Sense) -> Iterator[tuple[str, str]]:
    """Only what waits beyond a first reading, which sends in full batches and takes its time."""
    if mailboxes.reading(tx, ctx.ports.mail.keys()):
        return
    waiting = gauges.queue(tx)
    if waiting.oldest is not None and ctx.now() - waiting.oldest > sense.backlog_after:
        words = f"{waiting.number} wait to be sent, since {waiting.oldest:%Y-%m-%d %H:%M} UTC"
        yield "backlog/queue", words


def _raised(one: Alarm, place: Place, due: date, assignee: str) -> Planned:
    """A task for a trouble that began."""
    task = RaiseAlarm(
        key=_mark(one),
        place=place,
        title=f"syncd: {one.kind} {one.subject}"[:200],
        body=f"{one.words}\n\nsyncd completes this task when it is over.",
        due=due,
        assignee=assignee,
    )
    return Planned(task, PROMISE, f"alarm:{one.name}", f"tell ops: {one.name}: {one.words}")


def _cleared(one: Alarm) -> Planned:
    """Its end."""
    over = ClearAlarm(effect_key(PROMISE, "clear", _mark(one)), _mark(one))
    return Planned(over, PROMISE, f"alarm:{one.name}", f"tell ops that it is over: {one.name}")


def _mark(one: Alarm) -> str:
    return effect_key(PROMISE, one.name, one.since.isoformat())


def _tell(ctx: Context, one: Alarm, tell: Callable[[Notice], None]) -> None:
    over = one.cleared_at is not None
    try:
        tell(Notice(one.name, one.words, one.since, over))
    except NotTold as error:
        log.warning("alarm_not_told", name=one.name, words=str(error))
        return
    with ctx.store.begin() as tx:
        if over:
            alarms.forget(tx, one.name)
        else:
            alarms.told(tx, one.name, ctx.now())


def _span(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{hours:g} hours" if hours != 1 else "hour"
