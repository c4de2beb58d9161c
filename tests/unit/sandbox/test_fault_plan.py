"""Fault files, and services' own words and clocks."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from connectors.gmail.simulator import GmailSimulator
from connectors.hubspot.simulator import HubSpotSimulator
from connectors.teamwork.simulator import TeamworkSimulator
from syncd.ports.simulator import Request
from syncd.sandbox.clock import SandboxClock
from syncd.sandbox.fault_plan import FaultPlan
from syncd.sandbox.faults import BadRule, FaultRule, Faults, Kind
from syncd.sandbox.serving import Served
from syncd.settings.shipped import shipped
from syncd.settings.source import load_yaml

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def clock():
    return SandboxClock(START, frozen=True)


@pytest.fixture
def services(clock):
    made = (GmailSimulator(clock), HubSpotSimulator(clock), TeamworkSimulator(clock))
    return {each.name: each for each in made}


def test_a_plan_sets_rules_clocks_and_switches(services):
    faults = Faults()
    given = {
        "seed": 7,
        "rules": [{"kind": "status", "service": "hubspot", "status": 429, "rate": 0.5}],
        "skew": {"gmail": -90},
        "commands": [{"service": "hubspot", "command": "lag", "body": {"seconds": 30}}],
    }
    FaultPlan.read(given, services).apply(faults, services)
    told = faults.describe()
    assert (told["seed"], told["skew"], len(told["rules"])) == (7, {"gmail": -90.0}, 1)
    assert services["hubspot"].snapshot()["search_index"]["low"] == 30
    assert faults.skew("hubspot") == 0
    faults.clear()
    assert faults.skew("gmail") == 0


def test_the_shipped_fault_file_is_one(services):
    plan = FaultPlan.read(load_yaml(shipped("sandbox/faults.yaml")), services)
    plan.apply(Faults(), services)
    assert {each.kind for each in plan.rules} == {Kind.STATUS, Kind.RESET_AFTER, Kind.SLOW}


def test_a_command_that_is_refused_leaves_the_rules_as_they_were(services):
    faults = Faults()
    faults.set([FaultRule(Kind.SLOW)])
    bad = {"service": "gmail", "command": "expire_history", "body": {"mailbox": "no@x.example"}}
    plan = FaultPlan.read({"rules": [], "commands": [bad]}, services)
    with pytest.raises(BadRule, match=r"commands\[0\]: gmail expire_history"):
        plan.apply(faults, services)
    assert len(faults.describe()["rules"]) == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "expected"),
        ({}, "expected"),
        ({"rulez": []}, "unknown key 'rulez'"),
        ({"rules": {}}, "rules is a list"),
        ({"rules": [], "seed": "x"}, "seed is a whole number"),
        ({"rules": [{"kind": "slow"}, {"kind": "slow", "rat": 1}]}, r"rules\[1\]: unknown field"),
        ({"rules": [{"kind": "slow", "service": "gmial"}]}, "no service is called 'gmial'"),
        ({"skew": 3}, "skew is an object"),
        ({"skew": {"gmail": "late"}}, "a number of seconds"),
        ({"skew": {"x": 1}}, "no service is called 'x'"),
        ({"commands": [{"service": "gmail"}]}, "a command has service"),
        ({"commands": [{"service": "gmail", "command": "x"}]}, "no command 'x'; known: add_mai"),
        ({"commands": [{"service": "gmail", "command": "lag", "body": 3}]}, "body is an object"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(services, given, said):
    with pytest.raises(BadRule, match=said):
        FaultPlan.read(given, services)


def test_a_skewed_clock_is_wrong_for_its_service_alone(clock):
    with clock.skewed(-90):
        assert clock.now() == START - timedelta(seconds=90)
    assert clock.now() == START


def test_a_service_stamps_its_answers_by_its_own_clock(clock, services):
    faults = Faults()
    faults.set([], skew={"teamwork": 3600})
    served = Served("teamwork", services["teamwork"], clock, faults=faults)
    answer = served._ask(Request("GET", "/projects/api/v3/me.json"))
    assert answer.headers["date"] == "Mon, 23 Nov 2026 10:00:00 GMT"
    dated = dict(served._start(answer.__class__(200), 0)["headers"])
    assert dated[b"date"] == b"Mon, 23 Nov 2026 10:00:00 GMT"


def _said(service, status, variant="", path="/x", **more):
    rule = FaultRule(Kind.STATUS, status=status, variant=variant, **more)
    assert rule.unworded
    answer = rule.answer(service.worded(Request("GET", path), status, variant))
    assert answer.status == status
    return json.loads(answer.body), answer.headers


def test_gmail_says_no_in_each_of_its_ways(services):
    gmail = services["gmail"]

    def reason(status, variant=""):
        error = _said(gmail, status, variant)[0]["error"]
        return (error["errors"][0]["domain"], error["errors"][0]["reason"], error["message"])

    assert reason(403) == ("usageLimits", "userRateLimitExceeded", "User Rate Limit Exceeded")
    assert reason(403, "dailyLimitExceeded")[1:] == ("dailyLimitExceeded", "Daily Limit Exceeded")
    assert reason(403, "domainPolicy")[:2] == ("global", "domainPolicy")
    concurrent = "Too many concurrent requests for user"
    assert reason(429) == ("global", "rateLimitExceeded", concurrent)
    assert reason(429, "exhausted")[2] == "Resource has been exhausted (e.g. check quota)."
    later = "User-rate limit exceeded.  Retry after 2026-11-23T09:01:00.000Z"
    assert reason(429, "retryAfter")[2] == later
    assert reason(401)[1] == "authError"
    assert reason(503)[1] == "backendError"


def test_hubspot_says_no_in_each_of_its_ways(services):
    hubspot = services["hubspot"]
    assert _said(hubspot, 429)[0]["policyName"] == "TEN_SECONDLY_ROLLING"
    assert _said(hubspot, 429, path="/crm/v3/objects/contacts/search")[0]["policyName"] == (
        "SECONDLY"
    )
    assert _said(hubspot, 429, "DAILY")[0]["message"] == "You have reached your daily limit."
    assert "policyName" not in _said(hubspot, 429, "RATE_LIMITS")[0]
    assert _said(hubspot, 477, retry_after=3600)[1]["retry-after"] == "3600"
    assert "locked" in _said(hubspot, 423)[0]["message"]
    assert _said(hubspot, 401)[0]["category"] == "INVALID_AUTHENTICATION"


def test_teamwork_says_no_in_the_words_of_each_surface(services):
    teamwork = services["teamwork"]
    third = _said(teamwork, 429, path="/projects/api/v3/tasks.json")[0]
    assert third["errors"][0]["title"] == "Too Many Requests"
    first = _said(teamwork, 429, path="/tasks.json")[0]
    assert first["MESSAGE"].startswith("You have exceeded your rate limit")
    old, headers = _said(teamwork, 400, "rate", path="/tasks.json")
    assert (old["MESSAGE"], headers["x-ratelimit-remaining"]) == ("Rate Limit Reached", "0")
    assert _said(teamwork, 521, path="/projects/api/v3/me.json")[0]["errors"][0]["title"] == "Error"


def test_a_rule_on_the_wire_speaks_as_its_service_does(clock, services):
    served = Served("hubspot", services["hubspot"], clock, faults=Faults())
    rule = FaultRule(Kind.STATUS, status=429, variant="DAILY")
    assert b'"DAILY"' in served._under(rule, Request("GET", "/crm/v3/owners")).body
    page = FaultRule(Kind.STATUS, status=502, format="html")
    assert b"<h1>" in served._under(page, Request("GET", "/crm/v3/owners")).body
