"""The rows about crashes, in short, with the state on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults import rows_machine, rows_state
from tests.faults.dying import Moment
from tests.faults.place import Place, Site
from tests.faults.playing import killed, weather
from tests.faults.script import script
from tests.faults.test_short import BOXES, passes
from tests.support.postgres import postgres

# A backfill and one phase: what differs between databases shows in either.
LEAST = script(boxes=BOXES, backfill=10, phase=6, more=1)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("faults") / "site", BOXES) as site:
        yield site


@pytest.fixture
def place(site: Site, request: pytest.FixtureRequest) -> Iterator[Place]:
    name = "".join(filter(str.isalnum, request.node.name))
    with site.place(name, postgres().fresh()) as place:
        yield place


def test_killed_between_answer_and_commit_of_every_effect(place: Place):
    trial = killed(place, LEAST, Moment.ANSWERED)
    assert trial.kills > 10
    passes(trial)


def test_a_third_of_the_answers_is_lost(place: Place):
    passes(weather(place, LEAST, {"kind": "lose_answer", "rate": 0.3}, patience=0.3, turns=2))


def test_two_daemons_and_five_at_once(place: Place):
    passes(rows_machine.two_daemons(place, LEAST))


def test_the_database_is_dropped_and_the_state_made_anew(place: Place):
    passes(rows_state.dropped(place, LEAST))
