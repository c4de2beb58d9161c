"""Notices that are posted, and come before what they tell of (facts/gmail.md A6, "race")."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.gmail.scene import HISTORY, MAYA, Scene, scene

URL = "http://127.0.0.1:9/push"


@pytest.fixture
def stage(tmp_path: Path) -> Scene:
    made = scene(tmp_path)
    made.call("POST", "watch", {"topicName": "projects/p/topics/t"})
    made.control("push", url=URL)
    return made


def _due(stage: Scene) -> list[dict[str, Any]]:
    due: list[dict[str, Any]] = stage.control("outbox")["due"]
    return due


def _told(parcel: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(
        base64.urlsafe_b64decode(json.loads(parcel["body"])["message"]["data"])
    )
    return told


def test_a_push_comes_before_the_history_it_tells_of(stage: Scene) -> None:
    before = stage.call("GET", "profile")[1]["historyId"]
    stage.control("lag", seconds=20)
    stage.deliver()
    [push] = _due(stage)
    assert push["url"] == URL
    assert _told(push)["emailAddress"] == MAYA
    assert _told(push)["historyId"] > int(before)
    assert "history" not in stage.call("GET", HISTORY, startHistoryId=before)[1]
    stage.clock.advance(21)
    assert "history" in stage.call("GET", HISTORY, startHistoryId=before)[1]


def test_an_unacknowledged_push_comes_again_with_the_same_id(stage: Scene) -> None:
    stage.deliver()
    [first] = _due(stage)
    assert stage.control("delivered", id=first["id"], status=500)["state"] == "waiting"
    assert _due(stage) == []
    stage.clock.advance(10)
    [again] = _due(stage)
    one, two = (json.loads(each["body"]) for each in (first, again))
    assert one["message"] == two["message"]
    assert two["deliveryAttempt"] == 2
    assert stage.control("delivered", id=again["id"], status=204)["state"] == "delivered"
    assert _due(stage) == []


def test_pushes_come_twice_or_never_by_switch(stage: Scene) -> None:
    stage.control("webhooks", duplicate=1)
    stage.deliver()
    assert len(_due(stage)) == 2
    stage.control("push")
    assert _due(stage) == []
    stage.clock.advance(2)
    stage.deliver()
    assert _due(stage) == []
