"""Modes by promise, and limits by day and kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.engine.office import ADA, Office

FAR = 5  # days without an answer: the first task is due


def office(folder: Path, more: str = "") -> Office:
    made = Office(folder, more=more)
    made.wrote(f"Ada <{ADA}>", FAR, "p1@brightlink.example", subject="Builder guide")
    return made


def modes(**said: str) -> str:
    return f"modes: {{{', '.join(f'{promise}: {mode}' for promise, mode in said.items())}}}\n"


def write(one: Office, more: str) -> None:
    one.text = one.text.partition("modes:")[0] + more


def test_an_observed_promise_writes_nothing_and_is_shown(tmp_path: Path):
    one = office(tmp_path, modes(follow_up="observe"))
    planned = one.plan()
    one.turn()
    assert one.emails() == ["Builder guide"]
    assert one.tasks() == []
    assert one.states("open_task") == {"observed": 1}
    assert ("open_task", 1) in {(kind, n) for (kind, _), n in planned.items()}


def test_with_everything_observed_no_service_is_written_to(tmp_path: Path):
    one = office(tmp_path, modes(log="observe", tag="observe", follow_up="observe"))
    before = one.writes()
    for _ in range(2):
        one.turn()
        one.nightly()
    assert one.writes() == before
    assert one.states("add_contact") == {"observed": 1}


def test_what_was_observed_is_done_once_the_mode_allows_it(tmp_path: Path):
    one = office(tmp_path, modes(log="observe", tag="observe", follow_up="observe"))
    one.turn()
    write(one, modes(log="full"))
    for _ in range(2):
        one.turn()
    assert one.emails() == ["Builder guide"]
    assert len(one.open_tasks()) == 1
    assert one.turn().quiet
    assert one.states("open_task") == {"done": 1}


def test_what_was_observed_and_is_wanted_no_more_is_not_done(tmp_path: Path):
    one = office(tmp_path, modes(follow_up="observe"))
    one.turn()
    one.got(f"Ada <{ADA}>", 0, "r1@x", answers="p1@brightlink.example")
    one.clock.advance(60)
    one.turn()
    write(one, modes(follow_up="full"))
    one.turn()
    assert one.tasks() == []
    assert one.states("open_task") == {"withdrawn": 1}


def test_create_only_opens_tasks_and_closes_none(tmp_path: Path):
    one = office(tmp_path, modes(follow_up="create-only"))
    one.turn()
    assert len(one.open_tasks()) == 1
    one.got(f"Ada <{ADA}>", 0, "r1@x", answers="p1@brightlink.example")
    one.clock.advance(60)
    one.turn()
    assert len(one.open_tasks()) == 1
    assert one.comments(one.tasks()[0]["id"]) == []
    assert one.states("close_task") == {"observed": 1}
    write(one, modes(follow_up="full"))
    one.turn()
    assert one.open_tasks() == []


def test_create_only_fills_empty_fields_and_replaces_none(tmp_path: Path):
    one = office(tmp_path, modes(tag="create-only"))
    one.turn()
    done = one.states("change_contact")
    assert done == {"done": 1}
    one.got(f"Ada <{ADA}>", 0, "r1@x", answers="p1@brightlink.example")
    one.clock.advance(60)
    one.turn()
    assert one.states("change_contact") == {"done": 1, "observed": 1}


def test_a_promise_put_to_observe_stops_what_was_not_sent_yet(tmp_path: Path):
    one = office(tmp_path)
    one.transport.down = {"teamwork"}
    one.turn()
    assert one.states("open_task") == {"planned": 1}
    write(one, modes(follow_up="observe"))
    one.transport.down = set()
    one.clock.advance(3600)
    one.turn()
    assert one.tasks() == []
    assert one.states("open_task") == {"observed": 1}


def test_approving_lets_go_what_is_held_and_not_what_is_observed(tmp_path: Path):
    from syncd.store import ledger

    one = office(tmp_path, modes(follow_up="observe"))
    one.turn()
    with one.works() as engine, engine.ctx.store.begin() as tx:
        assert ledger.release(tx) == 0
    one.turn()
    assert one.tasks() == []


def test_a_kind_may_have_a_limit_of_its_own(tmp_path: Path):
    one = office(tmp_path, "guard: {kinds: {open_task: {a_turn: 1}}}\n")
    one.wrote("Bob <bob@y.example>", FAR, "p2@brightlink.example")
    one.turn()
    assert one.emails() != []
    assert one.tasks() == []
    assert one.states("open_task") == {"held": 2}


@pytest.mark.parametrize(("hours", "held"), [(1, 1), (25, 0)])
def test_a_day_has_a_limit_however_many_turns_it_has(tmp_path: Path, hours: int, held: int):
    one = office(tmp_path, "guard: {kinds: {add_contact: {a_day: 2}}}\n")
    for number in range(2):
        if number:
            one.got("Bob <bob@y.example>", 0, "n2@x")
        one.turn()
    one.clock.advance(hours * 3600)
    one.got("Eve <eve@z.example>", 0, "n3@x")
    one.turn()
    assert one.states("add_contact").get("held", 0) == held


def test_a_day_may_close_only_its_share_however_many_turns_it_has(tmp_path: Path):
    one = Office(tmp_path, more="guard: {max_close_share_a_day: 0.4}\n")
    for number in range(10):
        one.wrote(f"P <p{number}@x{number}.example>", FAR, f"p{number}@brightlink.example")
    one.turn()
    with one.works() as engine:
        for number in range(6):
            one.got(
                f"P <p{number}@x{number}.example>",
                0,
                f"r{number}@x{number}.example",
                answers=f"p{number}@brightlink.example",
            )
            one.clock.advance(600)
            engine.turn()
    assert len(one.open_tasks()) == 6
    assert one.states("close_task") == {"done": 4, "held": 2}
