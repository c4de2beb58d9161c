from __future__ import annotations

from syncd.core.facts import Part
from syncd.core.mail.raw import from_bytes

ENCLOSED = "Subject: A guide\nMessage-ID: <pitch-1@brightlink.example>"


def texts(raw: bytes) -> list[tuple[str, str | None]]:
    return [(part.mime_type, part.text) for part in from_bytes(raw).parts]


def test_headers_keep_their_order_and_repeats():
    found = from_bytes(b"Received: one\nreceived: two\nSubject: a\n  folded\n\nbody")
    assert found.headers == (("Received", "one"), ("received", "two"), ("Subject", "a folded"))
    assert found.all("Received") == ["one", "two"]


def test_an_mbox_line_and_empty_lines_before_the_header_are_skipped():
    assert from_bytes(b"\n\nFrom x Mon Jan  1\nSubject: a\n\nb").header("subject") == "a"


def test_leaves_come_in_reading_order():
    raw = (
        b"Content-Type: multipart/mixed; boundary=o\n\n--o\n"
        b"Content-Type: multipart/alternative; boundary=i\n\n--i\n\nplain\n--i\n"
        b"Content-Type: text/html\n\n<p>html</p>\n--i--\n--o\n"
        b'Content-Type: image/png; name="a.png"\nContent-Transfer-Encoding: base64\n\n'
        b"aGVsbG8=\n--o--"
    )
    assert from_bytes(raw).parts == (
        Part("text/plain", "plain", None, 5),
        Part("text/html", "<p>html</p>", None, 11),
        Part("image/png", None, "a.png", 5),
    )


def test_an_enclosed_message_is_one_leaf_with_its_header():
    raw = f"Content-Type: message/rfc822\n\n{ENCLOSED}\n\nHello, buy links\n".encode()
    assert texts(raw) == [("message/rfc822", ENCLOSED)]


def test_an_enclosed_message_in_base64_is_read_though_it_may_not_be():
    raw = (
        b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
        b"U3ViamVjdDogQSBndWlkZQoKSGVsbG8="
    )
    assert texts(raw) == [("message/rfc822", "Subject: A guide")]


def test_a_delivery_status_keeps_its_groups():
    status = (
        b"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; a@b.example\nAction: failed"
    )
    found = texts(b"Content-Type: message/delivery-status\n\n" + status)
    assert found == [("message/delivery-status", status.decode())]


def test_charsets_that_lie_are_seen_through():
    cases = {
        b"text/plain; charset=us-ascii": "Grüße".encode(),
        b"text/plain; charset=iso-8859-1": "Grüße".encode(),
        b"text/plain; charset=utf-8": "Grüße".encode("cp1252"),
        b"text/plain; charset=no-such-thing": "Grüße".encode(),
        b"text/plain; charset=unicode_escape": b"Gr\xfc\xdfe",
        b"text/plain; charset=rot13": "Grüße".encode(),
        b"text/plain charset=utf-8": "Grüße".encode(),
        b"text/plain": "Grüße".encode("cp1252"),
    }
    for content_type, body in cases.items():
        assert texts(b"Content-Type: " + content_type + b"\n\n" + body)[0][1] == "Grüße"


def test_japanese_is_read_whichever_of_its_charsets_is_named():
    for label, used in (
        ("iso-2022-jp", "iso-2022-jp"),
        ("iso-2022-jp", "euc_jp"),
        ("shift_jis", "cp932"),
        ("us-ascii", "iso-2022-jp"),
    ):
        raw = f"Content-Type: text/plain; charset={label}\n\n".encode() + "配信不能".encode(used)
        assert texts(raw)[0][1] == "配信不能"


def test_raw_bytes_in_a_header_become_text():
    assert from_bytes(b"Subject: Gr\xfc\xdfe\n\n").header("Subject") == "Grüße"
    assert from_bytes("Subject: Grüße\n\n".encode()).header("Subject") == "Grüße"


def test_what_databases_refuse_is_left_out():
    found = from_bytes(
        b"Subject: a\x00b\nContent-Type: text/plain; charset=utf-16\n\n\x00\xd8a\x00"
    )
    assert found.header("Subject") == "ab"
    assert "\x00" not in (found.parts[0].text or "")


def test_a_multipart_without_parts_is_its_text():
    assert texts(b"Content-Type: multipart/mixed\n\nhello") == [("text/plain", "hello")]


def test_nesting_deeper_than_anyone_means_is_given_up():
    raw = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(2000)
    )
    found = from_bytes(b"Subject: deep\n" + raw)
    assert found.header("Subject") == "deep"


def test_an_empty_message_is_a_message():
    assert from_bytes(b"").headers == ()
    assert from_bytes(b"").parts == (Part("text/plain", "", None, 0),)


def test_empty_lines_without_end_cost_nothing():
    found = from_bytes(b"Content-Type: message/delivery-status\n\n" + b"\n" * 500_000 + b"a: b")
    assert "a: b" in (found.parts[0].text or "")


def test_parts_nested_deeper_than_fifty_are_left_out():
    raw = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(60)
    )
    assert from_bytes(raw + b"\nhello").parts == ()


def test_a_returned_header_is_text():
    raw = b"Content-Type: text/rfc822-headers; charset=utf-8\n\nSubject: Gr\xc3\xbc\xc3\x9fe\n"
    assert texts(raw) == [("text/rfc822-headers", "Subject: Grüße\n")]
    raw = b"Content-Type: message/rfc822-headers\n\nSubject: a\n\nrest"
    assert texts(raw) == [("message/rfc822-headers", "Subject: a")]


def test_fields_after_an_empty_line_too_many_are_kept():
    raw = b"Content-Type: message/delivery-status\n\n\nnot a field\n\nAction: failed\n"
    assert texts(raw) == [("message/delivery-status", "not a field\n\nAction: failed")]


def test_a_name_in_an_impossible_charset_costs_only_the_name():
    raw = (
        b"Content-Type: text/plain; charset*=a\x00b''x\n"
        b"Content-Disposition: attachment; filename*=a\x00b''x\n\nhello"
    )
    assert from_bytes(raw).parts == (Part("text/plain", "hello", None, 5),)


def test_a_parser_that_fails_altogether_leaves_the_text(monkeypatch):
    def fail(_raw):
        raise RuntimeError

    monkeypatch.setattr("syncd.core.mail.raw.message_from_bytes", fail)
    found = from_bytes(b"Subject: a\n\nhello")
    assert (found.headers, found.parts[0].text) == ((), "hello")
