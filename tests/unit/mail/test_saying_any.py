"""Reading what people say, over any message there may be."""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.core.facts import Mail, Part
from syncd.core.mail.bodies import latest, written
from syncd.core.mail.classify import classify
from syncd.core.mail.envelope import envelope
from syncd.core.mail.raw import from_bytes
from syncd.core.mail.saying import Saying, Says, saying
from syncd.settings.phrases import phrases
from tests.unit.mail.letters import mail, raw
from tests.unit.mail.test_answers import written as answers

# What rules look at, so that they are come upon.
_PIECES = st.sampled_from(
    [
        *"\n\t \u00a0.,;:!?()<>*-_|&\\'\"@/#$\u20ac\u00a3\ue000\ue001\u2019\u0130\u00df\ufb01",
        "not ", "interested ", "we ", "in ", "march ", "31 ", "30/02 ", "next ", "year ", "until ",
        "please write to ", "Ann Lee ", "<ann@b.example>", "https://homeblog.example/a",
        "http://[", "www.", "homeblog.example/x", "mailto:", "Best,\n", "> ", "wrote:\n",
        "From: x\n", "On 1 ", "PS: ", "15. Juni ", "2027 ", "2099 ", "Q4 ", "half ", "99 ", "1,50 ",
        "easter ", "hasta el ", "nicht ", "kein ", "\x00", "\ud800", "\u3042", "\u0e01\u0e34",
    ]
)  # fmt: skip
_TEXTS = st.one_of(st.text(max_size=300), st.lists(_PIECES, max_size=60).map("".join))


def read(letter: Mail, today: date | None = None) -> Saying:
    return saying(
        letter, envelope(letter), phrases(), targets=["acme.example", "[", ""], today=today
    )


@given(_TEXTS, st.sampled_from(["text/plain", "text/html"]), st.none() | st.dates())
@settings(max_examples=300)
def test_no_text_is_too_strange(text, kind, today):
    headers = (("From", "Jane <jane@homeblog.example>"), ("Subject", text[:50]))
    got = read(Mail(headers, (Part(kind, text),)), today)
    assert isinstance(got.kind, Says)
    assert 0 <= got.confidence <= 1
    assert got.kind not in got.also


@given(st.binary(max_size=600), st.binary(max_size=80))
def test_no_bytes_are_too_strange(body, header):
    for given_bytes in (
        body,
        raw() + body,
        b"Date: " + header + b"\nFrom: " + header + b"\n\n" + body,
    ):
        letter = from_bytes(given_bytes)
        classify(letter, envelope(letter), phrases())
        read(letter)


@given(st.sampled_from(answers()), st.data())
@settings(max_examples=60)
def test_no_answer_cut_anywhere_is_too_strange(answer, data):
    text = answer[1]["text"]
    start = data.draw(st.integers(0, len(text)))
    read(mail(text[start : data.draw(st.integers(start, len(text)))]))


@pytest.mark.parametrize(
    "text",
    [
        "we are not " * 4000,
        "please write to Ann " * 3000,
        "A" * 40_000,
        "Aa " * 13_000,
        "a@b.example " * 3000,
        "https://homeblog.example/a " * 1500,
        "www." * 10_000,
        "a." * 20_000,
        "-" * 40_000,
        "\n" * 40_000,
        "1.1" * 13_000,
        "in march " * 4000 + "not right now",
        "On 1 " + "x " * 95 + ":\n",
        ("On 1 " + "x " * 95 + ":\n") * 200,
        "<a href=" * 5000,
        "<a href='https://a.example/" * 1500,
    ],
)
def test_hostile_texts_cost_no_more_than_their_length(text):
    for kind in ("text/plain", "text/html"):
        letter = Mail((("From", "jane@homeblog.example"),), (Part(kind, text),))
        began = time.process_time()
        read(letter)
        latest(text, phrases())
        # A few hundredths of a second; what grows by the square takes minutes.
        assert time.process_time() - began < 3


def test_answers_are_read_as_fast_as_they_can_come():
    quoted = "\n\nOn Mon, 1 Jun 2026 at 10:00, Maya <m@b.example> wrote:\n" + "> our pitch\n" * 20
    letters = [mail(answer["text"] + quoted) for _, answer in answers()]
    read(letters[0])
    rates = []
    for _ in range(3):
        began = time.process_time()
        for letter in letters:
            outside = envelope(letter)
            classify(letter, outside, phrases())
            saying(letter, outside, phrases(), targets=["acme.example"])
        rates.append(len(letters) / (time.process_time() - began))
    # Two thousand or so on one core; the bound leaves room for a busy machine.
    assert max(rates) > 700


def test_only_what_was_written_this_time_is_looked_at():
    plain = mail("Fine.\n\n-----Original Message-----\nFrom: Maya\nHello")
    assert written(plain, phrases()) == "Fine."
    assert written(mail("> only quoted"), phrases()) == ""
    html = mail(
        "<p>See <a href=https://b.example/x>this</a></p><blockquote>Hello</blockquote>",
        Content_Type="text/html",
    )
    assert written(html, phrases()) == "See  <https://b.example/x> this"
