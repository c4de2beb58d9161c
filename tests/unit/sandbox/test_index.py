"""The pages, over the real simulators, so that a field they rename does not go unnoticed."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest

from connectors.gmail.simulator import GmailSimulator
from connectors.hubspot.simulator import HubSpotSimulator
from connectors.teamwork.simulator import TeamworkSimulator
from syncd.ports.simulator import Request, Simulator
from syncd.sandbox.clock import SandboxClock
from syncd.sandbox.example import seed_example
from syncd.sandbox.example_world import Introducers
from syncd.sandbox.index import Pages
from syncd.sandbox.seed import Delivery, deliver
from syncd.sandbox.serving import Exchange, Traffic
from tests.unit.sandbox.brightlink import brightlink

NOW = datetime(2026, 11, 25, 8, 30, tzinfo=UTC)
MAYA = "maya@brightlink.example"
ADDRESSES = {
    "control": "http://127.0.0.1:1",
    "gmail": "http://127.0.0.1:2",
    "hubspot": "http://127.0.0.1:3",
    "teamwork": "http://127.0.0.1:4",
}


class Looking:
    def __init__(self) -> None:
        self.clock = SandboxClock(NOW, frozen=True)
        self.gmail = GmailSimulator(self.clock)
        self.hubspot = HubSpotSimulator(self.clock)
        self.teamwork = TeamworkSimulator(self.clock)
        self.traffic = Traffic()
        self.simulators: dict[str, Simulator] = {
            "gmail": self.gmail,
            "hubspot": self.hubspot,
            "teamwork": self.teamwork,
        }
        self.pages = Pages(self.simulators, self.clock, ADDRESSES, self.traffic)

    def get(self, path, status=200):
        path, _, query = path.partition("?")
        asked = tuple(tuple(each.split("=", 1)) for each in query.split("&") if each)
        self.pages.changed()
        answer = self.pages.handle(Request("GET", path, asked))
        assert answer.status == status
        return answer.body.decode()

    def seed(self) -> Looking:
        seed_example(self.simulators, brightlink(), NOW)
        return self


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.open: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag not in {"meta", "input", "br", "wbr"}:
            self.open.append(tag)
        if tag == "a":
            self.links.append(dict(attrs)["href"] or "")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)


def _read(html: str) -> tuple[str, list[str]]:
    """What stands there, and where it leads; every element closed where it should be."""
    parser = _Words()
    parser.feed(html)
    assert parser.open == []
    return " ".join(" ".join(parser.words).split()), parser.links


@pytest.fixture(scope="module")
def seeded() -> Looking:
    return Looking().seed()


@pytest.fixture
def empty() -> Looking:
    return Looking()


def test_the_overview_counts_what_is_there_and_says_how_to_get_in(seeded):
    seeded.traffic.note(Exchange("hubspot", "POST", "/crm/objects/batch", 207, 1.5))
    words, links = _read(seeded.get("/"))
    assert "127 messages in 3 mailboxes" in words
    assert "5 contacts" in words
    assert f"Bearer sandbox:{MAYA}" in words or "Bearer sandbox:ines@brightlink.example" in words
    assert "http://127.0.0.1:3 Bearer pat-sandbox 1" in words
    assert "POST /crm/objects/batch 207 1.5" in words
    assert f"/mail/{MAYA}" in links


def test_an_inbox_lists_conversations_with_labels_and_what_is_unread(seeded):
    html = seeded.get(f"/mail/{MAYA}")
    words, links = _read(html)
    assert "Maya Fernandes maya@brightlink.example, also outreach@brightlink.example" in words
    assert "Unread: me, Beth Marlowe 2 Campaigns/ACME Quote for your cost survey" in words
    assert "Clients/ACME" in words
    assert "Rank Boost" not in words
    thread = next(link for link in links if re.fullmatch(f"/mail/{MAYA}/[0-9a-f]+", link))
    assert "It is, until the end of the month." in _read(seeded.get(thread))[0]


def test_a_label_shows_its_conversations_alone(seeded):
    private = _read(seeded.get(f"/mail/{MAYA}?label=Private"))[0]
    assert "Renewal and budget" in private
    assert "1 to 1 of 1 conversation" in private
    assert "Nothing here." in _read(seeded.get(f"/mail/{MAYA}?label=Nonsense"))[0]


def test_spam_is_seen_only_under_spam(seeded):
    ines = "/mail/ines@brightlink.example"
    assert "backlinks" not in _read(seeded.get(f"{ines}?label=all"))[0]
    assert "backlinks" in _read(seeded.get(f"{ines}?label=SPAM"))[0]


def test_a_message_in_html_is_shown_as_its_text(seeded):
    _, links = _read(seeded.get(f"/mail/{MAYA}?label=all"))
    threads = [link for link in links if re.fullmatch(f"/mail/{MAYA}/[0-9a-f]+", link)]
    pages = [_read(seeded.get(link))[0] for link in threads]
    (shown,) = [page for page in pages if page.count("Interactive cost map") and "Oliver" in page]
    assert "That map is great." in shown
    assert "font-family" not in shown


def test_markup_in_mail_is_text_and_nothing_else(empty):
    empty.gmail.control("add_mailbox", {"address": MAYA})
    raw = (
        b"From: <script>x</script> <a@b.example>\r\nTo: maya@brightlink.example\r\n"
        b"Subject: <img src=x onerror=alert(1)>\r\n\r\n<b>bold</b> & <script>alert(2)</script>\r\n"
    )
    deliver(empty.gmail, [Delivery(MAYA, raw, ("INBOX", "<i>label</i>"), NOW)])
    inbox = empty.get(f"/mail/{MAYA}")
    _, links = _read(inbox)
    thread = next(link for link in links if re.fullmatch(f"/mail/{MAYA}/[0-9a-f]+", link))
    for html in (inbox, empty.get(thread)):
        assert "<script" not in html
        assert "<img" not in html
        assert "<i>label" not in html
        assert "&lt;b&gt;bold&lt;/b&gt;" in html


def test_broken_mail_is_shown_as_far_as_it_goes(empty):
    empty.gmail.control("add_mailbox", {"address": MAYA})
    broken = [
        b"",
        b"\xff\xfe\x00",
        b"Subject: =?utf-8?b?!!\r\nContent-Type: multipart/mixed\r\n\r\n",
    ]
    deliver(empty.gmail, [Delivery(MAYA, raw, ("INBOX",), NOW) for raw in broken])
    words, links = _read(empty.get(f"/mail/{MAYA}"))
    assert "(no subject)" in words
    for link in links:
        if re.fullmatch(f"/mail/{MAYA}/[0-9a-f]+", link):
            empty.get(link)


def test_a_large_mailbox_is_paged(empty):
    empty.gmail.control("add_mailbox", {"address": MAYA})
    raws = (f"From: p{n}@b.example\r\nSubject: s{n}\r\n\r\nx\r\n".encode() for n in range(120))
    deliver(empty.gmail, [Delivery(MAYA, raw, ("INBOX",), NOW) for raw in raws])
    words, links = _read(empty.get(f"/mail/{MAYA}"))
    assert "1 to 50 of 120 conversations" in words
    assert len([link for link in links if re.fullmatch(f"/mail/{MAYA}/[0-9a-f]+", link)]) == 50
    last, _ = _read(empty.get(f"/mail/{MAYA}?label=INBOX&from=100"))
    assert "101 to 120 of 120 conversations ← Newer" in last
    assert "Older" not in last


def test_a_locked_mailbox_says_so(empty):
    empty.gmail.control("add_mailbox", {"address": MAYA})
    empty.gmail.control("revoke", {"mailbox": MAYA})
    assert "access revoked" in _read(empty.get(f"/mail/{MAYA}"))[0]


def test_contacts_are_found_and_show_their_timeline(seeded):
    seeded.hubspot.control(
        "native_log",
        {
            "contacts": ["priya@selfbuildweekly.example"],
            "subject": "Re: A planning-cost table",
            "at": "2026-11-20T11:05:00Z",
            "direction": "received",
            "message_id": "x@y",
            "text": "You are right, <those> fees have been bugging me.",
            "from": "priya@selfbuildweekly.example",
            "to": [MAYA],
        },
    )
    words, links = _read(seeded.get("/contacts"))
    assert words.index("Priya Nair · Self Build Weekly") < words.index("Joost van Dijk")
    assert "mateo.silva@greenroofblog.example, mateo@silva-media.example" in words
    found, links = _read(seeded.get("/contacts?q=self build"))
    assert "1 to 1 of 1 contact" in found
    shown, _ = _read(seeded.get(next(link for link in links if link.startswith("/contacts/"))))
    assert "Received 20 Nov 2026, 11:05" in shown
    assert "<those> fees" in shown
    assert "Nobody here fits" in _read(seeded.get("/contacts?q=zzz"))[0]


def test_what_syncd_writes_on_a_contact_stands_out(empty):
    for name, label in (("syncd_stage", "Outreach stage"), ("syncd_campaigns", "Campaigns")):
        field = {"name": name, "label": label, "type": "string", "fieldType": "text"}
        body = json.dumps({**field, "groupName": "contactinformation"})
        made = empty.hubspot.handle(
            Request(
                "POST",
                "/crm/properties/2026-09/contacts",
                headers={"authorization": "Bearer pat-sandbox", "content-type": "application/json"},
                body=body.encode(),
            )
        )
        assert made.status == 201, made.body
    properties = {"email": "a@b.example", "syncd_stage": "replied", "syncd_campaigns": "acme;tea"}
    empty.hubspot.control("add_contact", {"properties": properties})
    html = empty.get("/contacts")
    assert '<span class="chip on" title="Campaigns">acme, tea</span>' in html
    assert '<span class="chip on" title="Outreach stage">replied</span>' in html


def test_the_board_shows_open_and_done_tasks_with_people_and_comments(seeded):
    told = seeded.teamwork.control
    told("add_project", {"name": "Outreach", "lists": ["Follow-ups"]})
    for name, due in (("Write to Hannah", "2026-11-20"), ("Write to Ron", "2026-12-01")):
        told(
            "add_task",
            {"list": "Outreach/Follow-ups", "name": name, "by": MAYA, "due": due, "assign": MAYA},
        )
    done = told("add_task", {"list": "Outreach/Follow-ups", "name": "Write to Beth", "by": MAYA})
    told("person_comments", {"task": done["id"], "by": MAYA, "body": "She <answered>."})
    told("person_completes", {"task": done["id"], "by": MAYA})
    gone = told("add_task", {"list": "Outreach/Follow-ups", "name": "Thrown away", "by": MAYA})
    told("person_deletes", {"task": gone["id"], "by": MAYA})
    words, _ = _read(seeded.get("/tasks"))
    assert "2 open, 1 done Outreach Follow-ups 3" in words
    assert "Thrown away" not in words
    assert "Write to Hannah due Fri 20 Nov (late) Maya Fernandes" in words
    assert "Write to Ron due Tue 01 Dec Maya" in words
    assert "Done: Write to Beth done 2026-11-25 by Maya Fernandes nobody 1 comment" in words
    assert "She <answered>." in words


def test_a_long_list_is_cut_on_the_board_and_paged_on_its_own_page(empty):
    told = empty.teamwork.control
    told("add_person", {"email": MAYA, "name": "Maya Fernandes"})
    lists = told("add_project", {"name": "Outreach", "lists": ["Follow-ups"]})["lists"]
    for number in range(70):
        told("add_task", {"list": "Outreach/Follow-ups", "name": f"Task {number}", "by": MAYA})
    words, links = _read(empty.get("/tasks"))
    assert words.count("no due date") == 30
    assert f"/tasks/{lists['Follow-ups']}" in links
    page, _ = _read(empty.get(f"/tasks/{lists['Follow-ups']}"))
    assert "1 to 50 of 70 tasks" in page


def test_empty_services_say_what_will_come(empty):
    assert "No mailbox yet." in _read(empty.get("/"))[0]
    assert "syncd adds them when it logs mail" in _read(empty.get("/contacts"))[0]
    assert "syncd makes the one its settings name" in _read(empty.get("/tasks"))[0]


@pytest.mark.parametrize(
    "path",
    ["/mail/x@y.example", f"/mail/{MAYA}/abc", "/contacts/9", "/tasks/9", "/nowhere", "/mail"],
)
def test_what_is_not_there_is_said_on_a_page(empty, path):
    words, _ = _read(empty.get(path, status=404))
    assert "Not found There is no such" in words or "There is no mailbox" in words


def test_states_with_keys_missing_are_shown_as_far_as_they_go():
    class Bare:
        name = "gmail"

        def snapshot(self):
            return {
                "boxes": [{"address": MAYA, "messages": [{"id": "1"}]}],
                "objects": {"contacts": {"1": {}}},
                "tables": {"tasks": {"1": {}}},
            }

    simulators: Any = dict.fromkeys(("gmail", "hubspot", "teamwork"), Bare())
    pages = Pages(simulators, SandboxClock(NOW, frozen=True), ADDRESSES, Traffic())
    for path in ("/", f"/mail/{MAYA}", f"/mail/{MAYA}/1", "/contacts", "/contacts/1", "/tasks"):
        assert pages.handle(Request("GET", path)).status == 200


def test_a_snapshot_is_taken_again_only_after_something_happened(empty):
    taken = []
    snapshot = empty.gmail.snapshot

    def counted():
        taken.append(1)
        return snapshot()

    empty.gmail.snapshot = counted
    for _ in range(3):
        empty.pages.handle(Request("GET", "/"))
    assert len(taken) == 1
    empty.traffic.note(Exchange("gmail", "GET", "/", 200, 1.0))
    empty.pages.handle(Request("GET", "/"))
    empty.pages.changed()
    empty.pages.handle(Request("GET", "/"))
    assert len(taken) == 3


def test_pages_load_nothing_from_elsewhere_and_run_no_scripts(seeded):
    for path in ("/", f"/mail/{MAYA}", "/contacts", "/tasks"):
        html = seeded.get(path)
        assert not re.search(r"<script|<link|@import|url\(|(?:src|href|action)=\"?https?:", html)
    answer = seeded.pages.handle(Request("GET", "/"))
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_campaigns_milestones_notebook_and_segments_are_shown(monkeypatch):
    looking = Looking().seed()
    looking.teamwork.control("add_project", {"name": "ACME", "lists": ["Write"]})
    board = looking.teamwork.snapshot()
    (project,) = board["tables"]["projects"]
    of = {"projectId": int(project), "deletedAt": None}
    board["tables"]["milestones"]["901"] = {
        **of, "name": "December", "deadline": "2026-12-31", "description": "8 tasks"
    }  # fmt: skip
    board["tables"]["notebooks"]["902"] = {**of, "name": "Campaign: ACME", "contents": "# <Goal>"}
    monkeypatch.setattr(looking.teamwork, "snapshot", lambda: board)
    words, _ = _read(looking.get("/tasks"))
    assert "Milestones: December, 31 Dec" in words
    assert "Notebook: Campaign: ACME # <Goal>" in words
    crm = looking.hubspot.snapshot()
    first = next(iter(crm["objects"]["contacts"]))
    crm["lists"]["7"] = {"name": "Linked before: tea", "members": {first: "", "gone": ""}}
    monkeypatch.setattr(looking.hubspot, "snapshot", lambda: crm)
    assert "Segments: Linked before: tea · 1" in _read(looking.get("/contacts"))[0]
    assert "Segment Linked before: tea" in _read(looking.get(f"/contacts/{first}"))[0]


def _draft(looking: Looking, words: str) -> str:
    """A draft of Maya's to Priya; the address of the button that sends it."""
    raw = (
        f"From: Maya Fernandes <{MAYA}>\r\nTo: Priya Nair <priya@selfbuildweekly.example>\r\n"
        f"Subject: Somebody you know?\r\nMessage-ID: <asked@brightlink.example>\r\n\r\n{words}\r\n"
    )
    encoded = base64.b64encode(raw.encode()).decode()
    looking.gmail.control("save_draft", {"mailbox": MAYA, "raw": encoded})
    _, links = _read(looking.get(f"/mail/{MAYA}?label=DRAFT"))
    threads = [link for link in links if re.fullmatch(f"/mail/{MAYA}/[0-9a-f]+", link)]
    pages = [looking.get(link) for link in threads]
    return next(
        found[1] for page in pages if (found := re.search(r'action="([^"]+/drafts/[^"]+)', page))
    )


def _press(looking: Looking, button: str) -> str:
    looking.pages.changed()
    answer = looking.pages.handle(Request("POST", button))
    assert answer.status == 303
    return _read(looking.get(answer.headers["location"]))[0]


def test_a_draft_is_sent_by_a_button_and_whoever_introduces_answers_at_once():
    looking = Looking().seed()
    looking.pages = Pages(
        looking.simulators, looking.clock, ADDRESSES, looking.traffic, Introducers(brightlink())
    )
    button = _draft(looking, "Do you know the people of homesandplots.example?")
    thread = _press(looking, button)
    assert "Send this draft" not in thread
    assert thread.index("Do you know the people") < thread.index("Maya, meet Theo")
    assert "to Maya Fernandes, copy to Theo Brandt" in thread
    looking.pages.changed()
    assert looking.pages.handle(Request("POST", button)).status == 404


def test_a_draft_that_asks_for_nothing_known_is_sent_and_nobody_answers():
    looking = Looking().seed()
    looking.pages = Pages(
        looking.simulators, looking.clock, ADDRESSES, looking.traffic, Introducers(brightlink())
    )
    thread = _press(looking, _draft(looking, "How are you?"))
    assert "How are you?" in thread
    assert "Theo" not in thread


def test_other_buttons_than_that_are_not_there(seeded):
    assert seeded.pages.handle(Request("POST", "/")).status == 404
    nobody = Request("POST", "/mail/x@y.example/drafts/1")
    assert seeded.pages.handle(nobody).status == 404
