"""The short form of `make faults`: the cheapest, most telling rows, on a small script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults import rows_state
from tests.faults.dying import Moment
from tests.faults.judge import Trial, judge
from tests.faults.place import Place, Site
from tests.faults.playing import Floor, floor, killed, undisturbed, weather
from tests.faults.script import TEAM, Script, script

BOXES = TEAM[:2]
# A phase of talk, in which a task is opened and two are closed, on top of a small backfill.
SMALL = script(boxes=BOXES, backfill=30, phase=9, more=2)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("faults") / "site", BOXES) as site:
        yield site


@pytest.fixture
def place(site: Site, request: pytest.FixtureRequest) -> Iterator[Place]:
    with site.place("".join(filter(str.isalnum, request.node.name))) as place:
        yield place


@pytest.fixture(scope="module")
def least(site: Site) -> Floor:
    with site.place("floor") as place:
        calm, least = floor(place, SMALL, undisturbed)
    assert not calm.why()
    return least


def passes(trial: Trial, least: Floor | None = None) -> None:
    trial.floor = 0 if least is None else least.of(trial.starts)
    assert not trial.why()


def test_killed_between_answer_and_commit_of_every_write(place: Place, least: Floor):
    trial = killed(place, SMALL, Moment.ANSWERED)
    assert trial.kills > 20
    passes(trial, least)


def test_half_of_all_that_can_go_wrong_on_the_wire(place: Place, least: Floor):
    rules = [
        {"kind": "status", "status": 503, "rate": 0.1},
        {"kind": "status", "status": 502, "rate": 0.1, "effect": True},
        {"kind": "reset_after", "rate": 0.1},
        {"kind": "half_answer", "rate": 0.1},
    ]
    passes(weather(place, SMALL, *rules), least)


def test_the_state_is_deleted_and_made_anew(place: Place):
    passes(rows_state.damaged(place, Script(SMALL.phases[:2], SMALL.truths[:2])))


def test_the_judge_sees_what_is_lost_and_what_is_doubled(place: Place):
    """It would pass everything otherwise."""
    place.deliver(SMALL.phases[0])
    assert place.settle()
    passes(judge(place, SMALL.truths[0], Trial()))
    promised = judge(place, SMALL.truths[1], Trial())
    assert any(one.startswith("email ") for one in promised.lost)
    assert any(one.startswith("the follow-up of ") for one in promised.lost)
    assert any(one.startswith("contact ") for one in promised.lost)
    [task, *_] = place.site.tasks()
    place.site.tell("teamwork/add_task", list=task["tasklistId"], name=task["name"], by=TEAM[0])
    key = next(iter(SMALL.truths[0].logged))
    direction, contacts = SMALL.truths[0].logged[key]
    place.site.tell(
        "hubspot/native_log", contacts=list(contacts), subject="again", at=place.now().isoformat(),
        direction="sent" if direction == "EMAIL" else "received", message_id=f"<{key}>",
    )  # fmt: skip
    twice = judge(place, SMALL.truths[0], Trial())
    assert any(one.startswith("task called ") for one in twice.doubled)
    assert any(one.startswith(f"email {key}") for one in twice.doubled)
    assert (
        judge(
            place,
            SMALL.truths[0],
            Trial(),
        ).traces
        == []
    )
    place.heard.append("Traceback (most recent call last)")
    assert judge(place, SMALL.truths[0], Trial()).traces
