"""From a campaign's plan to what should stand on the board."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from syncd.core.calendar import Calendar
from syncd.core.campaign_layout import PROJECT, Item, lay_out
from syncd.core.campaign_plan import (
    CampaignPlan,
    Deadline,
    Each,
    Month,
    Step,
    Target,
    Topic,
    TopicKind,
    What,
)
from syncd.core.rules import Campaign

# Christmas Eve to New Year's Eve off, as in many offices.
OFF = frozenset(date(2026, 12, day) for day in range(24, 32)) | {date(2027, 1, 1)}
OFFICE = Calendar(ZoneInfo("Europe/London"), OFF)
DECEMBER, JANUARY = Month(2026, 12), Month(2027, 1)
PLAN = CampaignPlan(
    project="ACME",
    starts=DECEMBER,
    months=4,
    steps=(
        Step("open", "Kick-off", Each.CAMPAIGN, 2, "lead@x.example"),
        Step("write", "Write", Each.TOPIC, 5, "writer@x.example", "Well.", ("Draft", "Proof")),
        Step("publish", "Publish", Each.TOPIC, 2, "lead@x.example"),
        Step("find", "Find", Each.TARGET, 2, "lead@x.example"),
        Step("pitch", "Pitch", Each.TARGET, 3, "lead@x.example"),
        Step("report", "Report", Each.MONTH, 1),
        Step("close", "Look back", Each.CAMPAIGN, 1),
    ),
    topics=(
        Topic(
            "guide", "The guide", TopicKind.CORE_PAGE, Deadline(DECEMBER), url="https://x.example"
        ),
        Topic(
            "cost",
            "Costs",
            TopicKind.POST,
            Deadline(JANUARY, date(2027, 1, 12)),
            owner="ann@x.example",
        ),
    ),
    targets=(
        Target("one.example"),
        Target("two.example", "guide", text="Call them"),
        Target("three.example", due=Deadline(JANUARY)),
        Target("four.example"),
    ),
    targets_a_month=1,
)
CAMPAIGN = Campaign("acme", "ACME", "acme.example", (), (), (), None, plan=PLAN)


def items(plan: CampaignPlan = PLAN) -> dict[str, Item]:
    return {item.id: item for item in lay_out(replace(CAMPAIGN, plan=plan), OFFICE)}


def test_a_campaign_without_a_plan_asks_for_nothing():
    assert lay_out(replace(CAMPAIGN, plan=None), OFFICE) == ()


def test_each_thing_comes_after_what_it_leans_on():
    seen: set[str] = {""}
    for item in lay_out(CAMPAIGN, OFFICE):
        assert {item.parent, *item.after} <= seen, item.id
        seen.add(item.id)


def test_steps_are_lists_and_each_topic_target_and_month_has_its_task():
    found = items()
    lists = [item.name for item in found.values() if item.what is What.LIST]
    assert lists == ["Kick-off", "Write", "Publish", "Find", "Pitch", "Report", "Look back"]
    tasks = [item for item in found.values() if item.what is What.TASK]
    assert len(tasks) == 1 + 2 * 2 + 2 * 4 + 4 + 1
    assert found["task/write/topic:guide"].name == "Write: The guide"
    assert found["task/open/campaign"].name == "Kick-off"
    assert found["task/report/month:2027-03"].name == "Report: March 2027"


@pytest.mark.parametrize(
    ("item", "due"),
    [
        # The last working day of December is the 23rd; two days before it is written.
        ("task/publish/topic:guide", date(2026, 12, 23)),
        ("task/write/topic:guide", date(2026, 12, 21)),
        # A day of its own; five working days before the 12th, over the turn of the year.
        ("task/publish/topic:cost", date(2027, 1, 12)),
        ("task/write/topic:cost", date(2027, 1, 8)),
        # After its topic is done.
        ("task/find/target:two.example", date(2027, 1, 5)),
        ("task/pitch/target:two.example", date(2027, 1, 8)),
        # In its own month, and in the order of the list, one a month.
        ("task/pitch/target:three.example", date(2027, 1, 29)),
        ("task/pitch/target:one.example", date(2026, 12, 23)),
        ("task/pitch/target:four.example", date(2027, 1, 29)),
        ("task/find/target:four.example", date(2027, 1, 26)),
        ("task/open/campaign", date(2026, 12, 3)),
        ("task/close/campaign", date(2027, 3, 31)),
        ("month/2026-12", date(2026, 12, 23)),
    ],
)
def test_due_days_are_counted_over_working_days(item: str, due: date):
    assert items()[item].due == due


def test_a_task_waits_for_the_step_before_and_a_pitch_for_its_page():
    found = items()
    assert found["task/write/topic:guide"].after == ("task/open/campaign",)
    assert found["task/publish/topic:guide"].after == ("task/write/topic:guide",)
    assert found["task/find/target:two.example"].after == ("task/publish/topic:guide",)
    assert found["task/find/target:one.example"].after == ("task/open/campaign",)
    assert found["task/report/month:2026-12"].after == ()


def test_owners_are_the_steps_own_unless_the_topic_has_one():
    found = items()
    assert found["task/write/topic:guide"].owner == "writer@x.example"
    assert found["task/write/topic:cost"].owner == "ann@x.example"
    assert found[PROJECT].people == (
        "ann@x.example",
        "lead@x.example",
        "writer@x.example",
    )


def test_texts_say_what_it_is_for_and_what_to_tick():
    found = items()
    assert found["task/write/topic:guide"].text == (
        "Core page: The guide\n\nhttps://x.example\n\nWell.\n\n- [ ] Draft\n- [ ] Proof"
    )
    assert found["task/pitch/target:two.example"].text == (
        "Site: two.example\n\nOffer: The guide\n\nhttps://x.example\n\nCall them"
    )
    assert "post: Costs" in found["month/2027-01"].text


def test_a_target_added_at_the_end_moves_no_other():
    longer = replace(PLAN, targets=(*PLAN.targets, Target("five.example")))
    before, after = items(), items(longer)
    assert {name: after[name] for name in before if name.startswith("task/")} == {
        name: item for name, item in before.items() if name.startswith("task/")
    }


def test_more_targets_than_months_hold_are_due_in_the_last():
    many = tuple(Target(f"s{number}.example") for number in range(9))
    found = items(replace(PLAN, targets=many))
    assert found["task/pitch/target:s8.example"].due == date(2027, 3, 31)


def test_only_months_with_something_to_do_have_a_milestone():
    bare = replace(PLAN, steps=PLAN.steps[1:3], targets=())
    found = [item.id for item in items(bare).values() if item.what is What.MILESTONE]
    assert found == ["month/2026-12", "month/2027-01"]
