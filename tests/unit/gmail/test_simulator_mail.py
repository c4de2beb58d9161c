"""How simulated mail behaves: threads, drafts, sending, history and search."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.gmail.simulator_mime import subject_key
from tests.unit.gmail.scene import MAYA, TOM, Scene, mail, scene


@pytest.fixture
def stage(tmp_path: Path) -> Scene:
    return scene(tmp_path)


def shown(stage: Scene, message: str, **query: Any) -> Any:
    status, said = stage.call("GET", f"messages/{message}", **query)
    assert status == 200
    return said


def thread(stage: Scene, message: str) -> str:
    return str(shown(stage, message, format="minimal")["threadId"])


def found(stage: Scene, query: str, **more: Any) -> list[str]:
    status, said = stage.call("GET", "messages", q=query, **more)
    assert status == 200
    return [each["id"] for each in said.get("messages", [])]


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()


def history(stage: Scene, start: str, **query: Any) -> Any:
    status, said = stage.call("GET", "history", startHistoryId=start, **query)
    assert status == 200
    return said


def now(stage: Scene) -> str:
    return str(stage.call("GET", "profile")[1]["historyId"])


class TestThreads:
    def test_a_first_message_is_its_own_thread(self, stage: Scene) -> None:
        message = stage.deliver()
        assert thread(stage, message) == message

    @pytest.mark.parametrize("subject", ["Pitch", "Re: Pitch", "AW: Re[2]: pitch", "Fwd: Pitch"])
    def test_a_reply_joins_the_message_it_refers_to(self, stage: Scene, subject: str) -> None:
        first = stage.deliver(mail("Pitch", message_id="1@b.example"))
        reply = stage.deliver(mail(subject, message_id="2@a.example", references="1@b.example"))
        assert thread(stage, reply) == first

    def test_a_reply_under_another_subject_begins_a_thread(self, stage: Scene) -> None:
        stage.deliver(mail("Pitch", message_id="1@b.example"))
        reply = stage.deliver(mail("Prices", message_id="2@a.example", references="1@b.example"))
        assert thread(stage, reply) == reply

    def test_the_same_subject_alone_joins_nothing(self, stage: Scene) -> None:
        stage.deliver(mail("Pitch", message_id="1@b.example"))
        other = stage.deliver(mail("Re: Pitch", message_id="2@a.example"))
        assert thread(stage, other) == other

    def test_a_thread_told_by_an_export_is_honoured_within_its_mailbox(self, stage: Scene) -> None:
        ids = [
            stage.deliver(mail(f"Mail {n}", message_id=f"{n}@a.example"), thread="17")
            for n in range(3)
        ]
        alone = stage.deliver(mail("Re: Mail 0", references="0@a.example"), thread="18")
        other = stage.deliver(mail("Mail 0", message_id="0@a.example"), thread="17", to=TOM)
        assert [thread(stage, each) for each in ids] == [ids[0]] * 3
        assert thread(stage, alone) == alone
        assert other != ids[0]

    def test_a_thread_shows_its_messages_in_order_of_time(self, stage: Scene) -> None:
        at = stage.clock.now()
        late = stage.deliver(thread="1", at=at)
        early = stage.deliver(thread="1", at=at - timedelta(days=1))
        _, said = stage.call("GET", f"threads/{late}", format="minimal")
        assert [each["id"] for each in said["messages"]] == [early, late]

    def test_threads_are_listed_once_where_their_newest_message_stands(self, stage: Scene) -> None:
        at = stage.clock.now()
        ids = [stage.deliver(thread=str(n % 3), at=at - timedelta(minutes=n)) for n in range(9)]
        pages, token = [], ""
        while True:
            query = {"pageToken": token} if token else {}
            _, said = stage.call("GET", "threads", maxResults=2, **query)
            pages.append([each["id"] for each in said["threads"]])
            token = said.get("nextPageToken", "")
            if not token:
                break
        assert pages == [ids[:2], ids[2:3]]

    @pytest.mark.parametrize(
        ("subject", "key"),
        [("Re: Re: A  b", "a b"), ("SV: x", "x"), ("Reach", "reach"), ("", ""), ("Re:", "")],
    )
    def test_reply_prefixes_are_no_part_of_a_subject(self, subject: str, key: str) -> None:
        assert subject_key(subject) == key


class TestDrafts:
    def test_each_save_is_a_new_message_and_the_old_one_is_deleted(self, stage: Scene) -> None:
        start = now(stage)
        body = {"message": {"raw": encoded(mail("One"))}}
        _, first = stage.call("POST", "drafts", body)
        _, second = stage.call("PUT", f"drafts/{first['id']}", body)
        assert first["id"] == second["id"]
        assert first["message"]["id"] != second["message"]["id"]
        assert stage.call("GET", f"messages/{first['message']['id']}")[0] == 404
        records = history(stage, start)["history"]
        assert [list(each)[2] for each in records] == [
            "messagesAdded",
            "messagesAdded",
            "messagesDeleted",
        ]
        assert records[0]["messagesAdded"][0]["message"]["labelIds"] == ["DRAFT"]

    def test_sending_a_draft_makes_a_new_message_of_it(self, stage: Scene) -> None:
        _, draft = stage.call("POST", "drafts", {"message": {"raw": encoded(mail(to=TOM))}})
        _, sent = stage.call("POST", "drafts/send", {"id": draft["id"]})
        assert sent["labelIds"] == ["SENT"]
        assert sent["id"] != draft["message"]["id"]
        assert stage.call("GET", "drafts")[1].get("drafts") is None

    @pytest.mark.parametrize(
        ("subject", "references", "joins"),
        [
            ("Re: Pitch", "1@b.example", True),
            ("Re: Pitch", "", False),
            ("New", "1@b.example", False),
        ],
    )
    def test_a_draft_joins_a_thread_only_by_reference_and_subject(
        self, stage: Scene, subject: str, references: str, *, joins: bool
    ) -> None:
        first = stage.deliver(mail("Pitch", message_id="1@b.example"))
        raw = mail(subject, message_id="2@b.example", references=references)
        body = {"message": {"raw": encoded(raw), "threadId": first}}
        _, draft = stage.call("POST", "drafts", body)
        assert (draft["message"]["threadId"] == first) == joins

    def test_a_draft_is_found_by_our_own_message_id(self, stage: Scene) -> None:
        raw = mail("Intro", message_id="mark-1@syncd.example")
        _, draft = stage.call("POST", "drafts", {"message": {"raw": encoded(raw)}})
        assert found(stage, "rfc822msgid:<mark-1@syncd.example>") == [draft["message"]["id"]]
        _, listed = stage.call("GET", "drafts", q="rfc822msgid:mark-1@syncd.example")
        assert [each["id"] for each in listed["drafts"]] == [draft["id"]]

    def test_people_save_and_send_through_the_back_door(self, stage: Scene) -> None:
        raw = base64.b64encode(mail("Hi", to=TOM)).decode()
        first = stage.control("save_draft", mailbox=MAYA, raw=raw)
        second = stage.control("save_draft", mailbox=MAYA, raw=raw, draft=first["draft"])
        assert (second["draft"], second["id"]) != (first["draft"], first["id"])
        sent = stage.control("send_draft", mailbox=MAYA, draft=first["draft"])
        assert found(stage, "in:sent") == [sent["id"]]
        assert found(stage, "in:drafts") == []


class TestSending:
    def send(self, stage: Scene, raw: bytes) -> Any:
        status, said = stage.call("POST", "messages/send", {"raw": encoded(raw)})
        assert status == 200
        return said

    def test_a_sent_message_arrives_in_the_mailboxes_that_are_here(self, stage: Scene) -> None:
        raw = mail(to=f"a@acme.example, {TOM}", message_id="1@b.example", more="Bcc: x@y.example")
        sent = self.send(stage, raw)
        assert sent["labelIds"] == ["SENT"]
        _, said = stage.call("GET", "messages", as_=f"sandbox:{TOM}")
        (copy,) = said["messages"]
        assert copy["id"] != sent["id"]
        _, got = stage.call("GET", f"messages/{copy['id']}", as_=f"sandbox:{TOM}")
        assert got["labelIds"] == ["INBOX", "UNREAD"]
        assert "Bcc" not in {each["name"] for each in got["payload"]["headers"]}

    def test_mail_to_oneself_is_one_message_sent_and_received(self, stage: Scene) -> None:
        assert self.send(stage, mail(to=MAYA))["labelIds"] == ["INBOX", "SENT"]
        assert len(found(stage, "")) == 1

    def test_gmail_completes_the_header(self, stage: Scene) -> None:
        sent = self.send(stage, b"To: a@acme.example\r\nSubject: x\r\n\r\ny")
        names = {each["name"] for each in shown(stage, sent["id"])["payload"]["headers"]}
        assert {"Date", "From", "Message-ID"} <= names

    def test_an_inserted_message_may_keep_its_own_date(self, stage: Scene) -> None:
        raw = mail(more="Date: Sun, 01 Nov 2026 10:00:00 +0000")
        body = {"raw": encoded(raw), "labelIds": ["INBOX"]}
        _, made = stage.call("POST", "messages", body, internalDateSource="dateHeader")
        at = datetime(2026, 11, 1, 10, tzinfo=UTC)
        assert shown(stage, made["id"])["internalDate"] == str(round(at.timestamp() * 1000))


class TestHistory:
    def test_ids_increase_with_gaps_and_without_changes_there_is_no_history(
        self, stage: Scene
    ) -> None:
        start = now(stage)
        assert history(stage, start) == {"historyId": start}
        for _ in range(20):
            stage.deliver()
        ids = [int(each["id"]) for each in history(stage, start)["history"]]
        assert ids == sorted(ids)
        assert ids[-1] - ids[0] > len(ids)
        assert str(ids[-1]) == now(stage)

    def test_one_record_carries_both_arrays(self, stage: Scene) -> None:
        message = stage.deliver()
        start = now(stage)
        change = {"addLabelIds": ["STARRED"], "removeLabelIds": ["INBOX"]}
        stage.call("POST", f"messages/{message}/modify", change)
        (record,) = history(stage, start)["history"]
        assert record["messages"] == [{"id": message, "threadId": message}]
        assert record["labelsAdded"][0]["labelIds"] == ["STARRED"]
        assert record["labelsRemoved"][0]["message"]["labelIds"] == ["STARRED"]

    def test_a_change_that_changes_nothing_leaves_no_record(self, stage: Scene) -> None:
        message = stage.deliver()
        start = now(stage)
        stage.call("POST", f"messages/{message}/modify", {"addLabelIds": ["INBOX"]})
        assert history(stage, start) == {"historyId": start}

    def test_a_page_may_be_empty_and_not_the_last(self, stage: Scene) -> None:
        start = now(stage)
        stage.control("noise", mailbox=MAYA, records=4)
        message = stage.deliver()
        first = history(stage, start, maxResults=3)
        assert "history" not in first
        second = history(stage, start, maxResults=3, pageToken=first["nextPageToken"])
        assert second["history"][0]["messagesAdded"][0]["message"]["id"] == message
        assert "nextPageToken" not in second

    def test_kinds_and_a_label_narrow_it_down(self, stage: Scene) -> None:
        start = now(stage)
        message = stage.deliver()
        stage.deliver(labels=("SENT",))
        stage.call("POST", f"messages/{message}/trash")
        kinds = history(stage, start, historyTypes=["labelAdded", "labelRemoved"])["history"]
        assert [each.keys() for each in kinds] == [
            {"id", "messages", "labelsAdded", "labelsRemoved"}
        ]
        sent = history(stage, start, labelId="SENT", historyTypes="messageAdded")["history"]
        assert len(sent) == 1

    def test_trash_is_a_label_and_deletion_is_for_good(self, stage: Scene) -> None:
        message = stage.deliver()
        start = now(stage)
        stage.call("POST", f"messages/{message}/trash")
        stage.call("POST", f"messages/{message}/untrash")
        stage.call("DELETE", f"messages/{message}")
        kinds = [set(each) - {"id", "messages"} for each in history(stage, start)["history"]]
        assert kinds == [{"labelsAdded", "labelsRemoved"}, {"labelsRemoved"}, {"messagesDeleted"}]

    def test_what_is_new_can_be_hidden_for_a_while_though_a_push_tells_of_it(
        self, stage: Scene
    ) -> None:
        stage.call("POST", "watch", {"topicName": "projects/p/topics/t"})
        stage.control("lag", seconds=10)
        start = now(stage)
        message = stage.deliver()
        (push,) = stage.control("notifications")["notifications"]
        assert push["emailAddress"] == MAYA
        assert int(push["historyId"]) > int(start)
        assert history(stage, start) == {"historyId": start}
        assert found(stage, "") == []
        assert shown(stage, message)["id"] == message
        stage.clock.advance(10)
        assert len(history(stage, start)["history"]) == 1
        assert found(stage, "") == [message]

    def test_pushes_are_one_a_second_until_the_watch_ends(self, stage: Scene) -> None:
        stage.call("POST", "watch", {"topicName": "projects/p/topics/t"})
        for _ in range(3):
            stage.deliver()
        stage.clock.advance(1)
        stage.deliver()
        assert len(stage.control("notifications")["notifications"]) == 2
        stage.clock.advance(days=7)
        stage.deliver()
        assert stage.control("notifications")["notifications"] == []


class TestSearch:
    def test_times_in_seconds_and_dates_in_california(self, stage: Scene) -> None:
        midnight = datetime(2026, 11, 2, 8, tzinfo=UTC)  # in Los Angeles
        before = stage.deliver(at=midnight - timedelta(seconds=1))
        after = stage.deliver(at=midnight)
        assert found(stage, "after:2026/11/02") == [after]
        assert found(stage, "before:2026-11-02") == [before]
        assert found(stage, f"after:{int(midnight.timestamp())}") == [after]
        assert found(stage, f"before:{int(midnight.timestamp())}") == [before]
        assert found(stage, "older_than:20d newer_than:2m") == [after, before]
        assert found(stage, "newer_than:1d") == []

    @pytest.mark.parametrize(
        ("query", "hits"),
        [
            ("from:jane", True),
            ("from:tom", False),
            ("-from:jane", False),
            ("to:maya subject:guest", True),
            ('subject:"guest post"', True),
            ('subject:"post guest"', False),
            ("subject:(guest)", True),
            ("would cost", True),
            ("wouldn't", False),
            ("label:Campaigns/ACME", True),
            ("label:campaigns-acme", True),
            ("-label:other", True),
            ("in:inbox is:unread", True),
            ("is:read", False),
            ("in:sent", False),
            ("has:attachment", False),
            ("rfc822msgid:1@acme.example", True),
            ("-rfc822msgid:1@acme.example", False),
            ("rfc822msgid:2@acme.example", False),
            ("rfc822msgid:1@acme.example before:1000000", False),
            ("to:me", True),
            ("in:anywhere", True),
            ("after:soon older_than:x after:2026/13/45", True),
        ],
    )
    def test_an_operator(self, stage: Scene, query: str, *, hits: bool) -> None:
        message = stage.deliver(labels=("INBOX", "UNREAD", "Campaigns/ACME"))
        assert found(stage, query) == ([message] if hits else [])

    def test_an_attachment_is_had(self, stage: Scene) -> None:
        more = "Content-Type: application/pdf; name=a.pdf"
        assert found(stage, "has:attachment") == []
        message = stage.deliver(mail(more=more))
        assert found(stage, "has:attachment") == [message]

    def test_spam_and_trash_show_only_when_asked_for(self, stage: Scene) -> None:
        spam = stage.deliver(labels=("SPAM",))
        assert found(stage, "") == []
        assert found(stage, "in:spam") == [spam]
        assert found(stage, "in:anywhere") == [spam]
        assert found(stage, "", includeSpamTrash="true") == [spam]
        assert found(stage, "", labelIds="SPAM") == [spam]

    def test_pages_hold_still_while_mail_comes_in(self, stage: Scene) -> None:
        ids = [stage.deliver(at=stage.clock.now() - timedelta(days=1)) for _ in range(5)]
        _, first = stage.call("GET", "messages", maxResults=3)
        stage.deliver()
        _, second = stage.call("GET", "messages", maxResults=3, pageToken=first["nextPageToken"])
        seen = [each["id"] for page in (first, second) for each in page["messages"]]
        assert seen == ids[::-1]

    def test_the_estimate_of_a_long_list_is_no_use(self, stage: Scene) -> None:
        for _ in range(250):
            stage.deliver()
        assert stage.call("GET", "messages", maxResults=500)[1]["resultSizeEstimate"] == 201
        assert "messages" not in stage.call("GET", "messages", q="nowhere")[1]
