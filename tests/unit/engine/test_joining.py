"""Answers find their conversation, however they come back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.engine.office import ADA, BOB, MAYA, TOM, Office

P1, P2 = "p1@brightlink.example", "p2@brightlink.example"
GLOBEX = """
  - id: globex
    name: Globex
    client: globex.example
    match: {any: [{label: Campaigns/Globex}]}
"""


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Two pitches to Ada by different people for different clients."""
    office = Office(tmp_path, mailboxes=(MAYA, TOM), more=GLOBEX)
    office.wrote(f"Ada <{ADA}>", 6, P1)
    office.wrote(
        f"Ada <{ADA}>", 6, P2, mailbox=TOM, labels=("Campaigns/Globex",), subject="Roofing study"
    )
    return office


def campaigns(office: Office) -> list[str]:
    return [
        "ACME" if "ACME" in task["description"] else "Globex"
        for task in office.tasks()
        if task["status"] == "new"
    ]


def test_a_reply_to_one_of_two_pitches_ends_only_that_one(office: Office):
    office.turn()
    assert sorted(campaigns(office)) == ["ACME", "Globex"]
    office.got(f"Ada <{ADA}>", 0, "r@site.example", answers=P1, subject="Re: Builder guide")
    office.turn()
    assert campaigns(office) == ["Globex"]


@pytest.mark.parametrize("before", [True, False])
def test_so_it_does_when_a_gateway_took_its_references_away(office: Office, before: bool):  # noqa: FBT001 - a parameter of the test
    """By its sender and subject; also where both are read at once, newest first."""
    if before:
        office.turn()
    office.got(f"Ada <{ADA}>", 0, "r@site.example", subject="RE: Builder guide")
    office.turn()
    assert campaigns(office) == ["Globex"]


def test_the_same_subject_to_another_person_is_another_matter(office: Office):
    office.turn()
    office.got(f"Bob <{BOB}>", 0, "r@other.example", subject="Re: Builder guide")
    office.turn()
    assert sorted(campaigns(office)) == ["ACME", "Globex"]


def test_a_new_thread_of_hers_ends_both(office: Office):
    """Nobody can tell which of the two she means; nobody is asked for what may be answered."""
    office.turn()
    office.got(f"Ada <{ADA}>", 0, "n@site.example", subject="Your mail")
    office.turn()
    assert campaigns(office) == []


@pytest.mark.parametrize(
    "sender",
    ["Ada L. <ada.lovelace@site.example>", "Ada <ada.private@gmail.com>", f"Bob <{BOB}>"],
)
def test_an_alias_a_private_address_and_a_colleague_answer_in_the_thread(
    office: Office, sender: str
):
    office.turn()
    office.got(sender, 0, "r@site.example", answers=P1, subject="Re: Builder guide")
    office.turn()
    assert campaigns(office) == ["Globex"]


def test_who_answers_from_another_address_has_replied(office: Office):
    office.turn()
    office.got(
        "Ada <ada.private@gmail.com>", 0, "r@x.example", answers=P1, subject="Re: Builder guide"
    )
    office.turn()
    assert office.contact(ADA)["syncd_stage"] == "replied"


def test_teammates_who_answer_each_other_are_no_answer(office: Office):
    office.turn()
    office.got(f"Tom <{TOM}>", 0, "t@brightlink.example", answers=P1, subject="Re: Builder guide")
    office.turn()
    assert sorted(campaigns(office)) == ["ACME", "Globex"]


def test_a_gateways_bounce_in_a_thread_of_its_own_counts(tmp_path: Path):
    from tests.support.letters import bounce

    office = Office(tmp_path)
    office.wrote(f"Ada <{ADA}>", 6, P1)
    raw = bounce(MAYA, ADA, office.clock.now(), about="somebody-elses@gateway.example")
    office.deliver(MAYA, raw, 5.9, "INBOX")
    office.turn()
    assert office.open_tasks() == ["Find another address for Ada (site.example)"]


def test_two_conversations_that_turn_out_to_be_one_keep_one_task(tmp_path: Path):
    office = Office(tmp_path)
    office.wrote(f"Ada <{ADA}>", 7, P1)
    office.wrote(f"Ada <{ADA}>", 6, P2, subject="Builder guide, once more")
    office.turn()
    assert len(office.open_tasks()) == 2
    # A teammate forwards one into the other: its references name both.
    office.wrote(
        f"Ada <{ADA}>", 0, "p3@brightlink.example", answers=f"{P1}> <{P2}", subject="Both of them"
    )
    office.turn()
    assert len(office.open_tasks()) <= 1
    office.clock.advance(0, days=8)
    office.turn()
    assert len(office.open_tasks()) == 1
