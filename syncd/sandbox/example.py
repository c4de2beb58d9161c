"""The example mailbox: plain data (config/sandbox/example/*.yaml) as mail of these very weeks.

The data says who writes what to whom, and when as working days before today ("-3 10:12":
three working days ago at 10:12). Here it becomes deliveries for a given `now`, the same
for the same `now`, with Message-IDs that do not depend on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from syncd.ports.simulator import Simulator
from syncd.sandbox.example_mail import Letter, Writer, message_id, rendered
from syncd.sandbox.seed import Delivery, Seeded, add_teammates, deliver

_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Mailbox:
    address: str
    name: str
    aliases: tuple[str, ...]
    signature: str


class BadExample(ValueError):
    """The data contradicts itself. The message names the thread."""


class Example:
    """One agency's mail. `documents` are merged: later ones add their threads.

    `agency`: name, domain, timezone. `contacts`: as HubSpot's `add_contact` takes them.
    `campaigns` and `never`: as a settings file has them, but for a campaign's `steps`,
    which stand under its `follow_up` there. `pages`, `favours`, `introductions`: as
    `example_world` reads them; `prospects`: a file and its campaign; `acts`: when each part
    of the demo but the last ends.
    """

    def __init__(self, documents: Sequence[Mapping[str, Any]]) -> None:
        merged: dict[str, Any] = {}
        self.threads: list[Mapping[str, Any]] = []
        for document in documents:
            self.threads += document.get("threads", ())
            merged |= {name: value for name, value in document.items() if name != "threads"}
        self.agency: Mapping[str, str] = merged["agency"]
        self.mailboxes = {
            key: Mailbox(
                given["address"],
                given["name"],
                tuple(given.get("aliases", ())),
                given.get("signature", ""),
            )
            for key, given in merged["mailboxes"].items()
        }
        self.contacts: list[Mapping[str, Any]] = merged.get("contacts", [])
        self.campaigns: list[Mapping[str, Any]] = merged.get("campaigns", [])
        self.never: list[Mapping[str, str]] = merged.get("never", [])
        self.pages: list[Mapping[str, Any]] = merged.get("pages", [])
        self.favours: list[Mapping[str, str]] = merged.get("favours", [])
        self.introductions: list[Mapping[str, str]] = merged.get("introductions", [])
        self.prospects: Mapping[str, str] = merged.get("prospects", {})
        self.acts: list[str] = merged.get("acts", [])
        self._zone = ZoneInfo(self.agency["timezone"])
        self._writers = {
            key: Writer(given["name"], given["address"])
            for key, given in {**merged["mailboxes"], **merged.get("people", {})}.items()
        }
        self._box_of = {
            address: box.address
            for box in self.mailboxes.values()
            for address in (box.address, *box.aliases)
        }

    def deliveries(self, now: datetime) -> list[Delivery]:
        """Every copy of every message, oldest first. All lie before `now`."""
        found = [each for thread in self.threads for each in self._thread(thread, now)]
        return sorted(found, key=lambda each: (each.at, each.mailbox, each.thread or ""))

    def at(self, words: str, now: datetime) -> datetime:
        """The moment that "-3 10:12" names, seen from `now`, in the agency's zone."""
        days, _, clock = words.strip().partition(" ")
        day = _working_days_before(now.astimezone(self._zone).date(), -int(days))
        return datetime.combine(day, time.fromisoformat(clock.strip()), tzinfo=self._zone)

    def _thread(self, thread: Mapping[str, Any], now: datetime) -> Iterator[Delivery]:
        earlier: list[Letter] = []
        for number, given in enumerate(thread["messages"]):
            letter = self._letter(thread, number, given, earlier, now)
            if earlier and letter.at <= earlier[-1].at:
                raise BadExample(f"{thread['id']}: message {number} is not after the one before")
            earlier.append(letter)
            yield from self._copies(thread, given, letter)

    def _letter(
        self,
        thread: Mapping[str, Any],
        number: int,
        given: Mapping[str, Any],
        earlier: Sequence[Letter],
        now: datetime,
    ) -> Letter:
        writer = self.writer(given["from"])
        own = self._box_of.get(writer.address)
        answers = earlier[given.get("answers", len(earlier) - 1)] if earlier else None
        subject = given.get("subject", thread["subject"] if not earlier else "")
        text = given.get("text", "")
        if own is not None and text and not given.get("unsigned"):
            signature = next(box.signature for box in self.mailboxes.values() if box.address == own)
            text = f"{text.rstrip()}\n\n-- \n{signature.strip()}\n"
        return Letter(
            id="" if given.get("message_id") is False else message_id(thread["id"], number, writer),
            at=self.at(given["at"], now),
            writer=writer,
            to=self._writers_of(given.get("to", ())),
            cc=self._writers_of(given.get("cc", ())),
            subject=subject or answers_subject(answers),
            text=text,
            html=given.get("html", ""),
            answers=answers,
            quote=given.get("quote", ""),
            headers=given.get("headers", {}),
            attachment=given.get("attach"),
            calendar=given.get("calendar"),
            bounce=given.get("bounce"),
        )

    def _copies(
        self, thread: Mapping[str, Any], given: Mapping[str, Any], letter: Letter
    ) -> Iterator[Delivery]:
        sender = self._box_of.get(letter.writer.address)
        receivers = [self._box_of.get(each.address) for each in (*letter.to, *letter.cc)]
        receivers += [self.mailboxes[key].address for key in given.get("copies", ())]
        boxes = dict.fromkeys(box for box in (sender, *receivers) if box is not None)
        if not boxes:
            raise BadExample(f"{thread['id']}: a message that reaches no mailbox of ours")
        own = [*thread.get("labels", ()), *given.get("labels", ())]
        for box in boxes:
            if "place" in given:
                places = [given["place"]] if given["place"] else []
            elif box == sender:
                places = ["SENT"]
            else:
                places = [] if given.get("archive") else ["INBOX"]
                places += ["UNREAD"] if given.get("unread") else []
            trace = None if box == sender else box
            yield Delivery(
                box,
                rendered(letter, delivered_to=trace),
                tuple(dict.fromkeys([*places, *own])),
                letter.at.astimezone(UTC),
                thread["id"],
            )

    def writer(self, key: str) -> Writer:
        """Who is called so in the data. Raises `BadExample`."""
        try:
            return self._writers[key]
        except KeyError:
            raise BadExample(f"nobody is called {key!r}") from None

    def _writers_of(self, given: str | Sequence[str]) -> tuple[Writer, ...]:
        return tuple(self.writer(key) for key in ([given] if isinstance(given, str) else given))


def answers_subject(answers: Letter | None) -> str:
    if answers is None:
        return ""
    return answers.subject if answers.subject.startswith("Re: ") else f"Re: {answers.subject}"


def seed_example(
    simulators: Mapping[str, Simulator],
    example: Example,
    now: datetime,
    *,
    until: datetime | None = None,
    since: datetime | None = None,
) -> Seeded:
    """Fill the simulators; with `until` and `since` only with the mail between the two.

    A first part up to `until`, and later the rest `since` then, shows what changes when
    answers come in.
    """
    gmail = simulators["gmail"]
    names = {box.address: box.name for box in example.mailboxes.values()}
    if since is None:
        for box in example.mailboxes.values():
            body = {"address": box.address, "name": box.name, "aliases": list(box.aliases)}
            gmail.control("add_mailbox", body)
        add_teammates(simulators, names)
        if "hubspot" in simulators:
            for contact in example.contacts:
                simulators["hubspot"].control("add_contact", contact)
    chosen = [
        each
        for each in example.deliveries(now)
        if (since is None or each.at > since) and (until is None or each.at <= until)
    ]
    seeded = Seeded(messages=len(chosen), names=names, copies=deliver(gmail, chosen))
    seeded.oldest = min((each.at for each in chosen), default=None)
    seeded.newest = max((each.at for each in chosen), default=None)
    return seeded


def _working_days_before(today: date, days: int) -> date:
    day = today
    for _ in range(days):
        day -= timedelta(days=1)
        while day.weekday() >= _SATURDAY:
            day -= timedelta(days=1)
    return day
