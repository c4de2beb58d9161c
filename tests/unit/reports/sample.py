"""A made-up quarter, as figures and as a report."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from syncd.core.calendar import Calendar, Hours
from syncd.core.figures import Pitch, Source, Won
from syncd.core.figures_kept import Kept
from syncd.core.figures_sums import Sums, by_month, hours_of
from syncd.core.figures_templates import Templates
from syncd.core.periods import period
from syncd.reports.compose import compose
from syncd.reports.document import Report
from syncd.reports.gather import Asked, Figures

CALENDAR = Calendar(ZoneInfo("Europe/London"), hours=Hours(time(9), time(17, 30)))
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
BEGAN = datetime(2026, 7, 1, 8, tzinfo=UTC)
TEAM = ("maya@brightlink.example", "tom@brightlink.example")
HOSTILE = '=1+1<script>alert("x")</script>&'
_ANSWERS = {Source.COLD: 0.14, Source.EXISTING: 0.45, Source.INTRODUCED: 0.6, Source.THEIRS: 0.9}
_SUBJECTS = ("Guest post for site.example?", "A guide for you", HOSTILE)


def pitch(number: int, chance: random.Random) -> Pitch:
    source = chance.choices(list(Source), [60, 25, 8, 7])[0]
    at = BEGAN + timedelta(days=chance.random() * 100)
    answered = chance.random() < _ANSWERS[source]
    step = chance.choices([1, 2, 3], [5, 3, 1])[0]
    asked = at + timedelta(days=4 * (step - 1))
    won = Won(*(chance.choice([(1, 0), (2, 1)]) if answered and chance.random() < 0.4 else (0, 0)))
    return Pitch(
        conversation=number,
        campaign=chance.choice(["acme", "acme", "north", ""]),
        source=source,
        teammate=chance.choice(TEAM),
        people=("ada@site.example",),
        names=("Ada",),
        at=at,
        subject=chance.choice(_SUBJECTS),
        opening="",
        messages=step + 2 * answered,
        step=step,
        asked_at=asked,
        answered_at=asked + timedelta(hours=chance.expovariate(1 / 40)) if answered else None,
        bounced=not answered and chance.random() < 0.05,
        absent=chance.random() < 0.1,
        agreed=won.links > 0,
        declined=answered and not won.links and chance.random() < 0.3,
        won=won,
    )


def figures(number: int = 240) -> Figures:
    chance = random.Random(4)  # noqa: S311 - a sample
    sums, templates = Sums(), Templates()
    for one in (pitch(at, chance) for at in range(number)):
        hours = None if one.source is Source.THEIRS else hours_of(one, CALENDAR)
        sums.add(one, hours)
        if one.source is not Source.THEIRS:
            templates.add(one, hours)
    follow_ups = {
        who: Counter({one: chance.randint(0, 9) for one in Kept}) for who in TEAM[: number and 2]
    }
    won = [date(2026, month, 3) for month in (7, 7, 8, 10)] if number else []
    months = by_month(won, [date(2026, 8, 9)] if number else [])
    return Figures(sums, templates.groups(), follow_ups, tuple(months), 2 if number else 0)


def asked(campaign: str | None = None) -> Asked:
    names = {"acme": f"ACME {HOSTILE}", "north": "Northwind"}
    return Asked(period("2026-07-01", None, CALENDAR, NOW), CALENDAR, NOW, campaign, names)


def report(number: int = 240, campaign: str | None = None) -> Report:
    return compose(figures(number), asked(campaign))
