"""Whatever arrives is classified: nothing raises, on any bytes."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.core.facts import Mail, MailClass, Part
from syncd.core.mail.bodies import cut, html_of, latest, text_of
from syncd.core.mail.classify import classify
from syncd.core.mail.envelope import envelope
from syncd.core.mail.identity import fingerprint, message_key, reference_keys
from syncd.core.mail.raw import from_bytes
from syncd.settings.phrases import phrases
from tests.unit.mail.letters import found, mail, of, raw


def all_of_it(letter: Mail) -> None:
    head = envelope(letter)
    got = classify(letter, head, phrases())
    assert 0 <= got.confidence <= 1
    assert got.mail_class is MailClass.HUMAN or got.evidence
    message_key(head).encode()
    fingerprint(head)
    reference_keys(head)
    text = text_of(letter)
    text.encode()
    html_of(letter).encode()
    cut(text, 100, "[{left}]")
    latest(text, phrases())


HEADER = st.sampled_from(
    [
        "From",
        "To",
        "Cc",
        "Subject",
        "Date",
        "Message-ID",
        "In-Reply-To",
        "References",
        "Return-Path",
        "Reply-To",
        "Content-Type",
        "Content-Transfer-Encoding",
        "Auto-Submitted",
        "Precedence",
        "List-Id",
        "List-Post",
        "List-Unsubscribe",
        "X-Autoreply",
        "X-Failed-Recipients",
        "X-Auto-Response-Suppress",
        "Mailing-List",
        "Sender",
        "X-Original-From",
    ]
)
WORD = st.sampled_from(
    [
        "MAILER-DAEMON", "postmaster@mx.example", "no-reply@b.example", "Jane <jane@b.example>",
        "<>", "Undelivered Mail Returned to Sender", "Automatic reply: x", "Re:", "auto-replied",
        "bulk",
        "multipart/report; report-type=delivery-status; boundary=s", "multipart/mixed; boundary=s",
        "message/delivery-status", "message/rfc822", "text/html; charset=utf-16", "text/calendar",
        "message/disposition-notification", "text/plain; charset=x-unknown", "base64", "x-uuencode",
        "quoted-printable", "Mon, 01 Jun 2026 10:00:00 +0200", "<a@b>", "=?utf-8?b?4pyT?=",
        "out of office until 3/4", "could not be delivered 550 5.1.1", "--s", "--s--", "\n\n",
        "Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1",
        '{"notificationType":"Bounce"', "On 1 Jun wrote:", "<blockquote>", "METHOD:REPLY", "\udcff",
        "配信不能", "bis 3. Juni wieder", "(", '"',
    ]
)  # fmt: skip
SALAD = st.lists(WORD | st.text(max_size=8), max_size=12)


@given(st.binary(max_size=600))
def test_any_bytes_are_a_message(data):
    all_of_it(from_bytes(data))


@settings(max_examples=300)
@given(st.lists(st.tuples(HEADER, SALAD), max_size=12), SALAD, st.binary(max_size=60))
def test_any_words_in_any_place_are_a_message(headers, body, tail):
    lines = [f"{name}: {' '.join(words)}\n" for name, words in headers]
    text = "".join(lines) + "\n" + "\n".join(body)
    # A lone surrogate stands for a byte that is no UTF-8, as in mail without a charset.
    all_of_it(from_bytes(text.encode("utf-8", "surrogatepass") + tail))


@given(
    st.lists(st.tuples(HEADER, st.text(max_size=40)), max_size=8),
    st.lists(
        st.builds(
            Part,
            st.sampled_from(
                [
                    "text/plain",
                    "text/html",
                    "message/rfc822",
                    "message/delivery-status",
                    "message/feedback-report",
                    "text/calendar",
                    "image/png",
                    "message/disposition-notification",
                    "text/rfc822-headers",
                ]
            ),
            st.none() | st.text(max_size=80),
            st.none() | st.text(max_size=5),
        ),
        max_size=4,
    ),
)
def test_any_parsed_message_is_classified(headers, parts):
    # What a mail service's API hands over was never in our parser's hands.
    letter = Mail(tuple(headers), tuple(parts))
    classify(letter, envelope(letter), phrases())
    html_of(letter)
    latest(text_of(letter))


def test_an_answer_is_a_persons():
    got = found()
    assert (got.mail_class, got.is_list, got.evidence) == (MailClass.HUMAN, False, ())


def test_a_message_without_any_header_is_said_to_be_none():
    got = of(from_bytes(b""))
    assert (got.mail_class, got.confidence, got.evidence) == (MailClass.HUMAN, 0.0, ("no header",))


def test_a_big_message_is_read():
    attachment = "QUJD" * 19 + "\n"
    body = (
        f"--s\n\nSee attached.\n--s\nContent-Type: application/pdf\n"
        f"Content-Transfer-Encoding: base64\n\n{attachment * 40_000}\n--s--\n"
    )
    letter = mail(body, Content_Type='multipart/mixed; boundary="s"')
    assert text_of(letter) == "See attached."
    assert letter.parts[1].size > 2_000_000


def test_evidence_never_quotes_the_message():
    got = found(
        "Out of office. My secret is 4711.", Subject="Out of office: 4711", Return_Path="<>"
    )
    assert got.mail_class is MailClass.AUTO_REPLY
    assert "4711" not in " ".join(got.evidence)


def test_a_message_is_the_same_from_bytes_and_from_parts():
    letter = mail()
    again = Mail(letter.headers, letter.parts)
    assert of(letter) == of(again)
    assert raw().startswith(b"From: Jane Doe")
