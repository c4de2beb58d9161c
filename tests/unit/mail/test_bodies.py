from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.facts import Mail, Part
from syncd.core.mail.bodies import cut, cut_html, html_of, latest, text_of
from syncd.settings.phrases import phrases

NOTE = "[cut: {left} more characters]"


def of(*parts: tuple[str, str]) -> Mail:
    return Mail((), tuple(Part(kind, text) for kind, text in parts))


def test_plain_text_is_taken_where_there_is_some():
    assert (
        text_of(of(("text/plain", "Hello\r\n\r\n\r\n\r\nJane"), ("text/html", "<p>no</p>")))
        == "Hello\n\nJane"
    )


def test_html_is_rendered_where_plain_text_is_empty():
    html = "<style>p{}</style><h1>Hello</h1><ul><li>one<li>two</ul><script>x()</script>"
    text = text_of(of(("text/plain", " \n"), ("text/html", html)))
    assert [line.strip() for line in text.splitlines() if line.strip()] == [
        "Hello",
        "* one",
        "* two",
    ]


def test_attached_texts_are_not_what_was_said():
    letter = Mail((), (Part("text/plain", "Hello"), Part("text/plain", "a,b", "links.csv")))
    assert text_of(letter) == "Hello"


def test_an_empty_message_has_an_empty_body():
    assert text_of(Mail(())) == html_of(Mail(())) == ""


def test_html_shown_to_people_is_harmless():
    html = html_of(
        of(
            (
                "text/html",
                """<p onclick="x()">Hi <b>Maya</b></p><script>x()</script><img
                src="https://t.example/p.gif" alt="logo"><a href="javascript:x()">a</a><a
                href="https://b.example/">b</a><form action="/"><input name="q"></form><iframe
                src="/"></iframe><div style="background:url(https://t.example/)">c</div>""",
            )
        )
    )
    assert '<p>Hi <b>Maya</b></p><img alt="logo">' in html
    assert '<a href="https://b.example/" rel="noopener noreferrer nofollow">b</a>' in html
    for unwanted in ("t.example", "javascript", "script", "onclick", "<form", "<iframe", "style"):
        assert unwanted not in html


@pytest.mark.parametrize("opening", ["<div>", "<table><tr><td>", "<b>", "<font a=1>", "<!--", "<"])
def test_html_nested_without_end_is_shown_as_text(opening):
    letter = of(("text/html", opening * 50_000 + "Hello"))
    assert len(text_of(letter)) + len(html_of(letter)) < 600_000


def test_a_short_text_is_not_cut():
    assert cut("Hello", 5, NOTE) == "Hello"


def test_a_cut_states_itself_within_the_limit():
    found = cut("word " * 100, 100, NOTE)
    assert len(found) <= 100
    kept, _, note = found.rpartition("\n")
    assert note == f"[cut: {500 - len(kept)} more characters]"


def test_a_limit_too_small_for_the_note_is_still_a_limit():
    assert cut("Hello there", 5, NOTE) == "Hello"
    assert cut("Hello there", 0, NOTE) == ""


def test_characters_are_not_cut_in_halves():
    # A family of joined persons, a letter with its accent apart, and half a pair.
    for text in (
        "x" * 20 + "👨\u200d👩\u200d👧" * 10,
        "x" * 20 + "e\u0301" * 20,
        "\ud83d\ude00" * 30,
    ):
        for limit in range(25, 40):
            kept = cut(text, limit, "…").removesuffix("\n…")
            assert not kept.endswith(("\u200d", "\ud83d"))
            assert text[len(kept)] not in "\u200d\u0301"


@given(st.text(max_size=400), st.integers(min_value=-3, max_value=300))
def test_a_cut_never_exceeds_its_limit(text, limit):
    assert len(cut(text, limit, NOTE)) <= max(limit, 0) or len(text) <= limit
    assert len(cut_html(text, limit, NOTE)) <= max(limit, 0)


def test_a_cut_shown_as_html_is_escaped_text():
    found = cut_html("<b>&\n" * 100, 200, NOTE)
    assert found.startswith("&lt;b&gt;&amp;<br>\n&lt;b&gt;")
    assert "more characters]" in found
    assert len(found) <= 200


@pytest.mark.parametrize(
    ("text", "own"),
    [
        (
            "Yes, please.\n\nOn Mon, 1 Jun 2026 at 10:00, Maya <m@b.example>\nwrote:\n> Hello",
            "Yes, please.",
        ),
        ("Gerne.\n\nAm 01.06.2026 um 10:00 schrieb Maya <m@b.example>:\n> Hallo", "Gerne."),
        (
            "D'accord.\n\nLe lun. 1 juin 2026 à 10:00, Maya <m@b.example> a écrit :\n> Bonjour",
            "D'accord.",
        ),
        (
            "Vale.\n\nEl lun, 1 jun 2026 a las 10:00, Maya (<m@b.example>) escribió:\n> Hola",
            "Vale.",
        ),
        ("OK\n\nFrom: Maya\nSent: Monday, 1 June 2026\nTo: Jane\nSubject: Hi\n\nHello", "OK"),
        ("OK\n\n-----Original Message-----\nFrom: Maya\nHello", "OK"),
        ("OK\n> quoted\nand this", "OK\nand this"),
        (
            "Thanks, we charge 80 EUR.\n\nJane\n-- \nJane Doe\nEditor",
            "Thanks, we charge 80 EUR.\n\nJane",
        ),
        (
            "Hi Maya,\n\nThanks, but no.\n- not now\n- not ever",
            "Hi Maya,\n\nThanks, but no.\n- not now\n- not ever",
        ),
        ("Sure!\n\nSent from my iPhone", "Sure!"),
        ("Klar!\n\nVon meinem iPhone gesendet", "Klar!"),
        ("> only quoted", "> only quoted"),
        ("", ""),
    ],
)
def test_only_what_was_written_this_time_is_left(text, own):
    assert latest(text, phrases()) == own
    if "escribió" not in text:
        assert latest(text) == own


@pytest.mark.parametrize(
    "text",
    [
        "\n" * 40_000,
        "On " * 13_000,
        "a\n\n" * 13_000,
        "From: x\n\n" * 5000,
        ("On " + "x " * 95 + "\n") * 200,
    ],
)
def test_hostile_texts_cost_no_more_than_their_length(text):
    # Each of these once took minutes; the suite's own patience is the limit.
    assert len(latest(text)) <= len(text)
    assert len(latest(text, phrases())) <= len(text)


@given(st.text())
def test_the_latest_words_are_found_in_any_text(text):
    latest(text)
    latest(text, phrases())


def test_html_that_breaks_the_renderer_is_stripped(monkeypatch):
    def fail(_html):
        raise ValueError

    monkeypatch.setattr("inscriptis.get_text", fail)
    assert (
        text_of(of(("text/html", "<style>x</style><p>Hello<br>Jane &amp; Bob")))
        == "Hello\nJane & Bob"
    )
