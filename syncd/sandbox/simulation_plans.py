"""More promises proved at the end: plans stand on the board, and lost links became tasks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from syncd.sandbox.people.journal import Journal, Stood
from syncd.sandbox.people.scenario import Campaign
from syncd.sandbox.people.stage import Seen

# A page is looked at within three weeks or so, and then again for some days before its link
# counts as lost; one that was gone before the first look was never won.
_NOTICED = timedelta(days=28)
_WON = timedelta(days=2)


def check_lost_links(
    journal: Journal, tasks: Sequence[Seen], untold: Collection[str], now: datetime
) -> list[str]:
    """Every link that was taken away long ago has a task. `untold`: those that get none."""
    about = [task for task in tasks if "ost link" in task.title]
    return [
        f"{url} lost its link on {stood[-1].at:%Y-%m-%d}, and no task tells it"
        for url, stood in journal.pages.items()
        if _lost_long_ago(stood, now)
        and url not in untold
        and not any(stood[-1].site in task.title or url in task.text for task in about)
    ]


def _lost_long_ago(stood: Sequence[Stood], now: datetime) -> bool:
    if len(stood) < 2 or stood[-1].link or not stood[-2].link:
        return False
    return stood[-1].at - stood[-2].at >= _WON and now - stood[-1].at >= _NOTICED


def check_plans(campaigns: Iterable[Campaign], tasks: Iterable[Seen]) -> list[str]:
    """Each plan stands on the board: exactly its tasks, under the names that its data says.

    Whoever moved, completed or reassigned them is `check_edits`' matter.
    """
    here: dict[str, Counter[str]] = {}
    for task in tasks:
        if task.ours:
            here.setdefault(task.place.rpartition("/")[0], Counter())[task.title] += 1
    broken = []
    for campaign in campaigns:
        if campaign.plan is None:
            continue
        wanted = Counter(_titles(campaign.plan, campaign.targets))
        found = here.get(campaign.project, Counter())
        broken += [f"{campaign.id}: {n} tasks too few: {t}" for t, n in (wanted - found).items()]
        broken += [f"{campaign.id}: {n} tasks too many: {t}" for t, n in (found - wanted).items()]
    return broken


def _titles(plan: Mapping[str, Any], targets: Sequence[str]) -> Iterator[str]:
    year, month = map(int, str(plan["starts"]).split("-"))
    months = [
        date(year + (month - 1 + ahead) // 12, (month - 1 + ahead) % 12 + 1, 1)
        for ahead in range(plan.get("months", 6))
    ]
    things = {
        "topic": [topic["name"] for topic in plan.get("topics", ())],
        "target": list(targets),
        "month": [f"{first:%B %Y}" for first in months],
    }
    for step in plan["steps"]:
        each = step.get("each", "topic")
        if each == "campaign":
            yield step["name"]
        else:
            yield from (f"{step['name']}: {thing}" for thing in things[each])
