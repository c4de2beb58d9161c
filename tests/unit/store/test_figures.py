"""The pitches read from the state, against a plain recount of the same history."""

from __future__ import annotations

import itertools
import os
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from syncd.core.figures import ELSEWHERE, NO, YES, Funnel, Source
from syncd.store import figures, figures_kept
from syncd.store.database import Store, Tx
from syncd.store.figures_version import version
from syncd.store.schema import (
    contact_facts,
    contacts,
    conversations,
    introductions,
    links,
    messages,
    participants,
)
from tests.support.postgres import postgres
from tests.unit.store.rows import put

BEGAN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NOW = BEGAN + timedelta(days=200)
PEOPLE = [f"p{n}@site{n % 4}.example" for n in range(8)]
# The second and third are two addresses of one contact.
ONE_CONTACT = (PEOPLE[1], PEOPLE[2])
TEAM = ("maya@brightlink.example", "tom@brightlink.example")


@dataclass(frozen=True)
class Said:
    """A message as the recount knows it."""

    conversation: int
    campaign: str
    key: str
    at: datetime
    ours: bool
    human: bool
    people: tuple[str, ...]
    mailbox: str = TEAM[0]
    says: str = ""
    failed: tuple[str, ...] = ()
    skipped: bool = False


@dataclass
class History:
    """`links`: (conversation or None, person, won, lost). `stages`: (address, stage, since)."""

    said: list[Said] = field(default_factory=list)
    links: list[tuple[int | None, str, datetime, datetime | None]] = field(default_factory=list)
    introduced: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    stages: list[tuple[str, str, datetime]] = field(default_factory=list)


def write(tx: Tx, history: History) -> None:
    campaigns = {one.conversation: one.campaign for one in history.said}
    for number, campaign in campaigns.items():
        put(tx, conversations, {"id": number, "campaign": campaign, "status": "new"})
    for number, one in enumerate(history.said, 1):
        mail_class = "human" if one.human else "bounce_hard" if one.failed else "auto_reply"
        row = {
            "id": number,
            "key": one.key,
            "conversation_id": one.conversation,
            "at": one.at,
            "direction": "sent" if one.ours else "received",
            "mail_class": mail_class,
            "mailbox": one.mailbox,
            "says": one.says,
            "verdict": "skip" if one.skipped else "log",
            "details": {"failed_recipients": list(one.failed)} if one.failed else {},
        }
        put(tx, messages, row)
        for place, address in enumerate(one.people):
            role = ("to" if place == 0 else "cc") if one.ours else "from"
            put(tx, participants, {"message_id": number, "address": address, "role": role})
    for address in PEOPLE:
        crm_id = "one" if address in ONE_CONTACT else address
        put(tx, contacts, {"address": address, "crm_id": crm_id, "state": "found"})
    for address, stage, since in history.stages:
        crm_id = "one" if address in ONE_CONTACT else address
        put(tx, contact_facts, {"crm_id": crm_id, "stage": stage, "stage_since": since})
    for number, (conversation, person, won, lost) in enumerate(history.links, 1):
        told = next((one.key for one in history.said if one.conversation == conversation), "")
        page = f"https://page{number}.example/"
        values = {"page": page, "url": page, "client": "acme.example", "state": "live"}
        where = {"person": person, "message": told, "won_at": won, "lost_at": lost}
        put(tx, links, {"id": number, **values, **where})
    for number, (person, (by, at)) in enumerate(history.introduced.items(), 1):
        row = {"id": number, "introducer": by, "domain": f"d{number}", "state": "introduced"}
        put(tx, introductions, row | {"introduced": person, "introduced_at": at, "mark": person})


def drawn(seed: int) -> History:
    """A history in which everything that matters to the figures happens now and then."""
    chance = random.Random(seed)  # noqa: S311 - histories, not secrets
    found = History()

    def say(number: int, campaign: str, day: float, **more: object) -> None:
        at = BEGAN + timedelta(days=day, seconds=len(found.said))
        key = f"k{len(found.said):04}"
        found.said.append(Said(number, campaign, key, at, **more))  # type: ignore[arg-type]

    for number in range(1, 41):
        campaign = chance.choice(["acme", "acme", "north", ""])
        who = tuple(chance.sample(PEOPLE, chance.choice([1, 1, 1, 2])))
        day = chance.uniform(0, 150)
        mailbox = chance.choice(TEAM)
        if chance.random() < 0.2:
            say(number, campaign, day - 1, ours=False, human=True, people=who[:1])
        for _ in range(chance.choice([0, 1, 1, 2, 3])):
            human = chance.random() < 0.95
            say(number, campaign, day, ours=True, human=human, people=who, mailbox=mailbox)
            day += chance.uniform(0.1, 9)
            what = chance.random()
            if what < 0.35:
                says = chance.choice(["", "question", "interest", "decline", "live"])
                sender = chance.choice([*who, *PEOPLE[:1]])
                skipped = chance.random() < 0.1
                say(
                    number,
                    campaign,
                    day,
                    ours=False,
                    human=True,
                    people=(sender,),
                    says=says,
                    skipped=skipped,
                )
            elif what < 0.5:
                failed = tuple(chance.sample(who, chance.randint(1, len(who))))
                say(number, campaign, day, ours=False, human=False, people=(), failed=failed)
            elif what < 0.6:
                say(number, campaign, day, ours=False, human=False, people=who[:1])
            day += chance.uniform(0.1, 4)
    written = sorted({one.conversation for one in found.said})
    for _ in range(12):
        won = BEGAN + timedelta(days=chance.uniform(0, 190))
        lost = won + timedelta(days=3) if chance.random() < 0.3 else None
        told = chance.choice([*written, None, None])
        found.links.append((told, chance.choice([*PEOPLE, ""]), won, lost))
    for person in chance.sample(PEOPLE[3:], 2):
        at = BEGAN + timedelta(days=chance.uniform(0, 120))
        found.introduced[person] = (PEOPLE[0], at)
    for person in chance.sample([PEOPLE[1], *PEOPLE[3:]], 2):
        stage = chance.choice(["agreed", "declined", "linked"])
        since = BEGAN + timedelta(days=chance.uniform(20, 190))
        found.stages.append((person, stage, since))
    return found


def same(address: str) -> set[str]:
    return set(ONE_CONTACT) if address in ONE_CONTACT else {address}


def newest_with(history: History, person: str, at: datetime) -> int | None:
    """The conversation of our newest message to somebody, at that time."""
    ours = [
        (one.at, one.conversation)
        for one in history.said
        if one.ours and one.human and one.at <= at and same(person) & set(one.people)
    ]
    return max(ours)[1] if ours else None


def source_of(
    history: History, everything: list[Said], inside: list[Said], first: Said
) -> tuple[Source, set[str]]:
    """Where the people of a first message came from, and who introduced them."""
    asked = {address for person in first.people for address in same(person)}
    heard = [one.at for one in everything if not one.ours and one.human and set(one.people) & asked]
    came = [history.introduced[one] for one in asked if one in history.introduced]
    when = min((at for _, at in came), default=None)
    introducers = {by for by, _ in came}
    if when is not None and when <= first.at and all(at >= when for at in heard):
        return Source.INTRODUCED, introducers
    if any(one.human and not one.ours and one.at < first.at for one in inside):
        return Source.THEIRS, introducers
    known = any(at < first.at for at in heard)
    return (Source.EXISTING if known else Source.COLD), introducers


def credits_of(history: History) -> tuple[dict[int, list[bool]], dict[int, str]]:
    """By conversation: for each of its links whether it is gone, and what people said of it."""
    brought: dict[int, list[bool]] = {}
    for told, person, won, lost in history.links:
        number = told if told is not None else newest_with(history, person, won)
        if number is not None:
            brought.setdefault(number, []).append(lost is not None)
    words: dict[int, str] = {}
    for person, stage, at in history.stages:
        number = newest_with(history, person, at)
        if stage in {"agreed", "declined"} and number is not None:
            words[number] = stage
    return brought, words


def recounted(
    history: History, campaign: str | None, since: datetime | None, until: datetime
) -> tuple[Funnel, Mapping[Source, int], Mapping[Source, int]]:
    """The funnel, and by source the pitches and the links, the slow and plain way."""
    counts: Counter[str] = Counter()
    sources: Counter[Source] = Counter()
    linked: Counter[Source] = Counter()
    brought, words = credits_of(history)
    everything = [one for one in history.said if not (one.human and one.skipped)]
    for number in {one.conversation for one in history.said}:
        inside = [one for one in everything if one.conversation == number]
        ours = [one for one in inside if one.ours and one.human]
        if not ours or campaign not in {None, ours[0].campaign}:
            continue
        first = ours[0]
        if first.at >= until or (since is not None and first.at < since):
            continue
        source, introducers = source_of(history, everything, inside, first)
        gone = brought.get(number, [])
        sources[source] += 1
        linked[source] += len(gone)
        if source is Source.THEIRS:
            continue
        awaited = {a for one in ours for person in one.people for a in same(person)}
        answers = [
            one
            for one in everything
            if not one.ours
            and one.human
            and not set(one.people) & introducers
            and (
                (one.conversation == number and one.at > first.at)
                or (
                    one.conversation != number
                    and set(one.people) & awaited
                    and began(history, one.conversation)
                    and any(mine.at <= one.at <= mine.at + ELSEWHERE for mine in ours)
                )
            )
        ]
        failed = {person for one in inside for person in one.failed if one.at > first.at}
        everybody = {person for one in ours for person in one.people}
        if not answers and not gone and failed and everybody <= failed:
            continue
        counts["contacted"] += 1
        counts["answered"] += bool(answers)
        counts["linked"] += bool(gone)
        counts["lost"] += bool(gone) and all(gone)
        telling = [one.says for one in sorted(answers, key=lambda one: one.at)]
        telling = [one for one in telling if one in YES | NO]
        said = words.get(number) or (
            "" if not telling else "agreed" if telling[-1] in YES else "declined"
        )
        counts["agreed"] += bool(gone) or said == "agreed"
        counts["declined"] += not gone and said == "declined"
    names = ("contacted", "answered", "agreed", "linked", "lost", "declined")
    return Funnel(*(counts[name] for name in names)), sources, linked


def began(history: History, conversation: int) -> bool:
    """Whether somebody outside began it."""
    return not min(
        (one for one in history.said if one.conversation == conversation), key=lambda one: one.at
    ).ours


@pytest.fixture
def tx(tmp_path: Path) -> Iterator[Tx]:
    store = Store(tmp_path / "state.db")
    with store.begin() as opened:
        yield opened
    store.close()


SPANS = [
    (None, None, NOW),
    ("acme", None, NOW),
    ("", None, NOW),
    (None, BEGAN + timedelta(days=40), BEGAN + timedelta(days=110)),
    ("north", BEGAN + timedelta(days=20), NOW),
]


@pytest.mark.parametrize("seed", range(int(os.environ.get("SYNCD_HISTORIES", "25"))))
def test_the_figures_are_those_of_a_plain_recount(tx: Tx, seed: int):
    history = drawn(seed)
    write(tx, history)
    for campaign, since, until in SPANS:
        funnel, sources, linked = recounted(history, campaign, since, until)
        assert figures.funnel(tx, campaign=campaign, since=since, until=until) == funnel
        found = list(figures.pitches(tx, campaign=campaign, since=since, until=until))
        assert Counter(one.source for one in found) == sources
        links_of: Counter[Source] = Counter()
        for one in found:
            links_of[one.source] += one.won.links
        assert links_of == linked


def test_they_are_the_same_on_a_server():
    history = drawn(11)
    store = Store(postgres().fresh())
    try:
        with store.begin() as tx:
            write(tx, history)
            for campaign, since, until in SPANS:
                expected, _, _ = recounted(history, campaign, since, until)
                assert expected == figures.funnel(tx, campaign=campaign, since=since, until=until)
            ups = figures_kept.follow_ups(tx, campaign=None, first=None, end=NOW.date())
            assert list(ups) == []
            assert version(tx)[0] == len(history.said)
    finally:
        store.close()


def test_campaigns_and_months_that_share_nothing_add_up_to_the_whole(tx: Tx):
    write(tx, drawn(7))
    whole = list(figures.pitches(tx, campaign=None, since=None, until=NOW))
    parts = [
        one
        for campaign in ("acme", "north", "")
        for one in figures.pitches(tx, campaign=campaign, since=None, until=NOW)
    ]
    assert sorted(parts, key=lambda one: one.conversation) == whole
    edges = [BEGAN - timedelta(days=9), *(one.at for one in whole[::5]), NOW]
    edges.sort()
    spans = [
        one
        for since, until in itertools.pairwise(edges)
        for one in figures.pitches(tx, campaign=None, since=since, until=until)
    ]
    assert sorted(spans, key=lambda one: one.conversation) == whole


def test_an_instant_belongs_to_the_span_that_it_begins(tx: Tx):
    history = History(said=[Said(1, "", "k", BEGAN, ours=True, human=True, people=PEOPLE[:1])])  # type: ignore[arg-type]
    write(tx, history)
    assert figures.funnel(tx, campaign=None, since=BEGAN, until=NOW).contacted == 1
    assert figures.funnel(tx, campaign=None, since=None, until=BEGAN).contacted == 0


def test_however_many_conversations_there_are_a_batch_asks_the_same(tx: Tx):
    write(tx, drawn(3))
    asked: list[str] = []

    @event.listens_for(tx, "before_cursor_execute")
    def _note(_c: object, _k: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    list(figures.pitches(tx, campaign=None, since=None, until=NOW))
    assert len(asked) < 25
