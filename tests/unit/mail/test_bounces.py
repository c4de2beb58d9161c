from __future__ import annotations

import pytest

from syncd.core.facts import MailClass
from syncd.core.mail import bounce_text
from syncd.core.mail.raw import from_bytes
from tests.unit.mail.letters import found, of, report

DAEMON = {
    "From": "Mail Delivery System <mailer-daemon@mx.example>",
    "Message_ID": "<dsn-1@mx.example>",
}
NOTICE = "Content-Type: text/plain\n\nThis is the mail system at host mx.example.\n"
ORIGINAL = (
    "Content-Type: message/rfc822\n\nFrom: maya@brightlink.example\nTo: jane@homeblog.example\n"
    "Subject: A guide\nMessage-ID: <pitch-1@brightlink.example>\n\nHello\n"
)


def status(action="failed", code="5.1.1", said="550 5.1.1 user unknown", more=""):
    return (
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        f"Final-Recipient: rfc822; jane@homeblog.example\n{more}Action: {action}\nStatus: {code}\n"
        f"Diagnostic-Code: smtp; {said}\n"
    )


def test_a_delivery_report_tells_who_why_and_which_message():
    got = report(NOTICE, status(), ORIGINAL, **DAEMON)
    assert got.mail_class is MailClass.BOUNCE_HARD
    assert got.failed_recipients == ("jane@homeblog.example",)
    assert got.status == "5.1.1"
    assert got.original_message_id == "pitch-1@brightlink.example"
    assert got.confidence == 1.0
    assert "part: message/delivery-status" in got.evidence


@pytest.mark.parametrize(
    ("action", "code", "said", "kind"),
    [
        ("failed", "5.1.1", "550 5.1.1 user unknown", "bounce_hard"),
        ("failed", "5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound", "bounce_hard"),
        ("failed", "5.4.1", "550 5.4.1 Recipient address rejected: Access denied", "bounce_hard"),
        ("failed", "5.0.0", "550 No such user here", "bounce_hard"),
        ("failed", "5.7.1", "550 5.7.1 mailbox unavailable, no such user", "bounce_hard"),
        ("failed", "5.4.4", "host not found", "bounce_hard"),
        ("failed", "5.2.2", "552 5.2.2 mailbox full", "bounce_soft"),
        ("failed", "5.1.1", "550 5.1.1 mailbox full", "bounce_soft"),
        ("failed", "5.7.26", "550 5.7.26 unauthenticated sender", "bounce_soft"),
        ("failed", "5.1.8", "550 5.1.8 sender domain does not exist", "bounce_soft"),
        ("failed", "5.7.1", "554 5.7.1 rejected as spam", "bounce_soft"),
        ("failed", "5.3.4", "552 5.3.4 message too large", "bounce_soft"),
        ("failed", "4.4.7", "delivery time expired", "bounce_soft"),
        ("failed", "5.0.0", "", "bounce_soft"),
        ("delayed", "4.4.1", "connection timed out", "bounce_delayed"),
        ("Delayed (still trying)", "4.4.1", "connection timed out", "bounce_delayed"),
        ("delivered", "2.0.0", "250 ok", "delivered"),
        ("relayed", "2.0.0", "250 ok", "delivered"),
    ],
)
def test_only_a_bad_address_is_a_hard_bounce(action, code, said, kind):
    assert report(NOTICE, status(action, code, said), ORIGINAL, **DAEMON).mail_class == kind


def test_the_servers_own_code_says_more_than_a_general_one():
    assert report(NOTICE, status(code="5.0.0"), **DAEMON).status == "5.1.1"


def test_a_delivered_report_names_nobody_as_failed():
    got = report(NOTICE, status("delivered", "2.0.0", "250 ok"), ORIGINAL, **DAEMON)
    assert (got.failed_recipients, got.status) == ((), "")


def test_the_address_written_to_is_named_where_mail_was_forwarded():
    got = report(
        NOTICE, status(more="Original-Recipient: rfc822;info@homeblog.example\n"), **DAEMON
    )
    assert got.failed_recipients == ("info@homeblog.example",)
    forwarded = ORIGINAL.replace("To: jane@", "To: editor@")
    got = report(NOTICE, status(), forwarded, **DAEMON)
    assert got.failed_recipients == ("jane@homeblog.example", "editor@homeblog.example")


def test_recipients_without_an_empty_line_between_them_are_two():
    both = (
        status() + "Final-Recipient: rfc822; bob@homeblog.example\nAction: failed\nStatus: 5.1.1\n"
    )
    assert report(NOTICE, both, **DAEMON).failed_recipients == (
        "jane@homeblog.example",
        "bob@homeblog.example",
    )


def test_gmails_report_in_our_thread_is_a_bounce():
    got = report(
        NOTICE,
        status(more="X-Original-Message-ID: <pitch-1@brightlink.example>\n"),
        From="Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        Subject="Delivery Status Notification (Failure)",
        In_Reply_To="<pitch-1@brightlink.example>",
        References="<pitch-1@brightlink.example>",
        X_Failed_Recipients="jane@homeblog.example",
        Auto_Submitted="auto-replied",
    )
    assert got.mail_class is MailClass.BOUNCE_HARD
    assert got.original_message_id == "pitch-1@brightlink.example"


def test_a_report_that_says_auto_replied_is_a_bounce_before_it_is_an_answer():
    got = report(NOTICE, status(), Auto_Submitted="auto-replied", X_Autoreply="yes", **DAEMON)
    assert got.mail_class is MailClass.BOUNCE_HARD


GATEWAY = {
    "From": "postmaster@gateway.example",
    "Subject": "[Postmaster] Email Delivery Failure",
    "Auto_Submitted": "auto-generated",
    "Message_ID": "<n-1@gateway.example>",
    "Return_Path": "<>",
}


def test_a_gateways_bounce_in_a_thread_of_its_own_is_a_bounce():
    got = found(
        "This is a delivery failure notification message indicating that\nan email you sent "
        "could not be delivered to\n-- jane@homeblog.example\n\n550 5.1.1 Invalid Recipient\n",
        **GATEWAY,
    )
    assert got.mail_class is MailClass.BOUNCE_HARD
    assert got.failed_recipients == ("jane@homeblog.example",)
    assert got.status == "5.1.1"


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        (
            "Undelivered Mail Returned to Sender",
            "I'm sorry to have to inform you that your message could not be delivered",
        ),
        (
            "failure notice",
            "Hi. This is the qmail-send program. I'm afraid I wasn't able to deliver your message",
        ),
        ("Unzustellbar: Anfrage", "Ihre Nachricht konnte nicht zugestellt werden."),
        ("Non remis : Demande", "Votre message n'a pas pu être remis à ce destinataire."),
        ("No se puede entregar: Hola", "No se ha podido entregar su mensaje."),
        ("Non recapitabile: Ciao", "Non è stato possibile recapitare il messaggio."),
        ("Não é possível entregar: Olá", "Sua mensagem não pôde ser entregue."),
        ("Onbestelbaar: Hallo", "Uw bericht kon niet worden bezorgd."),
        ("Niedostarczone: Witaj", "Wiadomość nie mogła zostać dostarczona."),
        ("Kan inte levereras: Hej", "Ditt meddelande kunde inte levereras."),
        ("Kan ikke leveres: Hej", "Din besked kunne ikke leveres."),
        ("Ei voitu toimittaa: Hei", "Viestiä ei voitu toimittaa."),
        ("配信不能: ご挨拶", "メールを配信できませんでした。"),
        ("退信", "您的邮件无法投递。"),
        ("Сообщение не доставлено", "Ваше сообщение не может быть доставлено."),
        ("Teslim edilemedi: Merhaba", "İletiniz teslim edilemedi."),
    ],
)
def test_bounces_are_known_in_every_language(subject, body):
    for sender in ("MAILER-DAEMON", "postmaster@mx.example"):
        got = found(f"{body}\n\n<jane@homeblog.example>: 550 5.1.1\n", From=sender, Subject=subject)
        assert got.mail_class is MailClass.BOUNCE_HARD
        assert got.failed_recipients == ("jane@homeblog.example",)


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("Warning: message 1abc-0001 delayed 24 hours", "This message was created automatically."),
        (
            "Delivery Status Notification (Delay)",
            "Delivery to the following recipient has been delayed.",
        ),
        (
            "Mail problem",
            "Your message has not yet been delivered. No action is required on your part.",
        ),
        ("Zustellung", "Ihre Nachricht wurde noch nicht zugestellt."),
    ],
)
def test_a_delay_is_no_failure(subject, body):
    assert found(body, From="MAILER-DAEMON", Subject=subject).mail_class is MailClass.BOUNCE_DELAYED


def test_what_was_delayed_and_then_given_up_has_failed():
    got = found(
        "Your message was delayed. It was returned to you: a permanent error.",
        From="MAILER-DAEMON",
        Subject="Mail problem",
    )
    assert got.mail_class is MailClass.BOUNCE_SOFT


def test_a_returned_message_pasted_into_the_text_is_found():
    got = found(
        "Hi. This is the qmail-send program at mx.example.\nI'm afraid I wasn't able to deliver "
        "your message to the following addresses.\n\n<jane@homeblog.example>:\nno mailbox here by "
        "that name\n\n--- Below this line is a copy of the message.\n\n"
        "Return-Path: <maya@brightlink.example>\nReceived: from x\nTo: <jane@homeblog.example>\n"
        "Message-ID: <pitch-1@brightlink.example>\n",
        From="MAILER-DAEMON@mx.example",
        Subject="failure notice",
    )
    assert got.original_message_id == "pitch-1@brightlink.example"
    assert got.failed_recipients == ("jane@homeblog.example",)


def test_a_system_without_a_name_is_known_by_what_it_returns():
    body = (
        "--sep\nContent-Type: text/plain\n\n"
        "Your message could not be delivered to jane@homeblog.example\n"
        f"--sep\n{ORIGINAL}\n--sep--\n"
    )
    multipart = 'multipart/mixed; boundary="sep"'
    got = found(
        body, From="x2@mx.example", Subject="Mail could not be delivered", Content_Type=multipart
    )
    assert got.mail_class is MailClass.BOUNCE_SOFT
    # A person who passes the same on says so, or says something first.
    said = body.replace("Your message", "Look what I got:\n\n> Your message")
    for subject in ("Fwd: Mail could not be delivered", "Re: Mail could not be delivered"):
        got = found(said, Subject=subject, Content_Type=multipart)
        assert got.mail_class is MailClass.HUMAN


SES = (
    '{"notificationType":"%s","bounce":{"bounceType":"Permanent","bouncedRecipients":[{"emailAddress":'
    '"jane@homeblog.example","status":"5.1.1"}]},"mail":{"commonHeaders":{"messageId":"<p@b.example>"},'
    '"long":"a!\n b"}}\n\n--\nIf you wish to stop receiving these'
)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("Bounce", "bounce_hard"), ("Complaint", "complaint"), ("Delivery", "delivered")],
)
def test_ses_notices_are_read(kind, expected):
    got = found(SES % kind, From="no-reply@sns.amazonaws.com", Subject="AWS Notification Message")
    assert got.mail_class == expected


def test_a_ses_bounce_names_its_recipient_also_inside_snss_envelope():
    inner = (SES % "Bounce").partition("\n\n--")[0].replace("\\", "\\\\").replace('"', '\\"')
    for body in (SES % "Bounce", '{"Type":"Notification","Message":"' + inner + '"}'):
        got = found(body, From="no-reply@sns.amazonaws.com", Subject="AWS Notification Message")
        assert got.failed_recipients == ("jane@homeblog.example",)
        assert (got.status, got.original_message_id) == ("5.1.1", "p@b.example")


@pytest.mark.parametrize(
    "body", ["{", '{"notificationType":"Bounce","bounce":7,"mail":[]}', "{}", "[" * 9000]
)
def test_broken_json_is_only_text(body):
    found(body, From="no-reply@sns.amazonaws.com", Subject="x")


def test_people_who_write_about_bounces_are_people():
    body = (
        "My server says 550 5.1.1 user unknown and the message could not be delivered to the\n"
        "following recipients. It was rejected. What do you do about that?\n\nJane"
    )
    letters = [
        found(body, Subject="Bounces with postfix"),
        found(body, Subject="Re: Undelivered Mail Returned to Sender", In_Reply_To="<x@y>"),
        found(body, Subject="Undelivered Mail Returned to Sender"),
        found(
            body, From="admin@homeblog.example", Subject="Question", List_Id="<seo.lists.example>"
        ),
        found(
            body,
            From="postmaster@homeblog.example",
            Subject="Question",
            List_Id="<seo.lists.example>",
        ),
        found(f"See below.\n\n-----Original Message-----\n{body}", Subject="Undelivered Mail"),
    ]
    assert [letter.mail_class for letter in letters] == [MailClass.HUMAN] * len(letters)


def test_a_report_that_a_person_passes_on_is_theirs():
    body = f"--s\nContent-Type: text/plain\n\nWhat is this?\n--s\n{status()}\n--s--\n"
    got = found(body, Subject="A strange mail", Content_Type='multipart/mixed; boundary="s"')
    assert got.mail_class is MailClass.HUMAN


def test_a_ticket_that_speaks_of_rejection_is_no_bounce():
    got = found(
        "Your request was rejected. Write to the following address: help@b.example",
        From="no-reply@b.example",
        Subject="Your request",
        Auto_Submitted="auto-replied",
    )
    assert got.mail_class is MailClass.AUTO_REPLY


def test_nothing_but_a_report_part_is_a_report():
    got = of(from_bytes(status().encode()))
    assert got.mail_class is MailClass.BOUNCE_HARD


def test_a_detector_that_breaks_does_not_stop_the_next(monkeypatch):
    from flufl.bounce import _scan

    class Broken:
        def process(self, message):
            raise IndexError(message["From"])

    class Finds:
        def process(self, _message):
            return (), (b"jane@homeblog.example", b"no address")

    monkeypatch.setattr(_scan, "_DETECTORS", [Broken, Finds])
    got = found("nothing", From="MAILER-DAEMON", Subject="x")
    assert got.failed_recipients == ("jane@homeblog.example",)
    assert bounce_text.failures.__doc__


def test_recipients_in_several_texts_are_found():
    body = (
        "--s\n\nThis message was created automatically.\nUnknown local part.\n"
        "--s\n\n  *** failed: jane in homeblog.example\n--s--\n"
    )
    got = found(
        body, From="MAILER-DAEMON", Subject="x", Content_Type='multipart/mixed; boundary="s"'
    )
    assert got.mail_class in {MailClass.BOUNCE_HARD, MailClass.BOUNCE_SOFT}


def test_a_delivery_told_in_words_is_no_failure():
    got = found("It arrived.", From="MAILER-DAEMON", Subject="Successful Mail Delivery Report")
    assert got.mail_class is MailClass.DELIVERED


def test_a_folded_field_of_a_report_is_one_field():
    got = report(NOTICE, status(said="550\n 5.1.1\n\tno such user"), **DAEMON)
    assert got.mail_class is MailClass.BOUNCE_HARD


def test_a_returned_header_that_starts_with_its_id_is_found():
    got = found(
        "Could not be delivered.\n\nMessage-ID: <pitch-1@brightlink.example>\n"
        "To: Jane\n <jane@homeblog.example>\n",
        From="MAILER-DAEMON",
        Subject="x",
    )
    assert got.original_message_id == "pitch-1@brightlink.example"
    assert got.failed_recipients == ("jane@homeblog.example",)


def test_a_returned_message_may_name_no_recipient():
    untold = ORIGINAL.replace("To: jane@homeblog.example\n", "")
    assert report(NOTICE, status(), untold, **DAEMON).failed_recipients == (
        "jane@homeblog.example",
    )


@pytest.mark.parametrize(
    ("sender", "subject", "text"),
    [
        ("owner-x@ml.example", "You are not member (x ML)", "You are not a member."),
        ("admin@ml.example", "Not member article from jane@b.example", "You are NOT MEMBER."),
        ("x-admin@ml.example", "Ignored mail", "Your mail is rejected."),
    ],
)
def test_a_list_server_that_refuses_a_post_bounces_it(sender, subject, text):
    got = found(text, From=sender, Subject=subject, X_MLServer="fml [fml 8.0]", In_Reply_To=None)
    assert got.mail_class in {MailClass.BOUNCE_SOFT, MailClass.BOUNCE_HARD}
    # A person's mail through the same list, in the same words:
    assert found(text, Subject=subject, X_MLServer="fml").mail_class is MailClass.HUMAN


def test_a_gateway_may_call_itself_by_its_product():
    got = found(
        "Received >>> 550 5.1.1 <bob@b.example>... user unknown",
        From='"InterScan MSS" <mss@b.example>',
        Subject="Mail could not be delivered",
    )
    assert (got.mail_class, got.status) == (MailClass.BOUNCE_HARD, "5.1.1")
