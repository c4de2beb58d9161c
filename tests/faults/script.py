"""The script: 300 messages of a small agency, and what must be true when it was played.

A first phase that was there before syncd (backfill), then phases that come in while it works:
pitches nobody answers, whose tasks fall due, answers that close them, whole conversations. The
truth is written down beside each message, by the script alone: nothing of syncd is asked.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.letters import letter

DOMAIN = "agency.example"
TEAM = tuple(f"{name}@{DOMAIN}" for name in ("ann", "ben", "cat", "dan", "eve"))
# A Tuesday. Three business days before it is the Thursday before.
START = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
# Long enough ago for the first task to be due, and not for the second.
SILENT_SINCE = timedelta(days=5, hours=3)
SENT, RECEIVED = "EMAIL", "INCOMING_EMAIL"
OPEN, CLOSED, NONE = "new", "completed", "none"

SETTINGS = """
team: {{domains: [{domain}], timezone: Europe/London}}
connectors:
  mail: {{kind: gmail, service_account: {{file: syncd.google.json}}, mailboxes: [{mailboxes}],
          api_url: "{gmail}", units_per_minute: 100000000}}
  crm: {{kind: hubspot, token: {{file: syncd.hubspot-token}}, api_url: "{hubspot}",
         calls_per_10_seconds: 1000000}}
  board: {{kind: teamwork, url: "{teamwork}", api_key: {{file: syncd.teamwork-key}},
           calls_per_minute: 1000000}}
log: {{since: 2020-01-01, crm_logger: off}}
follow_up:
  steps: [3 business days, 20 business days]
  board: {{project: Outreach, task_list: Follow-ups}}
campaigns:
  - {{id: houses, name: Houses, client: client.example, match: {{any: [{{subject: "*timber*"}}]}}}}
guard:
  {{max_actions: 10000000, max_a_day: 10000000, max_close_share: 1.0, max_close_share_a_day: 1.0}}
run: {{poll: 1 seconds, board_poll: 1 seconds}}
"""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message: `age` before the phase comes in; `boxes` have a copy each."""

    key: str
    raw_from: str
    to: str
    subject: str
    age: timedelta
    boxes: tuple[str, ...]
    answers: str = ""
    thread: str = ""

    @property
    def sent(self) -> bool:
        return self.raw_from.endswith(f"@{DOMAIN}>")

    def items(self, now: datetime) -> Iterator[dict[str, Any]]:
        """As the gmail simulator's `deliver_many` takes them."""
        at = now - self.age
        raw = letter(
            self.raw_from,
            self.to,
            at,
            subject=self.subject,
            key=self.key,
            answers=self.answers,
            text="Hello,\n\nwould a piece on timber houses fit?\n",
        )
        for number, box in enumerate(self.boxes):
            label = "SENT" if self.sent and not number else "INBOX"
            yield {
                "mailbox": box,
                "raw": base64.b64encode(raw).decode(),
                "labels": [label],
                "at": at.isoformat(),
                "thread": f"{self.thread}.{box}",
            }


@dataclass(slots=True)
class Truth:
    """What people must find at the end.

    `logged`: Message-ID to direction and contacts. `tasks`: a person to the state of the one
    follow-up about them. `people`: whose contacts there must be.
    """

    logged: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    tasks: dict[str, str] = field(default_factory=dict)
    # Whether an answer may have come before its task could be opened: then there is none.
    hasty: bool = False

    @property
    def people(self) -> set[str]:
        return {one for _, contacts in self.logged.values() for one in contacts}

    def lenient(self) -> Truth:
        """Whoever is owed no task may have one: by a clock that was ahead it was due."""
        owed = {one: what for one, what in self.tasks.items() if what != NONE}
        return Truth(self.logged, owed, hasty=True)

    def in_haste(self) -> Truth:
        """What comes in did not wait until all that came before was done."""
        return Truth(self.logged, self.tasks, hasty=True)

    def add(self, one: Letter, contacts: Sequence[str]) -> None:
        direction = SENT if one.sent else RECEIVED
        self.logged[one.key] = (direction, tuple(sorted(contacts)))


def address(number: int) -> str:
    return f"editor{number}@site{number}.example"


@dataclass(slots=True)
class Script:
    """`phases[0]` was there before; `truths[n]` holds once phase n has been played."""

    phases: list[list[Letter]] = field(default_factory=list)
    truths: list[Truth] = field(default_factory=list)

    @property
    def messages(self) -> int:
        return sum(map(len, self.phases))


class _Writer:
    def __init__(self, seed: int, boxes: Sequence[str]) -> None:
        self._dice = random.Random(seed)  # noqa: S311 - no secret, but the same in every run
        self._boxes, self._people = boxes, 0
        self.truth = Truth()
        self.silent: list[Letter] = []

    def pitch(self, age: timedelta, *, silent: bool = False) -> Letter:
        """A pitch to somebody new. Every ninth has a colleague of ours in copy."""
        number, self._people = self._people, self._people + 1
        box = self._boxes[number % len(self._boxes)]
        boxes = (box, self._dice.choice(self._boxes)) if number % 9 == 4 else (box,)
        one = Letter(
            f"pitch{number}@{DOMAIN}",
            f"{box.partition('@')[0].title()} <{box}>",
            f"Editor {number} <{address(number)}>",
            f"Timber houses {number}",
            age + timedelta(seconds=self._dice.randrange(600)),
            tuple(dict.fromkeys(boxes)),
            thread=f"t{number}",
        )
        self.truth.add(one, [address(number)])
        self.truth.tasks[address(number)] = OPEN if silent else NONE
        if silent:
            self.silent.append(one)
        return one

    def answer(self, to: Letter, age: timedelta) -> Letter:
        who = to.to.partition("<")[2].rstrip(">")
        one = Letter(
            f"answer.{to.key.partition('@')[0]}@{who.partition('@')[2]}",
            to.to,
            to.raw_from,
            f"Re: {to.subject}",
            age,
            (to.boxes[0],),
            to.key,
            to.thread,
        )
        self.truth.add(one, [who])
        if self.truth.tasks[who] == OPEN:
            self.truth.tasks[who] = CLOSED
        return one

    def thanks(self, to: Letter, age: timedelta) -> Letter:
        who = to.raw_from.partition("<")[2].rstrip(">")
        one = Letter(
            f"thanks.{to.key.partition('@')[0]}@{DOMAIN}",
            to.to,
            to.raw_from,
            to.subject,
            age,
            to.boxes,
            to.key,
            to.thread,
        )
        self.truth.add(one, [who])
        return one


def script(
    *,
    seed: int = 8,
    boxes: Sequence[str] = TEAM,
    backfill: int = 120,
    phase: int = 30,
    more: int = 6,
) -> Script:
    """The backfill's messages, then so many phases of so many."""
    writer, made = _Writer(seed, boxes), Script()
    made.phases.append(_backfill(writer, backfill))
    made.truths.append(_copy(writer.truth))
    for _ in range(more):
        made.phases.append(_phase(writer, phase))
        made.truths.append(_copy(writer.truth))
    return made


def _backfill(writer: _Writer, count: int) -> list[Letter]:
    """A tenth silence that is due, then pitches that were answered."""
    found = [writer.pitch(SILENT_SINCE, silent=True) for _ in range(count // 10)]
    while len(found) + 2 <= count:
        days = timedelta(days=8 + len(found) % 40)
        one = writer.pitch(days)
        found += [one, writer.answer(one, days - timedelta(days=1))]
    while len(found) < count:
        found.append(writer.pitch(timedelta(hours=1)))
    return found


def _phase(writer: _Writer, count: int) -> list[Letter]:
    """Answers to two of the silent, one new silence (sent late into the mailbox), and talk."""
    hour = timedelta(hours=1)
    found = [writer.answer(writer.silent.pop(0), 0 * hour) for _ in range(2) if writer.silent]
    found.append(writer.pitch(SILENT_SINCE, silent=True))
    while len(found) + 3 <= count:
        one = writer.pitch(3 * hour)
        answer = writer.answer(one, 2 * hour)
        found += [one, answer, writer.thanks(answer, hour)]
    while len(found) < count:
        found.append(writer.pitch(hour))
    return found


def _copy(truth: Truth) -> Truth:
    return Truth(dict(truth.logged), dict(truth.tasks))
