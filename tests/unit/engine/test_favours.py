"""Favours by task and by contact, each once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from syncd.core.favours import Balance, Favour, Source, Way
from syncd.store import favours, people
from tests.unit.engine.office import ADA, MAYA, Office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office(tmp_path)
    office.wrote(f"Ada <{ADA}>", 6, "p1@brightlink.example")
    office.turn()
    return office


def balance(office: Office, address: str = ADA) -> Balance:
    with office.state() as tx:
        return favours.balances(tx, [address])[address]


def entries(office: Office) -> list[Any]:
    with office.state() as tx:
        return favours.every(tx)


def tagged(office: Office, *tags: str, done: bool = True) -> None:
    [task] = office.tasks()
    office.tell("teamwork", "person_tags", task=task["id"], by=MAYA, add=list(tags))
    if done:
        office.person("completes")
    noticed(office)


def noticed(office: Office) -> None:
    office.clock.advance(1200)
    office.turn()


def test_a_completed_task_under_the_tag_counts_once(office: Office):
    tagged(office, "Favour")
    assert balance(office) == Balance(done=1)
    office.nightly()
    office.turn()
    assert balance(office) == Balance(done=1)
    [one] = entries(office)
    assert one.person == ADA
    assert one.about.startswith("Follow up")


def test_an_open_task_counts_nothing_yet(office: Office):
    tagged(office, "favour", done=False)
    assert balance(office) == Balance()


def test_the_other_tag_is_a_favour_received(office: Office):
    tagged(office, "favour received")
    assert balance(office) == Balance(received=1)
    assert balance(office).owed_to_us == -1


def test_a_task_that_is_opened_again_counts_no_more(office: Office):
    tagged(office, "favour")
    office.person("reopens")
    noticed(office)
    assert balance(office) == Balance()


def test_a_tag_of_the_team_may_be_another_one(tmp_path: Path):
    office = Office(tmp_path, more="\nfavours: {done_tag: gefallen}\n")
    office.wrote(f"Ada <{ADA}>", 6, "p1@brightlink.example")
    office.turn()
    tagged(office, "gefallen")
    assert balance(office) == Balance(done=1)


def test_a_task_that_has_lost_the_tag_counts_no_more(office: Office):
    tagged(office, "favour")
    [task] = office.tasks()
    office.tell("teamwork", "person_tags", task=task["id"], by=MAYA, remove=["favour"])
    noticed(office)
    assert balance(office) == Balance()


def test_a_task_of_a_persons_own_counts_for_whom_it_names(office: Office):
    made = office.tell(
        "teamwork",
        "add_task",
        list=office.tasks()[0]["tasklistId"],
        by=MAYA,
        name="Wrote a review",
        description=f"With {MAYA}, for Ada ({ADA}).",
    )
    office.tell("teamwork", "person_tags", task=made["id"], by=MAYA, add=["favour"])
    office.tell("teamwork", "person_completes", task=made["id"], by=MAYA)
    noticed(office)
    assert balance(office) == Balance(done=1)
    [one] = entries(office)
    assert one.about == "Wrote a review"


def test_what_a_person_has_removed_is_not_brought_back(office: Office):
    tagged(office, "favour")
    [one] = entries(office)
    with office.state() as tx:
        favours.remove(tx, one.id, office.clock.now())
    office.nightly()
    office.person("renames", name="Other words for it")
    noticed(office)
    assert balance(office) == Balance()


@pytest.fixture
def counting(tmp_path: Path) -> Office:
    office = Office(tmp_path, more="\nfavours: {on_contacts: true}\n")
    office.wrote(f"Ada <{ADA}>", 2, "p1@brightlink.example")
    office.turn()
    return office


def test_a_number_set_on_the_contact_counts(counting: Office):
    contact = counting.contact(ADA)["hs_object_id"]
    for number, stands in (("2", Balance(done=2)), ("-1", Balance(received=1)), ("", Balance())):
        given = {"syncd_favours": number}
        counting.tell("hubspot", "person_sets", contact=contact, properties=given)
        noticed(counting)
        assert balance(counting) == stands


def test_a_number_on_contacts_can_be_asked_for_later(office: Office):
    office.text += "\nfavours: {on_contacts: true}\n"
    office.turn()
    contact = office.contact(ADA)["hs_object_id"]
    given = {"syncd_favours": "1"}
    office.tell("hubspot", "person_sets", contact=contact, properties=given)
    noticed(office)
    assert balance(office) == Balance(done=1)


def test_favours_under_two_addresses_of_one_contact_are_one_balance(office: Office):
    day = office.clock.now().date()
    contact = office.contact(ADA)["hs_object_id"]
    with office.state() as tx:
        people.looked_up(tx, ["ada@home.example"], {}, office.clock.now())
        people.created(tx, "ada@home.example", contact, found=True, name="Ada")
        for number, address in enumerate((ADA, "ada@home.example")):
            one = Favour(address, Way.DONE, "a review", MAYA, day, Source.TOLD, str(number))
            favours.add(tx, one)
        assert favours.balances(tx, [ADA])[ADA] == Balance(done=2)
        assert favours.balances(tx, ["ada@home.example"])["ada@home.example"] == Balance(done=2)
