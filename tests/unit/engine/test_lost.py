"""A new state where there was one before: what that one did is not done again."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd import app
from syncd.engine import rebuild
from syncd.engine.shares import Share
from syncd.store.homes import UnusableState, stands_beside
from tests.unit.engine.office import ADA, Office


@pytest.fixture
def worked(tmp_path: Path) -> Office:
    """An office with one open task."""
    office = Office(tmp_path / "before")
    office.wrote(f"Ada <{ADA}>", 6, "p1@brightlink.example")
    office.turn()
    assert len(office.open_tasks()) == 1
    return office


def lose(office: Office) -> None:
    """The folder is gone, with all that could tell of the state in it."""
    assert isinstance(office.where, Path)
    for file in (office.where, stands_beside(office.where)):
        file.unlink(missing_ok=True)
    for file in office.where.parent.glob(f"{office.where.name}-*"):
        file.unlink()


def rebuilt(office: Office) -> None:
    with app.rebuilding(office.settings, office.wish("rebuild"), anyway=False) as (works, _):
        rebuild.rebuild(works)


def test_a_new_state_tells_of_tasks_it_does_not_know_and_sends_nothing(worked: Office):
    lose(worked)
    before = worked.writes()
    for _ in range(2):
        with pytest.raises(UnusableState, match="1 tasks of ours stand on the board"):
            worked.turn()
        with pytest.raises(UnusableState, match="syncd rebuild"):
            worked.plan()
    assert worked.writes() == before


def test_a_rebuild_takes_the_new_state_and_doubles_nothing(worked: Office):
    lose(worked)
    with pytest.raises(UnusableState):
        worked.turn()
    rebuilt(worked)
    assert worked.turn().quiet
    assert len(worked.tasks()) == 1
    assert worked.emails() == ["Builder guide"]


def test_a_board_that_cannot_be_asked_at_the_start_is_asked_before_anything_goes_there(
    worked: Office,
):
    lose(worked)
    worked.transport.down = {"teamwork"}
    worked.turn()
    worked.transport.down = set()
    worked.clock.advance(3600)
    with worked.works() as engine:
        engine.settle()
        assert "1 tasks of ours" in engine.ctx.failing["board"]
    assert len(worked.tasks()) == 1


def test_workers_that_share_a_new_state_send_nothing_either(worked: Office):
    lose(worked)
    worked.since()
    with worked.works() as engine:
        share = Share(engine.ctx)
        share.start()
        share.introduce()
        for address in engine.ctx.ports.mail:
            share.look(address)
        for _ in range(3):
            for account in sorted(share.decide()):
                share.deliver(account)
        assert "1 tasks of ours" in engine.ctx.failing["board"]
    assert worked.writes() == 0


def test_what_stands_in_lists_of_others_is_none_of_ours(worked: Office):
    worked.text = worked.text.replace("task_list: Follow-ups", "task_list: Elsewhere")
    lose(worked)
    worked.turn()
    assert len(worked.tasks()) == 2


def test_a_state_that_was_killed_over_its_first_task_is_not_lost(tmp_path: Path):
    office = Office(tmp_path)
    office.wrote(f"Ada <{ADA}>", 6, "p1@brightlink.example")
    office.tell("teamwork", "fault", method="POST", path="/tasklists/", kind="lose_answer")
    office.turn()
    for _ in range(3):
        office.clock.advance(600)
        office.turn()
    assert len(office.tasks()) == 1
    assert office.states("open_task") == {"done": 1}
