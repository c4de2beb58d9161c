"""Hearing of things sooner: every poll is an hour away, and what happens is seen all the same."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.e2e.processes import MAYA, SYNCD, Home, Services, environment, wait_for
from tests.e2e.test_running import unanswered

TOPIC, SUBSCRIPTION = "projects/p/topics/mail", "projects/p/subscriptions/syncd"
SIGNER, AUDIENCE = "push@sandbox.iam.gserviceaccount.com", "syncd at work"
HUBSPOT_SECRET, TEAMWORK_SECRET = "sandbox-secret", "s3cret"
FAR = {"SYNCD_RUN__POLL": "1 hour", "SYNCD_RUN__BOARD_POLL": "1 hour"}


@dataclass
class Listening:
    """`syncd run` with its ears open."""

    services: Services
    home: Home
    process: subprocess.Popen[str]
    log: Path

    def events(self, name: str) -> list[dict[str, Any]]:
        assert self.process.poll() is None, self.log.read_text()
        lines = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [line for line in lines if line["event"] == name]

    @property
    def address(self) -> str:
        [found] = wait_for(lambda: self.events("web"), "it serves")
        return str(found["address"])

    def counted(self) -> dict[str, int]:
        """`syncd_hooks_total` by service and result."""
        text = requests.get(f"{self.address}/metrics", timeout=30).text
        lines = [line for line in text.splitlines() if line.startswith("syncd_hooks_total{")]
        found = {}
        for line in lines:
            labels, _, number = line.removeprefix("syncd_hooks_total").rpartition(" ")
            result, service = (part.split('"')[1] for part in labels.split(","))
            found[f"{service} {result}"] = int(float(number))
        return found

    def post(self, name: str, body: bytes, **headers: str) -> int:
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        url = f"{self.address}/hooks/{name}"
        return requests.post(url, data=body, headers=named, timeout=30).status_code


@contextmanager
def listening(services: Services, home: Home, push: dict[str, str]) -> Iterator[Listening]:
    log = home.folder / "run.log"
    for name, secret in (("hubspot", HUBSPOT_SECRET), ("teamwork", TEAMWORK_SECRET)):
        (home.folder / f"{name}-secret").write_text(secret)
    told = {
        "SYNCD_CONNECTORS__MAIL__PUSH": json.dumps({"topic": TOPIC, **push}),
        "SYNCD_CONNECTORS__CRM__WEBHOOKS": '{"secret": {"file": "hubspot-secret"}}',
        "SYNCD_CONNECTORS__BOARD__WEBHOOKS": '{"secret": {"file": "teamwork-secret"}}',
    }
    boxes = len(services.tell("gmail/mailboxes")["mailboxes"])
    services.tell("gmail/reset_stats")
    with log.open("w") as out:
        process = subprocess.Popen(
            [SYNCD, "run", "--json", "--config", str(home.config)],
            cwd=home.folder,
            env=environment(**FAR, **told),
            stdin=subprocess.DEVNULL,
            stderr=out,
            text=True,
        )
    try:
        daemon = Listening(services, home, process, log)
        wait_for(lambda: _watched(services) == boxes, "every mailbox is watched")
        ready = f"{daemon.address}/readyz"
        wait_for(lambda: requests.get(ready, timeout=30).ok, "the first turn has ended")
        yield daemon
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=15) == 0, log.read_text()
        assert "Traceback" not in log.read_text()
    finally:
        process.kill()
        process.wait()
        services.tell("gmail/push")
        services.tell("hubspot/unsubscribe")
        for service in ("gmail", "hubspot", "teamwork"):
            services.tell(f"{service}/webhooks", duplicate=0, reorder=0, hold=5)


def _watched(services: Services) -> int:
    calls: dict[str, int] = services.tell("gmail/stats")["calls"]
    return sum(number for name, number in calls.items() if name.endswith("/watch"))


def pushed(services: Services) -> dict[str, str]:
    certs = f"{services.addresses['gmail']}/oauth2/v1/certs"
    return {"signed_by": SIGNER, "audience": AUDIENCE, "certs_url": certs}


def pulled(services: Services) -> dict[str, str]:
    services.tell("gmail/subscription", name=SUBSCRIPTION, topic=TOPIC)
    return {"subscription": SUBSCRIPTION, "pubsub_url": services.addresses["gmail"]}


@pytest.fixture
def daemon(services: Services, settled: Home) -> Iterator[Listening]:
    """Told by all three services."""
    with listening(services, settled, pushed(services)) as daemon:
        hook = f"{daemon.address}/hooks"
        services.tell("gmail/push", url=f"{hook}/mail", audience=AUDIENCE, email=SIGNER)
        for name in ("syncd_do_not_contact", "syncd_stage"):
            services.tell(
                "hubspot/subscribe", type="contact.propertyChange", property=name, url=f"{hook}/crm"
            )
        for event in ("TASK.COMPLETED", "TASK.REOPENED"):
            row = {"event": event, "url": f"{hook}/board", "version": "2"}
            row |= {"contentType": "application/json", "token": TEAMWORK_SECRET}
            teamwork(services, "PUT", "/webhooks/enable.json")
            teamwork(services, "POST", "/webhooks.json", {"webhook": row})
        yield daemon


def teamwork(services: Services, method: str, path: str, body: Any = None) -> None:
    answer = requests.request(
        method,
        services.addresses["teamwork"] + path,
        json=body,
        headers={"Authorization": "Bearer twp_sandbox"},
        timeout=30,
    )
    assert answer.ok, answer.text


def letter(number: int) -> str:
    return (
        f"From: Nora <nora@news.example>\r\nTo: {MAYA}\r\nSubject: Number {number}\r\n"
        f"Date: {format_datetime(datetime.now(UTC))}\r\nMessage-ID: <n{number}@news.example>\r\n"
        "\r\nHello there.\r\n"
    )


def written(services: Services, *numbers: int) -> bool:
    logged = [one[0] for one in services.logged()]
    return all(f"n{number}@news.example" in logged for number in numbers)


@pytest.mark.parametrize("way", [pushed, pulled])
def test_a_new_message_is_logged_though_the_next_poll_is_an_hour_away(
    services: Services, settled: Home, way: Any
):
    with listening(services, settled, way(services)) as daemon:
        url = f"{daemon.address}/hooks/mail"
        if way is pushed:
            services.tell("gmail/push", url=url, audience=AUDIENCE, email=SIGNER)
        services.deliver(MAYA, letter(1))
        wait_for(lambda: written(services, 1), "it is logged")
        result = "gmail taken" if way is pushed else "gmail pulled"
        assert daemon.counted()[result] >= 1


def test_a_contact_not_to_be_written_to_has_its_task_closed(services: Services, daemon: Listening):
    person, _, task = unanswered(services, daemon.home)
    services.tell(
        "hubspot/person_sets", contact=person, properties={"syncd_do_not_contact": "true"}
    )

    def closed() -> bool:
        return any(one["id"] == task and one["completedAt"] for one in services.tasks())

    wait_for(closed, "the task is closed")
    assert daemon.counted()["hubspot taken"] >= 1


def test_what_a_person_completes_on_the_board_is_seen(services: Services, daemon: Listening):
    person, _, task = unanswered(services, daemon.home)
    assert f"task {task} for step 1: open" in daemon.home.here("explain", person).out
    services.tell("teamwork/person_completes", task=task, by=MAYA)

    def seen() -> bool:
        return f"task {task} for step 1: open" not in daemon.home.here("explain", person).out

    wait_for(seen, "it is seen as completed")
    assert daemon.counted()["teamwork taken"] >= 1


def test_doubled_and_reordered_notifications_change_nothing(services: Services, daemon: Listening):
    person, _, task = unanswered(services, daemon.home)
    for service in ("gmail", "hubspot", "teamwork"):
        services.tell(f"{service}/webhooks", duplicate=1, reorder=0.5, hold=1, seed=3)
    for number in (1, 2, 3):
        services.deliver(MAYA, letter(number))
    for stage in ("agreed", "replied"):
        services.tell("hubspot/person_sets", contact=person, properties={"syncd_stage": stage})
    services.tell("teamwork/person_completes", task=task, by=MAYA)
    services.tell("teamwork/person_reopens", task=task, by=MAYA)
    wait_for(lambda: written(services, 1, 2, 3), "all three are logged")

    def arrived() -> bool:
        # A second delivery of one of HubSpot's batches is signed as the first was: nobody's
        # retry but a replay. It is refused, and HubSpot tries it again much later.
        refused = daemon.counted().get("hubspot replay", 0)
        waiting = [services.tell(f"{name}/outbox") for name in ("gmail", "hubspot", "teamwork")]
        return bool(sum(len(one["due"]) + one["waiting"] for one in waiting) <= refused)

    wait_for(arrived, "everything was told")
    logged = [one[0] for one in services.logged() if one[0].endswith("@news.example")]
    assert logged == ["n1@news.example", "n2@news.example", "n3@news.example"]
    counted = daemon.counted()
    assert counted["teamwork repeated"] >= 2
    assert counted["gmail taken"] >= 1
    assert counted.get("hubspot replay", 0) + counted.get("hubspot repeated", 0) >= 1
    assert [one["status"] for one in services.tasks() if one["id"] == task] == ["reopened"]
    assert services.contact(person)["syncd_stage"] == "replied"
    effects = daemon.home.here("status", "--json").json["effects"]
    assert not [name for name in effects if name.endswith((".parked", ".sending"))]


def hubspot_headers(url: str, body: bytes, at: float, secret: str = HUBSPOT_SECRET) -> Any:
    stamp = str(int(at * 1000))
    signed = hmac.new(secret.encode(), f"POST{url}".encode() + body + stamp.encode(), "sha256")
    return {
        "x_hubspot_signature_v3": base64.b64encode(signed.digest()).decode(),
        "x_hubspot_request_timestamp": stamp,
    }


def test_what_is_forged_old_or_told_again_is_turned_away(services: Services, daemon: Listening):
    asked, now = services.asked(), time.time()
    url = f"{daemon.address}/hooks/crm"
    events = [{"eventId": 1, "subscriptionType": "contact.creation", "objectId": 7}]
    body = json.dumps(events).encode()
    assert daemon.post("crm", body) == 401
    assert daemon.post("crm", body, **hubspot_headers(url, body, now, "wrong")) == 403
    assert daemon.post("crm", body, **hubspot_headers(url, body, now - 301)) == 403
    assert daemon.post("crm", body + b" ", **hubspot_headers(url, body, now)) == 403
    good = hubspot_headers(url, body, now)
    task = b'{"task": {"id": 1}}'
    signature = hmac.new(TEAMWORK_SECRET.encode(), task, hashlib.sha256).hexdigest()
    assert daemon.post("board", task) == 401
    assert daemon.post("board", task, x_projects_signature=signature[::-1]) == 403
    assert daemon.post("mail", b"{}") == 401
    assert daemon.post("mail", b"{}", authorization="Bearer e30.e30.e30") == 403
    assert daemon.post("other", b"{}") == 404
    assert services.asked() == asked, "a notification that was turned away had somebody look"
    assert daemon.post("crm", body, **good) == 200
    assert daemon.post("crm", body, **good) == 403
    assert daemon.post("board", task, x_projects_signature=signature) == 200
    assert daemon.post("board", task, x_projects_signature=signature) == 200
    counted = daemon.counted()
    expected = {
        "hubspot unsigned": 1, "hubspot forged": 2, "hubspot stale": 1, "hubspot replay": 1,
        "hubspot taken": 1, "teamwork unsigned": 1, "teamwork forged": 1, "teamwork taken": 1,
        "teamwork repeated": 1, "gmail unsigned": 1, "gmail forged": 1,
    }  # fmt: skip
    assert {name: counted.get(name) for name in expected} == expected
    assert not [line for line in daemon.log.read_text().splitlines() if "forged" in line]
