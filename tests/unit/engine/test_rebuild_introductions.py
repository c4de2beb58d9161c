"""After the state was lost nobody is asked a second time for the same introduction."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from syncd.core.introductions import State
from syncd.engine.offers import CannotAsk
from tests.unit.engine.introducing import ANN, BEN, MAYA, SITE, WANTED, Salon
from tests.unit.engine.test_rebuild import anew, lose


@pytest.fixture(params=["file", "server"])
def salon(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: Any) -> Salon:
    monkeypatch.setenv("SYNCD_TEST_STORE", request.param)
    salon = Salon(tmp_path / "salon")
    salon.ask()
    return salon


def again(salon: Salon) -> None:
    """The state is lost and made anew, and the site is crawled again."""
    salon.clock.advance(300)
    salon.turn()
    lose(salon)
    salon.since()
    anew(salon)
    assert not salon.writes()
    salon.crawled((SITE, WANTED))
    salon.clock.advance(300)
    salon.turn()
    salon.nightly()
    salon.turn()


def not_asked_again(salon: Salon) -> None:
    drafts, board = salon.drafts(), salon.board()
    with pytest.raises(CannotAsk):
        salon.ask()
    salon.turn()
    assert (salon.drafts(), salon.board()) == (drafts, board)
    assert not salon.writes()


def test_a_draft_that_waits_is_known_again_and_goes_its_way(salon: Salon):
    again(salon)
    assert salon.asking().state is State.DRAFTED
    not_asked_again(salon)
    assert len(salon.drafts()) == 1
    salon.sends()
    salon.clock.advance(300)
    salon.turn()
    one = salon.asking()
    assert (one.state, one.asked_by, one.introducer) == (State.ASKED, MAYA, ANN)
    assert salon.titles() == []


def test_one_that_was_sent_as_it_was_is_an_ask_since_then(salon: Salon):
    salon.sends()
    salon.turn()
    asked = salon.asking()
    again(salon)
    one = salon.asking()
    assert (one.state, one.asked_at, one.message) == (State.ASKED, asked.asked_at, asked.message)
    assert (one.mark, one.due_at, one.conversation) == (asked.mark, asked.due_at, one.conversation)
    not_asked_again(salon)


def test_one_that_was_sent_in_other_words_is_an_ask_by_its_task(salon: Salon):
    salon.edits()
    salon.turn()
    salon.sends()
    salon.clock.advance(300)
    salon.turn()
    asked = salon.asking()
    assert asked.state is State.ASKED
    again(salon)
    one = salon.asking()
    assert (one.state, one.asked_at) == (State.ASKED, asked.asked_at)
    not_asked_again(salon)


def test_one_that_somebody_has_edited_still_waits(salon: Salon):
    salon.edits()
    again(salon)
    assert salon.asking().state is State.DRAFTED
    assert salon.titles() == [f"Ask Ann Lee ({SITE}) about {WANTED}"]
    not_asked_again(salon)


def test_one_that_was_sent_while_there_was_no_state_ends_its_task(salon: Salon):
    salon.turn()
    lose(salon)
    salon.sends()
    salon.clock.advance(300)
    anew(salon)
    salon.turn()
    assert salon.asking().state is State.ASKED
    assert salon.titles() == []
    assert salon.titles(done=True)


def test_what_came_of_it_is_known_again_with_its_task_to_thank(salon: Salon):
    salon.sends()
    salon.turn()
    salon.introduces()
    salon.turn()
    salon.turn()
    assert len(salon.titles()) == 1
    before = salon.board()
    again(salon)
    one = salon.asking()
    assert (one.state, one.introduced) == (State.INTRODUCED, BEN)
    assert salon.board() == before
    not_asked_again(salon)
    # Thanked, the task is over: it was tied to its asking again.
    salon.wrote(f"Ann Lee <{ANN}>", 0, "thanks@brightlink.example", labels=(), subject="Thank you")
    salon.clock.advance(300)
    salon.turn()
    assert salon.titles() == []
