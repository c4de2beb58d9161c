"""Each target, with bytes made of what its readers look at."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.gmail import mapping
from tests.fuzz.targets import TARGETS
from tests.fuzz.words import ANY, WORDS


def _bytes(name: str) -> st.SearchStrategy[bytes]:
    pieces = st.lists(st.sampled_from([*WORDS[name], *ANY]), max_size=40).map("".join)
    made = pieces.map(lambda text: text.encode("utf-8", "surrogatepass"))
    return st.one_of(st.binary(max_size=300), made, st.builds(bytes.__add__, made, made))


@pytest.mark.parametrize("name", TARGETS)
def test_no_bytes_are_too_strange(name: str):
    @given(_bytes(name))
    @settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def tried(data: bytes) -> None:
        TARGETS[name](data)

    tried()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        # A first line of which nothing is left once its marks are folded away.
        ("mail", b"\xb8\r\xa5"),
        # A comma inside a bracket, which email.headerregistry ends with an AttributeError over.
        ("draft", b"a\nA CF\xffn\xd3@[,\xd3m: "),
        # Quotation marks with a space before the "@": they went at the second look.
        ("addresses", b'"Lvelaad\xd7" @p\x00\x00e.f'),
        # A full stop of another script at the end of a host.
        ("urls", b"12\xe3\x80\x82.#0.1:"),
    ],
)
def test_what_was_found_once_is_not_found_again(name: str, data: bytes):
    TARGETS[name](data)


# Walked through once, each takes milliseconds; twice for every letter, minutes.
_LONG, _SECONDS = 30_000, 4.0
_REPEATED = [
    *" \n\t>-=_*<[(@|,;%'\"\\&\0\u3042\u00e9",
    *("a", "a@", "a@b.", "1 ", "12.", "a\n", "\r\n", " \n", ">\n", "> >", "-- \n", "<b", "<!--"),
    *("Cc ", "mail ", "user ", "a,", "5.1.1 ", "550 ", "to: a@b.c\n", "This ", "\n \n", "Bob "),
    *("On ", "On a ", "a wrote: ", "From: ", "From: a\nSent: b\n", "Re: ", "RE[1]: ", "<div>"),
    *(
        "<blockquote>",
        "=?utf-8?q?a?=",
        "http://a.",
        "mailto:",
        "until ",
        "unsubscribe ",
        "$1",
        "{{",
    ),
    *(
        "--x\n",
        "Content-Type: multipart/mixed; boundary=x\n\n--x\n",
        "X: y\n",
        "Received: from a\n",
    ),
]


# What makes more of a text than what anybody says: an answer, reports in two forms, an absence.
_FRAMES = (
    (
        b"From: Ada <a@b.example>\nSubject: Re: hello\nIn-Reply-To: <1@brightlink.example>\n\n"
        b"Our price is $100. Please contact Bob, Cc Bob.\n"
    ),
    (
        b"From: Mail Delivery System <postmaster@mx.example>\nSubject: failure notice\n"
        b"Return-Path: <>\n\npermanent error\n"
        b"This Message was undeliverable due to the following reason:\n\n"
    ),
    (
        b"From: MAILER-DAEMON@mx.example\nSubject: Undelivered Mail\n"
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n"
        b"--x\nContent-Type: message/delivery-status\n\n"
        b"Final-Recipient: rfc822; a@b.example\nAction: failed\n"
    ),
    (
        b"From: Ada <a@b.example>\nSubject: Out of office\nAuto-Submitted: auto-replied\n"
        b"Date: Mon, 23 Nov 2026 10:00:00 +0000\n\nI am away until 3 June. "
    ),
)


@pytest.mark.parametrize("piece", _REPEATED, ids=ascii)
def test_no_text_takes_longer_than_its_length(piece: str):
    text = (piece * (_LONG // len(piece))).encode("utf-8", "surrogatepass")
    line = text.replace(b"\n", b"\n ").replace(b"\0", b"")
    names = (b"Subject", b"To", b"Date", b"References", b"Return-Path", b"List-Id", b"X-Failed")
    head = b"".join(name + b": " + line + b"\n" for name in names)
    began = time.process_time()
    TARGETS["mail"](b"From: Ada <a@b.example>\n\nHello\n" + text + b"x")
    TARGETS["mail"](b"From: Ada <a@b.example>\n" + head + b"\nHello\n")
    for frame in _FRAMES:
        TARGETS["mail"](frame + text)
    TARGETS["html"](text)
    TARGETS["addresses"](text[:10_000])
    TARGETS["table"](text)
    TARGETS["webhooks"](text)
    assert time.process_time() - began < _SECONDS


def test_the_parameters_of_a_type_cost_no_more_than_their_length():
    many = b";" * 1_000_000
    began = time.process_time()
    TARGETS["mail"](b"From: a@b.example\nContent-Type: text/plain" + many + b"\n\n\xe9\n")
    header = {"name": "Content-Type", "value": "text/plain" + many.decode()}
    part = {"mimeType": "text/plain", "headers": [header], "body": {"data": "AAAb"}}
    mapping.item("maya@brightlink.example", {"payload": part}, {})
    assert time.process_time() - began < _SECONDS


def test_a_host_costs_no_more_than_its_length():
    host = b"\xc3\xa9." * 400_000
    began = time.process_time()
    TARGETS["page"](b"<a href='http://" + host + b"'>x</a>")
    TARGETS["urls"](b"http://" + host)
    assert time.process_time() - began < _SECONDS


def test_a_form_of_a_pattern_costs_no_more_than_its_length():
    from syncd.core.promises.matching import Matter, holds
    from syncd.core.rules import Condition, Subject

    matter = Matter(frozenset(), ("a" * 100_000,), frozenset(), frozenset())
    began = time.process_time()
    for pattern in ("*a" * 40 + "*b", "?*" * 60 + "b", "*" * 200 + "b", "[ab]*" * 30 + "c"):
        assert not holds(Condition(Subject.SUBJECT, pattern), matter)
    assert time.process_time() - began < _SECONDS
