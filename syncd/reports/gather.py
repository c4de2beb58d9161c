"""Everything a report is made of, read from the state in one look."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from syncd.core.calendar import Calendar
from syncd.core.figures import Source
from syncd.core.figures_kept import Kept, kept
from syncd.core.figures_sums import Group, Month, Sums, by_month, hours_of
from syncd.core.figures_templates import Templates
from syncd.core.periods import Period, period
from syncd.core.rules import Rules
from syncd.store import figures, figures_kept
from syncd.store.database import Tx


class NoCampaign(Exception):
    """No campaign of the settings is called so."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A question in people's words. `campaign` "": all; by its id or name. `since` and `until`
    as `syncd.core.periods` reads them, "" where not given.
    """

    campaign: str = ""
    since: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is to be about. `campaign` None: all. `names`: campaigns' names by id, in
    the order of the settings; `client`: the campaign's.
    """

    period: Period
    calendar: Calendar
    now: datetime
    campaign: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    client: str = ""

    @classmethod
    def of(cls, rules: Rules, ask: Ask, now: datetime) -> Asked:
        """`ask` as these rules understand it. Raises `NoPeriod` and `NoCampaign`."""
        calendar = rules.team.calendar
        span = period(ask.since or None, ask.until or None, calendar, now)
        names = {one.id: one.name or one.id for one in rules.campaigns}
        if not ask.campaign:
            return cls(span, calendar, now, names=names)
        words = ask.campaign.casefold()
        found = next(
            (one for one in rules.campaigns if words in {one.id.casefold(), one.name.casefold()}),
            None,
        )
        if found is None:
            raise NoCampaign(ask.campaign)
        return cls(span, calendar, now, found.id, names, found.client)


@dataclass(frozen=True, slots=True)
class Figures:
    """`hours`: of every answer. `follow_ups`: by teammate. `unbrought`: links won in the period
    that no conversation of ours is known to have brought.
    """

    sums: Sums
    templates: Mapping[str, Group]
    follow_ups: Mapping[str, Counter[Kept]]
    months: tuple[Month, ...]
    unbrought: int

    @property
    def hours(self) -> array[float]:
        return self.sums.total.hours

    @property
    def messages(self) -> int:
        """All of ours, in pitches and in conversations that they began."""
        return self.sums.total.tally.messages + self.sums.theirs.messages


def gather(tx: Tx, asked: Asked) -> Figures:
    """Read and add up. Memory is bounded by campaigns, people and templates, and by the eight
    bytes of each answer's time.
    """
    sums, templates = Sums(), Templates()
    span = asked.period
    for pitch in figures.pitches(tx, campaign=asked.campaign, since=span.since, until=span.until):
        hours = None if pitch.source is Source.THEIRS else hours_of(pitch, asked.calendar)
        sums.add(pitch, hours)
        if pitch.source is not Source.THEIRS:
            templates.add(pitch, hours)
    follow_ups: dict[str, Counter[Kept]] = {}
    end = asked.calendar.local_date(span.until - timedelta(microseconds=1)) + timedelta(days=1)
    for one in figures_kept.follow_ups(tx, campaign=asked.campaign, first=span.first, end=end):
        follow_ups.setdefault(one.teammate, Counter())[kept(one, asked.calendar, asked.now)] += 1
    months, unbrought = _links(tx, asked)
    return Figures(sums, templates.groups(), follow_ups, tuple(months), unbrought)


def _links(tx: Tx, asked: Asked) -> tuple[list[Month], int]:
    won: list[date] = []
    lost: list[date] = []
    unbrought = 0
    for link, conversation, campaign in figures.link_credits(tx):
        if asked.campaign not in {None, campaign}:
            continue
        if link.won_at is not None and asked.period.holds(link.won_at):
            won.append(asked.calendar.local_date(link.won_at))
            unbrought += conversation is None
        if link.lost_at is not None and asked.period.holds(link.lost_at):
            lost.append(asked.calendar.local_date(link.lost_at))
    return by_month(won, lost), unbrought
