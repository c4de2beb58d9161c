"""Pauses, rules and traces that the contract does not know of."""

from __future__ import annotations

import pytest

from connectors.webcheck import visiting
from connectors.webcheck.adapter import WebLinkChecker
from connectors.webcheck.settings import WebcheckSettings
from connectors.webcheck.simulator import WebSimulator
from syncd.core.facts import Trouble
from syncd.ports.manifest import Call, Toolbox
from tests.support.clock import DrivenClock
from tests.support.transport import SimulatorTransport

SITE = "https://reedhomes.example"
ACME = ("acme.example",)


class Stage:
    def __init__(self, **more):
        self.clock = DrivenClock()
        self.web = WebSimulator(self.clock)
        self.transport = SimulatorTransport({"webcheck": self.web})
        self.calls: list[Call] = []
        given = {"kind": "webcheck", "through": "http://webcheck.test", **more}
        tools = Toolbox(self.clock, self.calls.append, self.transport)
        self.checker = WebLinkChecker(WebcheckSettings.model_validate(given), tools)

    def put(self, url, **more):
        self.web.control(
            "put_page", {"url": url, "links": [{"url": "https://acme.example"}], **more}
        )

    def check(self, url=f"{SITE}/post"):
        return self.checker.check(url, ACME)


@pytest.fixture
def stage():
    stage = Stage()
    stage.put(f"{SITE}/post")
    return stage


def test_calls_are_counted_without_saying_where_we_looked(stage):
    assert stage.check().judged
    assert [(call.service, call.path, call.status) for call in stage.calls] == [
        ("web", "", 404),
        ("web", "", 200),
    ]


def test_a_delay_a_site_asks_for_is_kept_and_a_silly_one_is_not(stage):
    for delay, expected in ((10, 10), (86_400, 60)):
        again = Stage()
        again.put(f"{SITE}/post")
        rules = f"User-agent: *\nCrawl-delay: {delay}\nDisallow:\n"
        again.web.control("robots", {"site": SITE, "text": rules})
        again.check()
        before = again.clock.slept
        again.check()
        assert again.clock.slept - before == pytest.approx(expected, abs=2)


def test_www_and_without_are_one_host_to_be_spared(stage):
    stage.put("https://www.reedhomes.example/")
    stage.check()
    before = stage.clock.slept
    stage.check("https://www.reedhomes.example/")
    assert stage.clock.slept - before >= 4  # its robots.txt and the page


def test_rules_are_asked_for_again_after_a_day_and_after_trouble_soon(stage):
    rules = f"{SITE}/robots.txt"

    def asked():
        return stage.web.control("stats", {})["visits"].get(rules, 0)

    stage.check()
    stage.clock.advance(23 * 3600)
    stage.check()
    assert asked() == 1
    stage.clock.advance(2 * 3600)
    stage.web.control("fault", {"url": rules, "status": 500})
    assert stage.check().trouble is Trouble.ROBOTS
    assert asked() == 2
    stage.clock.advance(60)
    assert stage.check().trouble is Trouble.ROBOTS
    assert asked() == 2
    stage.clock.advance(600)
    assert stage.check().judged


def test_a_group_for_us_goes_before_the_group_for_all(stage):
    rules = "User-agent: *\nDisallow: /\n\nUser-agent: syncd-linkcheck\nDisallow: /private\n"
    stage.web.control("robots", {"site": SITE, "text": rules})
    assert stage.check().judged


def test_rules_that_redirect_are_followed_and_rules_in_a_circle_allow_all(stage):
    stage.web.control("redirect", {"url": f"{SITE}/robots.txt", "to": "/rules.txt"})
    stage.put(
        f"{SITE}/rules.txt",
        html="User-agent: *\nDisallow: /",
        headers={"Content-Type": "text/plain"},
    )
    assert stage.check().trouble is Trouble.ROBOTS
    stage.web.control("redirect", {"url": f"{SITE}/rules.txt", "to": "/robots.txt"})
    stage.clock.advance(25 * 3600)
    assert stage.check().judged


def test_hosts_are_forgotten_rather_than_kept_without_end(monkeypatch):
    monkeypatch.setattr(visiting, "_MOST_HOSTS", 3)
    stage = Stage()
    for number in range(10):
        stage.check(f"https://host{number}.example/")
    assert len(stage.checker._visitor._pacers) == 3


def test_without_a_pause_nothing_waits():
    stage = Stage(pause_seconds=0)
    stage.put(f"{SITE}/post")
    for _ in range(5):
        assert stage.check().judged
    assert stage.clock.slept < 0.1
