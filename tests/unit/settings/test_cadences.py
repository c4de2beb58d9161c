"""What the settings of follow-ups and answers mean to the promises."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, time
from zoneinfo import ZoneInfo

import pytest

from syncd.core.calendar import HalfDay, Hours, Span
from syncd.core.calendars import Country, Whose
from syncd.core.promises.tag import Stage
from syncd.core.rules import (
    ANSWERS,
    Backlog,
    Cadence,
    Consequence,
    Does,
    Rate,
    Rules,
    Stop,
    StopOn,
)
from syncd.core.templates import TaskTemplate
from syncd.settings.answers import AnswersSection
from syncd.settings.follow_up import StagesSection
from syncd.settings.public_holidays import CountriesKnown
from tests.support.clock import START
from tests.unit.settings.sample import complaints, good, spoilt

CAMPAIGN_FOLLOW_UP = "    follow_up: {<<: *usual, steps: [2 business days]}\n"


def rules(*lines: str, campaign: str = CAMPAIGN_FOLLOW_UP, end: str = "") -> Rules:
    """With `lines` in the top-level follow_up, `campaign` in the campaign, `end` below all."""
    added = "".join(f"  {line}\n" for line in lines)
    text = spoilt("  then: nurture", f"{added}  then: nurture").replace(
        CAMPAIGN_FOLLOW_UP, campaign
    )
    return good(text + end).rules(START)


def usual(*lines: str) -> Cadence:
    cadence = rules(*lines).cadence
    assert cadence is not None
    return cadence


def of_campaign(*lines: str, campaign: str) -> Cadence:
    cadence = rules(*lines, campaign=f"    follow_up: {campaign}\n").campaigns[0].cadence
    assert cadence is not None
    return cadence


def spans(*words: str) -> tuple[Span, ...]:
    return tuple(Span.parse(one) for one in words)


def test_a_step_is_a_span_or_a_span_with_a_task():
    steps = "[2 days, {after: 1 week, task: {title: 'Call {{ person.name }}', priority: high}}]"
    cadence = usual().steps, of_campaign(campaign=f"{{steps: {steps}}}")
    assert cadence[0] == spans("3 business days", "5 business days")
    assert cadence[1].steps == spans("2 days", "1 week")
    second = TaskTemplate(title="Call {{ person.name }}", priority="high")
    assert cadence[1].step_tasks == (TaskTemplate(), second)


def test_the_nurture_step_has_a_task_as_well():
    cadence = of_campaign(campaign="{then: {after: 60 days, task: {priority: low}}}")
    assert cadence.nurture == Span.parse("60 days")
    assert cadence.nurture_task == TaskTemplate(priority="low")


def test_a_task_is_described_by_all_it_can_have():
    cadence = usual(
        'task: {title: "A", body: "B", owner: Contact Owner, priority: none, tags: [x, y], '
        'checklist: ["Look at {{ site }}"]}'
    )
    assert cadence.task == TaskTemplate(
        "A", "B", "contact owner", "", ("x", "y"), ("Look at {{ site }}",)
    )


@pytest.mark.parametrize(
    ("written", "owner"),
    [
        ("sender", "sender"),
        ("contact_owner", "contact owner"),
        ("Maya@Brightlink.example", "maya@brightlink.example"),
    ],
)
def test_an_owner_is_the_sender_the_contacts_owner_or_an_address(written, owner):
    assert usual(f"task: {{owner: {written}}}").task.owner == owner


def test_a_campaign_says_key_by_key_what_differs():
    cadence = of_campaign(
        "task: {title: A, owner: sender, priority: low}",
        "stop: {label: Enough, on: [decline]}",
        "backlog: {a_day: 5, max_age: 1 week}",
        "stages: {replied: {steps: [1 day]}, linked: {enabled: false}}",
        campaign="{task: {priority: high}, stop: {on: []}, backlog: {a_day: 9}, "
        "stages: {linked: {steps: [1 week], enabled: true}}}",
    )
    assert cadence.task == TaskTemplate(title="A", owner="sender", priority="high")
    assert cadence.stop == Stop("Enough", frozenset())
    assert cadence.backlog == Backlog(9, 200, Span.parse("1 week"))
    replied, linked = cadence.at("replied"), cadence.at("linked")
    assert replied is not None
    assert linked is not None
    assert (replied.steps, linked.steps) == (spans("1 day"), spans("1 week"))


def test_a_stage_takes_from_around_it_what_it_does_not_say():
    cadence = usual(
        "task: {title: A, priority: low}",
        "crm_task: true",
        "stages:",
        "  replied: {task: {priority: high}}",
        "  agreed: {steps: [1 day, {after: 2 days, task: {title: B}}], then: none}",
        "  declined: {enabled: false}",
    )
    replied, agreed = cadence.at("replied"), cadence.at("agreed")
    assert replied is not None
    assert agreed is not None
    assert (replied.steps, replied.nurture) == (cadence.steps, cadence.nurture)
    assert replied.task == TaskTemplate(title="A", priority="high")
    assert (agreed.steps, agreed.nurture, agreed.crm_task) == (spans("1 day", "2 days"), None, True)
    assert agreed.task_at(1) == TaskTemplate(title="B", priority="low")
    assert cadence.at("declined") is None
    assert cadence.at("contacted") is cadence


def test_there_is_a_section_for_every_stage_and_for_every_kind_of_answer():
    assert list(StagesSection.model_fields) == [stage.value for stage in Stage]
    assert list(AnswersSection.model_fields) == list(ANSWERS)


def test_rules_for_stopping_caps_collisions_absences_and_backlogs_are_read():
    cadence = usual(
        "clock: contact",
        "stop: {label: none, on: [linked, bounce]}",
        "at_most: {per_person: 2 per week}",
        "collision: none",
        "absence: 3 days",
        "backlog: {a_day: 1, at_most: 2, max_age: 180 days}",
    )
    assert cadence.clock is Whose.CONTACT
    assert cadence.stop == Stop(None, frozenset({StopOn.LINKED, StopOn.BOUNCE}))
    assert cadence.at_most == Rate(2, Span.parse("1 week"))
    assert (cadence.collision, cadence.absence) == (None, Span.parse("3 days"))
    assert cadence.backlog == Backlog(1, 2, Span.parse("180 days"))


def test_by_default_a_cadence_is_what_the_core_takes_for_one():
    plain = usual()
    assert plain == Cadence(plain.steps, plain.nurture, plain.place)


@pytest.mark.parametrize(
    ("words", "rate"),
    [
        ("1 per day", Rate(1, Span.parse("1 day"))),
        ("3 per 10 days", Rate(3, Span.parse("10 days"))),
        ("2 per Week", Rate(2, Span.parse("1 week"))),
        ("none", None),
    ],
)
def test_a_cap_is_so_many_in_a_span(words, rate):
    assert usual(f"at_most: {{per_person: {words}}}").at_most == rate


def test_a_backlog_can_be_opened_at_once():
    assert usual("backlog: none").backlog is None
    assert of_campaign("backlog: none", campaign="{steps: [1 day]}").backlog is None


ANSWER_WORDS = [
    ("nothing", Consequence(Does.NOTHING)),
    ("Task", Consequence(Does.TASK)),
    ('"task, low priority"', Consequence(Does.TASK, task=TaskTemplate(priority="low"))),
    ("review task", Consequence(Does.REVIEW)),
    ("nurture after 90 days", Consequence(Does.NURTURE, Span.parse("90 days"))),
    ("wait 2 weeks", Consequence(Does.WAIT, Span.parse("2 weeks"))),
    ("do not contact", Consequence(Does.DO_NOT_CONTACT)),
    ("do_not_contact", Consequence(Does.DO_NOT_CONTACT)),
    (
        "{do: review task, task: {title: A, tags: [x]}}",
        Consequence(Does.REVIEW, task=TaskTemplate(title="A", tags=("x",))),
    ),
    (
        "{task: {title: A}}",
        Consequence(Does.TASK, task=TaskTemplate(title="A", priority="high")),
    ),
    (
        "{task: {priority: none}}",
        Consequence(Does.TASK, task=TaskTemplate(priority="")),
    ),
]


@pytest.mark.parametrize(
    ("words", "consequence"), ANSWER_WORDS, ids=[row[0] for row in ANSWER_WORDS]
)
def test_what_an_answer_leads_to_is_written_in_words(words, consequence):
    read = rules(end=f"answers: {{price: {words}}}\n")
    assert read.answers == {**ANSWERS, "price": consequence}
    assert read.campaigns[0].answers == read.answers, "a campaign without its own"


def test_a_kind_of_answer_that_leads_to_nothing_leads_to_a_task_when_one_is_described():
    read = rules(end="answers: {question: {task: {owner: contact owner}}}\n")
    task = TaskTemplate(owner="contact owner")
    assert read.answers["question"] == Consequence(Does.TASK, task=task)


def test_a_campaign_has_answers_of_its_own():
    read = rules(
        campaign="    answers: {price: {task: {owner: sender}}, decline: nothing}\n",
        end="answers: {price: {do: review task, task: {title: A}}, other: task}\n",
    )
    own = read.campaigns[0].answers
    assert own["price"] == Consequence(Does.REVIEW, task=TaskTemplate(title="A", owner="sender"))
    assert own["decline"] == Consequence(Does.NOTHING)
    assert own["other"] == Consequence(Does.TASK)
    assert read.answers["decline"] == ANSWERS["decline"]


def test_the_default_answers_are_those_of_the_core():
    assert good().rules(START).answers == ANSWERS


def team(*lines: str) -> Rules:
    added = "".join(f"  {line}\n" for line in lines)
    return good(spoilt("  holidays: [GB]\n", f"  holidays: [GB]\n{added}")).rules(START)


@pytest.mark.parametrize("words", ["09:00-17:30", "9:00 - 17:30", '"09:00\u201317:30"'])
def test_office_hours_are_two_times_of_day(words):
    assert team(f"office_hours: {words}").team.calendar.hours == Hours(time(9), time(17, 30))


def test_half_days_come_every_year_or_once_and_end_at_noon_or_when_they_say():
    calendar = team(
        "office_hours: 09:00-17:30",
        "half_days: [12-24, 2026-12-31, '2027-12-30 until 14:00', 02-29 until 9:30]",
    ).team.calendar
    assert calendar.half_days == (
        HalfDay(12, 24),
        HalfDay(12, 31, 2026),
        HalfDay(12, 30, 2027, time(14)),
        HalfDay(2, 29, None, time(9, 30)),
    )


def test_who_leaves_hands_over_to_whom_the_team_says():
    found = team('hand_over: {Tom@brightlink.example: maya@brightlink.example, "*": ops@b.example}')
    assert found.team.heirs("tom@brightlink.example") == (
        "maya@brightlink.example",
        "ops@b.example",
    )
    assert found.team.heirs("ann@brightlink.example") == ("ops@b.example",)


def test_a_contacts_calendar_keeps_the_holidays_of_both_countries():
    calendars = good().rules(START).calendars
    german = calendars.of("", "DE")
    assert not german.works_on(date(2026, 10, 3))
    assert not german.works_on(date(2026, 12, 28)), "Boxing Day in lieu, in England"
    assert not calendars.of("", "DE").works_on(date(2028, 5, 1)), "years ahead as well"
    berlin = calendars.of("Europe/Berlin", "DE", Whose.CONTACT)
    assert berlin.zone == ZoneInfo("Europe/Berlin")


def test_countries_know_their_weekends_and_what_is_no_country():
    known = CountriesKnown(range(2026, 2027))
    emirates, saudi = known("AE"), known("SA")
    assert isinstance(saudi, Country)
    assert saudi.weekend == {4, 5}
    assert emirates is not None
    assert date(2026, 12, 2) in emirates.holidays
    assert known("ZZ") is None


def test_rules_read_twice_are_the_same_rules_in_words():
    # The engine compares them so, from one start to the next.
    first, second = rules("task: {title: A}"), rules("task: {title: A}")
    assert str(first.campaigns) == str(second.campaigns)
    assert first == second


def test_reading_settings_without_templates_or_countries_loads_no_library_for_them():
    program = (
        "import sys; from tests.unit.settings.sample import GOOD, good;"
        "from tests.support.clock import START;"
        "rules = good(GOOD.replace('holidays: [GB]', 'holidays: []')).rules(START);"
        "rules.calendars.of('Europe/Berlin', '');"
        "print([name for name in ('jinja2', 'holidays') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]"


def test_the_place_of_a_mistake_in_a_template_is_its_key_and_its_line_inside():
    [_, told] = complaints(
        spoilt("  then: nurture", "  task:\n    body: |\n      a\n      b {{ x }}\n  then: nurture")
    )
    assert told.startswith("syncd.yaml:16:11: follow_up.task.body: line 2 of the template: ")
