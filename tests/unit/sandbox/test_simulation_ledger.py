"""What is proved at the end of a simulation, and how it is told when it does not hold."""

from __future__ import annotations

from typing import Any

import pytest

from syncd.sandbox.people.cast import Contact
from syncd.sandbox.people.journal import Handled, Journal, Kind, Said, Talk
from syncd.sandbox.people.stage import Seen
from syncd.sandbox.simulation_ledger import check_campaigns, check_edits, check_log
from tests.unit.sandbox.play import MAYA, at

ADA = "ada@site.example"
SENT = Said("m@x", at(5), "t", MAYA, (ADA,), ours=True, kind=Kind.HUMAN, copy=(MAYA, "1"))
NEWS = Said("n@x", at(5), "", "news@x", (MAYA,), ours=False, kind=Kind.NEWSLETTER, copy=(MAYA, "2"))
REASONS = {(MAYA, "2"): "list or bulk mail"}


def _email(**more: str) -> dict[str, str]:
    return {
        "hs_email_message_id": "<m@x>",
        "hs_email_direction": "EMAIL",
        "hs_timestamp": "2026-03-05T10:00:00Z",
        **more,
    }


def test_a_message_logged_and_one_skipped_are_as_they_should_be():
    counted, broken = check_log([SENT, NEWS], [_email()], REASONS, strict=True)
    assert broken == []
    assert (counted.messages, counted.logged, counted.skipped) == (2, 1, {"list or bulk mail": 1})


@pytest.mark.parametrize(
    ("emails", "words"),
    [
        ([], "neither logged nor skipped"),
        ([_email(), _email()], "logged 2 times"),
        ([_email(hs_email_direction="INCOMING_EMAIL")], "logged as INCOMING_EMAIL"),
        ([_email(hs_timestamp="2026-03-06T10:00:00Z")], "logged for 2026-03-06"),
        ([_email(), _email(hs_email_message_id="z@x")], "nobody wrote it: z@x"),
        ([_email(), _email(hs_email_message_id="n@x")], "though it should be left out"),
    ],
)
def test_a_log_that_is_wrong_is_told_of(emails, words):
    _, broken = check_log([SENT, NEWS], emails, REASONS, strict=True)
    assert any(words in line for line in broken)


def test_rules_of_ones_own_may_skip_anything_for_a_reason():
    reasons = {**REASONS, (MAYA, "1"): "never log: subject x"}
    assert check_log([SENT, NEWS], [], reasons, strict=False)[1] == []
    assert check_log([SENT, NEWS], [], REASONS, strict=False)[1] != []


def _journal(*handled: Handled, **more: Any) -> Journal:
    contact = Contact("Ada", ADA, "site.example", "", "en", "", ("", ""))
    talk = Talk("t", "acme", contact, MAYA, ADA, labelled=True, said=[SENT])
    return Journal(talks={"t": talk}, handled=list(handled), **more)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({}, ""),
        ({"syncd_campaigns": ""}, "carries []"),
        ({"syncd_campaigns": "acme;other"}, "its mail says ['acme']"),
        ({"syncd_stage": "replied"}, "a person set agreed, now replied"),
        ({"email": "eve@x.example"}, "nobody exchanged mail with"),
    ],
)
def test_contacts_carry_what_their_mail_and_people_say(row, words):
    contact = {"email": ADA, "syncd_campaigns": "acme", "syncd_stage": "agreed", **row}
    broken = check_campaigns(_journal(stages={ADA: "agreed"}), [contact], ["acme"])
    assert any(words in line for line in broken) if words else broken == []


@pytest.mark.parametrize(
    ("touch", "value", "seen"),
    [
        ("renames", "Mine", {"title": "Mine"}),
        ("moves", "2026-03-09", {"due": at(9).date()}),
        ("moves", "Someday/Later", {"place": "Someday/Later"}),
        ("reassigns", MAYA, {"assignees": (MAYA,)}),
        ("completes", None, {"done": True}),
        ("comments", "hm", {}),
    ],
)
def test_edits_that_stand_are_well_and_others_are_told_of(touch, value, seen):
    plain: dict[str, Any] = {
        "title": "Follow up",
        "done": False,
        "due": None,
        "assignees": (),
        "place": "A/B",
    }
    journal = _journal(Handled(at(9), "7", "t", MAYA, touch, "1 of 2", value))
    stands = Seen(id="7", text="", ours=True, **{**plain, **seen})
    assert check_edits(journal, [stands]) == []
    if seen:
        assert check_edits(journal, [Seen(id="7", text="", ours=True, **plain)])
    assert check_edits(journal, []) == ["task 7 is gone"]


def test_a_deleted_task_stays_deleted():
    journal = _journal(Handled(at(9), "7", "t", MAYA, "deletes", "1 of 2"))
    assert check_edits(journal, []) == []
    known: dict[str, Any] = {
        "title": "",
        "text": "",
        "done": False,
        "due": None,
        "assignees": (),
        "place": "",
    }
    assert check_edits(journal, [Seen(id="7", ours=True, **known)])
