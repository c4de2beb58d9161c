"""The back door, and keeping the state."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest

from connectors.gmail.simulator import GmailSimulator
from connectors.gmail.simulator_control import COMMANDS
from syncd.ports.simulator import Request
from tests.unit.gmail.scene import MAYA, TOM, Scene, mail, reason, scene

NOTES = Path(__file__).parents[3] / "connectors" / "gmail" / "NOTES.md"


@pytest.fixture
def stage(tmp_path: Path) -> Scene:
    return scene(tmp_path)


def test_every_command_is_in_the_notes() -> None:
    table = NOTES.read_text(encoding="utf-8").partition("Control commands")[2]
    documented = set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))
    assert documented == set(COMMANDS)


def test_what_the_back_door_does_not_know(stage: Scene) -> None:
    for command, body in (
        ("dance", {}),
        ("deliver", {"mailbox": "nobody@b.example", "raw": ""}),
        ("delete", {"mailbox": MAYA, "id": "x"}),
    ):
        with pytest.raises(KeyError):
            stage.control(command, **body)


@pytest.mark.parametrize(
    ("command", "body"),
    [
        ("deliver", {"at": "2026-11-23T09:00:00"}),
        ("deliver", {"at": "soon"}),
        ("deliver", {"raw": base64.b64encode(bytes(36_700_161)).decode()}),
        ("padding", {"style": "some"}),
    ],
)
def test_what_the_back_door_refuses(stage: Scene, command: str, body: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        stage.control(command, **{"mailbox": MAYA, "raw": ""} | body)


def test_many_are_delivered_at_once(stage: Scene) -> None:
    raw = base64.b64encode(mail(message_id="1@a.example")).decode()
    items = [{"mailbox": box, "raw": raw, "labels": ["SENT"]} for box in (MAYA, TOM)]
    made = stage.control("deliver_many", items=items)["items"]
    assert made[0]["id"] != made[1]["id"]
    counts = {each["address"]: each["messages"] for each in stage.control("mailboxes")["mailboxes"]}
    assert counts == {MAYA: 1, TOM: 1}


def test_without_labels_mail_arrives_unread_in_the_inbox(stage: Scene) -> None:
    raw = base64.b64encode(mail()).decode()
    made = stage.control("deliver", mailbox=MAYA, raw=raw)["id"]
    assert stage.call("GET", f"messages/{made}")[1]["labelIds"] == ["INBOX", "UNREAD"]


def test_calls_are_counted_by_method_and_path(stage: Scene) -> None:
    message = stage.deliver()
    stage.call("GET", f"messages/{message}")
    stage.call("GET", "messages/0123456789abcdef")
    name = "GET /gmail/v1/users/{userId}/messages/{id}"
    assert stage.control("stats")["calls"] == {name: 2}
    stage.control("reset_stats")
    assert stage.control("stats") == {"calls": {}, "parts": {}, "units": {}}


def test_a_fault_strikes_the_calls_it_names_and_no_more(stage: Scene) -> None:
    stage.control("fault", method="GET", path="labels$", count=2, status=500, reason="backendError")
    assert stage.call("POST", "labels", {"name": "x"})[0] == 200
    assert stage.call("GET", "profile")[0] == 200
    assert [stage.call("GET", "labels")[0] for _ in range(3)] == [500, 500, 200]


def test_a_fault_may_speak_html_or_name_its_wait(stage: Scene) -> None:
    stage.control("fault", status=502, body="<html>Bad Gateway</html>")
    stage.control("fault", status=429, reason="rateLimitExceeded", retry_after=7)

    first = stage.simulator.handle(Request("GET", "/gmail/v1/users/me/profile"))
    assert (first.status, first.headers["content-type"]) == (502, "text/html")
    second = stage.simulator.handle(Request("GET", "/gmail/v1/users/me/profile"))
    assert (second.status, second.headers["retry-after"]) == (429, "7")


def test_faults_can_be_taken_back(stage: Scene) -> None:
    stage.control("fault", count=99, status=500)
    assert reason(stage.call("GET", "profile")[1]) == "backendError"
    stage.control("clear_faults")
    assert stage.call("GET", "profile")[0] == 200


def filled(stage: Scene) -> None:
    first = stage.deliver(mail("Pitch", message_id="1@b.example"), labels=("SENT", "A"), thread="9")
    stage.deliver(mail("Re: Pitch", message_id="2@a.example", references="1@b.example"))
    stage.deliver(to=TOM, labels=("INBOX", "B/C"))
    raw = base64.b64encode(mail("Draft")).decode()
    stage.control("save_draft", mailbox=MAYA, raw=raw)
    stage.control("relabel", mailbox=MAYA, id=first, add=["STARRED"])
    stage.control("delete", mailbox=MAYA, id=stage.deliver())
    stage.control("revoke", mailbox=TOM)
    stage.control("limits", table="old", enforce=True)
    stage.control("lag", seconds=3)


def test_a_snapshot_is_json_and_comes_back_whole(stage: Scene) -> None:
    filled(stage)
    state = json.loads(json.dumps(stage.simulator.snapshot()))
    other = GmailSimulator(stage.clock)
    other.restore(state)
    assert other.snapshot() == state


def test_a_restored_mailbox_goes_on_as_the_one_it_was(stage: Scene) -> None:
    filled(stage)
    state = stage.simulator.snapshot()
    stage.control("lag", seconds=0)
    body = {"mailbox": MAYA, "raw": base64.b64encode(mail("Re: Pitch", references="1@b.example"))}
    first = stage.control("deliver", **body)
    other = GmailSimulator(stage.clock)
    other.restore(state)
    assert other.control("deliver", body) == first


def test_a_snapshot_stands_still(stage: Scene) -> None:
    filled(stage)
    state = stage.simulator.snapshot()
    kept = json.dumps(state, sort_keys=True)
    stage.deliver(labels=("New",))
    stage.control("add_mailbox", address=MAYA, aliases=["x@b.example"])
    assert json.dumps(state, sort_keys=True) == kept


def test_two_runs_of_the_same_story_end_in_the_same_state(tmp_path: Path) -> None:
    ends = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        stage = scene(tmp_path / name)
        filled(stage)
        ends.append(stage.simulator.snapshot())
    assert ends[0] == ends[1]
