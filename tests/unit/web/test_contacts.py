"""What the pages about people show, and that they are found."""

from __future__ import annotations

import re

import pytest

from tests.unit.engine.office import ADA, BOB, MAYA
from tests.unit.web.conftest import HOSTILE, Running


def words(running: Running, path: str) -> str:
    reply = running.visitor().get(path)
    assert reply.status == 200, reply.text
    return " ".join(re.sub(r"<[^>]+>", " ", reply.text).split())


def test_people_are_listed_with_how_we_stand_and_who_knows_them(running: Running):
    shown = words(running, "/contacts")
    assert ADA in shown
    assert "answered" in shown
    assert MAYA in shown


@pytest.mark.parametrize(
    ("query", "there", "absent"),
    [
        ("q=ada", ADA, BOB),
        ("standing=answered", BOB, ADA),
        ("standing=contacted&client=acme.example", ADA, BOB),
        ("niche=builders", ADA, "zzz"),
        (f"known_by={MAYA}", ADA, "zzz"),
    ],
)
def test_they_can_be_searched_and_filtered(running: Running, query: str, there: str, absent: str):
    shown = words(running, f"/contacts?{query}")
    assert there in shown
    assert absent not in shown


def test_who_has_linked_is_found(running: Running):
    assert ADA not in words(running, "/contacts?standing=linked")
    contact = running.office.contact(ADA)["hs_object_id"]
    stage = {"syncd_stage": "linked"}
    running.office.tell("hubspot", "person_sets", contact=contact, properties=stage)
    running.office.clock.advance(1200)
    running.turn()
    assert ADA in words(running, "/contacts?standing=linked")


def test_a_person_has_a_page_under_any_address(running: Running):
    shown = words(running, f"/contacts/{ADA}")
    assert "How you stand" in shown
    assert "acme.example contacted" in shown
    assert MAYA in shown
    assert "Conversation" in shown


def test_nobody_has_none(running: Running):
    assert running.visitor().get("/contacts/nobody@nowhere.example").status == 404


def test_what_others_wrote_stays_text(running: Running):
    office = running.office
    office.got(f'"{HOSTILE}" <x@evil.example>', 0, "h1@x", subject="Hi")
    office.wrote("Evil <x@evil.example>", 0, "h2@brightlink.example", answers="h1@x")
    running.turn()
    for path in ("/contacts", "/contacts/x@evil.example", "/contacts?q=%3Cscript%3E"):
        assert "<script>" not in running.visitor().get(path).text
