"""Sync as facts/gmail.md A6 has it, where nothing else shows it."""

from __future__ import annotations

import base64
import re
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from connectors.gmail import simulator_settings
from connectors.gmail.simulator_colors import _PALETTE
from tests.unit.gmail.scene import MAYA, TOM, Scene, mail, reason, scene
from tests.unit.gmail.schema import DOCUMENT


@pytest.fixture
def stage(tmp_path: Path) -> Scene:
    return scene(tmp_path)


class TestHistory:
    def test_a_page_holds_a_hundred_unless_told_and_never_more_than_500(self, stage: Scene) -> None:
        start = stage.call("GET", "profile")[1]["historyId"]
        for _ in range(520):
            stage.deliver()

        def size(key: str, path: str, **query: Any) -> int:
            return len(stage.call("GET", path, **query)[1][key])

        for key, path, query in (
            ("history", "history", {"startHistoryId": start}),
            ("messages", "messages", {}),
            ("threads", "threads", {}),
        ):
            assert size(key, path, **query) == 100
            assert size(key, path, maxResults=900, **query) == 500
            assert size(key, path, maxResults=3, **query) == 3

    def test_the_last_page_may_be_empty_too(self, stage: Scene) -> None:
        start = stage.call("GET", "profile")[1]["historyId"]
        stage.deliver()
        stage.control("noise", mailbox=MAYA, records=1)
        _, first = stage.call("GET", "history", startHistoryId=start, maxResults=1)
        assert len(first["history"]) == 1
        token = first["nextPageToken"]
        _, last = stage.call("GET", "history", startHistoryId=start, maxResults=1, pageToken=token)
        assert last == {"historyId": stage.call("GET", "profile")[1]["historyId"]}

    def test_ids_may_be_greater_than_63_bits(self, stage: Scene) -> None:
        great = "179537885680307521110"
        box = "great@brightlink.example"
        stage.control("add_mailbox", address=box, history_id=great)
        bearer = {"as_": f"sandbox:{box}"}
        assert stage.call("GET", "profile", **bearer)[1]["historyId"] == great
        for _ in range(3):
            stage.deliver(to=box)
        _, page = stage.call("GET", "history", startHistoryId=great, maxResults=2, **bearer)
        assert all(int(each["id"]) > int(great) for each in page["history"])
        token = page["nextPageToken"]
        _, rest = stage.call("GET", "history", startHistoryId=great, pageToken=token, **bearer)
        assert len(rest["history"]) == 1
        stage.control("lag", seconds=60)
        assert stage.call("GET", "profile", **bearer)[1]["historyId"] == great
        stage.simulator.restore(stage.simulator.snapshot())
        assert stage.call("GET", "profile", **bearer)[1]["historyId"] == great

    def test_what_a_list_named_may_be_gone_when_asked_for(self, stage: Scene) -> None:
        message = stage.deliver()
        assert stage.call("GET", "messages")[1]["messages"][0]["id"] == message
        stage.control("delete", mailbox=MAYA, id=message)
        status, said = stage.call("GET", f"messages/{message}")
        assert (status, reason(said)) == (404, "notFound")

    def test_scheduled_mail_stands_in_the_future_before_all_other(self, stage: Scene) -> None:
        now = stage.deliver()
        later = stage.clock.now() + timedelta(days=9)
        future = stage.deliver(labels=("SENT", "SCHEDULED"), at=later)
        listed = [each["id"] for each in stage.call("GET", "messages")[1]["messages"]]
        assert listed == [future, now]
        got = stage.call("GET", f"messages/{future}", format="minimal")[1]
        assert int(got["internalDate"]) == later.timestamp() * 1000


class TestWatch:
    def watch(self, stage: Scene, **more: Any) -> int:
        topic = {"topicName": "projects/p/topics/t"}
        return stage.call("POST", "watch", topic | more)[0]

    def told(self, stage: Scene, *labels: str) -> int:
        stage.clock.advance(2)
        stage.deliver(labels=labels)
        return len(stage.control("notifications")["notifications"])

    def test_a_watch_lasts_seven_days_and_says_so_in_milliseconds(self, stage: Scene) -> None:
        _, said = stage.call("POST", "watch", {"topicName": "projects/p/topics/t"})
        until = stage.clock.now() + timedelta(days=7)
        assert said["expiration"] == str(round(until.timestamp() * 1000))
        assert said["historyId"] == stage.call("GET", "profile")[1]["historyId"]

    def test_labels_say_what_is_told_of(self, stage: Scene) -> None:
        assert self.watch(stage, labelIds=["SENT"]) == 200
        assert [self.told(stage, each) for each in ("INBOX", "SENT")] == [0, 1]
        assert self.watch(stage, labelIds=["SENT"], labelFilterBehavior="exclude") == 200
        assert [self.told(stage, each) for each in ("INBOX", "SENT")] == [1, 0]
        assert self.watch(stage, labelIds=["SENT"], labelFilterAction="exclude") == 200
        assert [self.told(stage, each) for each in ("INBOX", "SENT")] == [1, 0]

    def test_a_label_put_on_is_told_of_too(self, stage: Scene) -> None:
        message = stage.deliver()
        self.watch(stage, labelIds=["STARRED"])
        stage.call("POST", f"messages/{message}/modify", {"addLabelIds": ["STARRED"]})
        assert len(stage.control("notifications")["notifications"]) == 1
        stage.clock.advance(2)
        stage.call("POST", f"messages/{message}/modify", {"removeLabelIds": ["STARRED"]})
        assert len(stage.control("notifications")["notifications"]) == 1

    @pytest.mark.parametrize("wrong", [{"labelIds": ["Label_9"]}, {"labelFilterBehavior": "some"}])
    def test_a_watch_for_what_there_is_not(self, stage: Scene, wrong: Any) -> None:
        assert self.watch(stage, **wrong) == 400


class TestMessages:
    def test_headers_keep_their_case_their_order_and_their_twins(self, stage: Scene) -> None:
        more = (
            "Return-Path: <>\r\nDelivered-To: maya@brightlink.example\r\n"
            "Auto-Submitted: auto-replied\r\nX-oDD-Name: 1\r\nReceived: from b\r\nReceived: from a"
        )
        message = stage.deliver(mail(more=more))
        headers = stage.call("GET", f"messages/{message}")[1]["payload"]["headers"]
        names = [each["name"] for each in headers]
        assert names[3:] == [
            "Return-Path", "Delivered-To", "Auto-Submitted", "X-oDD-Name", "Received", "Received",
        ]  # fmt: skip
        assert [each["value"] for each in headers[-2:]] == ["from b", "from a"]

    def test_base64url_comes_padded_and_bare(self, stage: Scene) -> None:
        found = set[bool]()
        for _ in range(20):
            message = stage.deliver(mail(text="a", message_id=f"{len(found)}@x"))
            body = stage.call("GET", f"messages/{message}")[1]["payload"]["body"]["data"]
            found.add(body.endswith("="))
            raw = stage.call("GET", f"messages/{message}", format="raw")[1]["raw"]
            base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4))
        assert found == {True, False}

    def test_a_message_id_may_come_several_times_or_not_at_all(self, stage: Scene) -> None:
        twins = [stage.deliver(mail(message_id="1@a.example")) for _ in range(2)]
        stage.deliver(mail(message_id="1@a.example"), to=TOM)
        nameless = stage.deliver(mail(message_id=""))
        _, said = stage.call("GET", "messages", q="rfc822msgid:1@a.example")
        assert {each["id"] for each in said["messages"]} == set(twins)
        payload = stage.call("GET", f"messages/{nameless}")[1]["payload"]
        assert "Message-ID" not in {each["name"] for each in payload["headers"]}

    def test_a_thread_is_another_in_every_mailbox(self, stage: Scene) -> None:
        raw = mail(message_id="1@a.example")
        mine, theirs = stage.deliver(raw), stage.deliver(raw, to=TOM)
        assert mine != theirs
        assert stage.call("GET", f"threads/{theirs}")[0] == 404

    def test_a_label_on_a_thread_is_not_on_what_comes_later(self, stage: Scene) -> None:
        first = stage.deliver(mail("Pitch", message_id="1@b.example"))
        assert stage.call("POST", f"threads/{first}/modify", {"addLabelIds": ["STARRED"]})[0] == 200
        later = stage.deliver(mail("Re: Pitch", message_id="2@a.example", references="1@b.example"))
        got = stage.call("GET", f"messages/{later}", format="minimal")[1]
        assert (got["threadId"], got["labelIds"]) == (first, ["INBOX"])

    def test_a_change_of_many_has_no_errors_by_id(self, stage: Scene) -> None:
        message = stage.deliver()
        body = {"ids": [message, "0123456789abcdef"], "addLabelIds": ["STARRED"]}
        assert stage.call("POST", "messages/batchModify", body) == (204, None)
        got = stage.call("GET", f"messages/{message}", format="minimal")[1]
        assert "STARRED" in got["labelIds"]

    def test_a_draft_may_not_be_too_large_either(self, stage: Scene) -> None:
        raw = base64.urlsafe_b64encode(bytes(36_700_161)).decode()
        assert stage.call("POST", "drafts", {"message": {"raw": raw}})[0] == 413

    @pytest.mark.parametrize(
        ("to", "arrives"),
        [
            ("tom+press@brightlink.example", True),
            ("T.Roe@gmail.com", True),
            ("troe+x@googlemail.com", True),
            ("t.om@brightlink.example", False),
        ],
    )
    def test_tags_and_gmails_dots_lead_to_the_same_mailbox(
        self, stage: Scene, to: str, *, arrives: bool
    ) -> None:
        stage.control("add_mailbox", address=TOM, aliases=["troe@gmail.com"])
        raw = base64.urlsafe_b64encode(mail(to=to)).decode()
        assert stage.call("POST", "messages/send", {"raw": raw})[0] == 200
        _, said = stage.call("GET", "messages", as_=f"sandbox:{TOM}")
        assert ("messages" in said) == arrives

    def test_a_search_knows_no_aliases_and_no_threads(self, stage: Scene) -> None:
        stage.control("add_mailbox", address=MAYA, aliases=["press@brightlink.example"])
        mine = stage.deliver(mail("Pitch", to=MAYA, message_id="1@b.example"))
        reply = mail("Re: Pitch", to="press@brightlink.example", references="1@b.example")
        theirs = stage.deliver(reply)

        def found(query: str) -> list[str]:
            said = stage.call("GET", "messages", q=query)[1]
            return [each["id"] for each in said.get("messages", [])]

        assert found(f"to:{MAYA}") == [mine]
        assert found("to:press") == [theirs]
        # One message of a thread has the one word, another the other: no message has both.
        assert found("to:press rfc822msgid:1@b.example") == []

    def test_an_html_message_of_a_real_library_is_told_whole(self, stage: Scene) -> None:
        made = EmailMessage()
        made["From"], made["To"], made["Subject"] = "a@acme.example", MAYA, "Grüße"
        made.set_content("plain")
        made.add_alternative("<p>html</p>", subtype="html")
        made.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="ü.pdf")
        message = stage.deliver(made.as_bytes())
        for form in ("full", "metadata", "minimal", "raw"):
            assert stage.call("GET", f"messages/{message}", format=form)[0] == 200
        payload = stage.call("GET", f"messages/{message}")[1]["payload"]
        assert [each["partId"] for each in payload["parts"]] == ["0", "1"]
        assert payload["parts"][1]["filename"] == "ü.pdf"


class TestLabels:
    def test_a_name_may_change_and_the_id_stays(self, stage: Scene) -> None:
        made = stage.call("POST", "labels", {"name": "Campaigns/ACME"})[1]["id"]
        changed = stage.call("PATCH", f"labels/{made}", {"name": "Campaigns/Bolt"})[1]
        assert (changed["id"], changed["name"]) == (made, "Campaigns/Bolt")

    def test_there_may_be_so_many_and_no_more(
        self, stage: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert simulator_settings._MOST_LABELS == 10_000
        monkeypatch.setattr(simulator_settings, "_MOST_LABELS", 2)
        made = [stage.call("POST", "labels", {"name": f"L{n}"})[0] for n in range(3)]
        assert made == [200, 200, 400]

    def test_colours_are_of_the_documents_palette(self, stage: Scene) -> None:
        described = DOCUMENT["schemas"]["LabelColor"]["properties"]["textColor"]["description"]
        assert set(re.findall(r"#[0-9a-f]{6}", described)) == _PALETTE
        for text, status in (("#000000", 200), ("#123456", 400)):
            color = {"textColor": text, "backgroundColor": "#ffffff"}
            assert stage.call("POST", "labels", {"name": text, "color": color})[0] == status
