"""How we stand with people, read from the mail of an office."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.core.facts import Contact
from syncd.core.relationships import Standing
from syncd.store import people
from syncd.store import relationships as relations
from tests.unit.engine.office import ADA, BOB, MAYA, TOM, Office

P1 = "p1@brightlink.example"
HOME = "ada@home.example"
CLIENTS = {"acme": "acme.example"}


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office(tmp_path, mailboxes=(MAYA, TOM))
    office.wrote(f"Ada <{ADA}>", 6, P1)
    office.wrote(f"Bob <{BOB}>", 5, "p2@brightlink.example", mailbox=TOM)
    office.turn()
    return office


def standing(office: Office, *asked: str) -> dict[str, str]:
    with office.state() as tx:
        found = relations.every(tx, CLIENTS, people=asked or None)
        return {one.person: one.standing.value for one in found}


def answered(office: Office, text: str, sender: str = ADA, **more: str) -> None:
    office.got(f"Ada <{sender}>", 0, f"r{office.clock.now()}@x", answers=P1, text=text, **more)
    office.turn()


def test_it_is_told_of_those_asked_for_and_of_all(office: Office):
    assert standing(office, ADA) == {ADA: "contacted"}
    assert standing(office) == {ADA: "contacted", BOB: "contacted"}
    assert standing(office, "nobody@nowhere.example") == {}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Thank you, I have passed it on to my colleagues in the office.", "answered"),
        ("Yes, we would love to add it. Sounds great, please send it over!", "agreed"),
        ("No thank you, we are not interested.", "declined"),
    ],
)
def test_what_they_say_counts(office: Office, text: str, wanted: str):
    answered(office, text)
    assert standing(office, ADA) == {ADA: wanted}


def test_a_machine_answers_nothing(office: Office):
    answered(
        office,
        "I am out of the office.",
        subject="Automatic reply: Hello",
        headers=[("Auto-Submitted", "auto-replied")],  # type: ignore[arg-type] # as letters take it
    )
    assert standing(office, ADA) == {ADA: "contacted"}
    with office.state() as tx:
        assert relations.depths(tx, [ADA])[ADA].answers == 0


def test_an_answer_from_another_address_is_theirs(office: Office):
    answered(office, "Thanks, I have passed it on.", HOME)
    assert standing(office, ADA) == {ADA: "answered"}


def test_one_contact_under_two_addresses_is_one_person(office: Office):
    office.wrote(f"Ada <{HOME}>", 1, "p3@brightlink.example", mailbox=TOM)
    office.turn()
    merged = Contact("77", (ADA, HOME), "Ada")
    with office.state() as tx:
        people.looked_up(tx, [ADA, HOME], {ADA: merged, HOME: merged}, office.clock.now())
        found = relations.everyone(tx, CLIENTS, [HOME])
        assert set(found) == {ADA}
        assert found[ADA].addresses == {ADA, HOME}
        assert found[ADA].depth.sent == 2
        known = relations.acquaintances(tx, [ADA, HOME])
        assert known[ADA] == known[HOME]
        assert {one.teammate for one in known[ADA]} == {MAYA, TOM}


def test_who_was_answered_knows_them_best(office: Office):
    answered(office, "Thanks, I have passed it on.")
    office.wrote(f"Ada <{ADA}>", 0, "p9@brightlink.example", mailbox=TOM)
    office.turn()
    with office.state() as tx:
        first, second = relations.acquaintances(tx, [ADA])[ADA]
    assert (first.teammate, first.sent, first.answers) == (MAYA, 1, 1)
    assert (second.teammate, second.sent, second.answers) == (TOM, 1, 0)


def test_what_is_never_logged_tells_of_nobody(tmp_path: Path):
    office = Office(tmp_path, log="never: [{domain: site.example}]")
    office.wrote(f"Ada <{ADA}>", 6, P1)
    office.turn()
    assert standing(office) == {}


def test_a_stage_that_we_wrote_is_not_a_persons(office: Office):
    answered(office, "Thanks, I have passed it on.")
    assert office.contact(ADA)["syncd_stage"] == "replied"
    with office.state() as tx:
        [found] = relations.everyone(tx, CLIENTS, [ADA]).values()
    assert found.word.stage == ""


def test_a_stage_that_a_person_set_is(office: Office):
    contact = office.contact(ADA)["hs_object_id"]
    stage = {"syncd_stage": "agreed"}
    office.tell("hubspot", "person_sets", contact=contact, properties=stage)
    office.clock.advance(1200)
    office.turn()
    assert standing(office, ADA) == {ADA: Standing.AGREED.value}


def test_what_is_asked_of_one_person_does_not_grow_with_the_others(office: Office):
    from sqlalchemy import event

    for number in range(20):
        office.wrote(f"X <x{number}@crowd.example>", 1, f"x{number}@brightlink.example")
    office.turn()
    with office.state() as tx:
        rows = []
        event.listen(tx, "after_cursor_execute", lambda *told: rows.append(told[2]))
        relations.everyone(tx, CLIENTS, [ADA])
        assert len(rows) < 8
        plan = tx.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT conversation_id FROM messages JOIN participants ON "
            "participants.message_id = messages.id WHERE participants.address IN ('a')"
        ).all()
    assert not any("SCAN" in str(row) for row in plan)
