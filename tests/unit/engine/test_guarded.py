"""A plan that looks like a broken source waits for a person, and is then carried out."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.engine import decide
from syncd.ports.simulator import Answer, Request
from syncd.store import ledger, tally
from tests.unit.engine.office import Office

PEOPLE = 10


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Office:
    office = Office(tmp_path_factory.mktemp("guard"), follow_up=["crm_task: true"])
    for number in range(PEOPLE):
        office.wrote(f"P <p{number}@site{number}.example>", 6, f"p{number}@brightlink.example")
    office.turn()
    assert len(office.open_tasks()) == PEOPLE
    return office


@pytest.fixture
def office(crowd: Office, tmp_path: Path) -> Office:
    """Ten people do not answer; each has a task."""
    twin = Office(tmp_path, follow_up=["crm_task: true"])
    for name, simulator in crowd.simulators.items():
        twin.simulators[name].restore(simulator.snapshot())
    twin.settings.store.write_bytes(crowd.settings.store.read_bytes())
    return twin


def answers(office: Office, first: int, last: int) -> None:
    for number in range(first, last):
        office.got(
            f"P <p{number}@site{number}.example>",
            0,
            f"r{number}@site{number}.example",
            answers=f"p{number}@brightlink.example",
        )


def held(office: Office) -> dict[str, int]:
    with office.state() as tx:
        return {kind: number for kind, _, number in tally.release_reasons(tx)}


def test_an_ordinary_day_is_not_held(office: Office):
    answers(office, 0, 3)
    office.turn()
    assert held(office) == {}
    assert len(office.open_tasks()) == PEOPLE - 3


def test_closing_too_many_is_held_whole_and_shown(office: Office):
    answers(office, 0, 4)
    planned = office.plan()
    office.turn()
    assert len(office.open_tasks()) == PEOPLE
    assert held(office) == {"close_task": 4, "comment_task": 4, "close_crm_task": 4}
    assert ("close_task", 4) in {
        (kind, sum(n for (one, _), n in planned.items() if one == kind)) for kind, _ in planned
    }
    with office.state() as tx:
        reasons = {reason for _, reason, _ in tally.release_reasons(tx)}
    assert reasons == {"would close 4 of 10 open tasks (40%); the limit is 30%"}


def test_what_is_held_says_nothing_on_the_board_either(office: Office):
    answers(office, 0, 4)
    office.turn()
    assert [office.comments(task["id"]) for task in office.tasks()] == [[]] * PEOPLE


def test_the_rest_of_the_plan_goes_on(office: Office):
    answers(office, 0, 4)
    office.turn()
    assert len(office.emails()) == PEOPLE + 4


def test_released_it_is_carried_out(office: Office):
    answers(office, 0, 4)
    office.turn()
    with office.works() as engine, engine.ctx.store.begin() as tx:
        assert ledger.release(tx) == 12
    assert office.turn().quiet
    assert len(office.open_tasks()) == PEOPLE - 4
    assert held(office) == {}


def test_what_is_held_stays_held_until_released(office: Office):
    answers(office, 0, 4)
    for _ in range(3):
        office.turn()
        office.clock.advance(600)
    assert len(office.open_tasks()) == PEOPLE
    assert office.turn().quiet


def test_what_is_no_longer_wanted_is_held_no_longer(office: Office):
    answers(office, 0, 4)
    office.turn()
    for number in range(4):
        office.wrote(
            f"P <p{number}@site{number}.example>",
            -0.001,
            f"q{number}@brightlink.example",
            answers=f"r{number}@site{number}.example",
        )
    office.clock.advance(300)
    office.turn()
    assert len(office.emails()) == PEOPLE + 8


def test_a_daemon_of_many_days_is_not_held_for_what_it_closed_before(office: Office):
    with office.works() as engine:
        for number in range(5):
            answers(office, number, number + 1)
            office.clock.advance(3600)
            engine.turn()
    assert held(office) == {}
    assert len(office.open_tasks()) == PEOPLE - 5


def test_a_plan_written_down_in_parts_is_held_whole(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(decide, "BATCH", 2)
    answers(office, 0, 4)
    office.turn()
    assert held(office)["close_task"] == 4


def test_too_many_of_one_kind_are_held(tmp_path: Path):
    office = Office(tmp_path, more="guard: {max_actions: 15}\n")
    for number in range(16):
        office.got(f"P <p{number}@site{number}.example>", 1, f"n{number}@site{number}.example")
    office.turn()
    assert office.people() == []
    assert held(office) == {"add_contact": 16}


def _shows_no_tasks(request: Request) -> Answer | None:
    if request.method == "GET" and request.path.endswith("/tasks.json"):
        return Answer(200, b'{"tasks": [], "meta": {"page": {"hasMore": false}}}', {})
    return None


def test_on_a_board_that_suddenly_shows_nothing_no_task_is_opened(office: Office):
    office.transport.before = _shows_no_tasks
    office.nightly()
    office.wrote("New <new@fresh.example>", 6, "new@brightlink.example")
    office.turn()
    assert held(office) == {"open_task": 1}
    with office.state() as tx:
        reasons = {reason for _, reason, _ in tally.release_reasons(tx)}
    assert f"the board shows none of our {PEOPLE} open tasks" in reasons
    office.transport.before = lambda _request: None
    office.nightly()
    office.wrote("Newer <newer@newest.example>", 6, "newer@brightlink.example")
    office.turn()
    assert len(office.open_tasks()) == PEOPLE + 1


def test_a_board_of_few_tasks_may_come_to_show_none(tmp_path: Path):
    few = Office(tmp_path)
    few.wrote("Old <old@fresh.example>", 6, "old@brightlink.example")
    few.turn()
    few.transport.before = _shows_no_tasks
    few.nightly()
    few.wrote("New <new@newer.example>", 6, "new@brightlink.example")
    few.turn()
    assert len(few.open_tasks()) == 2
