"""What each page shows of a daemon's work."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from tests.unit.engine.office import ADA, MAYA, TOM
from tests.unit.web.conftest import HOSTILE, Running

PAGES = (
    "/",
    "/conversations",
    "/campaigns",
    "/contacts",
    "/contacts/ada@site.example",
    "/reports",
    "/reports?since=2026-13",
    "/reports/campaign/acme",
    "/runs",
    "/runs/1",
    "/parked",
    "/held",
    "/settings",
)
_VOID = {"meta", "link", "input", "br", "line", "rect"}


class Outline(HTMLParser):
    """Every tag with its attributes; complains of tags that do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self._open.pop() == tag


def words(running: Running, path: str) -> str:
    """A page's text as it is read."""
    reply = running.visitor().get(path)
    assert reply.status == 200, reply.text
    return " ".join(re.sub(r"<[^>]+>", " ", reply.text).split())


def talk(running: Running, subject: str) -> str:
    """The path of the conversation with this subject."""
    found = re.search(
        rf'href="(/conversations/\d+)">{subject}<', running.visitor().get("/conversations").text
    )
    assert found is not None
    return found[1]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_well_formed_named_and_within_the_policy(running: Running, path: str):
    reply = running.visitor().get(path)
    assert reply.status == 200
    outline = Outline(reply.text)
    tags = [tag for tag, _ in outline.tags]
    # Drawings have titles of their own.
    head = tags[: tags.index("body")]
    assert tags.count("h1") == tags.count("main") == head.count("title") == 1
    assert "script" not in tags
    assert "style" not in tags
    for tag, attributes in outline.tags:
        assert "style" not in attributes
        assert not any(name.startswith("on") for name in attributes)
        source = attributes.get("src") or (attributes.get("href") if tag == "link" else None)
        assert source is None or source.startswith("/")
        if tag in {"input", "select"} and attributes.get("type") != "hidden":
            assert "aria-label" in attributes or "id" in attributes or "<label" in reply.text
    assert [a for t, a in outline.tags if t == "a" and "aria-current" in a]


def test_the_overview_tells_how_promises_and_mailboxes_stand(running: Running):
    text = words(running, "/")
    assert re.search(r"log \d+ done kept", text)
    assert re.search(r"follow up 1 done kept", text)
    assert MAYA in text
    assert TOM in text
    assert "follows changes" in text
    assert "hubspot calls" in text


def test_the_overview_counts_messages_by_day_beside_the_bars(running: Running):
    text = running.visitor().get("/").text
    assert len(re.findall(r'<rect class="logged"', text)) == 3
    day = running.office.clock.now().date()
    assert f'datetime="{day}"' in text
    assert len(re.findall(r'<th scope="row"><time datetime="[0-9-]{10}">', text)) == 14


def test_an_alarm_stands_at_the_top(running: Running):
    running.office.tell("gmail", "revoke", mailbox=MAYA)
    running.works.look(MAYA)
    running.daemon._watch()
    text = words(running, "/")
    assert f"1 alarm locked {MAYA}" in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=guide", {"Builder guide"}),
        ("?q=ADA", {"Builder guide"}),
        ("?q=stone+builder", {"Builder guide"}),
        (f"?q={ADA}", {"Builder guide"}),
        ("?q=100%25", set()),
        ("?q=_uilder", set()),
        ("?status=waiting", {"Builder guide"}),
        ("?campaign=acme&status=waiting", {"Builder guide"}),
        ("?campaign=nobody", set()),
    ],
)
def test_conversations_are_found(running: Running, query: str, found: set[str]):
    text = running.visitor().get(f"/conversations{query}").text
    assert set(re.findall(r'href="/conversations/\d+">(B[^<]*)<', text)) == found


def test_a_conversation_explains_itself(running: Running):
    text = words(running, talk(running, "Builder guide"))
    assert "Why it stands as it does" in text
    assert "waiting for step 1" in text
    assert "3 business days later" in text
    assert f"wrote to {ADA}" in text
    assert "logged as engagement" in text
    assert re.search(r"open task: .* done", text)


def test_what_people_write_is_shown_as_text(running: Running):
    for path in ("/conversations", talk(running, "&lt;script&gt;.*?")):
        text = running.visitor().get(path).text
        assert "<script" not in text
        assert "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt; &amp; &#34;quotes&#34;" in text
    assert HOSTILE.startswith("<script>")


def test_a_campaign_shows_its_funnel_and_its_waits(running: Running):
    text = words(running, "/campaigns")
    assert re.search(r"ACME Follow-up: 3 business days, then 5 business days", text)
    assert re.search(r"Written to 2 Answered 1 \(50%\)", text)
    assert "1 waiting" in text


def test_a_run_lists_what_it_did(running: Running):
    listed = words(running, "/runs")
    assert "Run 2 run Began" not in listed
    assert re.search(r"Run 2 run .* Run 1", listed)
    text = words(running, "/runs/2")
    assert "open task: " in text
    assert "syncd undo 2 --dry-run" in text
    assert "Undo this run" in text


def test_settings_are_shown_and_secrets_are_not(running: Running):
    text = words(running, "/settings")
    assert "a secret, from file" in text
    for name in ("token", "key", "key.json"):
        secret = (running.office.folder / name).read_text()
        assert secret not in text
    assert "3 business days" in text
    assert "brightlink.example" in text


@pytest.mark.parametrize(
    "path", ["/nothing", "/conversations/999999", "/runs/999999", "/runs/99999999999999999999999"]
)
def test_what_is_not_there_is_said_so(running: Running, path: str):
    reply = running.visitor().get(path)
    assert reply.status == 404
    assert "There is no" in reply.text


def test_long_lists_come_in_pages(running: Running):
    office = running.office
    for number in range(60):
        office.got(f"P{number} <p{number}@x{number}.example>", 1, f"n{number}@x", subject="Many")
    running.turn()
    first = running.visitor().get("/conversations?q=Many").text
    [further] = re.findall(r'rel="next" href="([^"]+)"', first)
    second = running.visitor().get("/conversations" + further.replace("&amp;", "&")).text
    links = [set(re.findall(r'href="(/conversations/\d+)"', page)) for page in (first, second)]
    assert [len(one) for one in links] == [50, 10]
    assert not links[0] & links[1]
    assert 'rel="next"' not in second
    assert 'rel="prev"' in second


@pytest.mark.parametrize("start", ["-5", "x", "1e9", "99999999999999999999", "²"])
def test_a_page_that_cannot_be_is_the_first(running: Running, start: str):
    reply = running.visitor().get(f"/conversations?from={start}")
    assert reply.status == 200
    assert "Builder guide" in reply.text


def test_looking_waits_for_no_writer_and_keeps_none_waiting(running: Running):
    with running.works.ctx.store.begin():
        assert running.visitor().get("/").status == 200
    with running.daemon._view.look(), running.works.ctx.store.begin() as tx:
        tx.exec_driver_sql("UPDATE mailboxes SET locked = 'x'")


def test_a_state_that_cannot_be_read_is_told(running: Running):
    running.daemon._view.close()
    running.office.settings.store.rename(running.office.folder / "elsewhere.db")
    reply = running.visitor().get("/")
    assert reply.status == 503
    assert "is not there any more" in reply.text
