from __future__ import annotations

from datetime import UTC, datetime

import pytest

from syncd.core.facts import Party
from syncd.core.mail.envelope import envelope
from tests.unit.mail.letters import mail


def head(**headers):
    return envelope(mail(**headers))


def test_an_envelope_says_who_wrote_to_whom_and_when():
    found = head(
        To="Maya <maya@brightlink.example>, tom@brightlink.example",
        Cc="Tom <TOM@brightlink.example>",
        Bcc="boss@brightlink.example",
    )
    assert found.sender == Party("jane@homeblog.example", "Jane Doe")
    assert [party.address for party in found.recipients] == [
        "maya@brightlink.example",
        "tom@brightlink.example",
        "boss@brightlink.example",
    ]
    assert found.subject == "Re: A guide for your readers"
    assert found.date == datetime(2026, 6, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("<a@b>", "a@b"),
        ("  <a@b>  ", "a@b"),
        ("a@b", "a@b"),
        ("<a\n b@c>", "ab@c"),
        ("<a@b> (added by x)", "a@b"),
        ("<>", ""),
        ("<x-SMTPIN_ADDED_MISSING@mx.google.com>", ""),
        ("<x-SMTPIN_ADDED_BROKEN@mx.google.com>", ""),
    ],
)
def test_a_message_id_is_bare(value, expected):
    assert head(Message_ID=value).message_id == expected


def test_what_a_message_refers_to_is_read_in_order():
    found = head(
        In_Reply_To="Your message of Monday <b@x>",
        References="<a@x> <b@x>\n\t<a@x>",
        X_MS_Exchange_Parent_Message_Id="<c@x>",
    )
    assert found.in_reply_to == ("b@x",)
    assert found.references == ("a@x", "b@x")
    assert found.links == ("c@x",)


def test_references_without_brackets_are_read():
    assert head(References="a@x b@x no-id").references == ("a@x", "b@x")


@pytest.mark.parametrize(
    "value",
    [
        "",
        "yesterday",
        "Mon, 99 Jun 2026 10:00:00 +0000",
        "1 Jan 0000",
        "Fri, 31 Dec 9999 23:59:59 -2359",
    ],
)
def test_a_date_that_cannot_be_is_none(value):
    assert head(Date=value).date is None


def test_a_leap_second_is_a_date():
    assert head(Date="Sat, 31 Dec 2016 23:59:60 +0000").date == datetime(
        2016, 12, 31, 23, 59, 59, tzinfo=UTC
    )


@pytest.mark.parametrize("value", [None, "", "MAILER-DAEMON", "Mail Delivery System <>"])
def test_a_message_from_no_address_has_no_sender(value):
    assert head(From=value).sender is None


def test_without_from_the_sender_header_serves():
    assert head(From=None, Sender="bob@b.example").sender == Party("bob@b.example")


GROUP = {
    "From": "\"'Jane Doe' via Sales\" <sales@brightlink.example>",
    "List_Post": "<https://groups.example/post>, <mailto:sales@brightlink.example>",
    "List_ID": "<sales.brightlink.example>",
}


@pytest.mark.parametrize(
    "kept",
    [
        {"X_Original_From": "Jane Doe <jane@homeblog.example>"},
        {"X_Original_Sender": "jane@homeblog.example"},
        {"Reply_To": "jane@homeblog.example"},
        {"Reply_To": "sales@brightlink.example, jane@homeblog.example"},
    ],
)
def test_the_person_behind_a_rewritten_from_is_found(kept):
    assert head(**GROUP, **kept).sender == Party("jane@homeblog.example", "Jane Doe")


def test_a_group_that_names_nobody_stays_the_sender():
    assert head(**GROUP).sender == Party("sales@brightlink.example", "'Jane Doe' via Sales")


def test_a_stranger_cannot_take_a_name_by_header_alone():
    found = head(X_Original_From="boss@brightlink.example", Reply_To="boss@brightlink.example")
    assert found.sender == Party("jane@homeblog.example", "Jane Doe")


def test_a_person_on_a_list_stays_the_sender():
    found = head(List_Post="<mailto:seo@lists.example>", X_Original_Sender="someone@else.example")
    assert found.sender == Party("jane@homeblog.example", "Jane Doe")
    assert found.list_address == "seo@lists.example"


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        (
            {"Mailing_List": "list seo@groups.example; contact seo-owner@groups.example"},
            "seo@groups.example",
        ),
        ({"Mailing_List": "contact seo-help@groups.example; run by ezmlm"}, ""),
        ({"X_Mailing_List": "seo@lists.example"}, "seo@lists.example"),
        ({"List_Post": "NO"}, ""),
        ({"List_Id": "SEO <seo.lists.example>", "To": "seo@lists.example"}, "seo@lists.example"),
        ({"List_Id": "SEO <seo.lists.example>"}, ""),
    ],
)
def test_where_a_list_is_posted_to(headers, address):
    assert head(**headers).list_address == address


def test_words_are_hashed_only_where_the_id_is_missing():
    assert head().content == ""
    assert head(Message_ID=None).content


def test_references_of_brackets_alone_are_none():
    assert head(References="< > <>", In_Reply_To="<  >").references == ()


def test_a_list_header_without_an_address_names_no_list():
    assert head(X_Mailing_List="the seo list").list_address == ""
