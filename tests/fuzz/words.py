"""What each target's readers look at: pieces for Hypothesis, words and first inputs for atheris."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence

ANY = ["", " ", "\n", "\r\n", "\t", "\0", "\x1b", "\xff", "\xe9", "\ud800", "a", "é", "\u3042"]

_HEADERS = [
    *("From: ", "To: ", "Cc: ", "Subject: ", "Date: ", "Message-ID: <", "References: <"),
    *("In-Reply-To: ", "Reply-To: ", "Auto-Submitted: auto-replied\n", "List-Id: <", "Sender: "),
    *("\n ", ",", ";", ":", "(", ")", "<", ">", '"', "@", "a@b.example", "=?utf-8?q?", "?="),
    *("=?utf-8?b?", "Mon, 99 Foo 20000 25:61:00 +9999", "X-Failed-Recipients: ", "Precedence: "),
]
_MIME = [
    *("Content-Type: multipart/mixed; boundary=x\n\n--x\n", "--x--\n", "text/html", "\n\n"),
    *("Content-Transfer-Encoding: base64\n\n", "=?x?q?=41?=", "begin 644 a\n", "message/rfc822"),
    *("multipart/report; report-type=delivery-status", "message/delivery-status", "charset=utf-7"),
    *("Final-Recipient: rfc822; ", "Action: failed", "Status: 5.1.1", "filename*0*=", "<b>"),
    *("On Monday Ada wrote:\n> ", "-----Original Message-----\n", "out of office until 3 June"),
    *("Content-Transfer-Encoding: quoted-printable\n\n", "=\n", "=3D", "$100", "http://a.example"),
]
_DATES = [
    *("Mon, ", "1 ", "Jan ", "2026", " 10:00:00 ", "+0000", "-0000", "+99999999999", "GMT", "Z"),
    *("2026-11-23T10:00:00", "+14:00", "0001-01-01", "9999-12-31", "1e999", "nan", "-1", "Q3"),
    *("until ", "June ", "3rd", "monday", "3/4", "24/7", "年", "月", "日", "days ago", "0" * 30),
]
_HTML = [
    *("<script>", "</script>", "<img src=x onerror=", "<a href='javascript:x'>", "<svg><style>"),
    *("<iframe ", "<math>", "<!--", "-->", "<![CDATA[", "&#x3c;", "&lt;", "<p style=", '"', ">"),
    *("<noscript><p title='</noscript><img src=x onerror=x>'>", "<form>", "<base href=//x>"),
]
_PAGE = [
    *_HTML,
    *("<a href='http://acme.example/'>", "<meta name=robots content=", "noindex", "<title>"),
    *("<meta http-equiv=refresh content='0; url=", "<link rel=canonical href=", "<nav>", "</nav>"),
    *("charset=", "utf-16", "http://[::1", "//x", "User-agent: *\n", "Disallow: /*a*b$\n"),
    *("Crawl-delay: 1e999\n", "\ufeff", "<base href=http://[>", "data:,", "xn--", "%zz"),
]
_URLS = [
    *("http://", "https://", "file:///etc/passwd", "ftp://", "[::1]", "[::ffff:127.0.0.1]", "@"),
    *("127.0.0.1", "0.0.0.0:0", "169.254.169.254", "2130706433", "0x7f.1", ":80", "#"),
    *(":99999", "?"),
    *(
        "xn--",
        "%00",
        "%2e",
        "..",
        "www.",
        "acme.example",
        "localhost",
        "\\",
        "//",
        "utm_x=1",
        "\u3002",
    ),
]
_TABLE = [
    *(*',;\t"', "email", "name", "a@b.example", "\ufeff", "PK\x03\x04", "\x1f\x8b\x08", "=1+1"),
    *("Source", "Destination", "Referring page URL", "Target URL", "sep=;\n", "Full name", "notes"),
]
_JSON = [
    *'[]{}",:',
    *("eventId", "subscriptionType", "contact.", "1e999", "null", "\\ud800", "true", "-1"),
    *("message", "data", "messageId", "emailAddress", "results", "properties", "id", "tasks"),
    *("dueDate", "included", "meta", "page", "hasMore", "payload", "headers", "parts", "body"),
    *("error", "errors", "reason", "status", "category", "context", "paging", "next", "after"),
]
_YAML = [
    *("team: ", "connectors: ", "{", "}", "[", "]", ": ", "- ", "&a ", "*a", "<<: ", "!!python/"),
    *("log: {since: 2026-09-01}", "never: ", "subject: ", "!!timestamp ", "1_000", "|\n", "# "),
    *("follow_up:\n  steps: [3 business days]\n", "match: {any: [", "title: ", "web: {listen: "),
    *("plan:\n", "---\n", "%YAML 1.1\n", "? ", "!!binary ", "0o7", ".inf", "\u2028", "~"),
]
_TEMPLATE = [
    *("{{ ", " }}", "{% if ", " %}", "{% endif %}", "{% for one in ", "{% endfor %}", "|round("),
    *("person.name", "links", "says", "last.subject", "loop.index", "step", "|truncate(", "|int("),
    *("99999999999", "-99999999999", "'ceil'", "['__class__']", ".__mro__", "~", "+", "[0:", "|"),
    *("{# ", " #}", "{%- ", "| default('", "not ", " is defined", " in ", "()", "*", "**", "%"),
]

WORDS: Mapping[str, Sequence[str]] = {
    "mail": [*_HEADERS, *_MIME],
    "headers": _HEADERS,
    "addresses": [*'<>@,;:"()[]\\ ', "a@b.example", "=?utf-8?b?", "?=", "mailto:", "Ann ", "xn--"],
    "dates": _DATES,
    "html": _HTML,
    "page": _PAGE,
    "urls": _URLS,
    "table": _TABLE,
    "webhooks": _JSON,
    "answers": _JSON,
    "settings": _YAML,
    "campaign": _YAML,
    "template": _TEMPLATE,
    "draft": [*_HEADERS, *_TEMPLATE[:4], "\r\nBcc: x@y.example", "\u2028", "\x85", "\x0b"],
}

_LETTER = b"""From: Ada Lovelace <ada@site.example>
To: Maya <maya@brightlink.example>, =?utf-8?q?J=C3=BCrgen?= <j@b.example>
Subject: Re: Out of office until 3 June
Date: Mon, 23 Nov 2026 10:00:00 +0100
Message-ID: <1@site.example>
In-Reply-To: <0@brightlink.example>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="x"

--x
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

I am away until 3 June. We charge $100. See https://site.example/p=C3=A9.

On Mon, Nov 2, 2026 at 10:00 Maya <maya@brightlink.example> wrote:
> Hello
--x
Content-Type: text/html

<p>I am <b>away</b><blockquote>Hello</blockquote>
--x--
"""
_BOUNCE = b"""From: MAILER-DAEMON@mx.example
To: maya@brightlink.example
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary=x

--x

<ada@site.example>: 550 5.1.1 unknown user
--x
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; ada@site.example
Action: failed
Status: 5.1.1
--x
Content-Type: message/rfc822

Message-ID: <0@brightlink.example>

--x--
"""
_SETTINGS = b"""team: {domains: [brightlink.example], timezone: Europe/London}
connectors:
  crm: &crm {kind: hubspot, token: {file: token}}
  mail: {kind: gmail, service_account: {file: key.json}, mailboxes: [maya@brightlink.example]}
log: {since: 2026-09-01, never: [{subject: "*payslip*"}]}
follow_up: {steps: [3 business days, 5 business days], then: nurture after 90 days}
campaigns:
  - {id: acme, name: ACME, client: acme.example, match: {any: [{label: Campaigns/ACME}]}}
"""


def seeds(name: str) -> list[bytes]:
    """Inputs that are as they should be, from which the others are made."""
    return [*_SEEDS.get(name, list)(), " ".join(WORDS[name]).encode("utf-8", "surrogatepass")]


def _tables() -> list[bytes]:
    plain = b'email;name;notes\nada@site.example;Ada;"a\nb"\n'
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", plain)
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1" t="inlineStr"><is><t>email</t></is></c></row></sheetData></worksheet>'
    )
    book = io.BytesIO()
    with zipfile.ZipFile(book, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
    mine = b"Source,Destination,Anchor,Type\nhttp://a.example/,http://b.example/,x,Hyperlink\n"
    return [plain, mine, gzip.compress(plain), packed.getvalue(), book.getvalue()]


def _answers() -> list[bytes]:
    task = {
        "id": 7, "name": "Follow up", "status": "new", "dueDate": "2026-11-23T00:00:00Z",
        "assigneeUserIds": [1], "tasklistId": 2, "tagIds": [3], "updatedAt": "2026-11-22T10:00:00Z",
    }  # fmt: skip
    board = {"tasks": [task], "included": {}, "meta": {"page": {"hasMore": False}}}
    contact = {"id": "1", "properties": {"email": "ada@site.example", "hs_timezone": "eire"}}
    crm = {"results": [contact], "paging": {"next": {"after": "2"}}, "errors": [], "status": "OK"}
    part = {"mimeType": "text/plain", "headers": [{"name": "To", "value": "a@b.example"}]}
    mail = {"id": "1", "threadId": "2", "labelIds": ["INBOX"], "internalDate": "1", "payload": part}
    gmail = {"history": [{"messagesAdded": [{"message": mail}]}], "historyId": "9", **mail}
    refusal = {"error": {"code": 403, "message": "no", "errors": [{"reason": "domainPolicy"}]}}
    return [json.dumps(one).encode() for one in (board, crm, gmail, refusal)]


def _hooks() -> list[bytes]:
    event = {"eventId": 1, "subscriptionType": "contact.creation", "objectId": 2, "occurredAt": 3}
    push = {"message": {"data": "eyJlbWFpbEFkZHJlc3MiOiAiYUBiLmV4YW1wbGUifQ==", "messageId": "1"}}
    return [json.dumps([event]).encode(), json.dumps(push).encode()]


_SEEDS: Mapping[str, Callable[[], list[bytes]]] = {
    "mail": lambda: [_LETTER, _BOUNCE],
    "headers": lambda: [_LETTER.partition(b"\n\n")[0]],
    "addresses": lambda: [b'"Lovelace, Ada" <ada@site.example>, Group: b@c.example;, (x) d@e.f'],
    "dates": lambda: [b"Mon, 23 Nov 2026 10:00:00 +0100", b"2026-11-23T10:00:00Z", b"120"],
    "html": lambda: [b"<p>a <a href='http://x.example'>b</a><img src=x onerror=y><script>z"],
    "page": lambda: [
        b"""<html><head><base href='/x/'><meta name=robots content=nofollow></head><body><nav>
        <a rel=ugc href='http://acme.example/a'>b</a></nav>""",
        b"User-agent: *\nDisallow: /a*b$\nCrawl-delay: 3\n",
    ],
    "urls": lambda: [b"https://www.acme.example:8080/a/../b?utm_x=1&y=2#z"],
    "table": _tables,
    "webhooks": _hooks,
    "answers": _answers,
    "settings": lambda: [_SETTINGS],
    "campaign": lambda: [b"name: ACME\nclient: acme.example\nmatch: {any: [{label: A}]}\n"],
    "template": lambda: [
        b"{% if says %}{{ person.name|upper }}{% for it in links %}{{ it }}{% endfor %}{% endif %}"
    ],
    "draft": lambda: [b"Ada\nada@site.example\nHello {{ person.name }}\nA text"],
}
