"""What ends the wait besides an answer, and how often one person may be asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.engine.office import ACME, ADA, MAYA, TOM, Office

P1, P2 = "p1@brightlink.example", "p2@brightlink.example"
GLOBEX = """
  - id: globex
    name: Globex
    client: globex.example
    match: {any: [{label: Campaigns/Globex}]}
"""


def waiting(folder: Path) -> tuple[Office, str]:
    office = Office(folder)
    message = office.wrote(f"Ada <{ADA}>", 6, P1)
    office.turn()
    assert len(office.open_tasks()) == 1
    return office, message


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return waiting(tmp_path)[0]


def test_a_persons_stop_label_ends_it(tmp_path: Path):
    office, message = waiting(tmp_path)
    office.tell("gmail", "relabel", mailbox=MAYA, id=message, add=["syncd/Stop"])
    office.turn()
    assert office.open_tasks() == []
    [task] = office.tasks()
    assert office.comments(task["id"]) == ["Stopped: the label syncd/Stop is on the thread."]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("syncd_do_not_contact", "true", "is not to be contacted"),
        ("syncd_stage", "declined", "stands at declined in the CRM"),
        ("syncd_stage", "linked", "stands at linked in the CRM"),
    ],
)
def test_what_a_person_sets_on_the_contact_ends_it(
    office: Office, field: str, value: str, words: str
):
    contact = office.contact(ADA)
    office.turn()  # from here on contacts are watched
    office.clock.advance(60)
    office.tell(
        "hubspot", "person_sets", kind="contacts", id=contact["id"], properties={field: value}
    )
    office.clock.advance(1200)
    office.turn()
    assert office.open_tasks() == []
    [task] = office.tasks()
    assert words in office.comments(task["id"])[0]


def test_a_stage_set_for_one_pitch_does_not_silence_the_next(office: Office):
    contact = office.contact(ADA)
    office.turn()
    office.clock.advance(60)
    office.tell(
        "hubspot",
        "person_sets",
        kind="contacts",
        id=contact["id"],
        properties={"syncd_stage": "linked"},
    )
    office.clock.advance(1200)
    office.turn()
    office.wrote(f"Ada <{ADA}>", 0, P2, subject="Roofing study")
    office.turn()
    office.clock.advance(0, days=4)
    office.turn()
    assert office.open_tasks() == ["Follow up with Ada (site.example)"]


def test_who_asks_not_to_be_written_to_is_left_alone_by_everyone(tmp_path: Path):
    office = Office(tmp_path, mailboxes=(MAYA, TOM), more=GLOBEX)
    office.wrote(f"Ada <{ADA}>", 6, P1)
    office.wrote(
        f"Ada <{ADA}>", 6, P2, mailbox=TOM, labels=("Campaigns/Globex",), subject="Roofing study"
    )
    office.turn()
    assert len(office.open_tasks()) == 2
    office.got(
        f"Ada <{ADA}>",
        0,
        "r1@site.example",
        answers=P1,
        subject="Re: Builder guide",
        text="Please remove me from your list and do not contact me again.\n",
    )
    office.turn()
    assert office.open_tasks() == []
    assert office.contact(ADA)["syncd_do_not_contact"] == "true"


def test_one_person_is_asked_no_oftener_than_allowed(tmp_path: Path):
    office = Office(tmp_path, follow_up=["at_most: {per_person: 1 per week}"])
    office.wrote(f"Ada <{ADA}>", 6, P1)
    office.wrote(f"Ada <{ADA}>", 6, P2, subject="Roofing study")
    office.turn()
    assert len(office.open_tasks()) == 1
    office.clock.advance(0, days=6)
    office.turn()
    assert len(office.open_tasks()) == 1
    office.clock.advance(0, days=1.1)
    office.turn()
    assert len(office.open_tasks()) == 2


def test_a_task_warns_of_a_colleague_who_wrote_to_the_same_site_for_another_client(
    tmp_path: Path,
):
    office = Office(tmp_path, mailboxes=(MAYA, TOM), more=GLOBEX)
    office.wrote(
        "Eve <eve@site.example>",
        4,
        P2,
        mailbox=TOM,
        labels=("Campaigns/Globex",),
        subject="Roofing study",
    )
    office.wrote(f"Ada <{ADA}>", 6, P1, labels=(ACME,))
    office.turn()
    [task] = [one for one in office.tasks() if "Ada" in one["name"]]
    assert (
        "tom@brightlink.example wrote to eve@site.example at the same site for globex.example"
        in task["description"].replace("\\", "")
    )


@pytest.mark.parametrize("back", [False, True])
def test_an_older_no_does_not_outweigh_their_asking_but_a_later_one_does(
    office: Office,
    back: bool,  # noqa: FBT001 - a case
):
    def sets(value: str) -> None:
        office.clock.advance(60)
        contact = office.contact(ADA)["id"]
        properties = {"syncd_do_not_contact": value}
        office.tell("hubspot", "person_sets", type="contacts", id=contact, properties=properties)
        office.clock.advance(1200)

    sets("false")
    office.got(
        f"Ada <{ADA}>",
        0,
        "r1@site.example",
        answers=P1,
        subject="Re: Builder guide",
        text="Please remove me from your list and do not contact me again.\n",
    )
    office.turn()
    assert office.contact(ADA)["syncd_do_not_contact"] == "true"
    if back:
        sets("false")
        office.turn()
        assert office.contact(ADA)["syncd_do_not_contact"] == "false"
    assert not office.did()
