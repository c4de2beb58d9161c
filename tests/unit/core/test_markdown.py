"""Markdown of ours as HTML: what a stranger wrote stays text, in either."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.markdown import as_html, escaped
from syncd.core.templates import DEFAULTS, SAMPLES, TaskTemplate, Why, render

_OURS = re.compile(r'</?(?:p|strong)>|<br>|<a href="https?://[^"<>]*">|</a>')


def test_paragraphs_lines_bold_and_links_are_shown():
    markdown = "**Person:** Ada\nsecond\n\n[Thread](https://mail.example/1?a=b&c) 1\\. x"
    assert as_html(markdown) == (
        "<p><strong>Person:</strong> Ada<br>second</p>\n"
        '<p><a href="https://mail.example/1?a=b&amp;c">Thread</a> 1. x</p>'
    )


@pytest.mark.parametrize(
    "evil",
    [
        "<img src=x onerror=alert(1)>",
        "[click](javascript:alert(1))",
        '[click](https://a.example/"onmouseover="x)',
        "</p><script>x</script>",
        "**<b>**",
        "&lt;b&gt;",
    ],
)
def test_a_strangers_words_are_no_html(evil: str):
    for markdown in (evil, escaped(evil), f"**Last:** {escaped(evil)}"):
        left = _OURS.sub("", as_html(markdown))
        assert "<" not in left
        assert ">" not in left
    shown = re.sub(r"<[^>]*>", "", as_html(escaped(evil)))
    assert shown.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace(
        "&amp;", "&"
    ).replace("&#x27;", "'") == " ".join(evil.split())


@given(st.text(st.sampled_from("*\\[]()<>&\"'ab :/.\n-https")))
def test_nothing_but_our_own_tags_comes_out(markdown: str):
    made = as_html(markdown)
    assert not set("<>") & set(_OURS.sub("", made))
    assert made.count("<strong>") == made.count("</strong>")
    assert made.count("<a ") == made.count("</a>")


def test_a_task_says_the_same_in_html():
    text = render(TaskTemplate(), Why.STEP, SAMPLES[0])
    made = as_html(text.body)
    assert DEFAULTS[Why.STEP]
    assert "<strong>Person:</strong> Ada *Lovelace* (ada@site.example)" in made
    assert "[Guide](http://x.example) &lt;b&gt;" in made
    assert '<a href="https://mail.example/1">Thread</a>' in made


def test_it_takes_no_longer_than_the_text():
    began = time.process_time()
    for piece in ("[", "[a](", "**", "\\", "[a](https://", "\n \n"):
        as_html(piece * (200_000 // len(piece)))
    assert time.process_time() - began < 5
