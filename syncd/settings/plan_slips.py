"""What does not fit together within one campaign's plan, on plain values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from syncd.core.campaign_plan import Month
from syncd.settings.campaign_file import slug
from syncd.settings.fields import did_you_mean, shown
from syncd.settings.problems import Loc

_MONTH = re.compile(r"(\d{4})-(\d{1,2})(?:-\d{1,2})?")
_EACH = ("topic", "target", "month", "campaign")

Slip = tuple[Loc, str]


def plan_slips(campaign: Mapping[Any, Any]) -> Iterator[Slip]:
    """Where in the campaign and what: roles nobody has, topics and months that are not there."""
    plan = campaign.get("plan")
    if not isinstance(plan, Mapping):
        if any(isinstance(one, Mapping) for _, one in _items(campaign.get("targets"))):
            yield from _without_plan(campaign)
        return
    targets = _placed(campaign.get("targets"), "targets")
    topics = _placed(plan.get("topics"), "plan", "topics")
    steps = _placed(plan.get("steps"), "plan", "steps")
    yield from _owners(plan.get("people"), [*steps, *topics, *targets])
    yield from _topics([one for _, one in topics], targets)
    yield from _months(plan, [*topics, *targets])
    done_for = {str(one.get("each") or "topic") for _, one in steps}
    if topics and steps and "topic" not in done_for and done_for <= set(_EACH):
        yield ("plan", "topics"), "no step is done for each topic; add one, each: topic"
    if campaign.get("targets") and steps and "target" not in done_for and done_for <= set(_EACH):
        yield ("targets",), "no step is done for each target; add one, each: target"


def _without_plan(campaign: Mapping[Any, Any]) -> Iterator[Slip]:
    for at, one in _items(campaign.get("targets")):
        for key in ("topic", "due", "owner"):
            if one.get(key) is not None:
                yield ("targets", at, key), "means something only beside a plan; add plan: …"


def _owners(people: Any, places: list[tuple[Loc, Mapping[Any, Any]]]) -> Iterator[Slip]:
    if people is not None and not isinstance(people, Mapping):
        return  # wrong itself; that is told where it stands
    known = [str(role) for role in people or {}]
    for loc, one in places:
        role = one.get("owner")
        if isinstance(role, str) and "@" not in role and role.strip() not in known:
            near = did_you_mean(role, known) or _among(known)
            yield (*loc, "owner"), f"nobody is {shown(role)}{near}"


def _among(known: list[str]) -> str:
    if known:
        return f"; people has {', '.join(known)}"
    return "; name them under people, or write an address"


def _topics(
    topics: list[Mapping[Any, Any]], targets: list[tuple[Loc, Mapping[Any, Any]]]
) -> Iterator[Slip]:
    named = [one for one in topics if isinstance(one.get("name"), str)]
    names = [str(one["name"]).strip() for one in named]
    ids = [str(one.get("id") or slug(str(one["name"]))) for one in named]
    known = {*names, *ids}
    for loc, one in targets:
        topic = one.get("topic")
        if isinstance(topic, str) and topic.strip() not in known:
            near = did_you_mean(topic, [*ids, *names]) or "; name one of plan.topics"
            yield (*loc, "topic"), f"no topic is {shown(topic)}{near}"


def _months(plan: Mapping[Any, Any], places: list[tuple[Loc, Mapping[Any, Any]]]) -> Iterator[Slip]:
    starts, months = _month(plan.get("starts")), plan.get("months", 6)
    if starts is None or not isinstance(months, int) or not 1 <= months <= 24:
        return
    last = starts.plus(months - 1)
    for loc, one in places:
        due = _month(one.get("due"))
        if due is not None and not starts <= due <= last:
            words = f"is outside the plan, which runs from {starts} to {last}"
            yield (*loc, "due"), f"{words}; move it, or change starts or months"


def _month(given: Any) -> Month | None:
    found = _MONTH.fullmatch(str(given).strip()) if isinstance(given, str | date) else None
    if found is None or not 1 <= int(found[2]) <= 12:
        return None
    return Month(int(found[1]), int(found[2]))


def _placed(given: Any, *above: str) -> list[tuple[Loc, Mapping[Any, Any]]]:
    return [((*above, at), one) for at, one in _items(given)]


def _items(given: Any) -> Iterator[tuple[int, Mapping[Any, Any]]]:
    if isinstance(given, list):
        yield from ((at, item) for at, item in enumerate(given) if isinstance(item, Mapping))
