"""Traps other tools fell into, by their number in the list of them: what is an answer.

1 to 7; the other numbers are in the files beside this one.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.store import overview
from tests.support.letters import bounce, letter
from tests.unit.engine.office import ADA, BOB, MAYA, TOM, Office

P1 = "p1@brightlink.example"
SUE = "sue@brightlink.example"
EVE = "eve@site.example"
TASK = "Follow up with Ada (site.example)"
SEARCH = "Find another address for Ada (site.example)"


def pitched(folder: Path, *mailboxes: str, to: str = f"Ada <{ADA}>", **options: object) -> Office:
    """Maya wrote to Ada six days ago, and there is a task for it."""
    office = Office(folder, mailboxes=mailboxes or (MAYA, TOM), **options)  # type: ignore[arg-type]
    office.wrote(to, 6, P1)
    office.turn()
    assert len(office.open_tasks()) == 1
    return office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return pitched(tmp_path)


def waits(office: Office) -> bool:
    """Whether there is a task, and Ada is not said to have replied."""
    office.turn()
    if not office.open_tasks():
        return False
    assert office.open_tasks() == [TASK]
    assert office.contact(ADA)["syncd_stage"] == "contacted"
    return True


# 1: a follow-up of ours that refers to our own message is no reply


def test_trap_01_our_own_follow_up_in_the_thread_is_no_reply(office: Office):
    office.wrote(
        f"Ada <{ADA}>", 0, "p2@brightlink.example", answers=P1, subject="Re: Builder guide"
    )
    office.turn()
    assert office.contact(ADA)["syncd_stage"] == "contacted"
    office.clock.advance(days=8)
    assert waits(office)


def test_trap_01_nor_is_one_under_an_address_of_ours_that_nobody_told_us(office: Office):
    raw = letter(
        "Maya <maya@old-name.example>",
        f"Ada <{ADA}>",
        office.clock.now(),
        key="p2@old-name.example",
        answers=P1,
        subject="Re: Builder guide",
    )
    office.deliver(MAYA, raw, 0, "SENT")
    office.turn()
    office.clock.advance(days=8)
    assert waits(office)


# 2: what Exchange's out-of-office looks like on its envelope


@pytest.mark.parametrize("path", ["<postmaster@site.mail.protection.outlook.example>", "<>"])
def test_trap_02_an_absence_whose_envelope_is_a_postmasters_is_no_bounce(office: Office, path: str):
    office.got(
        f"Ada <{ADA}>",
        0,
        "a1@site.example",
        subject="Automatic reply: Builder guide",
        text="I am out of the office until further notice.\n",
        headers=[("Return-Path", path), ("X-Auto-Response-Suppress", "All")],
        answers=P1,
    )
    assert waits(office)


def test_trap_02_an_empty_return_path_alone_does_not_make_an_answer_a_machines(office: Office):
    office.got(
        f"Ada <{ADA}>",
        0,
        "r1@site.example",
        answers=P1,
        subject="Re: Builder guide",
        text="Sounds good, send it over.\n",
        headers=[("Return-Path", "<>")],
    )
    office.turn()
    assert office.open_tasks() == []
    assert office.contact(ADA)["syncd_stage"] == "replied"


# 3: absences by headers alone, in any language; their words in what is quoted


@pytest.mark.parametrize(
    "header",
    [("Auto-Submitted", "auto-replied"), ("X-Autoreply", "yes"), ("Precedence", "auto_reply")],
)
@pytest.mark.parametrize("text", ["Ich melde mich.\n", "ご連絡ありがとうございます。\n"])
def test_trap_03_one_header_is_enough_for_an_absence_in_any_language(
    office: Office, header: tuple[str, str], text: str
):
    office.got(f"Ada <{ADA}>", 0, "a1@site.example", subject="Hallo", text=text, headers=[header])
    assert waits(office)
    with office.state() as tx:
        [found] = overview.find_messages(tx, "a1@site.example")
    assert found["mail_class"] == "auto_reply"


@pytest.mark.parametrize(
    "quoted",
    [
        (
            "On Mon, 16 Nov 2026 at 09:00, Maya <maya@brightlink.example> wrote:\n"
            "> I am out of the office until Friday. This is an automatic reply.\n"
        ),
        (
            "Am 16.11.2026 um 09:00 schrieb Maya:\n"
            "> Ich bin bis Freitag nicht im Haus. Dies ist eine automatische Antwort.\n"
        ),
    ],
)
def test_trap_03_an_absence_in_what_is_quoted_does_not_make_an_answer_automatic(
    office: Office, quoted: str
):
    office.got(
        f"Ada <{ADA}>",
        0,
        "r1@site.example",
        answers=P1,
        subject="Re: Builder guide",
        text=f"Sounds good, send it over.\n\n{quoted}",
        headers=[("X-Auto-Response-Suppress", "All"), ("Return-Path", "<>")],
    )
    office.turn()
    assert office.open_tasks() == []
    assert office.contact(ADA)["syncd_stage"] == "replied"


# 4: a gateway's bounce, which knows nothing of our thread


def test_trap_04_a_gateways_bounce_in_a_thread_of_its_own_finds_our_message(office: Office):
    office.got(
        "Postmaster <postmaster@gateway.example>",
        0,
        "n1@gateway.example",
        subject="[Postmaster] Email Delivery Failure",
        text="This is a delivery failure notification message indicating that\n"
        f"an email you sent could not be delivered to\n-- {ADA}\n\n550 5.1.1 Invalid Recipient\n",
        headers=[("Auto-Submitted", "auto-generated"), ("Return-Path", "<>")],
    )
    office.turn()
    assert office.open_tasks() == [SEARCH]


def test_trap_04_also_when_it_is_read_before_our_message(tmp_path: Path):
    """A first reading goes backwards in time."""
    office = Office(tmp_path)
    office.wrote(f"Ada <{ADA}>", 6, P1)
    raw = bounce(MAYA, ADA, office.clock.now(), about="rewritten@gateway.example")
    office.deliver(MAYA, raw, 5.9, "INBOX")
    office.turn()
    assert office.open_tasks() == [SEARCH]


# 5: which messages are the same


def test_trap_05_one_message_in_three_mailboxes_is_one(tmp_path: Path):
    office = pitched(tmp_path, MAYA, TOM, SUE)
    for mailbox in (MAYA, TOM, SUE):
        office.got(
            f"Ada <{ADA}>",
            0,
            "r1@site.example",
            mailbox=mailbox,
            answers=P1,
            subject="Re: Builder guide",
        )
    office.turn()
    assert office.emails() == ["Builder guide", "Re: Builder guide"]
    assert office.open_tasks() == []


def test_trap_05_a_second_reply_with_the_same_subject_is_another(office: Office):
    for number in (1, 2):
        office.got(
            f"Ada <{ADA}>",
            0,
            f"r{number}@site.example",
            answers=P1,
            subject="Re: Builder guide",
        )
    office.turn()
    assert office.emails() == ["Builder guide", "Re: Builder guide", "Re: Builder guide"]


def test_trap_05_without_a_message_id_copies_are_one_and_two_messages_two(office: Office):
    at = office.clock.now()
    for text, mailboxes in (("Yes please.\n", (MAYA, TOM)), ("And one more thing.\n", (MAYA,))):
        for mailbox in mailboxes:
            raw = letter(f"Ada <{ADA}>", f"Us <{MAYA}>", at, subject="Re: Builder guide", text=text)
            office.deliver(mailbox, raw, 0, "INBOX")
    office.turn()
    assert office.emails() == ["Builder guide", "Re: Builder guide", "Re: Builder guide"]


def test_trap_05_an_answer_to_a_message_id_that_was_changed_on_the_way_is_one(tmp_path: Path):
    """Mail services replace our Message-ID; her answer refers to one that we never saw."""
    office = pitched(tmp_path)
    office.wrote(f"Ada <{ADA}>", 5.9, "p2@brightlink.example", subject="Roofing study")
    office.turn()
    assert len(office.open_tasks()) == 2
    office.got(
        f"Ada <{ADA}>",
        0,
        "r1@site.example",
        answers="0102018f@mail-service.example",
        subject="Re: Builder guide",
    )
    office.turn()
    [left] = [task for task in office.tasks() if task["status"] == "new"]
    assert "Roofing study" in left["description"]


# 6: answers that come back in another way than our message went out


@pytest.mark.parametrize(
    ("sender", "more"),
    [
        (f"Ada <{ADA}>", {"answers": P1, "subject": "Something else entirely"}),
        (f"Ada <{ADA}>", {"subject": "About your guide"}),
        (f"Ada <{ADA}>", {"subject": "About Maya's guide", "mailbox": TOM}),
        ("Ada L. <ada.lovelace@site.example>", {"answers": P1, "subject": "Re: Builder guide"}),
        ("Ada <ada.private@gmail.com>", {"answers": P1, "subject": "Re: Builder guide"}),
        (f"Eve <{EVE}>", {"answers": P1, "subject": "Re: Builder guide"}),
        (f"Bob <{BOB}>", {"answers": P1, "subject": "Fwd: Builder guide"}),
        (f"Bob <{BOB}>", {"answers": P1, "subject": "Fwd: Builder guide", "mailbox": TOM}),
    ],
    ids=[
        "changed subject",
        "new thread",
        "new thread to a colleague of ours",
        "alias",
        "private address",
        "colleague",
        "the person it was forwarded to",
        "that person, to a colleague of ours",
    ],
)
def test_trap_06_an_answer_is_one_however_it_comes(
    office: Office, sender: str, more: dict[str, str]
):
    office.got(sender, 0, "r1@site.example", **more)
    office.turn()
    assert office.open_tasks() == []


@pytest.mark.parametrize("answers", [P1, ""], ids=["in the thread", "in a new one"])
def test_trap_06_whoever_had_a_copy_answers(tmp_path: Path, answers: str):
    office = Office(tmp_path)
    office.wrote(f"Ada <{ADA}>", 6, P1, cc=f"Bob <{BOB}>")
    office.turn()
    office.got(f"Bob <{BOB}>", 0, "r1@other.example", answers=answers, subject="Your guide")
    office.turn()
    assert office.open_tasks() == []


def test_trap_06_after_an_introduction_the_third_person_is_awaited_and_answers(office: Office):
    """Ada brings in Bob; we write to both; Bob answers us in a thread of his own."""
    office.got(
        f"Ada <{ADA}>",
        0,
        "r1@site.example",
        answers=P1,
        subject="Re: Builder guide",
        cc=f"Bob <{BOB}>",
        text="Bob looks after this now.\n",
    )
    office.turn()
    assert TASK not in office.open_tasks()
    office.clock.advance(3600)
    office.wrote(
        f"Bob <{BOB}>",
        0,
        "p2@brightlink.example",
        answers="r1@site.example",
        subject="Re: Builder guide",
        cc=f"Ada <{ADA}>",
    )
    office.turn()
    office.clock.advance(days=4)
    office.turn()
    assert office.open_tasks() == ["Follow up with Bob (other.example)"]
    office.got(f"Bob <{BOB}>", 0, "n1@other.example", subject="Nice to meet you")
    office.turn()
    assert office.open_tasks() == []


# 7: when a colleague's own thread answers


@pytest.mark.parametrize(
    ("awaited", "other"),
    [
        ("ada@gmail.com", "eve@gmail.com"),
        ("ada@gmx.de", "eve@gmx.de"),
        ("ada@site.example", "eve@site-group.example"),
        ("ada@jane.blogspot.com", "eve@john.blogspot.com"),
    ],
    ids=["gmail", "gmx", "another domain of the company", "another site of a shared host"],
)
def test_trap_07_no_colleague_is_guessed_where_a_domain_does_not_tell(
    tmp_path: Path, awaited: str, other: str
):
    office = Office(tmp_path, follow_up=["same_company: true"])
    office.wrote(f"Ada <{awaited}>", 1, P1)
    office.got(f"Eve <{other}>", 0, "n1@x.example", subject="About your guide")
    office.turn()
    office.clock.advance(days=4)
    office.turn()
    assert len(office.open_tasks()) == 1


@pytest.mark.parametrize("domain", ["site.example", "news.site.example"])
@pytest.mark.parametrize("awaited", ["ada@site.example", "ada@mail.site.example"])
def test_trap_07_a_colleague_is_known_by_the_domain_that_the_company_registered(
    tmp_path: Path, awaited: str, domain: str
):
    office = pitched(tmp_path, to=f"Ada <{awaited}>", follow_up=["same_company: true"])
    office.got(f"Eve <eve@{domain}>", 0, "n1@x.example", subject="About your guide")
    office.turn()
    assert office.open_tasks() == []


def test_trap_07_from_another_domain_of_the_company_an_answer_in_the_thread_counts(tmp_path: Path):
    office = pitched(tmp_path, follow_up=["same_company: true"])
    office.got("Eve <eve@site-group.example>", 0, "r1@x.example", answers=P1)
    office.turn()
    assert office.open_tasks() == []
