"""Rows about processes and the wire between them: silence, two at once, ended, told twice."""

from __future__ import annotations

import json
import random
import re
import signal
import time
from contextlib import suppress
from typing import Any, Self

import requests

from tests.faults.judge import Trial, judge
from tests.faults.place import Hangs, Place
from tests.faults.playing import undisturbed
from tests.faults.script import Script

# An ending daemon has ten seconds.
END = 10.0
BLACK = 120.0
_ADDRESS = re.compile(
    r'"event": "web".*?"address": "([^"]+)"|"address": "([^"]+)".*?"event": "web"'
)
TOPIC, AUDIENCE, SIGNER = (
    "projects/p/topics/mail",
    "syncd at work",
    "push@sandbox.iam.gserviceaccount.com",
)
HUBSPOT_SECRET, TEAMWORK_SECRET = "sandbox-secret", "s3cret"


class Running:
    """`syncd run` while a row needs it."""

    def __init__(self, place: Place, *words: str, **env: str) -> None:
        self.place = place
        self.born = place.start("run", *words, **env)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self.born in self.place.running:
            self.place.killed(self.born)

    def until_ready(self) -> None:
        self.place.until(lambda: "started" in self.said(), "the daemon starts")

    def said(self) -> str:
        return self.born.err.read_text(encoding="utf-8") + self.born.out.read_text(encoding="utf-8")

    def end(self, trial: Trial) -> None:
        """Ask it to end; it has ten seconds, and a clean end."""
        self.born.send(signal.SIGTERM)
        try:
            ended = self.place.ended(self.born, END + 2)
        except Hangs:
            trial.wrong.append("it did not end within 10 s of SIGTERM")
            return
        if ended.code:
            trial.wrong.append(f"it ended with {ended.code}: {ended.err[-300:]}")


def ended_any_time(place: Place, script: Script) -> Trial:
    """SIGTERM at a random moment of each of thirty daemons, while the script comes in."""
    trial = Trial()
    dice = random.Random(8)  # noqa: S311 - no secret, but the same in every run
    for number in range(30):
        if number < len(script.phases):
            place.deliver(script.phases[number])
        # By turns as a call goes out, and at any time at all.
        place.hold(kind="slow", seconds=0.3, skip=dice.randrange(12))
        with Running(place, "--json") as running:
            if number % 2:
                _passes(place, dice.random() * 1.5)
            else:
                with suppress(Hangs):
                    place.until(lambda: place.hits() or not running.born.alive, "a write", 3)
            running.end(trial)
            place.kills += 1
        place.advance(200)
    place.site.fault()
    if not place.settle():
        trial.wrong.append("it never came to rest")
    trial.struck = 30
    return judge(place, script.truths[-1].in_haste(), trial)


def _passes(place: Place, seconds: float) -> None:
    until = place.now().timestamp() + seconds
    place.until(lambda: place.now().timestamp() > until, "time passes")


def two_daemons(place: Place, script: Script) -> Trial:
    """A second one beside the first is told who holds the state; and five start at once."""
    trial = Trial()
    for number, phase in enumerate(script.phases):
        place.deliver(phase)
        if number == 1:
            with Running(place, "--json") as first:
                first.until_ready()
                second = place.syncd("run", "--json", patience=30)
                place.starts -= 1  # the first one went on asking meanwhile
                if second.code != 1 or f"process {first.born.pid}" not in second.out + second.err:
                    trial.wrong.append(f"a second daemon: {second.code} {second.err[-300:]}")
                first.end(trial)
        else:
            five = [place.start("once", "--json") for _ in range(5)]
            ended = [place.ended(one, 120) for one in five]
            place.starts -= sum(one.code == 1 for one in ended)
            if not any(one.code == 0 for one in ended):
                trial.wrong.append(f"none of five worked: {ended[0].err[-300:]}")
            trial.wrong += [f"one of five: {o.code} {o.err[-200:]}" for o in ended
                            if o.code not in {0, 1}]  # fmt: skip
        if not place.settle():
            trial.wrong.append("it never came to rest")
    trial.struck = len(script.phases)
    return judge(place, script.truths[-1], trial)


def black_hole(place: Place, script: Script) -> Trial:
    """For two minutes nothing answers. A daemon that runs waits, and then goes on by itself."""
    trial = Trial()
    half = len(script.phases) // 2
    for phase in script.phases[:half]:
        place.deliver(phase)
        place.settle()
    with Running(place, "--json") as running:
        running.until_ready()
        place.site.fault({"kind": "black_hole"})
        for phase in script.phases[half:]:
            place.deliver(phase)
        _while_black(place, BLACK)
        trial.struck = place.struck()
        place.site.fault()
        done = {key for truth in script.truths for key in truth.logged}

        def all_there() -> bool:
            return len(place.site.objects("emails")) >= len(done)

        try:
            place.until(all_there, "it goes on by itself", 240)
        except Hangs as hangs:
            trial.wrong.append(str(hangs))
        running.end(trial)
    # Each second of it, five mailboxes and the board were looked at: that is no waste of its.
    place.advance(200)
    place.settle()
    return judge(place, script.truths[-1].in_haste(), trial)


def _while_black(place: Place, seconds: float) -> None:
    until = place.now().timestamp() + seconds
    while place.now().timestamp() < until:
        time.sleep(1)


def hooks(place: Place, script: Script) -> Trial:
    """Every notification comes twice, and half of them late. Polls are an hour away."""
    trial, site = Trial(), place.site
    first = Script(script.phases[:1], script.truths[:1])
    trial.wrong += undisturbed(place, first).why()
    for name, secret in (("hubspot", HUBSPOT_SECRET), ("teamwork", TEAMWORK_SECRET)):
        (place.folder / f"{name}-secret").write_text(secret)
    certs = f"{site.addresses['gmail']}/oauth2/v1/certs"
    push = {"topic": TOPIC, "signed_by": SIGNER, "audience": AUDIENCE, "certs_url": certs}
    told = {
        "SYNCD_RUN__POLL": "1 hour",
        "SYNCD_RUN__BOARD_POLL": "1 hour",
        "SYNCD_CONNECTORS__MAIL__PUSH": json.dumps(push),
        "SYNCD_CONNECTORS__CRM__WEBHOOKS": '{"secret": {"file": "hubspot-secret"}}',
        "SYNCD_CONNECTORS__BOARD__WEBHOOKS": '{"secret": {"file": "teamwork-secret"}}',
    }
    with Running(place, "--json", **told) as running:
        place.until(lambda: _ADDRESS.search(running.said()), "it serves")
        met = _ADDRESS.search(running.said())
        assert met is not None
        _subscribed(place, f"{met[1] or met[2]}/hooks")
        for service in ("gmail", "hubspot", "teamwork"):
            site.tell(f"{service}/webhooks", duplicate=1, reorder=0.5, hold=1, seed=8)
        for phase in script.phases[1:]:
            place.deliver(phase)
        done = {key for truth in script.truths for key in truth.logged}
        try:
            place.until(lambda: len(site.objects("emails")) >= len(done), "all is logged", 120)
        except Hangs as hangs:
            trial.wrong.append(str(hangs))
        try:
            # A second delivery of the same is either told as known, or refused as a replay.
            place.until(lambda: _told_again(f"{met[1] or met[2]}/metrics") > 1, "it is told twice")
        except Hangs as hangs:
            trial.wrong.append(str(hangs))
        trial.struck = _told_again(f"{met[1] or met[2]}/metrics")
        running.end(trial)
    site.tell("gmail/push")
    site.tell("hubspot/unsubscribe")
    for service in ("gmail", "hubspot", "teamwork"):
        site.tell(f"{service}/webhooks", duplicate=0, reorder=0, hold=5)
    place.advance(200)
    place.settle()
    return judge(place, script.truths[-1].in_haste(), trial)


def _told_again(metrics: str) -> int:
    text = requests.get(metrics, timeout=30).text
    lines = [one for one in text.splitlines() if one.startswith("syncd_hooks_total{")]
    again = [one for one in lines if '"repeated"' in one or '"replay"' in one]
    return sum(int(float(one.rpartition(" ")[2])) for one in again)


def _subscribed(place: Place, hook: str) -> None:
    site = place.site
    site.tell("gmail/push", url=f"{hook}/mail", audience=AUDIENCE, email=SIGNER)
    for name in ("syncd_do_not_contact", "syncd_stage"):
        site.tell(
            "hubspot/subscribe", type="contact.propertyChange", property=name, url=f"{hook}/crm"
        )
    _teamwork(place, "PUT", "/webhooks/enable.json")
    for event in ("TASK.COMPLETED", "TASK.REOPENED", "TASK.CREATED", "TASK.UPDATED"):
        row = {"event": event, "url": f"{hook}/board", "version": "2"}
        row |= {"contentType": "application/json", "token": TEAMWORK_SECRET}
        _teamwork(place, "POST", "/webhooks.json", {"webhook": row})


def _teamwork(place: Place, method: str, path: str, body: Any = None) -> None:
    place.site.own += 1
    answer = requests.request(
        method,
        place.site.addresses["teamwork"] + path,
        json=body,
        headers={"Authorization": "Bearer twp_sandbox"},
        timeout=30,
    )
    assert answer.ok, answer.text
