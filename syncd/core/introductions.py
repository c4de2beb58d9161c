"""Who could introduce us to whom: ranked, with the reasons, and with what stands against it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from syncd.core.facts import Place
from syncd.core.relationships import REAL_EXCHANGES, Acquaintance, Depth


class State(StrEnum):
    """How far an asking is. The first three may still come to something."""

    OFFERED = "offered"  # chosen by one of us; its draft is being written
    DRAFTED = "drafted"
    ASKED = "asked"  # one of us has sent it
    INTRODUCED = "introduced"
    DECLINED = "declined"  # they said no
    LAPSED = "lapsed"  # no introduction came of it
    DROPPED = "dropped"  # never asked: a person deleted the draft, or it may not be asked


LIVE: Final = frozenset({State.OFFERED, State.DRAFTED, State.ASKED})


_STRANGERS: Final = Depth()


@dataclass(frozen=True, slots=True)
class AskRules:
    """`ask_again`: how long the same site is not asked for again, by anybody; `per_contact`: how
    long the same person is asked for nothing else. `min_answers`: what makes a real dialogue.

    `place` None: an ask gets no task. `subject` and `text` are templates, None for our own.
    `thread_within`: a thread older than this is not gone on with.
    """

    ask_again: timedelta = timedelta(days=90)
    per_contact: timedelta = timedelta(days=60)
    min_answers: int = 2
    place: Place | None = None
    subject: str | None = None
    text: str | None = None
    tags: tuple[str, ...] = ()
    thank: bool = True
    thread_within: timedelta = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Asked:
    """An earlier asking: of whom, for what, since when, and how it stands."""

    introducer: str
    domain: str
    state: State
    at: datetime
    campaign: str = ""


@dataclass(frozen=True, slots=True)
class Knows:
    """Somebody who could introduce us. `sites`: theirs, registrable domains.

    `owed`: favours they owe us, below zero what we owe them. `silent`: why they are not to be
    written to, "" where they are. `writer`: the mailbox that asks, "" where nobody is left
    who knows them; `instead_of` whose place that one takes.
    """

    address: str
    name: str = ""
    sites: tuple[str, ...] = ()
    depth: Depth = _STRANGERS
    known_by: tuple[Acquaintance, ...] = ()
    owed: int = 0
    silent: str = ""
    writer: str = ""
    instead_of: str = ""

    @property
    def called(self) -> str:
        return self.name or self.address


@dataclass(frozen=True, slots=True)
class Wanted:
    """A site we want a link from. `why`: whose target it is, in words.

    `spoken`: what makes it one we are in dialogue with, in words; `cold`: what was written
    there without an answer; `silent`: why nobody there is to be written to.
    """

    domain: str
    campaign: str = ""
    why: str = ""
    spoken: str = ""
    cold: str = ""
    silent: str = ""


@dataclass(frozen=True, slots=True)
class Tie:
    """A link from one site to another, as a crawl saw it. `position` as the crawl names it."""

    site: str
    domain: str
    pages: int = 1
    position: str = ""
    follow: bool = True
    sitewide: bool = False
    source_url: str = ""
    seen_at: datetime | None = None
    boilerplate: bool = False  # a frame's, or a credit: nothing an author chose


@dataclass(frozen=True, slots=True)
class Offer:
    """Who could introduce us to whom. `blocks`: why it is not to be asked, empty where it may.

    `score` is from 0 to 1, made of `parts`.
    """

    introducer: str
    name: str
    site: str
    domain: str
    campaign: str
    writer: str
    score: float
    reasons: tuple[str, ...]
    blocks: tuple[str, ...] = ()
    source_url: str = ""
    parts: Mapping[str, float] = field(default_factory=dict, compare=False)


# What each part of the score weighs. Dialogue goes before all else: it is what is asked with.
_WEIGHTS: Final = {"dialogue": 0.4, "favour": 0.2, "place": 0.25, "freshness": 0.15}
# How much a link says about the two knowing each other, by where it stands.
_PLACES: Final = {"content": 1.0, "aside": 0.4, "navigation": 0.3, "header": 0.3, "footer": 0.15}
_UNKNOWN_PLACE: Final = 0.5
_WHERE: Final = {
    "content": "in an article",
    "aside": "beside an article",
    "navigation": "in its navigation",
    "header": "in its header",
    "footer": "in its footer",
}
_SITEWIDE: Final = 0.4  # on every page: set once in a template, by whoever made the site
_NOFOLLOW: Final = 0.8
# Favours that make the most of that part: a third one owed does not weigh more.
_MOST_FAVOURS: Final = 2
_STALE_DAYS: Final = 180.0


def rank(
    people: Iterable[Knows],
    wanted: Iterable[Wanted],
    ties: Iterable[Tie],
    asked: Sequence[Asked],
    rules: AskRules,
    *,
    now: datetime,
) -> list[Offer]:
    """Every introduction that could be asked for, the best first, then those that may not be.

    One offer a person and site wanted: by the link that says most, for the first campaign
    that wants it.
    """
    targets: dict[str, Wanted] = {}
    for one in wanted:
        targets.setdefault(one.domain, one)
    by_site: dict[str, dict[str, Tie]] = {}
    for tie in ties:
        if tie.domain in targets and tie.site != tie.domain:
            best = by_site.setdefault(tie.site, {}).get(tie.domain)
            if best is None or _place(tie) > _place(best):
                by_site[tie.site][tie.domain] = tie
    found: list[Offer] = []
    for person in people:
        best_ties: dict[str, Tie] = {}
        for site in person.sites:
            for domain, tie in by_site.get(site, {}).items():
                known = best_ties.get(domain)
                if domain not in person.sites and (known is None or _place(tie) > _place(known)):
                    best_ties[domain] = tie
        for domain, tie in best_ties.items():
            why = blocks(person, targets[domain], asked, rules, now)
            found.append(_offer(person, targets[domain], tie, now, why))
    return sorted(found, key=lambda one: (bool(one.blocks), -one.score, one.introducer, one.domain))


def _offer(
    person: Knows, target: Wanted, tie: Tie, now: datetime, why_not: tuple[str, ...]
) -> Offer:
    parts = {
        "dialogue": person.depth.score(now),
        "favour": _favour(person.owed),
        "place": _place(tie),
        "freshness": _fresh(tie, now),
    }
    return Offer(
        introducer=person.address,
        name=person.name,
        site=tie.site,
        domain=target.domain,
        campaign=target.campaign,
        writer=person.writer,
        score=round(sum(_WEIGHTS[name] * value for name, value in parts.items()), 4),
        reasons=_reasons(person, target, tie, now),
        blocks=why_not,
        source_url=tie.source_url,
        parts=parts,
    )


def blocks(
    person: Knows, target: Wanted, asked: Sequence[Asked], rules: AskRules, now: datetime
) -> tuple[str, ...]:
    """Why this person is not to be asked for this site now, in words; empty where they may be."""
    found: list[str] = []
    if person.silent:
        found.append(person.silent)
    if not person.depth.real or person.depth.answers < rules.min_answers:
        needed = max(rules.min_answers, REAL_EXCHANGES)
        found.append(
            f"no real dialogue with {person.called} yet: {_times(person.depth.answers, 'answer')}, "
            f"{person.depth.exchanges} to what we wrote; {needed} needed"
        )
    if target.silent:
        found.append(target.silent)
    if target.spoken:
        found.append(f"we are in dialogue with {target.domain}: {target.spoken}")
    found += _asked_lately(person, target, asked, rules, now)
    if not person.writer and person.known_by:
        found.append(f"nobody who knows {person.called} is in the team any more")
    return tuple(found)


def _asked_lately(
    person: Knows, target: Wanted, asked: Sequence[Asked], rules: AskRules, now: datetime
) -> list[str]:
    """A draft that was thrown away asked nothing of anybody; it is only not written again."""
    found: list[str] = []
    mine = [one for one in asked if one.introducer == person.address]
    sent = [one for one in mine if one.state is not State.DROPPED]
    if latest := _latest(sent, rules.per_contact, now):
        found.append(
            f"{person.called} was asked for {latest.domain} {ago(latest.at, now)} "
            f"({latest.state}); {_again(latest, rules.per_contact)}"
        )
    same = [one for one in asked if one.domain == target.domain]
    others = [
        one for one in same if one.introducer != person.address and one.state is not State.DROPPED
    ]
    if latest := _latest(others, rules.ask_again, now):
        found.append(
            f"{latest.introducer} was asked for {target.domain} {ago(latest.at, now)} "
            f"({latest.state}); {_again(latest, rules.ask_again)}"
        )
    own = _latest([one for one in mine if one.domain == target.domain], rules.ask_again, now)
    if own is not None:
        dropped = own.state is State.DROPPED
        words = "a draft for it was dropped" if dropped else f"{person.called} was asked for it"
        again = _again(own, rules.ask_again)
        found.append(f"{words} {ago(own.at, now)} ({own.state}); {again}")
    if any(one.state is State.INTRODUCED for one in same):
        found.append(f"an introduction to {target.domain} was made already")
    return found


def _latest(asked: Iterable[Asked], within: timedelta, now: datetime) -> Asked | None:
    """The newest asking that still counts: one under way does, however old it is."""
    counting = [one for one in asked if one.state in LIVE or now - one.at < within]
    return max(counting, key=lambda one: one.at, default=None)


def _again(asked: Asked, within: timedelta) -> str:
    if asked.state in LIVE:
        return "it is still under way"
    return f"again from {asked.at + within:%Y-%m-%d}"


def _favour(owed: int) -> float:
    """Owing us makes it easier to ask; our owing them, harder: less than nothing counts."""
    return max(-1.0, min(1.0, owed / _MOST_FAVOURS))


def _place(tie: Tie) -> float:
    worth = _PLACES.get(tie.position, _UNKNOWN_PLACE)
    if tie.sitewide or tie.boilerplate:
        worth *= _SITEWIDE
    return worth if tie.follow else worth * _NOFOLLOW


def _fresh(tie: Tie, now: datetime) -> float:
    if tie.seen_at is None:
        return 0.0
    days = max(0.0, (now - tie.seen_at).total_seconds() / 86_400)
    return float(round(0.5 ** (days / _STALE_DAYS), 4))


def _reasons(person: Knows, target: Wanted, tie: Tie, now: datetime) -> tuple[str, ...]:
    where = _WHERE.get(tie.position, "on its pages")
    pages = "on every page" if tie.sitewide else f"on {_times(tie.pages, 'page')}"
    seen = "" if tie.seen_at is None else f", seen {ago(tie.seen_at, now)}"
    rel = "" if tie.follow else ", nofollow"
    found = [
        f"{person.called} ({tie.site}) links to {tie.domain} {where} ({pages}{rel}{seen})",
    ]
    best = person.known_by[0] if person.known_by else None
    if best is not None and best.answers:
        last = person.depth.last_answer_at
        when = "" if last is None else f", the last {ago(last, now)}"
        found.append(f"{best.teammate} has had {_times(best.answers, 'answer')} from them{when}")
    if person.instead_of:
        found.append(f"{person.writer} writes, because {person.instead_of} has left")
    if person.owed > 0:
        found.append(f"they owe us {_times(person.owed, 'favour')}")
    elif person.owed < 0:
        found.append(f"we owe them {_times(-person.owed, 'favour')}")
    if target.why:
        found.append(f"{target.domain} is {target.why}")
    if target.cold:
        found.append(f"written to without an answer: {target.cold}")
    return tuple(found)


def ago(at: datetime, now: datetime) -> str:
    """How long ago, in words for a person."""
    days = (now - at).days
    if days <= 0:
        return "today"
    if days == 1:
        return "yesterday"
    return f"{days} days ago"


def _times(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
