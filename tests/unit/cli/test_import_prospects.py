"""A file of prospects becomes contacts, companies and members of campaigns, once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from syncd.ports.simulator import Request
from syncd.store.schema import conversations
from tests.unit.cli.wired import Command, wire
from tests.unit.core.tabular.workbooks import xlsx
from tests.unit.engine.office import ADA, MAYA, Office

NORA = "nora@newsite.example"
OTTO = "otto@newsite.example"
FILE = f"""Name,E-Mail-Adresse,Website,Firma,Kampagne
Nora New,{NORA},https://www.newsite.example/blog,New Site,acme
Otto,{OTTO},newsite.example,,ACME
"""


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


@pytest.fixture
def syncd(office: Office, monkeypatch, capsys) -> Command:
    return wire(office, monkeypatch, capsys)


def kept(office: Office, text: str, name: str = "prospects.csv") -> str:
    path = office.folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def taken(office: Office, syncd: Command, text: str, *options: str) -> Any:
    ended = syncd("import", "prospects", kept(office, text), "--yes", "--json", *options)
    return ended.json


def becomes(report: Any) -> dict[str, str]:
    return {one["address"]: one["becomes"] for one in report["lines"]}


def why(report: Any, address: str) -> str:
    [one] = [one for one in report["lines"] if one["address"] == address]
    return "; ".join(filter(None, [one["why"], *one["notes"]]))


def companies(office: Office) -> dict[str, set[str]]:
    """The people of each company, by its domain."""
    people = {row["hs_object_id"]: row["email"] for row in office.objects("contacts")}
    found: dict[str, set[str]] = {}
    for row in office.objects("companies"):
        there = office.get(
            "hubspot",
            f"/crm/objects/2026-09/companies/{row['hs_object_id']}/associations/contacts",
        )
        ids = {str(one["toObjectId"]) for one in there["results"]}
        found.setdefault(row["domain"], set()).update(people[str(one)] for one in ids)
    return found


def test_people_companies_and_membership_are_made(office: Office, syncd: Command):
    report = taken(office, syncd, FILE)
    assert becomes(report) == {NORA: "added", OTTO: "added"}
    assert office.people() == [NORA, OTTO]
    assert companies(office) == {"newsite.example": {NORA, OTTO}}
    for address in (NORA, OTTO):
        contact = office.contact(address)
        assert contact["syncd_campaigns"] == "acme"
        assert contact["syncd_tags"] == "builders"
        assert not contact["syncd_stage"]
    assert office.contact(NORA)["firstname"] == "Nora"


def test_nothing_of_it_is_taken_off_again(office: Office, syncd: Command):
    taken(office, syncd, FILE)
    office.turn()
    office.nightly()
    assert office.contact(NORA)["syncd_campaigns"] == "acme"


def test_the_same_file_twice_adds_nothing(office: Office, syncd: Command):
    taken(office, syncd, FILE)
    before = office.writes()
    again = taken(office, syncd, FILE)
    assert set(becomes(again).values()) == {"nothing new"}
    assert again["planned"] == []
    assert office.writes() == before


def test_a_grown_file_adds_the_new_lines(office: Office, syncd: Command):
    taken(office, syncd, FILE)
    grown = taken(office, syncd, f"{FILE}Pia,pia@third.example,third.example,,acme\n")
    assert becomes(grown) == {
        NORA: "nothing new",
        OTTO: "nothing new",
        "pia@third.example": "added",
    }
    assert companies(office).keys() == {"newsite.example", "third.example"}


def test_a_dry_run_shows_the_same_and_writes_nothing(office: Office, syncd: Command):
    state = (office.folder / "syncd.db").read_bytes()
    writes = office.writes()
    ended = syncd("import", "prospects", kept(office, FILE), "--dry-run", "--json")
    assert ended.code == 2
    assert becomes(ended.json) == {NORA: "added", OTTO: "added"}
    assert not ended.json["done"]
    assert office.writes() == writes
    assert (office.folder / "syncd.db").read_bytes() == state


def test_without_a_yes_nothing_is_done_where_nobody_can_be_asked(office: Office, syncd: Command):
    ended = syncd("import", "prospects", kept(office, FILE))
    assert ended.code == 2
    assert "--yes" in ended.err
    assert NORA in ended.out
    assert office.people() == []


def test_a_contact_that_stands_joins_the_campaign(office: Office, syncd: Command):
    office.tell("hubspot", "add_contact", email="nora@main.example", name="N", additional=[NORA])
    report = taken(office, syncd, FILE)
    assert becomes(report)[NORA] == "joins"
    assert "nora@main.example" in why(report, NORA)
    assert office.people() == ["nora@main.example", OTTO]
    assert office.contact("nora@main.example")["syncd_campaigns"] == "acme"


def test_two_addresses_of_one_contact_are_one_prospect(office: Office, syncd: Command):
    office.tell("hubspot", "add_contact", email=NORA, name="N", additional=[OTTO])
    report = taken(office, syncd, FILE)
    assert becomes(report) == {NORA: "joins", OTTO: "doubled"}
    assert "line 2" in why(report, OTTO)


def test_an_address_twice_in_the_file_is_told_with_its_line(office: Office, syncd: Command):
    report = taken(office, syncd, f"email\n{NORA}\n{NORA.upper()}\n")
    assert [one["becomes"] for one in report["lines"]] == ["added", "doubled"]
    assert "line 2" in report["lines"][1]["why"]


def test_several_addresses_in_a_cell_are_several_people(office: Office, syncd: Command):
    cell = f'"{NORA}; Otto <{OTTO}>, mailto:pia@third.example"'
    report = taken(office, syncd, f"email\n{cell}\n")
    assert set(becomes(report)) == {NORA, OTTO, "pia@third.example"}


def test_broken_addresses_are_told_with_their_line(office: Office, syncd: Command):
    report = taken(office, syncd, f"email,name\n{NORA},N\nnora@@x,N\n,Nobody\n")
    broken = {one["line"]: one["why"] for one in report["lines"] if one["becomes"] == "broken"}
    assert broken.keys() == {3, 4}
    assert "no address" in broken[4]


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (MAYA, "one of us"),
        ("somebody@brightlink.example", "one of us"),
        ("no-reply@newsite.example", "nobody reads"),
        ("ann@lawyer.example", "log.never"),
    ],
)
def test_who_must_not_come_in_is_left_out(office: Office, syncd: Command, address: str, words: str):
    office.text = office.text.replace(
        "log: {since: 2026-09-01,", "log: {since: 2026-09-01, never: [{domain: lawyer.example}],"
    )
    report = taken(office, syncd, f"email\n{address}\n")
    assert becomes(report) == {address: "left out"}
    assert words in why(report, address)
    assert office.people() == []


def test_who_is_not_to_be_contacted_is_left_out(office: Office, syncd: Command):
    flag = {"email": NORA, "syncd_do_not_contact": "true"}
    office.tell("hubspot", "add_contact", properties=flag)
    report = taken(office, syncd, FILE)
    assert becomes(report)[NORA] == "left out"
    assert not office.contact(NORA)["syncd_campaigns"]
    assert companies(office) == {"newsite.example": {OTTO}}


def test_who_asked_us_to_stop_is_left_out(office: Office, syncd: Command):
    office.text = office.text.replace(
        "log: {since", "modes: {log: observe, tag: observe}\nlog: {since"
    )
    office.wrote(f"Ada <{ADA}>", 2, "p1@brightlink.example")
    office.turn()
    text = "Please remove me from your list and never write to me again."
    office.got(f"Ada <{ADA}>", 0, "r1@x.example", answers="p1@brightlink.example", text=text)
    office.turn()
    report = taken(office, syncd, f"email\n{ADA}\n")
    assert becomes(report) == {ADA: "left out"}
    assert "asked not to be written to" in why(report, ADA)


def test_somebody_known_at_the_site_is_named(office: Office, syncd: Command):
    made = office.tell("hubspot", "add_contact", email="anna@elsewhere.example", name="A")
    body = {"domain": "www.newsite.example", "name": "New Site Ltd"}
    company = create(office, "companies", body)
    associate(office, made["id"], company)
    office.clock.advance(600)
    report = taken(office, syncd, FILE)
    assert "anna@elsewhere.example" in why(report, NORA)
    assert "New Site Ltd" in why(report, NORA)
    # The company that stands is joined, and no second one is made.
    assert len(office.objects("companies")) == 1


def test_known_sites_may_be_left_out(office: Office, syncd: Command):
    office.wrote(f"Ada <{ADA}>", 2, "p1@brightlink.example")
    office.turn()
    text = f"email\nnew@site.example\n{ADA}\nbob@else.example\n"
    report = taken(office, syncd, text, "--skip-known-sites")
    assert becomes(report) == {
        "new@site.example": "left out",
        ADA: "nothing new",
        "bob@else.example": "added",
    }
    assert ADA in why(report, "new@site.example")


def test_addresses_of_no_person_are_marked_and_may_be_left_out(office: Office, syncd: Command):
    report = taken(office, syncd, "email\ninfo@a.example\n", "--skip-roles")
    assert becomes(report) == {"info@a.example": "left out"}
    report = taken(office, syncd, "email\ninfo@a.example\n")
    assert becomes(report) == {"info@a.example": "added"}
    assert "no person" in why(report, "info@a.example")


def test_a_free_mail_domain_makes_no_company(office: Office, syncd: Command):
    taken(office, syncd, "email,site\njane@gmail.com,\njoe@gmail.com,joes.example\n")
    assert companies(office) == {"joes.example": {"joe@gmail.com"}}


def test_a_person_without_campaign_gets_the_one_that_was_named(office: Office, syncd: Command):
    taken(office, syncd, f"email\n{NORA}\n", "--campaign", "ACME")
    assert office.contact(NORA)["syncd_campaigns"] == "acme"


def test_an_unknown_campaign_is_told_with_what_may_be_meant(office: Office, syncd: Command):
    report = taken(office, syncd, f"email,campaign,tags\n{NORA},acne,bilders\n")
    assert 'did you mean "acme"' in why(report, NORA)
    assert 'did you mean "builders"' in why(report, NORA)
    ended = syncd("import", "prospects", kept(office, FILE), "--campaign", "acne")
    assert ended.code == 1
    assert "acme" in ended.err.lower()


def test_a_header_nobody_knows_is_suggested_and_can_be_mapped(office: Office, syncd: Command):
    text = f"E-mail of the editor,Campagin\n{NORA},acme\n"
    ended = syncd("import", "prospects", kept(office, text), "--yes")
    assert ended.code == 1
    assert "E-mail of the editor" in ended.err
    report = taken(office, syncd, text, "--map", "E-mail of the editor=address")
    assert becomes(report) == {NORA: "added"}
    assert any('--map "Campagin=campaign"' in one for one in report["remarks"])


@pytest.mark.parametrize("wrong", ["nothing=address", "email=nothing", "email"])
def test_a_mapping_that_fits_nothing_is_refused(office: Office, syncd: Command, wrong: str):
    ended = syncd("import", "prospects", kept(office, FILE), "--yes", "--map", wrong)
    assert ended.code == 1
    assert office.people() == []


def test_what_is_no_table_is_refused_with_a_remedy(office: Office, syncd: Command):
    ended = syncd("import", "prospects", kept(office, ""), "--yes", "--json")
    assert ended.code == 1
    assert not ended.json["ok"]


def test_a_cap_of_the_guard_does_not_hold_what_a_person_has_seen(office: Office, syncd: Command):
    office.text += "\nguard: {max_actions: 1}\n"
    taken(office, syncd, FILE)
    assert office.people() == [NORA, OTTO]


def test_an_observed_promise_takes_nobody_in(office: Office, syncd: Command):
    office.text += "\nmodes: {relate: observe}\n"
    ended = syncd("import", "prospects", kept(office, FILE), "--yes")
    assert ended.code == 1
    assert "observe" in ended.err
    assert office.people() == []


def test_beside_a_daemon_it_is_planned_and_the_daemon_does_it(office: Office, syncd: Command):
    with office.works() as daemon:
        report = taken(office, syncd, FILE)
        assert report["waiting"] > 0
        assert office.people() == []
        again = taken(office, syncd, FILE)
        assert again["planned"] == []
        daemon.turn()
    assert office.people() == [NORA, OTTO]
    assert office.contact(NORA)["syncd_campaigns"] == "acme"


def test_a_lost_answer_doubles_neither_person_nor_company(office: Office, syncd: Command):
    office.tell("hubspot", "fault", method="POST", path="companies/batch/create", n=1,
                lose_answer=True)  # fmt: skip
    taken(office, syncd, FILE)
    office.clock.advance(60)
    office.turn()
    assert companies(office) == {"newsite.example": {NORA, OTTO}}
    assert len(office.objects("companies")) == 1
    assert office.states("join_company") == {"done": 1}


def test_who_was_deleted_in_the_crm_can_be_brought_in_again(office: Office, syncd: Command):
    taken(office, syncd, FILE)
    contact = office.contact(NORA)["hs_object_id"]
    office.tell("hubspot", "person_deletes", contact=contact)
    assert becomes(taken(office, syncd, FILE))[NORA] == "added"
    assert office.people() == [NORA, OTTO]


def test_an_undone_import_leaves_the_campaign(office: Office, syncd: Command):
    run = taken(office, syncd, FILE)["run"]
    assert syncd("undo", str(run), "--yes").code == 0
    office.turn()
    assert not office.contact(NORA)["syncd_campaigns"]
    office.nightly()
    assert not office.contact(NORA)["syncd_campaigns"]
    # Brought in again, they are in again.
    assert becomes(taken(office, syncd, FILE))[NORA] == "joins"
    assert office.contact(NORA)["syncd_campaigns"] == "acme"


def test_mail_with_a_member_belongs_to_the_campaign(office: Office, syncd: Command):
    taken(office, syncd, FILE)
    office.wrote(f"Nora <{NORA}>", 6, "p1@brightlink.example", subject="Hello", labels=())
    office.turn()
    with office.state() as tx:
        [found] = tx.execute(conversations.select()).mappings()
    assert found["campaign"] == "acme"
    assert "import" in found["story"]["campaign_because"]


def test_the_report_says_what_was_taken_and_what_was_not(office: Office, syncd: Command):
    ended = syncd("import", "prospects", kept(office, f"{FILE}Bad,bad@@x,,,\n"), "--yes")
    assert ended.code == 0
    assert "3 lines: 2 added, 1 broken." in ended.out
    assert "syncd runs show" in ended.out


def test_a_workbook_is_read_as_well(office: Office, syncd: Command):
    path = office.folder / "prospects.xlsx"
    path.write_bytes(xlsx([("A1", "Email"), ("A2", NORA)]))
    ended = syncd("import", "prospects", str(path), "--yes", "--json")
    assert becomes(ended.json) == {NORA: "added"}


def create(office: Office, kind: str, properties: dict[str, str]) -> str:
    return str(
        ask(office, "POST", f"/crm/objects/2026-09/{kind}", {"properties": properties})["id"]
    )


def associate(office: Office, contact: str, company: str) -> None:
    path = f"/crm/objects/2026-09/contacts/{contact}/associations/default/companies/{company}"
    ask(office, "PUT", path, None)


def ask(office: Office, method: str, path: str, body: Any) -> Any:
    content = b"" if body is None else json.dumps(body).encode()
    headers = {"authorization": "Bearer pat-sandbox"}
    answer = office.simulators["hubspot"].handle(Request(method, path, (), headers, content))
    assert answer.status < 300, answer
    return json.loads(answer.body)
