"""Rows about mail: what Gmail refuses, forgets or locks, and what senders make of messages."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.faults.hostile import KINDS, huge, many, plain
from tests.faults.judge import Trial, judge, lost
from tests.faults.place import Place
from tests.faults.playing import played, status
from tests.faults.rows_machine import Running
from tests.faults.script import DOMAIN, TEAM, Letter, Script, Truth, address

WAITING = 5_000
HOUR = timedelta(hours=1)


def refused_parts(place: Place, script: Script) -> Trial:
    """Of the messages fetched in batches, 30 % are refused as too many."""
    trial = Trial()
    for phase in script.phases:
        place.site.tell(
            "gmail/fault", parts=True, share=0.3, count=100_000, status=429,
            reason="rateLimitExceeded", message="Too many concurrent requests for user",
        )  # fmt: skip
        place.deliver(phase)
        for _ in range(3):
            place.once()
            place.advance(120)
        place.site.tell("gmail/clear_faults")
        if not place.settle():
            trial.wrong.append("it never came to rest")
    trial.struck = 1
    return judge(place, script.truths[-1].in_haste(), trial)


def pitches(
    name: str, count: int, *, boxes: tuple[str, ...] = TEAM, people: int = 40
) -> list[Letter]:
    """Messages of the last hour to a few people, in turn from each mailbox."""
    found = []
    for number in range(count):
        who, box = number % people, boxes[number % len(boxes)]
        found.append(
            Letter(
                f"{name}.{number}@{DOMAIN}",
                f"Mate <{box}>",
                f"Editor {who} <{address(who)}>",
                f"{name} {number}",
                timedelta(seconds=3600 - number % 3600),
                (box,),
                thread=f"{name}.{number}",
            )
        )
    return found


def truth_of(letters: list[Letter]) -> Truth:
    truth = Truth()
    for one in letters:
        truth.add(one, [one.to.partition("<")[2].rstrip(">")])
    return truth


def bad_items(place: Place, script: Script, *, calm: bool = False) -> Trial:
    """Of a hundred emails in one call 1, 10, 100 are refused: the others are logged, these
    are shown to ops, and go when what was wrong with them is mended.
    """
    trial, sent = Trial(), list[Letter]()
    del script
    for bad in (1, 10, 100):
        letters = pitches(f"bad{bad}", 100)
        if calm:
            sent += letters
            place.deliver(letters)
            place.settle()
            continue
        ill = {one.key for one in letters[:bad]}
        for key in ill:
            place.site.tell(
                "hubspot/bad_items", containing=key, status=400, category="VALIDATION_ERROR",
                message="is not valid",
            )  # fmt: skip
        sent += letters
        place.deliver(letters)
        place.settle()
        there = {key for key, _, _ in place.site.logged()}
        trial.lost += [f"{key} beside a bad one" for key in {o.key for o in letters} - ill - there]
        parked = place.syncd("parked", "list", "--json", "--limit", "500").json
        rows = parked["parked"]
        if len(rows) != bad:
            trial.wrong.append(f"{bad} were refused, and {len(rows)} are shown")
        place.site.tell("hubspot/clear_faults")
        numbers = [str(row["number"]) for row in rows]
        if numbers and place.syncd("parked", "retry", *numbers).code:
            trial.wrong.append("they cannot be sent again")
        place.advance(3600)
        place.settle()
        trial.struck += bad
    return judge(place, truth_of(sent), trial)


def history_gone(place: Place, script: Script, *, calm: bool = False) -> Trial:
    """Five thousand come in while nobody looks, and Gmail forgets since when. What comes into the
    other mailboxes while they are caught up with is logged long before the last of them.
    """
    trial = Trial()
    played(place, script, [0])
    first, *others = TEAM
    waiting = pitches("waiting", WAITING, boxes=(first,), people=200)
    beside = pitches("beside", 20, boxes=tuple(others), people=10)
    place.deliver(waiting)
    if not calm:
        place.site.tell("gmail/expire_history", mailbox=first)

    def logged(of: list[Letter], number: int) -> Callable[[], bool]:
        return lambda: _logged(place, of) >= number

    with Running(place, "--json") as running:
        running.until_ready()
        place.until(logged(waiting, 1), "it begins", 60, every=0.5)
        place.deliver(beside)
        place.until(logged(beside, len(beside)), "the others' is logged", 120, every=0.5)
        if not calm and (late := _logged(place, waiting)) > WAITING / 2:
            trial.wrong.append(f"other mailboxes waited for {late} of {WAITING}")
        place.until(logged(waiting, WAITING), "all is logged", 600, every=3)
        running.end(trial)
    if not place.settle():
        trial.wrong.append("it never came to rest")
    truth = truth_of([*waiting, *beside])
    truth.logged |= script.truths[0].logged
    truth.tasks |= script.truths[0].tasks
    trial.struck = 1
    return judge(place, truth, trial)


def _logged(place: Place, letters: list[Letter]) -> int:
    """How many of these are in the CRM."""
    return len({one.key for one in letters} & {key for key, _, _ in place.site.logged()})


def revoked(place: Place, script: Script, *, calm: bool = False) -> Trial:
    """One of fifty is locked for an hour: the others go on, and it is told."""
    del script
    trial, boxes = Trial(), place.site.boxes
    before = pitches("before", 150, boxes=boxes, people=60)
    place.deliver(before)
    place.settle()
    if not calm:
        place.site.tell("gmail/revoke", mailbox=boxes[7])
    meanwhile = pitches("meanwhile", 150, boxes=boxes, people=60)
    place.deliver(meanwhile)
    ended = [place.syncd("once", "--json")]
    for _ in range(2):
        place.advance(1200)
        ended.append(place.syncd("once", "--json"))
    if not calm and (not ended[0].code or boxes[7] not in ended[0].out):
        trial.wrong.append("nobody is told that a mailbox is locked")
    others = [one for one in meanwhile if calm or one.boxes != (boxes[7],)]
    missing = lost(place.site, truth_of([*before, *others]))
    trial.wrong += [f"another mailbox suffers: {one}" for one in missing]
    place.site.tell("gmail/restore_access", mailbox=boxes[7])
    place.settle()
    trial.struck = 1
    return judge(place, truth_of([*before, *meanwhile]), trial)


def in_five(place: Place, script: Script, *, calm: bool = False) -> Trial:
    """Thirty messages, each in all five mailboxes, arriving in any order and in several turns;
    `calm`: all at once.
    """
    del script
    trial, letters = Trial(), list[Letter]()
    for one in pitches("shared", 30):
        rest = tuple(box for box in TEAM if box != one.boxes[0])
        letters.append(
            Letter(one.key, one.raw_from, one.to, one.subject, one.age, one.boxes + rest,
                   thread=one.thread)
        )  # fmt: skip
    now = place.now()
    copies: list[dict[str, Any]] = [item for one in letters for item in one.items(now)]
    parts = 1 if calm else 3
    for part in range(parts):
        place.put(copies[part::parts])
        place.settle()
    trial.struck = len(copies)
    return judge(place, truth_of(letters), trial)


def hostile(place: Place, script: Script, *, calm: bool = False) -> Trial:
    """Mail as nobody should send it comes in among a phase of the script; `calm`: as much, well
    formed.
    """
    trial = Trial()
    played(place, script, [0])
    now = place.now()
    raws = [*((name, make(now)) for name, make in KINDS.items()), huge(now), many(now)]
    if calm:
        raws = [(f"plain {number}", plain(now, number)) for number in range(len(raws))]
    for number, (_, raw) in enumerate(raws):
        place.put([
            {"mailbox": TEAM[number % 5], "raw": base64.b64encode(raw).decode(),
             "labels": ["INBOX"], "at": now.isoformat()}
        ])  # fmt: skip
    place.deliver(script.phases[1])
    if not place.settle():
        trial.wrong.append("it never came to rest")
    covered = place.syncd("coverage", "--json").json["mailboxes"]
    for box, counted in covered.items():
        without = counted["seen"] - sum(n for name, n in counted.items() if name != "seen")
        if without or counted.get("pending"):
            trial.lost.append(f"{without} messages of {box} without a word about them: {counted}")
    effects = status(place)["effects"]
    stuck = [name for name in effects if name.endswith((".sending", ".parked"))]
    trial.wrong += [f"left: {name} {effects[name]}" for name in stuck]
    trial.struck = len(raws)
    truth = script.truths[1]
    there = {key: (way, tuple(sorted(who))) for key, way, who in place.site.logged()}
    extra = {key: found for key, found in there.items() if key not in truth.logged}
    if not calm and sum(key.startswith(("huge", "many")) for key in extra) != 2:
        trial.lost.append(f"the large ones: {sorted(extra)}")
    return judge(place, Truth(truth.logged | extra, truth.tasks), trial)
