"""What counts as an answer, in whichever thread, mailbox and order it comes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.letters import bounce
from tests.unit.engine.office import ADA, BOB, MAYA, TOM, Office

TASK = "Follow up with Ada (site.example)"
P1 = "p1@brightlink.example"
EVE = "eve@site.example"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Maya waits for Ada, and has a task for it."""
    office = Office(tmp_path, mailboxes=(MAYA, TOM))
    office.wrote(f"Ada <{ADA}>", 6, P1)
    come_to_rest(office)
    assert office.open_tasks() == [TASK]
    return office


def come_to_rest(office: Office) -> None:
    """Turns until the board shows nothing that would have a conversation decided again."""
    for _ in range(3):
        office.turn()
        office.clock.advance(120)


def got(office: Office, sender: str, key: str, **more: str) -> None:
    office.got(sender, 0, key, **more)
    office.turn()


def test_a_new_thread_from_the_person_answers(office: Office):
    got(office, f"Ada <{ADA}>", "n1@site.example", subject="About your guide")
    assert office.open_tasks() == []


def test_a_new_thread_to_a_colleague_answers(office: Office):
    got(office, f"Ada <{ADA}>", "n1@site.example", subject="About Maya", mailbox=TOM)
    assert office.open_tasks() == []


def test_another_address_that_references_ours_answers(office: Office):
    got(office, "Ada <ada@home.example>", "r1@home.example", answers=P1)
    assert office.open_tasks() == []


def test_another_address_that_references_nothing_does_not(office: Office):
    got(office, "Ada <ada@home.example>", "r1@home.example", subject="Hello")
    assert office.open_tasks() == [TASK]


@pytest.mark.parametrize(("follow_up", "answers"), [((), False), (("same_company: true",), True)])
def test_a_colleague_of_theirs_answers_only_by_the_switch(
    follow_up: tuple[str, ...],
    answers: bool,  # noqa: FBT001 - a case
    tmp_path: Path,
):
    office = Office(tmp_path, follow_up=follow_up)
    office.wrote(f"Ada <{ADA}>", 6, P1)
    come_to_rest(office)
    got(office, f"Eve <{EVE}>", "n1@site.example", subject="About your guide")
    assert (office.open_tasks() == []) == answers


def test_at_a_free_mail_provider_nobody_is_a_colleague(tmp_path: Path):
    office = Office(tmp_path, follow_up=["same_company: true"])
    office.wrote("Ada <ada@gmail.com>", 6, P1)
    come_to_rest(office)
    got(office, "Eve <eve@gmail.com>", "n1@gmail.com", subject="About your guide")
    assert len(office.open_tasks()) == 1


def test_any_of_those_we_wrote_to_answers_in_a_new_thread(tmp_path: Path):
    office = Office(tmp_path)
    office.wrote(f"Ada <{ADA}>, Bob <{BOB}>", 6, P1)
    come_to_rest(office)
    assert len(office.open_tasks()) == 1
    got(office, f"Bob <{BOB}>", "n1@other.example", subject="About your guide")
    assert office.open_tasks() == []


def test_an_absence_answers_nothing(office: Office):
    away = {"answers": P1, "subject": "Automatic reply: Builder guide"}
    office.got(
        f"Ada <{ADA}>", 0, "a1@site.example", headers=[("Auto-Submitted", "auto-replied")], **away
    )
    office.turn()
    assert office.open_tasks() == [TASK]


def test_a_teammate_in_the_thread_answers_nothing(office: Office):
    got(office, f"Tom <{TOM}>", "t1@brightlink.example", answers=P1)
    assert office.open_tasks() == [TASK]


def test_a_newsletter_of_theirs_answers_nothing(office: Office):
    office.got(f"Ada <{ADA}>", 0, "n1@site.example", headers=[("List-Id", "<n.site.example>")])
    office.turn()
    assert office.open_tasks() == [TASK]


def test_a_bounce_asks_for_another_address_and_an_answer_from_there_ends_it(office: Office):
    office.deliver(MAYA, bounce(MAYA, ADA, office.clock.now(), about=P1), 0, "INBOX")
    come_to_rest(office)
    assert office.open_tasks() == ["Find another address for Ada (site.example)"]
    got(office, f"Ada <{ADA}>", "n1@site.example", subject="I am here")
    assert office.open_tasks() == []


def test_two_pitches_to_one_person_are_two_matters(tmp_path: Path):
    office = Office(tmp_path)
    office.wrote(f"Ada <{ADA}>", 6, P1)
    office.wrote(f"Ada <{ADA}>", 6, "p2@brightlink.example", subject="Gardens", labels=())
    office.turn()
    assert office.open_tasks() == [TASK, TASK]
    got(office, f"Ada <{ADA}>", "r1@site.example", answers=P1)
    assert office.open_tasks() == [TASK]


def test_an_answer_seen_only_by_a_colleague_counts(tmp_path: Path):
    office = Office(tmp_path, mailboxes=(MAYA, TOM))
    office.wrote(f"Ada <{ADA}>", 6, P1)
    office.got(f"Ada <{ADA}>", 5, "r1@site.example", mailbox=TOM, answers=P1)
    office.turn()
    assert office.tasks() == []


def test_two_conversations_that_turn_out_to_be_one_have_one_task(tmp_path: Path):
    office = Office(tmp_path)
    office.wrote(f"Ada <{ADA}>", 8, P1)
    office.wrote(f"Ada <{ADA}>", 7, "p2@brightlink.example", subject="And this")
    office.turn()
    assert office.open_tasks() == [TASK, TASK]
    both = [("References", f"<{P1}> <p2@brightlink.example>")]
    office.wrote(f"Ada <{ADA}>", 6.9, "p3@brightlink.example", subject="Both", headers=both)
    assert office.turn().quiet
    assert office.open_tasks() == [TASK]
    got(office, f"Ada <{ADA}>", "r1@site.example", answers="p2@brightlink.example")
    assert office.open_tasks() == []


@pytest.mark.parametrize("first", [8, 7])
def test_what_was_planned_for_a_conversation_that_joined_another_is_not_sent(
    first: int, tmp_path: Path
):
    office = Office(tmp_path)
    office.transport.down.add("teamwork")
    for days_ago in (first, 15 - first):
        office.wrote(f"Ada <{ADA}>", days_ago, f"p{days_ago}@brightlink.example", labels=())
        office.turn()
    both = [("References", "<p8@brightlink.example> <p7@brightlink.example>")]
    office.wrote(f"Ada <{ADA}>", 6.9, "p3@brightlink.example", subject="Both", headers=both)
    office.turn()
    office.transport.down.clear()
    office.clock.advance(3700)
    with office.works() as engine:
        engine.until_quiet()
    assert office.board() == [(TASK, "new")]


def test_a_late_found_answer_closes_what_its_absence_opened(office: Office):
    office.got(f"Ada <{ADA}>", 5.5, "r1@site.example", answers=P1)
    office.turn()
    assert office.open_tasks() == []


def test_mail_that_was_never_logged_opens_no_task(tmp_path: Path):
    office = Office(tmp_path, log="never: [{domain: site.example}]")
    office.wrote(f"Ada <{ADA}>", 6, P1)
    office.turn()
    assert office.tasks() == []


def test_in_an_exchange_of_several_the_clock_runs_from_our_newest_word(tmp_path: Path):
    office = Office(tmp_path)
    office.wrote(f"Ada <{ADA}>", 20, P1)
    office.got(f"Ada <{ADA}>", 19, "r1@site.example", answers=P1)
    office.wrote(f"Ada <{ADA}>", 2, "p2@brightlink.example", answers="r1@site.example")
    office.turn()
    assert office.tasks() == []
    office.clock.advance(days=2)
    office.turn()
    assert office.open_tasks() == [TASK]
