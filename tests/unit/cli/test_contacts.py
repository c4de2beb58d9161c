"""Lists of people as a link builder pulls them, and the ledger of favours by command."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from tests.unit.cli.wired import Command, wire
from tests.unit.engine.office import ADA, BOB, MAYA, TOM, Office

PAGE = "https://site.example/guides/building"
LIVE = f"Hi Maya,\n\nit is live now: {PAGE}\n\nBest,\nAda\n"
WEB = '\n  web: {kind: webcheck, through: "http://webcheck.test", pause_seconds: 0}\n'
MORE = """
  - {id: bolt, client: bolt.example, tags: [diy], niche: home builders,
     match: {any: [{label: Campaigns/Bolt}]}}
"""
P1, P2 = "p1@brightlink.example", "p2@brightlink.example"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Ada has linked to ACME, Bob was written to for Bolt and said nothing."""
    office = Office(tmp_path, mailboxes=(MAYA, TOM), more=MORE)
    office.text = office.text.replace("connectors:\n", f"connectors:{WEB}")
    link = {"url": "https://www.acme.example/", "text": "=ACME", "rel": ""}
    office.tell("webcheck", "put_page", url=PAGE, title="Building", links=[link])
    office.wrote(f"=Ada <{ADA}>", 4, P1)
    office.wrote(f"Bob <{BOB}>", 3, P2, mailbox=TOM, labels=("Campaigns/Bolt",))
    office.turn()
    office.got(f"Ada <{ADA}>", 0, "r1@site.example", answers=P1, text=LIVE)
    for _ in range(3):
        office.turn()
        office.clock.advance(120)
    return office


@pytest.fixture
def syncd(office: Office, monkeypatch, capsys) -> Command:
    return wire(office, monkeypatch, capsys)


def addresses(syncd: Command, *options: str) -> list[str]:
    return [one["address"] for one in syncd("contacts", "--json", *options).json["contacts"]]


def test_who_has_linked_is_told_with_link_client_date_and_who_knows_them(syncd: Command):
    [ada] = syncd("contacts", "--linked", "--json").json["contacts"]
    assert ada["address"] == ADA
    [stands] = ada["relationships"]
    assert (stands["client"], stands["standing"]) == ("acme.example", "linked")
    [link] = ada["links"]
    assert link["url"].endswith("site.example/guides/building")
    assert link["won_at"]
    assert [one["teammate"] for one in ada["known_by"]] == [MAYA]
    assert ada["depth"]["answers"] == 1
    assert not ada["real_dialogue"]


def test_it_asks_no_service(office: Office, syncd: Command):
    office.since()
    assert addresses(syncd, "--linked", "--niche", "builders", "--client", "any") == [ADA]
    assert office.transport.calls == []


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ((), [ADA, BOB]),
        (("--contacted",), [BOB]),
        (("--linked", "--contacted"), [ADA, BOB]),
        (("--declined",), []),
        (("--niche", "Home Builders"), [BOB]),
        (("--niche", "diy"), [BOB]),
        (("--client", "ACME.example"), [ADA]),
        (("--campaign", "bolt"), [BOB]),
        (("--campaign", "ACME"), [ADA]),
        (("--known-by", TOM), [BOB]),
        (("--min-depth", "1"), [ADA]),
        (("--find", "bob other"), [BOB]),
    ],
)
def test_people_are_filtered(syncd: Command, options: tuple[str, ...], found: list[str]):
    assert addresses(syncd, *options) == found


@pytest.mark.parametrize(
    ("options", "remedy"),
    [
        (("--client", "acme.exampel"), "acme.example"),
        (("--niche", "home bilders"), "home builders"),
        (("--campaign", "bold"), "bolt"),
    ],
)
def test_a_slip_is_told_with_what_may_be_meant(
    syncd: Command, options: tuple[str, ...], remedy: str
):
    ended = syncd("contacts", *options)
    assert ended.code == 1
    assert f'did you mean "{remedy}"' in ended.err


def test_csv_runs_nothing_in_a_spreadsheet(syncd: Command):
    rows = list(csv.DictReader(io.StringIO(syncd("contacts", "--linked", "--csv").out)))
    [row] = rows
    assert row["name"] == "'=Ada"
    assert row["link"].startswith("http")
    assert row["link state"] == "live"
    assert row["known by"] == MAYA
    assert row["client"] == "acme.example"


def test_the_table_names_the_link_and_who_knows_them(syncd: Command):
    shown = syncd("contacts", "--linked").out
    assert "site.example/guides/building (live," in shown
    assert MAYA in shown
    assert "1 person." in shown
    assert "Nobody does." in syncd("contacts", "--declined").out


def test_two_formats_at_once_are_refused(syncd: Command):
    assert syncd("contacts", "--csv", "--json").code == 1


def test_a_favour_is_entered_once_listed_and_taken_out(syncd: Command):
    added = syncd("favours", "add", ADA.upper(), "guest review", "--by", MAYA, "--json")
    assert added.json["owed_to_us"] == 1
    again = syncd("favours", "add", ADA, "Guest  review", "--by", MAYA)
    assert again.code == 1
    assert f"number {added.json['number']}" in again.err
    received = syncd("favours", "add", ADA, "an introduction", "--received", "--on", "2026-11-02")
    assert "even (1 done, 1 received)" in received.out
    listed = syncd("favours", "list", ADA, "--json").json
    assert [(one["about"], one["way"]) for one in listed["favours"]] == [
        ("an introduction", "received"),
        ("guest review", "done"),
    ]
    assert listed["balances"][ADA]["owed_to_us"] == 0
    number = str(added.json["number"])
    assert syncd("favours", "remove", number).code == 0
    assert syncd("favours", "remove", number).code == 1
    assert "guest review" not in syncd("favours", "list").out
    [ada] = [one for one in syncd("contacts", "--json").json["contacts"] if one["address"] == ADA]
    assert ada["favours"] == {"done": 0, "received": 1, "owed_to_us": -1}


def test_what_was_taken_out_may_be_entered_again(syncd: Command):
    first = syncd("favours", "add", ADA, "guest review", "--json").json["number"]
    syncd("favours", "remove", str(first))
    assert syncd("favours", "add", ADA, "guest review").code == 0
    assert len(syncd("favours", "list", "--json").json["favours"]) == 1


@pytest.mark.parametrize("wrong", [("no address", "x"), (ADA, "  ")])
def test_a_favour_without_a_person_or_words_is_refused(syncd: Command, wrong: tuple[str, str]):
    assert syncd("favours", "add", *wrong).code == 1


def test_without_any_the_list_says_so(syncd: Command):
    assert "No favours" in syncd("favours", "list").out
