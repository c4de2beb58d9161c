"""Drafts under trouble: refusals, lost answers, people who say no, and taking it back."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from syncd.core.introductions import State
from syncd.engine import offers, undo
from syncd.engine.offers import CannotAsk
from syncd.ports.simulator import Answer, Request
from tests.unit.engine.introducing import ANN, BEN, MAYA, SITE, TOM, WANTED, Salon


@pytest.fixture
def salon(tmp_path: Path) -> Salon:
    return Salon(tmp_path / "salon")


def undone(salon: Salon, run: int) -> undo.Report:
    with salon.works() as engine:
        return undo.undo(engine, run)


# what stands against it


def test_without_a_dialogue_nobody_is_asked(tmp_path: Path):
    salon = Salon(tmp_path / "salon", dialogue=False)
    salon.talked(times=1)
    salon.turn()
    assert salon.why_not() == (
        "no real dialogue with Ann Lee yet: 1 answer, 1 to what we wrote; 2 needed",
    )
    with pytest.raises(CannotAsk, match="no real dialogue"):
        salon.ask()
    assert salon.drafts() == []


def test_whoever_asked_to_be_left_alone_is_not_asked(salon: Salon):
    salon.got(
        f"Ann Lee <{ANN}>", 1, "stop@ann", text="Please stop emailing me and unsubscribe me.\n"
    )
    salon.turn()
    assert "Ann Lee is not to be contacted" in " ".join(salon.why_not())
    with pytest.raises(CannotAsk):
        salon.ask()


def test_a_site_where_somebody_wants_no_mail_is_not_asked_for(salon: Salon):
    salon.wrote(f"Ben Ray <{BEN}>", 30, "cold@us", subject="Hello")
    salon.turn()
    salon.tell(
        "hubspot",
        "person_sets",
        contact=BEN,
        properties={"syncd_do_not_contact": "true"},
    )
    salon.clock.advance(700)
    salon.turn()
    assert any("is not to be contacted" in one for one in salon.why_not())


def test_a_site_we_are_in_dialogue_with_is_not_asked_for(salon: Salon):
    salon.got(f"Ben Ray <{BEN}>", 3, "hello@ben", subject="Hello")
    salon.turn()
    assert salon.why_not() == (f"we are in dialogue with {WANTED}: Ben Ray wrote 3 days ago",)


def test_mail_without_an_answer_is_told_and_no_obstacle(salon: Salon):
    salon.wrote(f"Ben Ray <{BEN}>", 30, "cold@us", subject="Hello")
    salon.turn()
    [one] = salon.offers()
    assert one.blocks == ()
    assert f"written to without an answer: {BEN}, 30 days ago" in one.reasons


def test_whoever_says_stop_before_the_draft_is_written_gets_none(salon: Salon):
    salon.ask(turn=False)
    salon.got(f"Ann Lee <{ANN}>", 0, "stop@ann", text="Please unsubscribe me.\n")
    salon.turn()
    assert salon.drafts() == []
    assert salon.asking().state is State.DROPPED


def test_a_draft_about_to_be_written_looks_once_more_whether_they_said_stop(salon: Salon):
    run = salon.ask(turn=False)
    salon.got(f"Ann Lee <{ANN}>", 0, "stop@ann", text="Please unsubscribe me.\n")
    with salon.works() as engine:
        engine.look(MAYA)
        engine.carry_out(run)
    assert salon.drafts() == []
    assert salon.states("write_draft") == {"withdrawn": 1}
    salon.turn()
    assert salon.asking().state is State.DROPPED


def test_whoever_says_stop_while_the_draft_waits_has_it_taken_back(salon: Salon):
    salon.ask()
    salon.got(f"Ann Lee <{ANN}>", 0, "stop@ann", text="Please unsubscribe me.\n")
    salon.turn()
    salon.turn()
    assert salon.drafts() == []
    assert salon.asking().state is State.DROPPED
    assert salon.titles() == []


def test_an_edited_draft_to_whoever_says_stop_stays_and_its_person_is_told(salon: Salon):
    salon.ask()
    salon.edits()
    salon.got(f"Ann Lee <{ANN}>", 0, "stop@ann", text="Please unsubscribe me.\n")
    salon.turn()
    assert len(salon.drafts()) == 1
    [task] = [one for one in salon.tasks() if one["name"].startswith("Ask ")]
    words = " ".join(salon.comments(task["id"]))
    assert "Please do not send the draft" in words


# who asks


def test_a_teammate_who_left_is_stood_in_for(tmp_path: Path):
    salon = Salon(tmp_path / "salon")
    salon.text = salon.text.replace(
        "timezone: Europe/London}", f"timezone: Europe/London, hand_over: {{{MAYA}: {TOM}}}}}"
    )
    salon.tell("teamwork", "deactivate_person", email=MAYA)
    salon.clock.advance(days=2)
    salon.turn()
    [one] = salon.offers()
    assert one.writer == TOM
    assert f"{TOM} writes, because {MAYA} has left" in one.reasons
    salon.ask()
    draft = salon.draft(TOM)
    assert draft["subject"] == f"Do you know the people behind {WANTED}?"
    assert "in-reply-to" not in draft


# what services do


def test_where_drafts_are_off_nothing_is_chosen(tmp_path: Path):
    salon = Salon(tmp_path / "salon", drafts=False)
    assert salon.open_offers() == [(ANN, WANTED)]
    with pytest.raises(CannotAsk, match="set drafts: true"):
        salon.ask()
    assert salon.askings() == []


def refuses_drafts(salon: Salon) -> None:
    def refused(request: Request) -> Answer | None:
        if request.path.endswith("/drafts") and request.method == "POST":
            body = b'{"error":{"code":403,"errors":[{"reason":"insufficientPermissions"}]}}'
            return Answer(403, body)
        return None

    salon.transport.before = refused


def test_a_mailbox_without_the_scope_waits_and_its_mail_is_read(salon: Salon):
    refuses_drafts(salon)
    with salon.works() as engine:
        with engine.ctx.store.begin() as tx:
            offers.choose(engine.ctx, tx, [(ANN, WANTED)])
        engine.turn()
        assert "gmail.compose" in engine.ctx.failing[f"drafts:{MAYA}"]
        assert not engine.ctx.is_paused("mail")
        assert not engine.ctx.is_paused(f"mailbox:{MAYA}")
        engine.finish()
    assert salon.states("write_draft") == {"planned": 1}
    salon.got("Eve <eve@new.example>", 0, "new@eve")
    salon.turn()
    assert "eve@new.example" in salon.people()
    salon.transport.before = lambda _request: None
    salon.clock.advance(600)
    salon.turn()
    assert len(salon.drafts()) == 1


def test_a_lost_answer_writes_no_second_draft(salon: Salon):
    def lost(request: Request, answer: Answer) -> Answer:
        if request.path.endswith("/drafts") and request.method == "POST":
            salon.transport.after = lambda _request, answer: answer
            raise requests.ConnectionError("reset by peer")
        return answer

    salon.transport.after = lost
    salon.ask()
    salon.clock.advance(120)
    salon.turn()
    assert len(salon.drafts()) == 1
    assert salon.asking().state is State.DRAFTED
    assert salon.titles() == [f"Ask Ann Lee ({SITE}) about {WANTED}"]


def test_a_lost_request_writes_the_draft_after_the_settle_time(salon: Salon):
    def lost(request: Request) -> Answer | None:
        if request.path.endswith("/drafts") and request.method == "POST":
            salon.transport.before = lambda _request: None
            raise requests.ConnectionError("reset by peer")
        return None

    salon.transport.before = lost
    salon.ask()
    assert salon.drafts() == []
    salon.clock.advance(120)
    salon.turn()
    assert len(salon.drafts()) == 1


def test_a_draft_sent_before_its_lost_answer_was_looked_for_is_the_ask(salon: Salon):
    def lost(request: Request, answer: Answer) -> Answer:
        if request.path.endswith("/drafts") and request.method == "POST":
            salon.transport.after = lambda _request, answer: answer
            raise requests.ConnectionError("reset by peer")
        return answer

    salon.transport.after = lost
    salon.ask()
    salon.sends()
    for _ in range(3):
        salon.clock.advance(120)
        salon.turn()
    assert salon.drafts() == []
    assert salon.asking().state is State.ASKED


def test_a_thread_that_is_gone_leaves_an_ask_of_its_own(salon: Salon):
    def gone(request: Request) -> Answer | None:
        if request.path.endswith("/drafts") and b"threadId" in request.body:
            return Answer(404, b'{"error":{"code":404,"errors":[{"reason":"notFound"}]}}')
        return None

    salon.transport.before = gone
    salon.ask()
    assert "in-reply-to" not in salon.draft()


# modes, rehearsal, undo, cost


def test_a_dry_run_writes_nothing_and_shows_the_task(salon: Salon):
    salon.ask(turn=False)
    assert ("write_draft", f"draft to {ANN} about {WANTED}, in {MAYA}") not in salon.plan()
    assert salon.drafts() == []
    assert salon.asking().state is State.OFFERED


@pytest.mark.parametrize("mode", ["observe", "create-only"])
def test_the_mode_decides_what_is_written(salon: Salon, mode: str):
    salon.text += f"modes: {{introduce: {mode}}}\n"
    salon.ask()
    assert len(salon.drafts()) == (mode == "create-only")


def test_undoing_the_run_takes_the_draft_and_the_task_back(salon: Salon):
    run = salon.ask()
    report = undone(salon, run)
    assert report.counts["reversed"] >= 2
    assert salon.drafts() == []
    assert salon.titles() == []
    assert salon.asking().state is State.DROPPED
    salon.nightly()
    assert salon.drafts() == []
    assert salon.titles() == []


def test_undoing_leaves_a_draft_that_a_person_has_edited(salon: Salon):
    run = salon.ask()
    salon.edits()
    salon.turn()
    report = undone(salon, run)
    words = " ".join(line.words for line in report.lines)
    assert "edited" in words
    assert len(salon.drafts()) == 1


def test_undoing_finds_an_edit_that_nobody_told_of(salon: Salon):
    run = salon.ask()
    salon.edits()
    undone(salon, run)
    assert len(salon.drafts()) == 1


def test_undoing_leaves_what_was_sent(salon: Salon):
    run = salon.ask()
    salon.sends()
    salon.turn()
    report = undone(salon, run)
    assert "the draft was sent, or deleted" in " ".join(line.words for line in report.lines)
    assert salon.asking().state is State.ASKED


def test_a_turn_with_nothing_new_asks_nothing_about_drafts(salon: Salon):
    salon.ask()
    salon.turn()
    salon.since()
    salon.turn()
    assert [one for one in salon.calls("gmail") if "drafts" in one] == []
    assert len(salon.calls("gmail", "GET", "/history")) == 2
    # The first look at what people changed in the CRM shows what we wrote there.
    salon.later(1)
    salon.turn()
    salon.later(1)
    salon.since()
    salon.turn()
    assert [one for one in salon.calls("gmail") if "drafts" in one] == []


def test_night_finds_a_draft_whose_end_no_history_told_of(salon: Salon):
    salon.ask()
    salon.discards()
    salon.tell("gmail", "expire_history", mailbox=MAYA)
    salon.turn()
    salon.nightly()
    for _ in range(3):
        salon.clock.advance(300)
        salon.turn()
    assert salon.asking().state is State.DROPPED
