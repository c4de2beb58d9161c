"""Pages of the sandbox's web come, change and go as the scenario says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from connectors.webcheck.simulator import WebSimulator
from syncd.core.calendar import Calendar
from syncd.ports.simulator import Answer, Request
from syncd.sandbox.clock import SandboxClock
from syncd.sandbox.people.agenda import Agenda
from syncd.sandbox.people.cast import Contact
from syncd.sandbox.people.journal import Talk
from syncd.sandbox.people.pages import OpenWeb
from syncd.sandbox.people.scenario import Reaction, WebPage, crosscheck
from syncd.sandbox.people.stage import Stage
from tests.unit.sandbox.play import LONDON, MAYA, small

URL = "https://elsewhere.example/post"
SCENARIO = small()
CAMPAIGN = SCENARIO.campaigns[0]
ADA = Contact("Ada", "ada@a.example", "a.example", "keen", "en", "", ("", ""))


class Scene:
    """The web of a scenario, by the day."""

    def __init__(self) -> None:
        start = datetime.combine(SCENARIO.starts, time(), tzinfo=UTC)
        self.clock = SandboxClock(start, frozen=True)
        self.web = WebSimulator(self.clock)
        self.agenda = Agenda(Calendar(LONDON))
        self.stage = Stage(self.control, self.clock, {MAYA: "Maya"})
        clients = {one.id: one.client for one in SCENARIO.campaigns}
        self.open = OpenWeb(self.stage, self.agenda, clients, seed=1)

    def control(
        self, simulator: str, command: str, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        assert simulator == "webcheck"
        return self.web.control(command, body or {})

    def on_day(self, number: int) -> None:
        noon = self.agenda.moment(SCENARIO.starts + timedelta(days=number - 1), time(12))
        while self.agenda.next is not None and self.agenda.next <= noon:
            self.agenda.take()()
        self.clock.set(noon.astimezone(UTC))

    def get(self, url: str) -> Answer:
        return self.web.handle(Request("GET", f"/{url.replace('://', '/', 1)}"))


def test_a_page_is_what_the_scenario_says_from_each_day_on():
    scene = Scene()
    days: list[dict[str, Any]] = [
        {"day": 1, "link": "https://acme.example/", "anchor": "ACME"},
        {"day": 3, "link": "https://acme.example/", "rel": "nofollow", "noindex": True},
        {"day": 5, "moves_to": "https://elsewhere.example/new", "link": "https://acme.example/"},
        {"day": 7, "status": 503},
        {"day": 9, "status": 410},
    ]
    page = WebPage.model_validate({"url": URL, "days": days})
    scene.open.schedule([page], SCENARIO.starts)
    scene.on_day(1)
    assert b">ACME<" in scene.get(URL).body
    scene.on_day(4)
    assert b'rel="nofollow"' in scene.get(URL).body
    assert scene.get(URL).headers["X-Robots-Tag"] == "noindex"
    scene.on_day(5)
    assert scene.get(URL).headers["Location"] == "https://elsewhere.example/new"
    assert b"acme.example" in scene.get("https://elsewhere.example/new").body
    scene.on_day(8)
    assert scene.get(URL).status == 503
    scene.on_day(9)
    assert scene.get(URL).status == 410


@pytest.mark.parametrize(
    ("then", "status", "words"),
    [
        ("takes it off", 200, b"On "),
        ("nofollow", 200, b"nofollow"),
        ("page gone", 404, b""),
        ("moves", 301, b""),
    ],
)
def test_a_contact_publishes_a_link_and_takes_it_back(then: str, status: int, words: bytes):
    scene = Scene()
    talk = Talk("k", CAMPAIGN.id, ADA, MAYA, ADA.address)
    given = {"does": "publish", "chance": 1, "keeps": [2, 4], "then": then}
    url = scene.open.publish(talk, Reaction.model_validate(given))
    link = f'href="https://{CAMPAIGN.client}/guide"'.encode()
    assert link in scene.get(url).body
    scene.on_day(6)
    assert scene.get(url).status == status
    assert words in scene.get(url).body
    assert (link in scene.get(url).body) is (then == "nofollow")


def test_a_link_that_is_kept_for_good_stays():
    scene = Scene()
    talk = Talk("k", CAMPAIGN.id, ADA, MAYA, ADA.address)
    url = scene.open.publish(talk, Reaction(does="publish", chance=1))
    scene.on_day(300)
    assert CAMPAIGN.client.encode() in scene.get(url).body


def test_days_that_run_backwards_are_told():
    reaction = {"does": "publish", "chance": 1, "keeps": [9, 2]}
    found = dict(crosscheck({"characters": {"keen": [reaction]}}))
    assert "runs backwards" in found["characters", "keen", 0, "keeps"]
