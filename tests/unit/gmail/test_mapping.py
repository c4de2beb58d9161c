from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.gmail import mapping
from connectors.gmail import simulator_mime as mime
from syncd.core.facts import MailItem, Part


def data(content: bytes | str, *, bare: bool = False) -> str:
    encoded = base64.urlsafe_b64encode(
        content.encode() if isinstance(content, str) else content
    ).decode()
    return encoded.rstrip("=") if bare else encoded


def part(kind: str, content: bytes | str | None = None, **more: Any) -> dict[str, Any]:
    body = {} if content is None else {"data": data(content), "size": len(content)}
    return {"mimeType": kind, "filename": "", "headers": [], "body": body} | more


def message(payload: dict[str, Any], **more: Any) -> dict[str, Any]:
    plain = {"id": "1a", "threadId": "2b", "labelIds": ["INBOX"], "internalDate": "1795942800123"}
    return plain | {"payload": payload} | more


def item(payload: dict[str, Any], **more: Any) -> MailItem:
    return mapping.item("maya@b.example", message(payload, **more), {"Label_1": "Campaigns/ACME"})


def parts(payload: dict[str, Any]) -> tuple[Part, ...]:
    return item(payload).mail.parts


def charset(name: str) -> list[dict[str, str]]:
    return [{"name": "Content-Type", "value": f'text/plain; charset="{name}"'}]


def test_the_plain_fields() -> None:
    got = item(
        part("text/plain", "hi"),
        labelIds=["INBOX", "Label_1", "Label_9"],
        snippet="It&#39;s &lt;free&gt; &amp; easy",
        sizeEstimate=4321,
    )
    assert (got.mailbox, got.remote_id, got.thread_id) == ("maya@b.example", "1a", "2b")
    assert got.labels == {"INBOX", "Campaigns/ACME", "Label_9"}
    assert got.received_at == datetime(2026, 11, 29, 9, 0, 0, 123000, tzinfo=UTC)
    assert got.snippet == "It's <free> & easy"
    assert got.size == 4321


def test_headers_keep_their_order_their_case_and_their_doubles() -> None:
    headers = [
        {"name": "Received", "value": "by b"},
        {"name": "received", "value": "by a"},
        {"name": "SUBJECT", "value": "Grüße"},
    ]
    got = item(part("text/plain", "hi", headers=headers)).mail
    assert got.headers == (("Received", "by b"), ("received", "by a"), ("SUBJECT", "Grüße"))
    assert got.all("RECEIVED") == ["by b", "by a"]


@pytest.mark.parametrize("bare", [True, False])
@pytest.mark.parametrize("text", ["", "a", "ab", "abc", "~~~???", "Grüße 🎉"])
def test_base64url_with_and_without_padding(text: str, *, bare: bool) -> None:
    payload = part("text/plain", body={"data": data(text, bare=bare), "size": 1})
    assert parts(payload)[0].text == text


@pytest.mark.parametrize(
    ("content", "label", "text"),
    [
        ("Grüße".encode(), "utf-8", "Grüße"),
        ("Grüße".encode(), "iso-8859-1", "Grüße"),  # Gmail's own doing
        ("•".encode(), "windows-1252", "•"),
        ("Grüße".encode("latin-1"), "iso-8859-1", "Grüße"),
        ("“Grüße”".encode("cp1252"), "iso-8859-1", "“Grüße”"),
        ("Grüße".encode("latin-1"), "utf-8", "Grüße"),
        ("Grüße".encode("latin-1"), "x-unknown", "Grüße"),
        ("水野様".encode("iso-2022-jp"), "iso-2022-jp", "水野様"),
        ("水野様".encode(), "iso-2022-jp", "水野様"),
        ("hello".encode("utf-16-le"), "utf-16-le", "hello"),
        ("Grüße".encode(), "utf-16", "Grüße"),
        (b"hello", "", "hello"),
    ],
)
def test_charsets_that_tell_the_truth_and_charsets_that_lie(
    content: bytes, label: str, text: str
) -> None:
    assert parts(part("text/plain", content, headers=charset(label)))[0].text == text


def test_leaves_come_in_reading_order() -> None:
    payload = part(
        "multipart/mixed",
        parts=[
            part(
                "multipart/alternative",
                parts=[part("text/plain", "plain"), part("text/html", "<p>html</p>")],
            ),
            part("application/pdf", filename="offer.pdf", body={"attachmentId": "x", "size": 9}),
        ],
    )
    assert parts(payload) == (
        Part("text/plain", "plain", None, 5),
        Part("text/html", "<p>html</p>", None, 11),
        Part("application/pdf", None, "offer.pdf", 9),
    )


def test_a_text_that_would_have_to_be_fetched_has_no_text() -> None:
    body = {"attachmentId": "x", "size": 9}
    (found,) = parts(part("text/plain", filename="notes.txt", body=body))
    assert (found.text, found.filename, found.size) == (None, "notes.txt", 9)


def test_a_container_without_parts_is_its_text() -> None:
    (found,) = parts(part("multipart/alternative", "no boundary to be found"))
    assert found == Part("text/plain", "no boundary to be found", None, 23)


def test_a_type_with_something_behind_it_is_the_type() -> None:
    (found,) = parts(part('Text/Plain\n charset="utf-8"', "hi"))
    assert found == Part("text/plain", "hi", None, 2)


def test_an_empty_text_is_empty() -> None:
    assert parts(part("text/plain", body={"size": 0}))[0].text == ""


ENCLOSED = [
    {"name": "From", "value": "maya@b.example"},
    {"name": "Message-ID", "value": "<our@b.example>"},
]


@pytest.mark.parametrize(
    "enclosed",
    [
        part(
            "message/rfc822",
            body={"attachmentId": "x", "size": 99},
            parts=[part("text/plain", "our pitch", headers=ENCLOSED)],
        ),
        part(
            "message/rfc822",
            "From: maya@b.example\r\nMessage-ID: <our@b.example>\r\n\r\nour pitch",
        ),
    ],
)
def test_an_enclosed_message_is_its_header_alone(enclosed: dict[str, Any]) -> None:
    (found,) = parts(part("multipart/report", parts=[enclosed]))
    assert found.mime_type == "message/rfc822"
    assert found.text is not None
    assert found.text.splitlines() == ["From: maya@b.example", "Message-ID: <our@b.example>"]


def test_an_enclosed_message_out_of_reach_has_no_text() -> None:
    (found,) = parts(part("message/rfc822", body={"attachmentId": "x", "size": 99}))
    assert found.text is None


STATUS = "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; a@b.example\nStatus: 5.1.1"


@pytest.mark.parametrize(
    "report",
    [
        part("message/delivery-status", STATUS),
        part(
            "message/delivery-status",
            parts=[
                part("text/plain", headers=[{"name": "Reporting-MTA", "value": "dns; mx.example"}]),
                part(
                    "text/plain",
                    headers=[
                        {"name": "Final-Recipient", "value": "rfc822; a@b.example"},
                        {"name": "Status", "value": "5.1.1"},
                    ],
                ),
            ],
        ),
    ],
)
def test_a_delivery_report_reads_the_same_whole_or_taken_apart(report: dict[str, Any]) -> None:
    (found,) = parts(part("multipart/report", parts=[report]))
    assert (found.mime_type, found.text) == ("message/delivery-status", STATUS)


@pytest.mark.parametrize(
    "missing",
    [
        {},
        {"id": 7, "payload": []},
        {"payload": {"headers": "x", "parts": "y", "body": 3}},
        {"payload": {"headers": [None, {"name": 3}, {"value": "v"}], "parts": [None]}},
        {"payload": {"mimeType": "text/plain", "body": {"data": "!"}}, "internalDate": "soon"},
        {"internalDate": "9" * 30, "sizeEstimate": "-4", "labelIds": [3, "INBOX"]},
        {"internalDate": "9" * 5000},
    ],
)
def test_whatever_is_missing_or_wrong_there_is_an_item(missing: dict[str, Any]) -> None:
    got = mapping.item("maya@b.example", missing, {})
    assert got.received_at == mapping.EPOCH
    assert got.size == 0


def test_depth_is_no_limit() -> None:
    deep: dict[str, Any] = part("text/plain", "bottom")
    for _ in range(5000):
        deep = part("multipart/mixed", parts=[deep])
    assert parts(deep)[0].text == "bottom"


def test_nothing_that_databases_refuse_comes_through() -> None:
    headers = [{"name": "Subject", "value": "a\x00b\ud800"}]
    got = item(part("text/plain", b"a\x00b", headers=headers), snippet="\x00x")
    said = repr((got.mail, got.snippet))
    assert "\\x00" not in said
    assert "\\ud800" not in said


_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "labelIds",
                    "payload",
                    "headers",
                    "name",
                    "value",
                    "parts",
                    "body",
                    "data",
                    "mimeType",
                    "filename",
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=25,
)


@given(st.dictionaries(st.sampled_from(["payload", "labelIds", "internalDate", "snippet"]), _JSON))
@settings(max_examples=150, deadline=None)
def test_any_json_becomes_an_item(given_: dict[str, Any]) -> None:
    assert isinstance(mapping.item("m@b.example", given_, {}), MailItem)


_LINES = st.sampled_from(
    [
        b"From: =?utf-8?Q?J=C3=B6rg=2C_ACME?= <j@acme.example>",
        b"Subject: =?utf-8?B?8J+OiQ==",
        b"Content-Type: multipart/report; boundary=x",
        b"Content-Type: multipart/mixed; boundary=",
        b"Content-Type: message/rfc822",
        b"Content-Type: message/delivery-status",
        b"Content-Type: text/plain; charset=x-bad",
        b"Content-Type: text/html; charset*=utf-8''%ff",
        b"Content-Transfer-Encoding: base64",
        b"Content-Disposition: attachment; filename*0*=utf-8''%f",
        b"--x",
        b"--x--",
        b"",
        b" folded",
    ]
)


@given(st.lists(_LINES | st.binary(max_size=40), max_size=25))
@settings(max_examples=200, deadline=None)
def test_any_bytes_come_through_the_simulator_and_the_mapping(lines: list[bytes]) -> None:
    parsed = mime.parsed(b"\r\n".join(lines))
    shown = json.loads(json.dumps(mime.payload(parsed, bare=True)))
    got = item(shown, snippet=mime.snippet(parsed))
    assert "\x00" not in str(got.mail.headers)
    mime.text(parsed)
    mime.threading(b"\r\n".join(lines))
