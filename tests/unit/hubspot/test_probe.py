from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from connectors.hubspot.probe import probe
from syncd.ports.manifest import Finding, State, Wants
from tests.unit.hubspot.service import Service

CONTACTS = ["crm.objects.contacts.read", "crm.objects.contacts.write"]


def ask(service: Service, wants: Wants | None = None) -> dict[str, Finding]:
    found = probe(service.settings(), service.tools(), wants or Wants())
    assert all(one.remedy for one in found if one.state in {State.WARN, State.FAIL})
    return {one.subject or one.name.removeprefix("hubspot."): one for one in found}


def test_a_good_key_may_do_everything(service):
    before = service.simulator.snapshot()
    findings = ask(service, Wants(crm_tasks=True))
    assert {one.state for one in findings.values()} == {State.OK, State.SKIPPED}
    assert "24601337" in findings["access"].words
    assert findings["follow-up tasks"].state is State.OK
    assert service.simulator.snapshot() == before


def test_a_bad_key_ends_the_questions_with_its_remedy(service, monkeypatch):
    monkeypatch.setenv("HUBSPOT_TOKEN", "pat-wrong")
    [finding] = ask(service).values()
    assert finding.state is State.FAIL
    assert "new key" in finding.remedy


def test_no_answer_points_at_the_address(service):
    service.tell("fault", status=503)
    [finding] = ask(service).values()
    assert "api_url" in finding.remedy


def test_each_missing_scope_is_named_with_the_feature_that_misses_it(service):
    service.tell("portal", scopes=CONTACTS)
    findings = ask(service)
    assert findings["find contacts"].state is State.OK
    assert findings["add and tag contacts"].state is State.OK
    missed = {
        "see logged mail": (State.FAIL, "sales-email-read"),
        "log mail": (State.FAIL, "sales-email-read"),
        "find owners": (State.FAIL, "crm.objects.owners.read"),
        "see contact properties": (State.FAIL, "crm.schemas.contacts.read"),
        "make contact properties": (State.WARN, "crm.schemas.contacts.write"),
        "mark logged mail": (State.WARN, "connected-email-data-access"),
    }
    for feature, (state, scope) in missed.items():
        assert findings[feature].state is state, feature
        assert scope in findings[feature].remedy


def test_a_key_that_may_only_read_is_told_before_anything_is_written(service):
    service.tell("portal", scopes=["crm.objects.contacts.read", "sales-email-read"])
    findings = ask(service, Wants(crm_tasks=True))
    for feature in ("add and tag contacts", "log mail", "follow-up tasks"):
        assert findings[feature].state is State.FAIL
        assert "crm.objects.contacts.write" in findings[feature].remedy


def test_a_batch_of_nothing_that_is_refused_for_being_one_was_let_in(service):
    service.tell("fault", path="emails/batch/create", status=400, category="VALIDATION_ERROR")
    assert ask(service)["log mail"].state is State.OK


def test_trouble_half_way_is_told_apart_from_a_missing_scope(service):
    service.tell("fault", path="properties/2026-09/emails", status=502)
    service.tell("fault", path="owners", status=502)
    findings = ask(service)
    assert findings["find owners"].remedy == "try again later"
    assert findings["mark logged mail"].state is State.FAIL


@pytest.mark.parametrize(("daily", "state"), [(250_000, State.OK), (9, State.WARN)])
def test_the_calls_left_today_are_told_and_warned_of_when_scarce(service, daily, state):
    service.tell("limits", enforce=True, daily=daily)
    service.tell("limits", burst=1000)
    finding = ask(service)["daily_calls"]
    assert finding.state is state
    assert f"{daily:,} calls a day" in finding.words


def test_no_stated_limit_is_no_trouble(service):
    assert ask(service)["daily_calls"].state is State.SKIPPED


class TestOwnLogger:
    def logged(self, service: Service, days_ago: float, *, own: bool) -> None:
        at = (service.clock.now() - timedelta(days=days_ago)).isoformat()
        if own:
            service.tell(
                "native_log",
                contacts=["ada@site.example"],
                subject="Hello",
                at=at,
                direction="received",
                message_id=f"m{days_ago}@x",
            )
        else:
            service.email(self.ada, hs_timestamp=at)

    @pytest.fixture
    def service(self, service: Service) -> Service:
        self.ada = service.contact("ada@site.example")
        service.tell("lag", seconds=0)
        return service

    def finding(self, service: Service, seconds: float | None) -> Any:
        return ask(service, Wants(crm_logger_seconds=seconds))["own_logger"]

    def test_one_that_logs_while_the_settings_say_it_is_off_doubles_everything(self, service):
        self.logged(service, 1, own=True)
        self.logged(service, 2, own=False)
        finding = self.finding(service, None)
        assert finding.state is State.WARN
        assert "1 of the last 2 messages" in finding.words
        assert "log.crm_logger: wait" in finding.remedy

    def test_one_that_is_waited_for_is_fine(self, service):
        self.logged(service, 1, own=True)
        finding = self.finding(service, 600)
        assert finding.state is State.OK
        assert "waits 10 minutes for it and adopts" in finding.words

    def test_waiting_for_one_that_does_not_log_is_said_to_be_needless(self, service):
        self.logged(service, 1, own=False)
        finding = self.finding(service, 600)
        assert finding.state is State.OK
        assert "log.crm_logger: off would spare that" in finding.words

    def test_off_and_silent_is_as_it_should_be(self, service):
        self.logged(service, 1, own=False)
        assert "as it should be" in self.finding(service, None).words

    def test_what_it_did_weeks_ago_says_nothing_of_today(self, service):
        self.logged(service, 20, own=True)
        finding = self.finding(service, None)
        assert (finding.state, finding.words[:18]) == (State.OK, "no mail was logged")

    def test_not_being_able_to_look_is_a_finding(self, service):
        service.tell("fault", path="emails/search", status=502)
        assert self.finding(service, None).state is State.FAIL
