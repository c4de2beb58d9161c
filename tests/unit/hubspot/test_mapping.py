from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.hubspot import mapping
from connectors.hubspot.handles import Handles
from connectors.hubspot.settings import PropertyNames
from syncd.core.facts import Direction, Party
from syncd.ports.crm import ContactChange, CrmTask, EmailRecord, Field, NewContact

AT = datetime(2026, 11, 23, 9, 0, 0, 250_000, tzinfo=UTC)
NAMES = PropertyNames()
ALL = Handles(
    {
        "email_mark": "property",
        "email_message_id": "writable",
        "email_thread_id": "writable",
        "task_mark": "property",
    }
)
MAIL = EmailRecord(
    key="k1",
    message_id="m1@x.example",
    thread_key="syncd:7",
    direction=Direction.SENT,
    at=AT,
    subject="Builder guide",
    sender=Party("maya@brightlink.example", "Maya Hart"),
    to=(Party("ada@site.example", "Reed, Ada"), Party("bob@site.example")),
    cc=(Party("cc@site.example", "cc@site.example"),),
    bcc=(),
    text="Hello",
    html="<p>Hello</p>",
    owner_id="12",
    contact_ids=("1", "2", "1"),
)


def test_a_message_sent_becomes_an_email_with_its_people_in_a_json_string():
    made, note = mapping.email(MAIL, ALL)
    properties = dict(made["properties"])
    headers = json.loads(properties.pop("hs_email_headers"))
    assert properties == {
        "hs_timestamp": "2026-11-23T09:00:00.250Z",
        "hs_email_direction": "EMAIL",
        "hs_email_status": "SENT",
        "hs_email_subject": "Builder guide",
        "hs_email_text": "Hello",
        "hs_email_html": "<p>Hello</p>",
        "hubspot_owner_id": "12",
        "syncd_key": "k1",
        "hs_email_message_id": "<m1@x.example>",
        "hs_email_thread_id": "syncd:7",
    }
    assert headers == {
        "from": {"email": "maya@brightlink.example", "firstName": "Maya", "lastName": "Hart"},
        "to": [
            {"email": "ada@site.example", "firstName": "Ada", "lastName": "Reed"},
            {"email": "bob@site.example"},
        ],
        "cc": [{"email": "cc@site.example"}],
        "bcc": [],
    }
    ends = [(one["to"]["id"], one["types"][0]["associationTypeId"]) for one in made["associations"]]
    assert ends == [("1", 198), ("2", 198)]
    assert note == ""


def test_a_message_received_is_incoming():
    made, _ = mapping.email(replace(MAIL, direction=Direction.RECEIVED), ALL)
    assert made["properties"]["hs_email_direction"] == "INCOMING_EMAIL"


def test_what_the_account_does_not_allow_is_not_sent():
    made, _ = mapping.email(MAIL, Handles())
    assert not {"syncd_key", "hs_email_message_id", "hs_email_thread_id"} & set(made["properties"])


def test_a_message_without_an_id_gets_one_that_is_our_mark():
    made, _ = mapping.email(replace(MAIL, message_id=""), ALL)
    written = made["properties"]["hs_email_message_id"]
    seen = mapping.logged({"id": "5", "properties": {"hs_email_message_id": written}}, ())
    assert (seen.mark, seen.message_id, seen.ours) == ("k1", "", True)


def test_people_who_do_not_fit_are_counted():
    crowd = tuple(Party(f"p{n}@crowd.example", "x" * 100) for n in range(1000))
    made, note = mapping.email(replace(MAIL, to=crowd), ALL)
    headers = made["properties"]["hs_email_headers"]
    assert len(headers) <= mapping.LIMIT
    kept = len(json.loads(headers)["to"])
    assert 300 < kept < 1000
    # The copies are no longer than the others: they did not fit either.
    assert note == f"{1000 - kept} recipients did not fit"


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("plain", "plain"),
        ("nul\x00byte", "nulbyte"),
        ("half \ud83d pair", "half ? pair"),
        ("🎉" * 40_000, "🎉" * 32_768),
        ("x" + "🎉" * 40_000, "x" + "🎉" * 32_767),
    ],
)
def test_text_is_cut_to_what_java_can_count(text, stored):
    assert mapping.fit(text) == stored


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Ada Reed", ("Ada", "Reed")),
        ("Reed, Ada", ("Ada", "Reed")),
        ("María de la Cruz", ("María", "de la Cruz")),
        ("  Ada \t ", ("Ada", "")),
        ("ada@site.example", ("", "")),
        ("", ("", "")),
        ("Reed, Ada, PhD", ("Reed,", "Ada, PhD")),
    ],
)
def test_names_are_parted(name, parts):
    assert mapping.split_name(name) == parts


def test_an_empty_name_is_not_written_over():
    made = mapping.new_contact(NewContact("k", "ada@site.example"))
    assert made["properties"] == {"email": "ada@site.example"}


def test_a_contact_is_read_with_its_values_sorted():
    record = {
        "id": "7",
        "properties": {
            "email": "Ada@Site.example",
            "hs_additional_emails": "b@x.example; A@x.example",
            "firstname": None,
            "lastname": "Reed",
            "syncd_campaigns": "zeta;acme",
            "syncd_tags": "",
            "syncd_stage": "replied",
        },
    }
    contact = mapping.contact(record, NAMES)
    assert contact.addresses == ("ada@site.example", "b@x.example", "a@x.example")
    assert contact.name == "Reed"
    assert contact.values == {"campaigns": "acme;zeta", "stage": "replied"}


def changed(before: dict[str, str], **how: Any) -> tuple[dict[str, str], tuple[str, ...]]:
    after, left = mapping.fold(before, ContactChange("k", "1", **how))
    return mapping.difference(before, after, NAMES), left


def test_only_new_values_are_appended():
    written, left = changed({"campaigns": "acme"}, add={Field.CAMPAIGNS: ("bolt", "acme")})
    assert written == {"syncd_campaigns": ";bolt"}
    assert left == ("campaigns=acme",)


def test_taking_one_away_writes_the_rest():
    written, _ = changed(
        {"tags": "a;b;c"}, add={Field.TAGS: ("d",)}, remove={Field.TAGS: ("b", "x")}
    )
    assert written == {"syncd_tags": "a;c;d"}


def test_taking_the_last_one_away_clears():
    assert changed({"tags": "a"}, remove={Field.TAGS: ("a",)})[0] == {"syncd_tags": ""}


@pytest.mark.parametrize(
    ("present", "written", "left"),
    [
        ("contacted", {"syncd_stage": "replied"}, ()),
        ("replied", {}, ()),
        ("agreed", {}, ("stage",)),
        ("", {}, ("stage",)),
    ],
)
def test_a_plain_field_is_put_only_over_what_was_expected(present, written, left):
    how = {"put": {Field.STAGE: "replied"}, "expect": {Field.STAGE: "contacted"}}
    assert changed({"stage": present} if present else {}, **how) == (written, left)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-23T09:00:00.250Z", AT),
        ("1795424400250", AT),
        ("2026-11-23T09:00:00.250", AT),
        ("2026-11-23T10:00:00.250+01:00", AT),
        ("yesterday", None),
        ("9" * 30, None),
        ("", None),
        (None, None),
    ],
)
def test_times_are_read_in_both_forms(text, at):
    assert mapping.moment(text) == at


def test_an_email_of_another_program_has_no_mark():
    values = {"hs_email_message_id": " <m@x> ", "hs_object_source": "EMAIL", "hs_timestamp": None}
    seen = mapping.logged({"id": "9", "properties": values}, ("1",))
    assert (seen.mark, seen.ours, seen.message_id, seen.source) == (None, False, "m@x", "EMAIL")
    assert seen.contact_ids == ("1",)


def test_a_task_carries_its_mark_in_the_body_where_it_has_no_property():
    one = CrmTask("k-1", "7", "Call", "<p>Nothing yet</p>", AT, None)
    made = mapping.task(one, Handles())["properties"]
    assert "syncd_key" not in made
    assert mapping.task_mark(made) == "k-1"
    # HubSpot keeps bodies as HTML.
    assert mapping.task_mark({"hs_task_body": "<p>x</p><p>syncd-ref: k-1</p>"}) == "k-1"
    assert mapping.task_mark({"hs_task_body": "syncd-ref: k-1 is what I saw"}) is None
    assert mapping.task_mark({}) is None
    made = mapping.task(one, ALL)["properties"]
    assert made["syncd_key"] == "k-1"
    assert "syncd-ref" not in made["hs_task_body"]
