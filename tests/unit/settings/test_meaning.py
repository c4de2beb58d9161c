"""What the settings mean to the promises."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from syncd.core.calendar import Span, Unit
from syncd.core.facts import Place
from syncd.core.rules import (
    Bodies,
    Cadence,
    Campaign,
    Condition,
    GuardRules,
    Lists,
    LogRules,
    Subject,
    Unknown,
)
from syncd.settings.public_holidays import public_holidays
from syncd.settings.source import parse
from tests.support.clock import START
from tests.unit.settings.sample import GOOD, good, spoilt

OUTREACH = Place("Outreach", "Follow-ups")
CAMPAIGN_FOLLOW_UP = "    follow_up: {<<: *usual, steps: [2 business days]}\n"


def business_days(*amounts: int) -> tuple[Span, ...]:
    return tuple(Span(amount, Unit.BUSINESS_DAY) for amount in amounts)


def test_the_file_becomes_the_rules_it_describes():
    rules = good().rules(START)
    assert rules.team.domains == {"brightlink.example"}
    assert str(rules.team.calendar.zone) == "Europe/London"
    assert rules.log == LogRules(
        since=datetime(2026, 8, 31, 23, 0, tzinfo=UTC),  # midnight in London, in summer
        bodies=Bodies.FULL,
        unknown=Unknown.CREATE,
        lists=Lists.KNOWN,
        never=(
            Condition(Subject.DOMAIN, "lawyer.example"),
            Condition(Subject.LABEL, "Private"),
            Condition(Subject.SUBJECT, "salary*"),
        ),
        grace=Span(10, Unit.MINUTE),
    )
    nurture = Span(90, Unit.DAY)
    assert rules.cadence == Cadence(business_days(3, 5), nurture, OUTREACH)
    assert rules.campaigns == (
        Campaign(
            id="acme",
            name="acme",
            client="acme.example",
            tags=("home-builders",),
            any_of=(
                Condition(Subject.LABEL, "Campaigns/ACME"),
                Condition(Subject.SUBJECT, "*builder guide*"),
            ),
            all_of=(),
            cadence=Cadence(business_days(2), nurture, OUTREACH),
        ),
    )


def test_a_first_backfill_of_ten_thousand_messages_is_not_held_by_default():
    assert good().rules(START).guard == GuardRules(20_000, 0.3, 10, 60_000, 0.6)


@pytest.mark.parametrize(
    ("section", "steps", "place"),
    [
        ("", (3, 5), OUTREACH),
        ("    follow_up:\n", (3, 5), OUTREACH),
        ("    follow_up: {steps: [1 business day]}\n", (1,), OUTREACH),
        ("    follow_up: {steps: }\n", (3, 5), OUTREACH),
        ("    follow_up: {board: {project: A, task_list: B}}\n", (3, 5), Place("A", "B")),
    ],
    ids=["no section", "an empty one", "other steps", "empty steps", "another board"],
)
def test_a_campaign_inherits_what_it_does_not_say(section, steps, place):
    [campaign] = good(spoilt(CAMPAIGN_FOLLOW_UP, section)).rules(START).campaigns
    assert campaign.cadence == Cadence(business_days(*steps), Span(90, Unit.DAY), place)


def test_a_campaign_can_take_back_what_is_set_for_all():
    text = spoilt("  then: nurture", "  crm_task: true\n  inbox_label: Chase\n  then: nurture")
    own = "    follow_up: {then: none, inbox_label: none, crm_task: false}\n"
    rules = good(text.replace(CAMPAIGN_FOLLOW_UP, own)).rules(START)
    assert rules.cadence is not None
    assert (rules.cadence.crm_task, rules.cadence.inbox_label) == (True, "Chase")
    [campaign] = rules.campaigns
    assert campaign.cadence == Cadence(business_days(3, 5), None, OUTREACH)


def test_follow_up_can_be_on_for_campaigns_alone():
    text = spoilt("  then: nurture", "  enabled: false\n  then: nurture")
    off = good(text).rules(START)
    assert (off.cadence, off.campaigns[0].cadence) == (None, None)
    on = good(text.replace("{<<: *usual, steps", "{enabled: true, steps")).rules(START)
    assert on.cadence is None
    assert on.campaigns[0].cadence is not None


def test_without_any_follow_up_neither_tasks_nor_a_board_are_wanted():
    data = GOOD.split("follow_up: &usual")[0].replace(
        "  board: {kind: teamwork, url: https://brightlink.teamwork.com, "
        "api_key: {env: TEAMWORK_KEY}}\n",
        "",
    )
    settings = good(data)
    assert settings.rules(START).cadence is None
    assert settings.places() == ()


def test_holidays_cover_every_year_that_due_times_reach():
    text = spoilt("since: 2026-09-01", "since: 2024-02-01")
    days = good(text).rules(START).team.calendar.holidays
    christmases = {date(year, 12, 25) for year in range(2024, 2029)}
    assert christmases <= days
    assert {day.year for day in days} == {2024, 2025, 2026, 2027, 2028}


def test_days_off_join_the_holidays_of_every_country_named():
    text = spoilt("holidays: [GB]", "holidays: [gb-sct, US]\n  days_off: [2026-12-24]")
    calendar = good(text).rules(START).team.calendar
    for day in (date(2026, 11, 30), date(2026, 11, 26), date(2026, 12, 24)):
        assert not calendar.works_on(day), day


def test_parts_of_a_country_have_holidays_of_their_own():
    years = range(2026, 2027)
    assert date(2026, 4, 6) in public_holidays("GB-ENG", years)  # Easter Monday
    assert date(2026, 4, 6) not in public_holidays("GB-SCT", years)


def test_the_crm_logger_is_waited_for_unless_it_is_known_to_be_off():
    def grace(line: str) -> Span | None:
        return good(spoilt("  bodies: full\n", line)).rules(START).log.grace

    assert grace("") == Span(10, Unit.MINUTE)
    assert grace("  crm_logger: wait 2 hours\n") == Span(2, Unit.HOUR)
    assert grace("  crm_logger: off\n") is None
    assert grace("  crm_logger: false\n") is None, "what YAML 1.1 tools make of off"


def test_conditions_of_every_kind_arrive_in_their_usual_form():
    text = spoilt(
        '{any: [{label: Campaigns/ACME}, {subject: "*builder guide*"}]}',
        "{all: [{address: Jane@ACME.example}, {domain: '@Acme.Example'}, {domain: '*.GOV.uk'}, "
        "{mailbox: maya@*}, {address: '*@press.example'}]}",
    )
    [campaign] = good(text).rules(START).campaigns
    assert campaign.any_of == ()
    assert [(it.subject.value, it.pattern) for it in campaign.all_of] == [
        ("address", "jane@acme.example"),
        ("domain", "acme.example"),
        ("domain", "*.gov.uk"),
        ("mailbox", "maya@*"),
        ("address", "*@press.example"),
    ]


def test_running_has_sensible_defaults():
    run = good().run
    assert run.poll.delta == run.board_poll.delta == timedelta(minutes=1)
    assert (run.nightly.isoformat("minutes"), run.workers) == ("03:00", 4)


def test_keys_with_nothing_after_them_are_as_good_as_left_out():
    text = GOOD + "run:\nguard:\nstore:\n"
    assert good(text) == good()
    cut = GOOD.split("campaigns:")[0] + "campaigns:\n  # - id: one\n"
    assert good(cut).campaigns == ()


def test_the_connectors_come_as_their_own_models_and_refuse_unknown_keys_for_them():
    crm = good().connectors["crm"]
    assert crm.model_dump() == {
        "kind": "hubspot",
        "token": {"env": "HUBSPOT_TOKEN", "file": None, "credential": None},
        "mode": "fast",
    }
    with pytest.raises(ValueError, match="frozen"):
        crm.mode = "slow"  # type: ignore[attr-defined]


def test_what_the_services_must_provide_is_listed_once():
    text = GOOD.replace("tags: [home-builders]", "tags: [b, a]") + (
        "  - {id: other, name: Other, client: x, tags: [a], match: {any: [{label: y}]}, "
        "follow_up: {board: {project: P, task_list: Q}}}\n"
    )
    settings = good(text)
    assert settings.places() == (OUTREACH, Place("P", "Q"))
    assert settings.campaign_names() == {"acme": "acme", "other": "Other"}
    assert settings.tags() == ("a", "b")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("id: acme", "id: acme2"),
        ("    client: acme.example", "    name: New\n    client: acme.example"),
        ("[home-builders]", "[home-builders, more]"),
        ("project: Outreach", "project: Inreach"),
        ("brightlink.teamwork.com", "other.teamwork.com"),
        ("{env: HUBSPOT_TOKEN}", "{env: OTHER_TOKEN}"),
        ("  then: nurture", "  crm_task: true\n  then: nurture"),
        ("  then: nurture", "  inbox_label: Chase\n  then: nurture"),
    ],
)
def test_the_fingerprint_changes_with_what_the_services_must_provide(old, new):
    assert good(spoilt(old, new)).fingerprint() != good().fingerprint()


@pytest.mark.parametrize(
    ("old", "new"), [("bodies: full", "bodies: none"), ("[3 business days,", "[4 business days,")]
)
def test_the_fingerprint_stays_when_the_services_need_nothing_new(old, new):
    assert good(spoilt(old, new)).fingerprint() == good().fingerprint()


def test_the_fingerprint_is_the_same_in_every_process():
    # Python's own hash of words differs from one process to the next.
    assert good().fingerprint() == "4926aeed00d7c8002e99"


def test_settings_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        good().log.bodies = Bodies.NONE


def test_the_sample_is_what_the_other_tests_take_it_for():
    assert parse(GOOD, "").data["campaigns"][0]["follow_up"]["then"] == "nurture after 90 days"
