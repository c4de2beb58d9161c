from __future__ import annotations

from syncd.core.mail.envelope import envelope
from syncd.core.mail.identity import fingerprint, message_key, reference_keys
from tests.unit.mail.letters import mail


def key(body="Hello", **headers):
    return message_key(envelope(mail(body, **headers)))


def mark(body="Hello", **headers):
    return fingerprint(envelope(mail(body, **headers)))


def test_a_message_is_named_by_its_id_with_or_without_brackets():
    assert key(Message_ID="<a@b>") == key(Message_ID=" a@b ") == "mid:a@b"


def test_ids_that_differ_in_case_are_different_messages():
    assert key(Message_ID="<a@b>") != key(Message_ID="<A@b>")


def test_an_endless_id_still_fits_an_index():
    assert len(key(Message_ID=f"<{'a' * 5000}@b>")) < 100
    assert key(Message_ID=f"<{'a' * 5000}@b>") != key(Message_ID=f"<{'a' * 5001}@b>")


def test_copies_without_an_id_are_one_message():
    received = {"Delivered_To": "tom@brightlink.example", "Received": "by mx2"}
    assert key(Message_ID=None) == key(Message_ID=None, **received)
    assert key(Message_ID=None).startswith("hash:")


def test_an_id_that_gmail_made_up_for_one_copy_does_not_name_the_message():
    one = key(Message_ID="<1.SMTPIN_ADDED_MISSING@mx.google.com>")
    assert one == key(Message_ID="<2.SMTPIN_ADDED_MISSING@mx.google.com>")


def test_messages_without_an_id_are_told_apart_by_what_they_say():
    plain = key(Message_ID=None)
    for other in (
        key(Message_ID=None, From="bob@b.example"),
        key(Message_ID=None, Subject="Another"),
        key(Message_ID=None, Date="Mon, 01 Jun 2026 10:00:01 +0200"),
        key(Message_ID=None, To="tom@brightlink.example"),
        key("Something else", Message_ID=None),
    ):
        assert other != plain


def test_a_reused_id_is_noticed():
    assert mark() != mark(Date="Mon, 01 Jun 2026 10:00:01 +0200")
    assert mark() != mark(From="bob@b.example")


def test_a_list_copy_with_its_own_subject_and_footer_is_not_a_reused_id():
    assert mark() == mark("Hello\n-- \nlist footer", Subject="[seo] Re: A guide", List_ID="<seo>")
    # The same instant in another zone's words.
    assert mark() == mark(Date="Mon, 01 Jun 2026 08:00:00 +0000")


def test_a_list_copy_with_a_rewritten_author_is_not_a_reused_id():
    rewritten = mark(
        From="'Jane Doe' via Sales <sales@brightlink.example>",
        List_Post="<mailto:sales@brightlink.example>",
        X_Original_From="Jane Doe <jane@homeblog.example>",
    )
    assert rewritten == mark()


def test_references_are_named_nearest_first_and_once():
    found = reference_keys(
        envelope(
            mail(
                Message_ID="<self@x>",
                In_Reply_To="<c@x>",
                References="<a@x> <b@x> <c@x> <self@x>",
                X_MS_Exchange_Parent_Message_Id="<p@x>",
            )
        )
    )
    assert found == ("mid:c@x", "mid:p@x", "mid:b@x", "mid:a@x")
