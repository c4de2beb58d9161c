"""Everything that can be made to go wrong, over the control port and by file, as clients see it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from syncd import wiring
from syncd.cli.sandbox import _fault_plan
from syncd.sandbox.clock import SandboxClock
from syncd.sandbox.server import Sandbox

MAYA = "maya@brightlink.example"
ADA = "ada@site.example"
LETTER = f"From: {ADA}\r\nTo: {MAYA}\r\nSubject: Hello\r\nMessage-ID: <a@x>\r\n\r\nHi.\r\n"
GMAIL, HUBSPOT, TEAMWORK = "gmail", "hubspot", "teamwork"
CONTACTS = "/crm/objects/2026-09/contacts"
HOOK = "http://127.0.0.1:9/hook"


class Site:
    """A sandbox with a message, a contact and a task list, and clients that get in."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box
        box.control(GMAIL, "add_mailbox", {"address": MAYA})
        self.list = box.control(TEAMWORK, "add_project", {"name": "P", "lists": ["L"]})["lists"][
            "L"
        ]
        box.control(HUBSPOT, "add_contact", {"email": ADA})
        # Tokens of apps, which grow old, rather than keys.
        self.logins = {
            GMAIL: f"Bearer {self.gmail_token().json()['access_token']}",
            HUBSPOT: f"Bearer {self._hubspot_token()}",
            TEAMWORK: f"Bearer {self._teamwork_token()}",
        }

    def gmail_token(self) -> requests.Response:
        body = {"grant_type": "refresh_token", "refresh_token": f"sandbox:{MAYA}",
                "client_id": "x", "client_secret": "x"}  # fmt: skip
        return requests.post(self.box.url(GMAIL) + "/token", data=body, timeout=5)

    def _hubspot_token(self) -> str:
        body = {"grant_type": "refresh_token", "refresh_token": "sandbox-refresh",
                "client_id": "sandbox-app", "client_secret": "sandbox-secret"}  # fmt: skip
        answer = requests.post(self.box.url(HUBSPOT) + "/oauth/v1/token", data=body, timeout=5)
        return str(answer.json()["access_token"])

    def _teamwork_token(self) -> str:
        app = {"client_id": "app", "redirect_uri": "http://127.0.0.1:9/back"}
        sent = requests.get(
            self.box.url(TEAMWORK) + "/launchpad/login", app, timeout=5, allow_redirects=False
        )
        code = parse_qs(urlsplit(sent.headers["location"]).query)["code"][0]
        answer = requests.post(
            self.box.url(TEAMWORK) + "/launchpad/v1/token.json",
            json={**app, "client_secret": "s", "code": code},
            timeout=5,
        )
        return str(answer.json()["access_token"])

    def ask(
        self, service: str, path: str, body: Any = None, method: str = "", timeout: float = 5
    ) -> requests.Response:
        with requests.Session() as session:
            session.trust_env = False
            return session.request(
                method or ("GET" if body is None else "POST"),
                self.box.url(service) + path,
                json=body,
                headers={"Authorization": self.logins[service]},
                timeout=timeout,
            )

    def fails(self, service: str, path: str, body: Any = None, timeout: float = 5) -> bool:
        """Whether no whole answer comes."""
        try:
            self.ask(service, path, body, timeout=timeout)
        except (
            requests.ConnectionError,
            requests.Timeout,
            requests.exceptions.ChunkedEncodingError,
        ):
            return True
        return False

    def made(self, name: str = "T") -> Any:
        return {"task": {"name": name}}

    @property
    def tasks_path(self) -> str:
        return f"/projects/api/v3/tasklists/{self.list}/tasks.json"

    @property
    def tasks(self) -> int:
        return len(self.ask(TEAMWORK, self.tasks_path).json()["tasks"])

    def deliver(self) -> str:
        body = {"mailbox": MAYA, "raw": base64.b64encode(LETTER.encode()).decode()}
        return str(self.box.control(GMAIL, "deliver", body)["id"])


@dataclass(frozen=True)
class Case:
    """`plan` as ops write it; `sees` is true of a site on which it is in force."""

    plan: dict[str, Any]
    sees: Callable[[Site], bool]


def _status(
    service: str, status: int, words: str, variant: str = "", path: str = "", **rule: Any
) -> Case:
    """A refusal in the service's own words."""
    where = path or {GMAIL: f"/gmail/v1/users/{MAYA}/profile", HUBSPOT: CONTACTS,
                     TEAMWORK: "/projects/api/v3/tasks.json"}[service]  # fmt: skip

    def sees(site: Site) -> bool:
        answer = site.ask(service, where)
        return answer.status_code == status and words in answer.text

    given = {"kind": "status", "service": service, "status": status, "variant": variant, **rule}
    return Case({"rules": [given]}, sees)


def _wire(kind: str, *, acts: bool, timeout: float = 5) -> Case:
    """A write to Teamwork whose answer does not come; `acts`: it was done all the same."""
    rule = {"kind": kind, "service": TEAMWORK, "method": "POST", "times": 1}

    def sees(site: Site) -> bool:
        return site.fails(TEAMWORK, site.tasks_path, site.made(), timeout) and site.tasks == acts

    return Case({"rules": [rule]}, sees)


def _command(service: str, command: str, sees: Callable[[Site], bool], **body: Any) -> Case:
    return Case({"commands": [{"service": service, "command": command, "body": body}]}, sees)


def _gmail(path: str) -> str:
    return f"/gmail/v1/users/{MAYA}/{path}"


def _late(site: Site) -> bool:
    return site.ask(TEAMWORK, "/projects/api/v3/me.json").elapsed.total_seconds() >= 0.1


def _after_effect(site: Site) -> bool:
    answer = site.ask(TEAMWORK, site.tasks_path, site.made())
    return answer.status_code == 504 and "<html>" in answer.text and site.tasks == 1


def _history_is_gone(site: Site) -> bool:
    return site.ask(GMAIL, _gmail("history?startHistoryId=1")).status_code == 404


def _search_is_late(site: Site) -> bool:
    site.ask(HUBSPOT, CONTACTS, {"properties": {"email": "new@x.example"}})
    wanted = {"filters": [{"propertyName": "email", "operator": "EQ", "value": "new@x.example"}]}
    found = site.ask(HUBSPOT, f"{CONTACTS}/search", {"filterGroups": [wanted]}).json()
    return bool(found["total"] == 0)


def _listing_is_late(site: Site) -> bool:
    site.deliver()
    return "messages" not in site.ask(GMAIL, _gmail("messages")).json()


def _list_is_late(site: Site) -> bool:
    return site.ask(TEAMWORK, site.tasks_path, site.made()).ok and site.tasks == 0


def _one_item_is_refused(site: Site) -> bool:
    inputs = [
        {"properties": {"email": f"{name}@x.example"}, "objectWriteTraceId": name}
        for name in ("good", "bad")
    ]
    answer = site.ask(HUBSPOT, f"{CONTACTS}/batch/create", {"inputs": inputs})
    told = answer.json()
    refused = len(told.get("errors", ()))
    return (answer.status_code, len(told["results"]), refused) == (207, 1, 1)


def _clock_is_wrong(site: Site) -> bool:
    told = parsedate_to_datetime(site.ask(TEAMWORK, "/projects/api/v3/me.json").headers["date"])
    return abs((told - site.box.clock.now()).total_seconds() - 3600) < 60


def _hooks(site: Site, number: int) -> list[str]:
    """The events of so many tasks that people make, as they are due to be sent."""
    hook = {"event": "TASK.CREATED", "url": HOOK}
    assert site.ask(TEAMWORK, "/webhooks/enable.json", {}, method="PUT").ok
    assert site.ask(TEAMWORK, "/webhooks.json", {"webhook": hook}).ok
    site.box.control(TEAMWORK, "add_person", {"email": MAYA, "name": "Maya"})
    teamwork = site.box.simulators[TEAMWORK]

    def made() -> list[str]:
        # At once: in between, the sandbox would send them.
        for each in range(number):
            task = {"list": site.list, "name": str(each), "by": MAYA}
            teamwork.control("add_task", task)
        due = teamwork.control("outbox", {})["due"]
        return [json.loads(each["body"])["task"]["name"] for each in due]

    return site.box.call(made)


def _comes_twice(site: Site) -> bool:
    return _hooks(site, 2) == ["0", "0", "1", "1"]


def _comes_in_another_order(site: Site) -> bool:
    # Those held back are due later.
    now = _hooks(site, 8)
    return 0 < len(now) < 8


def _is_refused(service: str, path: str) -> Callable[[Site], bool]:
    return lambda site: site.ask(service, path).status_code == 401


def _token_is_refused(site: Site) -> bool:
    answer = site.gmail_token()
    return answer.status_code == 400 and answer.json()["error"] == "invalid_grant"


V1 = "/tasks.json"
SEARCH = f"{CONTACTS}/search"
CASES = {
    "hubspot 429 of ten seconds": _status(HUBSPOT, 429, "TEN_SECONDLY_ROLLING"),
    "hubspot 429 of a second": _status(HUBSPOT, 429, "SECONDLY", path=SEARCH),
    "hubspot 429 of a day": _status(HUBSPOT, 429, "daily limit", "DAILY"),
    "hubspot 429 without a policy": _status(HUBSPOT, 429, "RATE_LIMITS", "RATE_LIMITS"),
    "hubspot 423": _status(HUBSPOT, 423, "locked"),
    "hubspot 477": _status(HUBSPOT, 477, "", retry_after=60),
    "gmail 429": _status(GMAIL, 429, "rateLimitExceeded"),
    "gmail 429 exhausted": _status(GMAIL, 429, "Resource has been exhausted", "exhausted"),
    "gmail 429 with its time": _status(GMAIL, 429, "Retry after", "retryAfter"),
    "gmail 403 a user's limit": _status(GMAIL, 403, "userRateLimitExceeded"),
    "gmail 403 a day's limit": _status(GMAIL, 403, "dailyLimitExceeded", "dailyLimitExceeded"),
    "teamwork 429 of v3": _status(TEAMWORK, 429, "Too Many Requests"),
    "teamwork 429 of v1": _status(TEAMWORK, 429, "exceeded your rate limit", path=V1),
    "teamwork 400 that means 429": _status(TEAMWORK, 400, "Rate Limit", "rate", path=V1),
    "5xx in JSON": _status(HUBSPOT, 502, '"status"'),
    "5xx in HTML": _status(TEAMWORK, 503, "<h1>503", format="html"),
    "5xx after the effect": Case(
        {
            "rules": [
                {"kind": "status", "status": 504, "format": "html", "effect": True, "times": 1}
            ]
        },
        _after_effect,
    ),
    "reset before the effect": _wire("reset_before", acts=False),
    "reset after the effect": _wire("reset_after", acts=True),
    "a lost answer": _wire("lose_answer", acts=True, timeout=0.2),
    "a black hole": _wire("black_hole", acts=False, timeout=0.2),
    "half an answer": _wire("half_answer", acts=True),
    "a slow answer": Case({"rules": [{"kind": "slow", "seconds": 0.1}]}, _late),
    "an expired history": _command(GMAIL, "expire_history", _history_is_gone, mailbox=MAYA),
    "expired tokens of gmail's": _command(
        GMAIL, "expire_tokens", _is_refused(GMAIL, f"/gmail/v1/users/{MAYA}/profile"), mailbox=MAYA
    ),
    "a revoked mailbox": _command(GMAIL, "revoke", _token_is_refused, mailbox=MAYA),
    "expired tokens of hubspot's": _command(
        HUBSPOT, "expire_tokens", _is_refused(HUBSPOT, CONTACTS)
    ),
    "a revoked app of hubspot's": _command(HUBSPOT, "revoke", _is_refused(HUBSPOT, CONTACTS)),
    "expired tokens of teamwork's": _command(
        TEAMWORK, "expire_tokens", _is_refused(TEAMWORK, "/projects/api/v3/me.json")
    ),
    "a revoked key of teamwork's": _command(
        TEAMWORK, "revoke", _is_refused(TEAMWORK, "/projects/api/v3/me.json")
    ),
    "hubspot's late index": _command(HUBSPOT, "lag", _search_is_late, seconds=600),
    "gmail's late index": _command(GMAIL, "lag", _listing_is_late, seconds=600),
    "teamwork's late lists": _command(TEAMWORK, "lag", _list_is_late, value=600),
    "a chosen item of a batch": _command(
        HUBSPOT, "bad_items", _one_item_is_refused, containing="bad@x.example"
    ),
    "a wrong clock": Case({"skew": {TEAMWORK: 3600}}, _clock_is_wrong),
    "webhooks that come twice": _command(TEAMWORK, "webhooks", _comes_twice, duplicate=1),
    "webhooks out of order": _command(
        TEAMWORK, "webhooks", _comes_in_another_order, reorder=0.5, hold=600, seed=3
    ),
}


@pytest.fixture
def site() -> Iterator[Site]:
    clock = SandboxClock()
    with Sandbox(wiring.simulators(clock), clock) as box:
        yield Site(box)


@pytest.mark.parametrize("name", CASES)
def test_it_is_switched_over_the_control_port(site: Site, name: str):
    case = CASES[name]
    answer = requests.post(site.box.url("control") + "/api/faults", json=case.plan, timeout=5)
    assert answer.ok, answer.text
    assert case.sees(site)


@pytest.mark.parametrize("name", CASES)
def test_nothing_of_it_is_seen_without_a_switch(site: Site, name: str):
    assert not CASES[name].sees(site)


@pytest.mark.parametrize("name", CASES)
def test_it_is_switched_by_file(site: Site, name: str, tmp_path: Path):
    case = CASES[name]
    file = tmp_path / "faults.yaml"
    file.write_text(json.dumps(case.plan))
    site.box.call(lambda: _fault_plan(file, site.box).apply(site.box.faults, site.box.simulators))
    assert case.sees(site)


def test_the_same_seed_strikes_the_same_calls_again(site: Site):
    rule = {"kind": "status", "service": HUBSPOT, "status": 503, "rate": 0.5}

    def struck(seed: int) -> list[int]:
        body = {"seed": seed, "rules": [rule]}
        requests.post(site.box.url("control") + "/api/faults", json=body, timeout=5)
        return [site.ask(HUBSPOT, CONTACTS).status_code for _ in range(12)]

    first = struck(7)
    assert set(first) == {200, 503}
    assert struck(7) == first
    assert struck(8) != first
