"""A first reading takes hardly more calls than the fewest possible, and flat memory."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from datetime import timedelta
from math import ceil
from pathlib import Path
from typing import Any

import pytest

from syncd import app
from syncd.store import exchanges
from tests.support.letters import delivery, letter
from tests.unit.engine.office import MAYA, TOM, Office

MEGABYTE = 1_000_000


def filled(
    folder: Path, messages: int, people: int, *mailboxes: str, text: str = "Hello there.\n"
) -> Office:
    """Mailboxes with this many messages each, exchanged with so many people in all.

    Setting up is not counted: it takes the same calls for any mailbox.
    """
    office = Office(folder, mailboxes=mailboxes)
    for mailbox in mailboxes:
        items = []
        for number in range(messages):
            who = number % people
            person, us = f"Person {who} <p{who}@site{who}.example>", f"Us <{mailbox}>"
            at = office.clock.now() - timedelta(seconds=3600 + 10 * number)
            sent = number % 2 == 0
            ends = (us, person) if sent else (person, us)
            raw = letter(*ends, at, key=f"{number}@{mailbox}", text=text)
            items.append(delivery(mailbox, raw, at, "SENT" if sent else "INBOX"))
        office.tell("gmail", "deliver_many", items=items)
    office.since()
    return office


def fewest(messages: int, people: int, mailboxes: int) -> int:
    """To get in: a token, the send-as addresses and the cursor of each mailbox. Then
    listings of 500, gets of 50, people looked up and created and emails made in hundreds.
    """
    one_mailbox = 3 + ceil(messages / 500) + ceil(messages / 50)
    return mailboxes * one_mailbox + 2 * ceil(people / 100) + ceil(messages * mailboxes / 100)


def assert_few_calls(office: Office, messages: int, people: int) -> None:
    rest = office.turn()
    boxes = len(office.mailboxes)
    assert rest.quiet
    assert office.coverage() == {("logged", ""): messages * boxes}
    calls = Counter(" ".join(call) for call in office.transport.calls)
    # The board is looked at before a new state sends anything, and who is still there is asked
    # once a day: however much mail there is.
    assert calls.pop("teamwork GET /projects/api/v3/people.json") <= 2
    assert calls.pop("teamwork GET /projects/api/v3/tasks.json") <= 3
    assert calls.total() <= 1.2 * fewest(messages, people, boxes), calls


def test_two_mailboxes_take_hardly_more_calls_than_they_must(tmp_path: Path):
    assert_few_calls(filled(tmp_path, 300, 30, MAYA, TOM), 300, 30)


@pytest.mark.slow
def test_ten_thousand_messages_take_hardly_more_calls_than_they_must(tmp_path: Path):
    assert_few_calls(filled(tmp_path, 10_000, 200, MAYA), 10_000, 200)


@pytest.mark.parametrize(
    ("few", "whole"), [(60, False), pytest.param(500, True, marks=pytest.mark.slow)]
)
def test_three_times_the_mail_takes_no_more_memory(few: int, whole: bool, tmp_path: Path):  # noqa: FBT001 - a case
    words = "some words of no great interest\n" * 500

    def peak(messages: int) -> int:
        """Of a plan: what is written otherwise stays in the simulators' memory, not ours."""
        office = filled(tmp_path / str(messages), messages, 10, MAYA, text=words)
        with app.dry_engine(office.settings, office.wish("plan")) as engine:
            engine.start()
            tracemalloc.start()
            engine.look(MAYA)
            if whole:
                engine.settle()
            found = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return found

    peak(10)  # what is loaded once, is loaded
    once, thrice = peak(few), peak(3 * few)
    assert thrice < once + MEGABYTE, f"{once} for {few} messages, {thrice} for three times as many"


def test_a_first_reading_decides_each_conversation_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    office = filled(tmp_path, 12, 3, MAYA)
    decided: list[int] = []
    load = exchanges.load

    def counted(tx: Any, conversations: list[int]) -> Any:
        decided.extend(conversations)
        return load(tx, conversations)

    monkeypatch.setattr(exchanges, "load", counted)
    office.turn()
    assert len(decided) == len(set(decided)) == 12
