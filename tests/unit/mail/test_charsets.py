from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.mail.charsets import decode, unfolded, words


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("=?utf-8?b?R3LDvMOfZQ==?= aus Bonn", "Grüße aus Bonn"),
        ("=?utf-8?q?M=C3?= =?utf-8?q?=BCller?=", "Müller"),
        ("=?iso-8859-1?q?a?= b =?foo?q?=FC?=", "a b ü"),
        ("=?utf-8?b?R3LDvMOfZQ?=", "Grüße"),
        ("=?utf-8?b?R?=", ""),
        ("=?utf-8*en?q?hi?=", "hi"),
        ("=?utf-8?q?what=3F_yes?=", "what? yes"),
        ("Müller 中 =?utf-8?q?x?=", "Müller 中 x"),
        ("Re: =?utf-8?q?with space?=", "Re: with space"),
        ("=?not an encoded word", "=?not an encoded word"),
        ("one\r\n two\tthree\x07", "one two three"),
    ],
)
def test_encoded_words_are_read(value, meant):
    assert words(value) == meant


@given(
    st.binary(), st.text(max_size=20) | st.sampled_from(["utf-16", "utf-7", "idna", "hex", "gbk"])
)
def test_any_bytes_under_any_label_become_storable_text(data, label):
    text = decode(data, label)
    assert "\x00" not in text
    text.encode()


@given(st.text())
def test_any_header_becomes_one_line(value):
    assert "\n" not in words(unfolded(value))
    words(unfolded(value)).encode()
