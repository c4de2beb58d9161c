from __future__ import annotations

import pytest

from connectors._kit.redaction import redact, without_echo

KEY = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    ("words", "secret"),
    [
        ("Authorization: Bearer abcDEF123456.x-y_z", "abcDEF123456"),
        ("authorization: basic dHdwX3NlY3JldDp4", "dHdwX3NlY3JldDp4"),
        ("invalid token pat-eu1-1234-abcd", "eu1-1234-abcd"),
        ("the key twp_SeCrEt123 is not valid", "SeCrEt123"),
        ("token ya29.a0AfH6SMB", "a0AfH6SMB"),
        ('{"client_secret": "GOCSPX-abc"}', "GOCSPX-abc"),
        ('{"refresh_token":"1//0gabc-DEF"}', "0gabc-DEF"),
        ("?access_token=abc.def&x=1", "abc.def"),
        ("api_key=abcdef", "abcdef"),
        ("grant_type=x&assertion=eyJhbGciOi.eyJpc3M.sig", "eyJhbGciOi"),
        (f"could not read {KEY!s} there", "MIIEvQIBADANBg"),
        ("cut short: " + KEY[:45], "MIIEvQIBADANBg"),
        ("proxy https://maya:hunter2@proxy.example:3128 refused", "hunter2"),
    ],
)
def test_what_looks_like_a_credential_is_taken_out(words, secret):
    assert secret in words
    assert secret not in redact(words)
    assert "***" in redact(words)


@pytest.mark.parametrize(
    "words",
    [
        "custom fields are not on the basic plan",
        "bearer token missing",
        "the path-finder said no; see https://help.example/compat-mode",
        "task 123 is in the trash can",
        "contact maya@brightlink.example https://brightlink.example/a:b",
    ],
)
def test_words_ops_need_stay(words):
    assert redact(words) == words


def test_what_a_service_repeats_of_a_text_is_taken_out_of_its_words():
    text = "Hello Ada, would you take a look at our guide for builders?"
    sent = {"inputs": [{"properties": {"text": text, "subject": "A guide"}, "key": "k1"}]}
    said = f"text {text[:30]!r} was not valid; k1: A guide is good"
    assert without_echo(said, sent) == "text '***' was not valid; k1: A guide is good"
    assert without_echo("Contact 12 does not exist", sent) == "Contact 12 does not exist"


def test_looking_for_a_repeated_text_costs_no_more_than_its_length():
    text = "a" * 60_000
    assert len(without_echo("a" * 60_000, {"text": text})) < 4001
