from __future__ import annotations

import pytest

from syncd.core.facts import MailClass
from tests.unit.mail.letters import found, report

ORIGINAL = (
    "Content-Type: message/rfc822\n\nTo: jane@b.example\n"
    "Message-ID: <pitch-1@brightlink.example>\n\nHi"
)


def ics(method, disposition=""):
    return (
        "--s\nContent-Type: text/plain\n\nSee you.\n"
        f"--s\nContent-Type: text/calendar; charset=utf-8\n{disposition}\n"
        f"BEGIN:VCALENDAR\nMETHOD:{method}\nEND:VCALENDAR\n--s--\n"
    )


@pytest.mark.parametrize(
    ("method", "subclass"),
    [
        ("REQUEST", "invitation"),
        ("REPLY", "response"),
        ("CANCEL", "cancellation"),
        ("COUNTER", "response"),
    ],
)
def test_calendar_mail_is_neither_an_answer_nor_automatic(method, subclass):
    got = found(
        ics(method),
        Content_Type='multipart/alternative; boundary="s"',
        Auto_Submitted="auto-generated",
        In_Reply_To="<x@y>",
    )
    assert (got.mail_class, got.subclass) == (MailClass.CALENDAR, subclass)


@pytest.mark.parametrize(
    "body",
    [ics("PUBLISH"), ics("REQUEST", "Content-Disposition: attachment; filename=a.ics\n"), ics("")],
)
def test_a_calendar_file_sent_along_is_a_persons_mail(body):
    got = found(body, Content_Type='multipart/mixed; boundary="s"')
    assert got.mail_class is MailClass.HUMAN


def test_outlooks_calendar_message_is_known_by_its_class():
    got = found("Accepted", Content_Class="urn:content-classes:calendarmessage")
    assert got.mail_class is MailClass.CALENDAR


def test_a_read_receipt_names_the_message_that_was_read():
    got = report(
        "Content-Type: text/plain\n\nYour message was displayed.\n",
        "Content-Type: message/disposition-notification\n\n"
        "Final-Recipient: rfc822; jane@b.example\n"
        "Original-Message-ID: <pitch-1@brightlink.example>\n"
        "Disposition: manual-action/MDN; displayed\n",
        kind="disposition-notification",
        Subject="Read: A guide",
    )
    assert got.mail_class is MailClass.RECEIPT
    assert got.original_message_id == "pitch-1@brightlink.example"


@pytest.mark.parametrize(
    "subject", ["Read: A guide", "Gelesen: A guide", "Lu : A guide", "已读: A guide"]
)
def test_exchanges_receipt_is_known_by_subject_and_empty_sender(subject):
    got = found("", Subject=subject, Return_Path="<>", In_Reply_To="<pitch-1@brightlink.example>")
    assert (got.mail_class, got.original_message_id) == (
        MailClass.RECEIPT,
        "pitch-1@brightlink.example",
    )
    assert found("", Subject=subject).mail_class is MailClass.HUMAN


def test_a_receipt_without_a_reference_is_about_no_message_we_know():
    assert found("", Subject="Read: A", Return_Path="<>").original_message_id == ""


def test_a_complaint_is_no_bounce():
    got = report(
        "Content-Type: text/plain\n\nThis is an email abuse report. It could not be delivered.\n",
        "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\n",
        ORIGINAL,
        kind="feedback-report",
        From="MAILER-DAEMON@isp.example",
    )
    assert (got.mail_class, got.original_message_id) == (
        MailClass.COMPLAINT,
        "pitch-1@brightlink.example",
    )


def test_complaints_from_before_there_was_a_form_are_known():
    plain = f"--s\n{ORIGINAL}\n--s--\n"
    marked = plain.replace("To: jane", "X-HmXmrOriginalRecipient: j@b.example\nTo: jane")
    boundary = {"Content_Type": 'multipart/mixed; boundary="s"'}
    subject = "complaint about message from 192.0.2.1"
    assert found(plain, Subject=subject, **boundary).mail_class is MailClass.COMPLAINT
    assert found(marked, Subject="x", **boundary).mail_class is MailClass.COMPLAINT
    assert found(plain, Subject="x", **boundary).mail_class is MailClass.HUMAN


def test_a_feedback_part_alone_is_a_complaint():
    body = "--s\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n--s--\n"
    got = found(body, Content_Type='multipart/mixed; boundary="s"')
    assert got.mail_class is MailClass.COMPLAINT


UNSUBSCRIBE = {"Subject": "Ten tools", "List_Unsubscribe": "<https://news.example/u>"}


@pytest.mark.parametrize(
    "mark",
    [
        {"List_Unsubscribe_Post": "List-Unsubscribe=One-Click"},
        {"Precedence": "bulk"},
        {"Feedback_ID": "1:2:3"},
        {"List_Id": "<news.example>"},
        {"X_Mailgun_Sid": "x"},
        {"X_Mailer": "MailChimp Mailer"},
        {"Return_Path": "<bounces+17-maya=brightlink.example@news.example>"},
        {"From": "News <newsletter@news.example>"},
        {"From": "no-reply@news.example"},
        {"List_Post": "NO", "List_Id": "<news.example>"},
    ],
)
def test_a_newsletter_takes_two_marks(mark):
    got = found("Ten tools", **(UNSUBSCRIBE | mark))
    assert (got.mail_class, got.subclass) == (MailClass.BULK, "newsletter")


@pytest.mark.parametrize(
    "headers",
    [
        UNSUBSCRIBE,
        UNSUBSCRIBE | {"Precedence": "bulk", "In_Reply_To": "<x@y>"},
        UNSUBSCRIBE | {"Precedence": "bulk", "Subject": "Re: Ten tools"},
        UNSUBSCRIBE | {"Precedence": "list", "List_Post": "<mailto:seo@lists.example>"},
        UNSUBSCRIBE | {"Precedence": "bulk", "X_BeenThere": "seo@lists.example"},
        UNSUBSCRIBE | {"Precedence": "bulk", "Mailing_List": "list seo@groups.example"},
        {"Subject": "Hi", "Precedence": "bulk"},
        {"Subject": "Hi", "Feedback_ID": "1:2:3", "X_Mailgun_Sid": "x"},
    ],
)
def test_people_on_lists_and_behind_mail_services_are_people(headers):
    assert found("What do you charge?", **headers).mail_class is MailClass.HUMAN


@pytest.mark.parametrize(
    ("headers", "listed"),
    [
        ({"List_Id": "<seo.lists.example>"}, True),
        ({"List_Post": "<mailto:seo@lists.example>"}, True),
        ({"Precedence": "list"}, True),
        ({"Mailing_List": "list seo@groups.example"}, True),
        ({"X_Google_Group_Id": "1"}, True),
        ({"Precedence": "bulk"}, False),
        ({}, False),
    ],
)
def test_what_came_through_a_list_says_so(headers, listed):
    assert found("Hi", **headers).is_list is listed


def test_a_machines_mail_through_a_list_says_so_too():
    got = found("x", From="MAILER-DAEMON", Subject="failure notice", List_Id="<seo.lists.example>")
    assert got.is_list


@pytest.mark.parametrize(
    "headers",
    [
        {"From": "no-reply@shop.example", "Subject": "Your receipt"},
        {
            "From": "no-reply@shop.example",
            "Subject": "Your receipt",
            "Auto_Submitted": "auto-generated",
        },
        {
            "From": "Shop <no-reply@shop.example>",
            "Subject": "x",
            "Reply_To": "no-reply@shop.example",
        },
        {"Subject": "Invoice 2217", "Auto_Submitted": "auto-generated"},
        {
            "Subject": "[seo] digest",
            "Auto_Submitted": "auto-generated",
            "List_Id": "<seo.lists.example>",
        },
    ],
)
def test_mail_from_nobody_is_a_notification(headers):
    got = found("Paid.", **headers)
    assert (got.mail_class, got.subclass) == (MailClass.BULK, "notification")


def test_a_form_that_passes_on_a_persons_words_is_the_person():
    got = found(
        "I saw your site.",
        From="no-reply@brightlink.example",
        Reply_To="jane@b.example",
        Subject="Contact",
    )
    assert got.mail_class is MailClass.HUMAN


def test_exchanges_receipt_is_known_by_its_message_class():
    got = found("", Subject="x", X_MS_Exchange_Message_Class="REPORT.IPM.Note.IPNRN")
    assert got.mail_class is MailClass.RECEIPT
